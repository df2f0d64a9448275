// xfer/testing/server.hpp: the loopback server does what its scripts say, seen through
// plain sockets.
#include "support/blocking_client.hpp"
#include <xfer/testing/server.hpp>

#include <catch2/catch.hpp>

#include <stdexcept>
#include <string>
#include <system_error>

using support::blocking_client;
using support::body_of;
using support::get;
using support::last_get;
using xfer::testing::reply;
using xfer::testing::route_options;
using xfer::testing::seen_request;
using xfer::testing::server;
using xfer::testing::server_options;

namespace {

/// Sends one request on a connection of its own and reads to the end.
std::string ask(const server& s, const std::string& request) {
    blocking_client c(s.port());
    c.send(request);
    return c.receive_all();
}

const std::string hello_reply = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";

}  // namespace

TEST_CASE("testing server: answers a route, and 404 elsewhere", "[testing]") {
    server s;
    s.route("/hello", "hello");
    blocking_client c(s.port());
    c.send(get("/hello?q=1"));
    CHECK(c.receive(hello_reply.size()) == hello_reply);
    c.send(last_get("/other"));
    CHECK(c.receive_all().starts_with("HTTP/1.1 404 Not Found\r\n"));
    auto seen = s.requests();
    REQUIRE(seen.size() == 2);
    CHECK(seen[0].method == "GET");
    CHECK(seen[0].target == "/hello?q=1");
    CHECK(seen[0].query() == "q=1");
    CHECK(seen[0].version == "HTTP/1.1");
    CHECK(seen[0].field("hOST") == "localhost");
    CHECK(seen[0].raw == get("/hello?q=1"));
    CHECK(seen[1].connection == 1);
    CHECK(seen[1].number == 2);
    CHECK(s.log().at(0).raw == get("/hello?q=1") + last_get("/other"));
}

TEST_CASE("testing server: listens on ::1 and on a unix path too", "[testing]") {
    server_options o;
    SECTION("::1") {
        o.address = "::1";
        server s(o);
        s.route("/", "hello");
        CHECK(s.url() == "http://[::1]:" + std::to_string(s.port()) + "/");
        blocking_client c(s.port(), true);
        c.send(get("/"));
        CHECK(c.receive(hello_reply.size()) == hello_reply);
    }
    SECTION("unix") {
        o.unix_path = "/tmp/xfer-testing-server-" + std::to_string(::getpid());
        server s(o);
        s.route("/", "hello");
        blocking_client c(o.unix_path);
        c.send(get("/"));
        CHECK(c.receive(hello_reply.size()) == hello_reply);
        s.stop();
        CHECK(::access(o.unix_path.c_str(), F_OK) != 0);
    }
}

TEST_CASE("testing server: an address that is not ours is an error", "[testing]") {
    server_options o;
    o.address = "192.0.2.1";
    CHECK_THROWS_AS(server(o), std::system_error);
}

TEST_CASE("testing server: routes find paths, prefixes, CONNECT targets", "[testing]") {
    server s;
    auto echo_path = [](const seen_request& r) {
        return reply(200, std::string(r.path()));
    };
    s.route("/a", "exact");
    s.route("proxy.test:443", "tunnel");
    s.route_prefix("/a", echo_path);
    s.route_prefix("/a/b", [](const seen_request&) { return reply(200, "longest"); });
    CHECK(body_of(ask(s, last_get("/a"))) == "exact");
    CHECK(body_of(ask(s, last_get("/a/c"))) == "/a/c");
    CHECK(body_of(ask(s, last_get("/a/b/c"))) == "longest");
    CHECK(body_of(ask(s, last_get("http://other.test/a/x?y"))) == "/a/x");
    std::string connect =
        "CONNECT proxy.test:443 HTTP/1.1\r\nConnection: close\r\n\r\n";
    CHECK(body_of(ask(s, connect)) == "tunnel");
}

TEST_CASE("testing server: an exception in a reply function is a 500", "[testing]") {
    server s;
    s.route("/", [](const seen_request&) -> reply {
        throw std::runtime_error("oops");
    });
    auto answer = ask(s, last_get("/"));
    CHECK(answer.starts_with("HTTP/1.1 500 "));
    CHECK(body_of(answer) == "oops");
}

TEST_CASE("testing server: request bodies are decoded", "[testing]") {
    server s;
    s.route("/", [](const seen_request& r) { return reply(200, r.body); });
    blocking_client c(s.port());
    SECTION("by length, byte by byte") {
        std::string text =
            "POST / HTTP/1.1\r\nContent-Length: 3\r\nConnection: close\r\n\r\nabc";
        for (char b : text) c.send(std::string_view(&b, 1));
    }
    SECTION("in chunks, with a trailer") {
        c.send(
            "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n"
            "\r\n1\r\na\r\n2;x=y\r\nbc\r\n0\r\nT: u\r\n\r\n"
        );
        CHECK(s.wait_for_requests(1));
        CHECK(s.requests().at(0).trailers.at(0).second == "u");
    }
    CHECK(body_of(c.receive_all()) == "abc");
    CHECK(s.requests().at(0).body_size == 3);
}

TEST_CASE("testing server: what is no request is answered with 400", "[testing]") {
    server s;
    auto bad = GENERATE(
        "nonsense\r\n\r\n",
        "GET / HTTP/1.1\r\nno colon\r\n\r\n",
        "GET / HTTP/1.1\r\nContent-Length: x\r\n\r\n",
        "GET / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
        "GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n"
    );
    CHECK(ask(s, bad).starts_with("HTTP/1.1 400 "));
}

TEST_CASE("testing server: a body beyond the limit is counted, not kept", "[testing]") {
    server_options o;
    o.body_limit = 10;
    o.log_limit = 20;
    server s(o);
    std::string body(5000000, 'x');
    std::string size = std::to_string(body.size());
    ask(s,
        "PUT / HTTP/1.1\r\nConnection: close\r\nContent-Length: " + size + "\r\n\r\n" +
            body);
    CHECK(s.requests().at(0).body.size() == 10);
    CHECK(s.requests().at(0).body_size == body.size());
    CHECK(s.log().at(0).raw.size() == 20);
    CHECK(s.log().at(0).received > body.size());
}

TEST_CASE("testing server: Expect 100-continue is answered unless told not to") {
    server s;
    std::string head =
        "PUT / HTTP/1.1\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n";
    route_options how;
    SECTION("by default") {
        s.route("/", "hello");
        blocking_client c(s.port());
        c.send(head);
        CHECK(c.receive_until("\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n");
        c.send("ok");
        CHECK(c.receive(hello_reply.size()) == hello_reply);
    }
    SECTION("never") {
        how.send_continue = false;
        s.route("/", "hello", how);
        blocking_client c(s.port());
        c.send(head);
        c.receive_timeout(20);
        CHECK(c.receive_some().empty());
        c.send("ok");
        c.receive_timeout(10000);
        CHECK(c.receive(hello_reply.size()) == hello_reply);
    }
    SECTION("early answer instead") {
        how.answer_early = true;
        s.route("/", reply(417).closing(), how);
        blocking_client c(s.port());
        c.send(head);
        CHECK(c.receive_until("\r\n\r\n").starts_with("HTTP/1.1 417 "));
    }
}

TEST_CASE("testing server: every framing is as written", "[testing]") {
    server s;
    auto check = [&s](const reply& r, const std::string& wire) {
        s.route("/", r);
        CHECK(ask(s, last_get("/")) == wire);
    };
    check(
        reply(200, "abcde").chunked({2}),
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
        "2\r\nab\r\n2\r\ncd\r\n1\r\ne\r\n0\r\n\r\n"
    );
    check(
        reply(200, "a").with_trailer("T", "u"),
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
        "1\r\na\r\n0\r\nT: u\r\n\r\n"
    );
    check(
        reply(200, "abc").until_close(),
        "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nabc"
    );
    check(
        reply(299, "abc").unframed().with_field("X", "y").with_reason("Odd"),
        "HTTP/1.1 299 Odd\r\nX: y\r\n\r\nabc"
    );
    const std::string with_nul("\0any\r", 5);
    check(reply::exactly(with_nul), with_nul);
    check(reply::exactly(""), "");
    check(reply::exactly("ICY 200\n"), "ICY 200\n");
    check(
        reply(204, "dropped"), "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n"
    );
    check(
        reply(200, "a").with_interim(103, {{"Link", "</x>"}}).with_interim(100),
        "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n"
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nConnection: close\r\n\r\na"
    );
}

TEST_CASE("testing server: HEAD gets the head only", "[testing]") {
    server s;
    s.route("/", reply::repeating("ab", 7));
    CHECK(
        ask(s, "HEAD / HTTP/1.1\r\nConnection: close\r\n\r\n") ==
        "HTTP/1.1 200 OK\r\nContent-Length: 7\r\nConnection: close\r\n\r\n"
    );
    CHECK(body_of(ask(s, last_get("/"))) == "abababa");
}

TEST_CASE("testing server: a repeated body streams and chunks", "[testing]") {
    server s;
    std::uint64_t size = 3000001;
    s.route("/", reply::repeating("abc", size));
    auto body = body_of(ask(s, last_get("/")));
    REQUIRE(body.size() == size);
    bool right = true;
    for (std::size_t i = 0; i < body.size(); ++i) right &= body[i] == "abc"[i % 3];
    CHECK(right);
    s.route("/", reply::repeating("abc", size).chunked());
    CHECK(body_of(ask(s, last_get("/"))).ends_with("\r\n0\r\n\r\n"));
}
