// Fields that are sent after a body: announced, asked for in time, and checked.
#include "support/rig.hpp"

#include <cstddef>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

using support::both_ways;
using support::rig;
using xfer::error;
using xfer::testing::memory_reply;
using xfer::testing::memory_request;
using xfer::testing::memory_server;

TEST_CASE("trailers: they follow the body and are announced", "[engine][trailers]") {
    rig r(GENERATE(both_ways()));
    memory_server a(*r.network, "a.test", 80, "alpha");
    auto request = xfer::post("http://a.test/", "some text");
    request.trailer("Digest", "sha-256=abc").trailer("X-Empty", "");
    const auto done = r.transfer(request);
    INFO(done.failure().message);
    CHECK_FALSE(done.ec);
    REQUIRE(a.requests() == 1);
    CHECK(a.log().at(0).header("Trailer") == "Digest, X-Empty");
    CHECK(a.log().at(0).header("Transfer-Encoding") == "chunked");
    CHECK(a.log().at(0).header("Content-Length").empty());
    CHECK(a.log().at(0).body == "some text");
    CHECK(a.received().ends_with(
        "9\r\nsome text\r\n0\r\nDigest: sha-256=abc\r\nX-Empty: \r\n\r\n"
    ));
    CHECK(done.response.info().bytes_sent == 9);
    CHECK(r.m->stats().idle_connections == 1);
    // The connection carries the next request: the body ended where it should.
    CHECK(r.transfer(xfer::get("http://a.test/")).response.info().connection_reused);
}

TEST_CASE("trailers: an empty body has them too", "[engine][trailers]") {
    rig r(GENERATE(both_ways()));
    memory_server a(*r.network, "a.test", 80, "alpha");
    auto request = xfer::put("http://a.test/", "");
    CHECK_FALSE(r.transfer(request.trailer("A", "1")).ec);
    CHECK(a.received().ends_with("\r\n\r\n0\r\nA: 1\r\n\r\n"));
}

TEST_CASE(
    "trailers: a value is asked for when the body is over", "[engine][trailers]"
) {
    rig r(GENERATE(both_ways()));
    r.network->on_connect("a.test", [](const auto& peer) { peer->accept(200); });
    memory_server a(*r.network, "a.test", 80, "alpha");
    std::size_t given = 0;
    int asked = 0;
    auto give = [&](std::span<char> space) {
        CHECK(asked == 0);
        const auto n = given < 100'000 ? std::min<std::size_t>(space.size(), 1000) : 0;
        std::fill_n(space.begin(), n, 'x');
        given += n;
        return n;
    };
    auto count = [&] {
        ++asked;
        return std::to_string(given);
    };
    auto request = xfer::post("http://a.test/", xfer::from_function(give));
    r.m->add(request.trailer("X-Size", count));
    r.run();
    CHECK(asked == 0);
    r.network->last_peer()->accept(1'000'000);
    r.run();
    const auto done = r.m->info_read();
    REQUIRE(done);
    CHECK_FALSE(done->ec);
    CHECK(asked == 1);
    CHECK(a.log().at(0).body.size() == 100'000);
    CHECK(a.received().ends_with("0\r\nX-Size: 100000\r\n\r\n"));
}

TEST_CASE("trailers: the user may announce them otherwise", "[engine][trailers]") {
    rig r(GENERATE(both_ways()));
    memory_server a(*r.network, "a.test", 80, "alpha");
    auto request = xfer::post("http://a.test/", "x");
    request.trailer("A", "1");
    SECTION("by a field of hers") {
        request.header("Trailer", "A, B");
        CHECK_FALSE(r.transfer(request).ec);
        CHECK(a.log().at(0).header("Trailer") == "A, B");
    }
    SECTION("not at all") {
        request.without_header("Trailer");
        CHECK_FALSE(r.transfer(request).ec);
        CHECK(a.log().at(0).header("Trailer").empty());
    }
    CHECK(a.received().ends_with("0\r\nA: 1\r\n\r\n"));
}

TEST_CASE("trailers: what must not be one is refused", "[engine][trailers]") {
    rig r(GENERATE(both_ways()));
    memory_server a(*r.network, "a.test", 80, "alpha");
    const auto name = GENERATE(
        as<std::string>(),
        "Content-Length",
        "transfer-encoding",
        "Host",
        "Trailer",
        "Authorization",
        "Cookie",
        "Content-Type",
        "Expect",
        "",
        "a b",
        "A\r\nB",
        std::string("A\0", 2)
    );
    CAPTURE(name);
    auto request = xfer::post("http://a.test/", "x");
    const auto done = r.transfer(request.trailer("Fine", "1").trailer(name, "1"));
    CHECK(done.ec == error::invalid_header);
    CHECK(done.failure().message.find("RFC 9110") != std::string::npos);
    CHECK(r.network->dials() == 0);
}

TEST_CASE("trailers: they need a body", "[engine][trailers]") {
    rig r(GENERATE(both_ways()));
    memory_server a(*r.network, "a.test", 80, "alpha");
    auto request = xfer::get("http://a.test/");
    CHECK(r.transfer(request.trailer("A", "1")).ec == error::invalid_option);
    CHECK(r.network->dials() == 0);
    auto sized = xfer::post("http://a.test/", "x");
    sized.header("Content-Length", "1").trailer("A", "1");
    CHECK(r.transfer(sized).ec == error::invalid_header);
}

TEST_CASE("trailers: a value with a control octet is not sent", "[engine][trailers]") {
    rig r(GENERATE(both_ways()));
    memory_server a(*r.network, "a.test", 80, "alpha");
    const auto value = GENERATE(
        as<std::string>(), "a\r\nb", "a\nb", "a\rb", std::string("a\0b", 3), "\x01"
    );
    auto request = xfer::post("http://a.test/", "x");
    if (GENERATE(false, true)) {
        request.trailer("A", value);
    } else {
        auto give = [&] { return value; };
        request.trailer("A", give);
    }
    const auto done = r.transfer(request);
    CHECK(done.ec == error::invalid_header);
    // The body has no end: its connection is of no use.
    CHECK(r.network->open_connections() == 0);
    CHECK(a.requests() == 0);
    CHECK(a.received().find("A:") == std::string::npos);
    CHECK(r.control_transfer_works());
}

TEST_CASE("M32: what a trailer's value throws fails its transfer", "[engine][M32]") {
    rig r(GENERATE(both_ways()));
    memory_server a(*r.network, "a.test", 80, "alpha");
    auto refuse = []() -> std::string { throw std::runtime_error("no digest"); };
    auto request = xfer::post("http://a.test/", "x");
    const auto done = r.transfer(request.trailer("Digest", refuse));
    CHECK(done.ec == error::aborted_by_callback);
    CHECK(done.failure().message.find("no digest") != std::string::npos);
    CHECK_THROWS_AS(
        std::rethrow_exception(done.failure().exception), std::runtime_error
    );
    CHECK(r.network->open_connections() == 0);
    CHECK(r.control_transfer_works());
}

TEST_CASE("trailers: they go with the body or not at all", "[engine][trailers]") {
    rig r(GENERATE(both_ways()));
    const auto status = GENERATE(303, 307);
    int asked = 0;
    memory_server a(*r.network, "a.test", 80, [&](const memory_request& seen) {
        return seen.target == "/"
                   ? memory_reply::with_length("", status, "Location: /next\r\n")
                   : memory_reply::with_length("alpha");
    });
    auto count = [&] { return std::to_string(++asked); };
    auto request = xfer::post("http://a.test/", "x", {.max_redirects = 1});
    CHECK_FALSE(r.transfer(request.trailer("A", count)).ec);
    REQUIRE(a.requests() == 2);
    if (status == 303) {
        CHECK(a.log().at(1).method == "GET");
        CHECK(a.log().at(1).header("Trailer").empty());
        CHECK(asked == 1);
    } else {
        CHECK(a.log().at(1).header("Trailer") == "A");
        CHECK(a.received().ends_with("0\r\nA: 2\r\n\r\n"));
    }
}
