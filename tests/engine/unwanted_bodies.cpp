// Bodies that nobody wants: how much of them is read, and how long.
#include "support/rig.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

using namespace std::chrono_literals;
using support::both_ways;
using support::rig;
using xfer::testing::memory_reply;
using xfer::testing::memory_request;
using xfer::testing::memory_server;

namespace {

constexpr xfer::options following{.max_redirects = 3};

/// A reply that leads to "/next", and there to "ok"; it is sent as it is.
struct leading {
    explicit leading(rig& r, std::string reply)
        : server(*r.network, "a.test", 80, [reply](const memory_request& seen) {
              return seen.target == "/next" ? memory_reply::with_length("ok")
                                            : memory_reply(reply);
          }) {}
    memory_server server;
};

std::string redirect(std::string_view fields, std::string_view body) {
    return "HTTP/1.1 302 Found\r\nLocation: /next\r\n" + std::string(fields) + "\r\n" +
           std::string(body);
}

/// So many octets, each in a chunk that is 21 octets of the connection.
std::string lavish_chunks(std::size_t octets) {
    std::string body;
    for (std::size_t i = 0; i < octets; ++i) body += "0000000000000001\r\nx\r\n";
    return body + "0\r\n\r\n";
}

}  // namespace

TEST_CASE("S24: what is drained is counted as it came", "[engine][S24]") {
    rig r(GENERATE(both_ways()));
    // However little is read at once.
    xfer::testing::memory_options shape;
    shape.max_read = GENERATE(std::size_t{1000}, std::size_t{1} << 20);
    r.network->shape("a.test", shape);
    const auto chunked = "Transfer-Encoding: chunked\r\n";
    std::size_t connections = 0;
    std::string reply;
    SECTION("63 KiB of chunks are drained") {
        reply = redirect(chunked, lavish_chunks(3000));
        connections = 1;
    }
    SECTION("65 KiB are not, of however few octets") {
        reply = redirect(chunked, lavish_chunks(3200));
        connections = 2;
    }
    SECTION("64 KiB of a length are drained") {
        const auto length = "Content-Length: 65536\r\n";
        reply = redirect(length, std::string(65'536, 'x'));
        connections = 1;
    }
    SECTION("one octet more is not") {
        const auto length = "Content-Length: 65537\r\n";
        reply = redirect(length, std::string(65'537, 'x'));
        connections = 2;
    }
    const leading a(r, reply);
    const auto done = r.transfer(xfer::get("http://a.test/", following));
    CHECK_FALSE(done.ec);
    CHECK(done.response.body() == "ok");
    CHECK(a.server.connections() == connections);
}

TEST_CASE(
    "S24: nothing is waited for where the connection ends anyway", "[engine][S24]"
) {
    rig r(GENERATE(both_ways()));
    std::string reply;
    auto o = following;
    SECTION("a body up to the end of the connection") { reply = redirect("", "some"); }
    SECTION("the server will close") {
        reply = redirect("Connection: close\r\nContent-Length: 10\r\n", "some");
    }
    SECTION("HTTP/1.0") {
        reply = redirect("Content-Length: 10\r\n", "some");
        reply.replace(0, 8, "HTTP/1.0");
    }
    SECTION("the user wants it so") {
        reply = redirect("Content-Length: 10\r\n", "some");
        o.forbid_reuse = true;
    }
    const leading a(r, reply);
    // The clock stands still.
    const auto done = r.transfer(xfer::get("http://a.test/", o));
    CHECK_FALSE(done.ec);
    CHECK(done.response.body() == "ok");
    CHECK(a.server.connections() == 2);
}

TEST_CASE("S24: what is there already is passed over whole", "[engine][S24]") {
    rig r(GENERATE(both_ways()));
    const leading a(
        r,
        redirect(
            "Connection: close\r\nTransfer-Encoding: chunked\r\n",
            "4\r\nsome\r\n0\r\nX-After: it\r\n\r\n"
        )
    );
    std::string trailers;
    auto request = xfer::get("http://a.test/", following);
    request.on_each_head([&](const xfer::received_head& head) {
        if (head.kind == xfer::head_kind::trailers) trailers += head.text;
    });
    CHECK_FALSE(r.transfer(std::move(request)).ec);
    CHECK(trailers == "X-After: it\r\n\r\n");
}

TEST_CASE("S24: a connection that can go on is waited for", "[engine][S24]") {
    rig r(GENERATE(both_ways()));
    const leading a(r, redirect("Content-Length: 10\r\n", "some"));
    const auto id = r.m->add(xfer::get("http://a.test/", following));
    r.run();
    CHECK(r.m->stage_of(id) == xfer::stage::receiving);
    SECTION("for its second") {
        r.advance(900ms);
        CHECK(r.m->stage_of(id) == xfer::stage::receiving);
        r.advance(200ms);
        CHECK(a.server.connections() == 2);
    }
    SECTION("and goes on") {
        r.network->peer(0)->provide("things");
        r.run();
        CHECK(a.server.connections() == 1);
    }
    const auto all = r.read_all();
    REQUIRE(all.size() == 1);
    CHECK(all.front().response.body() == "ok");
}

TEST_CASE("S24: a dropped stream of an ending connection ends", "[engine][S24]") {
    rig r(GENERATE(both_ways()));
    r.network->listen("a.test", 80, [](const auto& peer) {
        peer->provide("HTTP/1.1 200 OK\r\n\r\nsome");
    });
    std::optional<xfer::response_stream> stream;
    r.m->async_open(
        "http://a.test/",
        [&](std::error_code ec, xfer::response_stream opened) {
            if (!ec) stream = std::move(opened);
        }
    );
    r.run();
    REQUIRE(stream);
    stream.reset();
    r.run();
    CHECK(r.at_rest());
    CHECK(r.network->open_connections() == 0);
}

TEST_CASE("S24: a 401 that is large, or coded", "[engine][S24]") {
    rig r(GENERATE(both_ways()));
    const bool large = GENERATE(true, false);
    const std::string coding = GENERATE("Content-Encoding: gzip\r\n", "");
    const std::string body(large ? 70'000 : 100, 'x');
    const memory_server a(*r.network, "a.test", 80, [&](const memory_request& seen) {
        return seen.header("Authorization").empty()
                   ? memory_reply::with_length(
                         body,
                         401,
                         "WWW-Authenticate: Digest realm=\"a\", nonce=\"b\", "
                         "qop=\"auth\"\r\n" +
                             coding
                     )
                   : memory_reply::with_length("in");
    });
    xfer::options o;
    o.decode = true;
    auto request = xfer::get("http://a.test/", o);
    request.credentials(xfer::credentials("user", "secret", xfer::auth::digest));
    const auto done = r.transfer(std::move(request));
    CHECK_FALSE(done.ec);
    CHECK(done.response.body() == "in");
    CHECK(a.requests() == 2);
    CHECK(a.connections() == (large ? 2 : 1));
}
