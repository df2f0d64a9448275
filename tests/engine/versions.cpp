// Requests in HTTP/1.0, and replies of HTTP/0.9 where they are allowed.
#include "support/rig.hpp"

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

using support::both_ways;
using support::rig;
using xfer::condition;
using xfer::error;
using xfer::http_version;
using xfer::testing::memory_reply;
using xfer::testing::memory_request;
using xfer::testing::memory_server;

namespace {

xfer::options in_1_0() {
    xfer::options o;
    o.http = http_version::v1_0;
    return o;
}

xfer::options simple_allowed() {
    xfer::options o;
    o.allow_http_0_9 = true;
    return o;
}

/// A body of unknown length.
xfer::source unsized(std::string_view text = "x") {
    return xfer::from_function([text](std::span<char> space) mutable {
        const auto n = text.copy(space.data(), space.size());
        text.remove_prefix(n);
        return n;
    });
}

/// Answers with these octets, and hangs up.
memory_server::answer ending(std::string octets) {
    return [octets](const memory_request&) { return memory_reply(octets, true); };
}

}  // namespace

TEST_CASE("HTTP/1.0: the request line says it", "[engine][versions]") {
    rig r(GENERATE(both_ways()));
    memory_server a(*r.network, "a.test", 80, "alpha");
    const auto get = r.transfer(xfer::get("http://a.test/x", in_1_0()));
    CHECK_FALSE(get.ec);
    CHECK(get.response.body() == "alpha");
    CHECK(get.response.version() == 11);
    CHECK(a.log().at(0).head.starts_with("GET /x HTTP/1.0\r\nHost: a.test\r\n"));
    CHECK(a.log().at(0).header("Connection").empty());
    const auto post = r.transfer(xfer::post("http://a.test/y", "text", in_1_0()));
    CHECK_FALSE(post.ec);
    CHECK(a.log().at(1).head.starts_with("POST /y HTTP/1.0\r\n"));
    CHECK(a.log().at(1).body == "text");
    // What HTTP/1.1 says is another thing, also of the same endpoint.
    for (const auto version : {http_version::any, http_version::v1_1}) {
        xfer::options o;
        o.http = version;
        CHECK_FALSE(r.transfer(xfer::get("http://a.test/x", o)).ec);
        CHECK(a.log().back().head.starts_with("GET /x HTTP/1.1\r\n"));
    }
}

TEST_CASE(
    "HTTP/1.0: a connection is kept only if both say keep-alive", "[engine][versions]"
) {
    rig r(GENERATE(both_ways()));
    std::string fields;
    memory_server a(*r.network, "a.test", 80, [&](const memory_request&) {
        return memory_reply::with_length("alpha", 200, fields);
    });
    auto request = xfer::get("http://a.test/", in_1_0());
    CHECK_FALSE(r.transfer(request).ec);
    CHECK(r.m->stats().idle_connections == 0);
    CHECK(r.network->open_connections() == 0);
    fields = "Connection: keep-alive\r\n";
    request.header("Connection", "keep-alive");
    CHECK_FALSE(r.transfer(request).ec);
    CHECK(a.log().at(1).header("Connection") == "keep-alive");
    CHECK(r.m->stats().idle_connections == 1);
    CHECK(r.transfer(request).response.info().connection_reused);
}

TEST_CASE(
    "HTTP/1.0: a body of unknown length is refused before any traffic",
    "[engine][versions]"
) {
    rig r(GENERATE(both_ways()));
    memory_server a(*r.network, "a.test", 80, "alpha");
    auto done = r.transfer(xfer::post("http://a.test/", unsized(), in_1_0()));
    CHECK(done.ec == error::body_needs_length);
    CHECK(done.ec == condition::upload_failed);
    CHECK(done.failure().message.find("HTTP/1.0") != std::string::npos);
    auto trailing = xfer::post("http://a.test/", "text", in_1_0());
    trailing.trailer("Digest", "x");
    done = r.transfer(trailing);
    CHECK(done.ec == error::body_needs_length);
    CHECK(r.network->dials() == 0);
    done = r.transfer(xfer::post("http://a.test/", unsized().length(1), in_1_0()));
    CHECK_FALSE(done.ec);
    CHECK(a.log().at(0).body == "x");
    CHECK(a.log().at(0).header("Content-Length") == "1");
}

TEST_CASE("HTTP/1.0: the server is asked nothing first", "[engine][versions]") {
    rig r(GENERATE(both_ways()));
    memory_server a(*r.network, "a.test", 80, "alpha");
    auto o = in_1_0();
    o.expect_continue = true;
    o.transfer_codings = true;
    CHECK_FALSE(r.transfer(xfer::post("http://a.test/", "text", o)).ec);
    CHECK(a.log().at(0).header("Expect").empty());
    CHECK(a.log().at(0).header("TE").empty());
    CHECK(a.log().at(0).body == "text");
}

TEST_CASE("S29: HTTP/0.9: what is no head is the body", "[engine][versions][S29]") {
    rig r(GENERATE(both_ways()));
    const auto text = GENERATE(
        as<std::string>(), "hello\nworld\n", "h", "HTT", "HTTP", "HTTX/1.1 200", "\n"
    );
    CAPTURE(text);
    xfer::testing::memory_options shape;
    shape.max_read = GENERATE(std::size_t{1}, std::size_t{1000});
    r.network->shape("a.test", shape);
    memory_server a(*r.network, "a.test", 80, ending(text));
    const auto done = r.transfer(xfer::get("http://a.test/", simple_allowed()));
    INFO(done.failure().message);
    CHECK_FALSE(done.ec);
    CHECK(done.response.body() == text);
    CHECK(done.response.version() == 9);
    CHECK(done.response.status() == 0);
    CHECK(done.response.fields().empty());
    CHECK(done.response.reason().empty());
    CHECK(done.response.info().header_size == 0);
    CHECK(done.response.info().bytes_received == text.size());
    CHECK(r.m->stats().idle_connections == 0);
    CHECK(r.control_transfer_works());
}

TEST_CASE(
    "S29: HTTP/0.9: unasked, and what begins as HTTP does, is refused",
    "[engine][versions][S29]"
) {
    rig r(GENERATE(both_ways()));
    memory_server a(*r.network, "a.test", 80, ending("hello\n"));
    CHECK(r.transfer(xfer::get("http://a.test/")).ec == error::weird_reply);
    CHECK(
        r.transfer(xfer::head("http://a.test/", simple_allowed())).ec ==
        error::weird_reply
    );
    const auto text = GENERATE(
        as<std::string>(),
        "HTTP/",
        "HTTP/2 200\r\n\r\n",
        "HTTP/1.1 2000 OK\r\n\r\n",
        "HTTP/1.1 200 OK\r\n",
        "HTTP/1.1 100 Continue\r\n\r\nhello"
    );
    CAPTURE(text);
    memory_server b(*r.network, "b.test", 80, ending(text));
    const auto done = r.transfer(xfer::get("http://b.test/", simple_allowed()));
    CHECK(done.ec == error::weird_reply);
    CHECK(done.response.body().empty());
}

TEST_CASE("a failure says whether the reply was HTTP/1 at all", "[engine][versions]") {
    const auto [text, expected] = GENERATE(table<std::string, bool>(
        {{"hello\n", true},
         {"HTTP/2 200\r\n\r\n", true},
         {"HTTP/1.1 2000 OK\r\n\r\n", true},
         {"HTTP/1.1 200 O\x01K\r\n\r\n", false},
         {"HTTP/1.1 200 OK\r\nno colon\r\n\r\n", false},
         {"HTTP/1.1 200 OK\r\n", false}}
    ));
    CAPTURE(text);
    rig r(GENERATE(both_ways()));
    memory_server a(*r.network, "a.test", 80, ending(text));
    const auto done = r.transfer(xfer::get("http://a.test/"));
    CHECK(done.ec == error::weird_reply);
    CHECK(done.failure().not_http == expected);
}

TEST_CASE("HTTP/0.9: nothing at all is no reply", "[engine][versions]") {
    rig r(GENERATE(both_ways()));
    memory_server a(*r.network, "a.test", 80, ending(""));
    const auto done = r.transfer(xfer::get("http://a.test/", simple_allowed()));
    CHECK(done.ec == error::got_nothing);
}

TEST_CASE(
    "S29: HTTP/0.9: not on a connection that carried HTTP/1", "[engine][versions][S29]"
) {
    rig r(GENERATE(both_ways()));
    memory_server a(*r.network, "a.test", 80, [](const memory_request& seen) {
        return seen.target == "/"
                   ? memory_reply::with_length("alpha")
                   : memory_reply("what another may have put there", true);
    });
    REQUIRE_FALSE(r.transfer(xfer::get("http://a.test/", simple_allowed())).ec);
    const auto done = r.transfer(xfer::get("http://a.test/x", simple_allowed()));
    CHECK(done.response.info().connection_reused);
    CHECK(done.ec == error::weird_reply);
}

TEST_CASE("HTTP/0.9: its body is bounded as any other", "[engine][versions]") {
    rig r(GENERATE(both_ways()));
    memory_server a(*r.network, "a.test", 80, ending(std::string(1000, 'x')));
    auto o = simple_allowed();
    o.max_body_size = 999;
    const auto done = r.transfer(xfer::get("http://a.test/", o));
    CHECK(done.ec == error::body_too_large);
}
