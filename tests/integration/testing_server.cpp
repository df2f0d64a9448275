// xfer/testing/server.hpp: the loopback server does what its scripts say, seen through
// plain sockets.
#include "support/blocking_client.hpp"
#include <xfer/testing/certificate.hpp>
#include <xfer/testing/server.hpp>

#include <catch2/catch.hpp>

#include <atomic>
#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

using namespace std::chrono_literals;
using support::blocking_client;
using support::body_of;
using support::get;
using support::last_get;
using xfer::testing::connect_action;
using xfer::testing::fault;
using xfer::testing::from;
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
    check(reply::exactly("\0any\r"), std::string("\0any\r", 0));
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

TEST_CASE("testing server: a reply may be cut at every byte", "[testing]") {
    server s;
    for (std::size_t n = 0; n <= hello_reply.size(); ++n) {
        s.route("/", reply(200, "hello").close_after(n));
        REQUIRE(ask(s, get("/")) == hello_reply.substr(0, n));
    }
}

TEST_CASE("testing server: a reply may be reset at every byte", "[testing]") {
    server s;
    for (std::size_t n = 0; n <= hello_reply.size(); ++n) {
        s.route("/", reply(200, "hello").reset_after(n));
        blocking_client c(s.port());
        c.send(get("/"));
        REQUIRE(c.receive_all() == hello_reply.substr(0, n));
        REQUIRE(c.was_reset());
    }
}

TEST_CASE("testing server: a cut may be counted from the body's start", "[testing]") {
    server s;
    s.route("/", reply(200, "hello").close_after(2, from::body));
    CHECK(body_of(ask(s, get("/"))) == "he");
    s.route("/", reply::repeating("xy", 1000000).close_after(700001, from::body));
    CHECK(body_of(ask(s, get("/"))).size() == 700001);
}

TEST_CASE("testing server: a stalled reply goes on after release", "[testing]") {
    server s;
    s.route(
        "/", reply(200, "hello").stall_after(1, from::body).stall_after(2, from::body)
    );
    blocking_client c(s.port());
    c.send(get("/"));
    CHECK(c.receive_until("h").ends_with("\r\n\r\nh"));
    c.receive_timeout(20);
    CHECK(c.receive_some().empty());
    c.receive_timeout(10000);
    // One release frees the whole reply, however often it stalls.
    s.release();
    CHECK(c.receive(4) == "ello");
}

TEST_CASE("testing server: a stall ends with the connection", "[testing]") {
    server s;
    s.route("/", reply(200, "hello").stall_after(3));
    {
        blocking_client c(s.port());
        c.send(get("/"));
        CHECK(c.receive(3) == "HTT");
        CHECK(s.counts().open == 1);
    }
    CHECK(s.wait_for_open_at_most(0));
}

TEST_CASE("testing server: a held reply waits for release", "[testing]") {
    server s;
    s.route("/", reply(200, "hello").hold());
    for (int round = 0; round < 100; ++round) {
        blocking_client c(s.port());
        c.send(get("/"));
        REQUIRE(s.wait_for_requests(static_cast<std::size_t>(round) + 1));
        s.release();
        REQUIRE(c.receive(hello_reply.size()) == hello_reply);
    }
}

TEST_CASE("testing server: a delayed reply is late", "[testing]") {
    server s;
    s.route("/", reply(200, "hello").delay(30ms));
    auto start = std::chrono::steady_clock::now();
    ask(s, last_get("/"));
    CHECK(std::chrono::steady_clock::now() - start >= 30ms);
}

TEST_CASE("testing server: pieces leave one by one", "[testing]") {
    server s;
    std::string all;
    std::vector<std::size_t> sizes;
    auto read_pieces = [&](const reply& r) {
        s.route("/", r);
        blocking_client c(s.port());
        c.send(get("/"));
        all.clear();
        sizes.clear();
        while (all.size() < hello_reply.size()) {
            auto part = c.receive_some();
            if (part.empty()) break;
            sizes.push_back(part.size());
            all += part;
        }
    };
    read_pieces(reply(200, "hello").split({1, 4}, 20ms));
    CHECK(all == hello_reply);
    CHECK(sizes == std::vector<std::size_t>{1, 4, hello_reply.size() - 5});
    read_pieces(reply(200, "hello").drip(20, 20ms));
    CHECK(all == hello_reply);
    CHECK(sizes == std::vector<std::size_t>{20, 20, hello_reply.size() - 40});
    read_pieces(reply(200, "hello").split_every(1));
    CHECK(all == hello_reply);
}

TEST_CASE("testing server: half-close ends its side and reads on", "[testing]") {
    server s;
    route_options how;
    how.answer_early = true;
    s.route("/", reply(200, "hello").half_close_after(1000), how);
    blocking_client c(s.port());
    c.send("PUT / HTTP/1.1\r\nContent-Length: 100000\r\n\r\n");
    CHECK(c.receive_all() == hello_reply);
    std::string body(100000, 'x');
    CHECK(c.send(body) == body.size());
    CHECK(s.wait_for([](const auto& n) { return n.received > 100000; }));
    CHECK(s.counts().open == 1);
    c.shut_down();
    CHECK(s.wait_for_open_at_most(0));
}

TEST_CASE(
    "testing server: an early answer leaves the connection in step", "[testing]"
) {
    server s;
    route_options how;
    how.answer_early = true;
    s.route("/early", "hello", how);
    s.route("/next", "hello");
    blocking_client c(s.port());
    c.send("PUT /early HTTP/1.1\r\nContent-Length: 10\r\n\r\n12345");
    CHECK(c.receive(hello_reply.size()) == hello_reply);
    c.send("67890" + get("/next"));
    CHECK(c.receive(hello_reply.size()) == hello_reply);
}

TEST_CASE("testing server: an upload that is not read comes to a halt", "[testing]") {
    server s;
    route_options how;
    how.answer_early = true;
    how.read_body = false;
    s.route("/", reply(413).hold().reset_after(10000), how);
    blocking_client c(s.port());
    c.send("PUT / HTTP/1.1\r\nContent-Length: 100000000\r\n\r\n");
    REQUIRE(s.wait_for_requests(1));
    c.send_timeout(5);
    CHECK(c.send(std::string(100000000, 'x')) < 100000000);
    s.release();
    CHECK(s.wait_for_open_at_most(0));
}

TEST_CASE("testing server: stop_reading holds until it is lifted", "[testing]") {
    server s;
    s.route("/", "hello");
    s.stop_reading();
    blocking_client c(s.port());
    c.send(get("/"));
    REQUIRE(s.wait_for_connections(1));
    CHECK_FALSE(s.wait_for_requests(1, 20ms));
    s.stop_reading(false);
    CHECK(c.receive(hello_reply.size()) == hello_reply);
}

TEST_CASE("testing server: connections may go wrong before any request", "[testing]") {
    server s;
    s.route("/", "hello");
    connect_action first;
    SECTION("bytes, then service") {
        first.bytes = "220 hi\r\n";
        s.on_connect(first);
        CHECK(ask(s, last_get("/")).starts_with("220 hi\r\nHTTP/1.1 200"));
    }
    SECTION("closed") {
        first.then = connect_action::kind::close;
        s.on_connect(first);
        CHECK(blocking_client(s.port()).receive_all().empty());
    }
    SECTION("reset, the second one served") {
        s.on_connect([](std::size_t number) {
            connect_action a;
            if (number == 1) a.then = connect_action::kind::reset;
            return a;
        });
        blocking_client c(s.port());
        CHECK(c.receive_all().empty());
        CHECK(c.was_reset());
        CHECK(body_of(ask(s, last_get("/"))) == "hello");
    }
    SECTION("silent") {
        first.then = connect_action::kind::silent;
        s.on_connect(first);
        blocking_client c(s.port());
        c.send(get("/"));
        CHECK(s.wait_for([](const auto& n) { return n.received > 10; }));
        c.shut_down();
        CHECK(c.receive_all().empty());
        CHECK(s.counts().requests == 0);
        CHECK(s.log().at(0).raw == get("/"));
    }
    SECTION("queued, never accepted") {
        server_options o;
        o.accept = false;
        server deaf(o);
        blocking_client c(deaf.port());
        c.receive_timeout(20);
        CHECK(c.receive_some().empty());
        CHECK(deaf.counts().accepted == 0);
    }
}

TEST_CASE("testing server: idle connections end on command", "[testing]") {
    server s;
    s.route("/", "hello");
    auto how =
        GENERATE(fault::close, fault::close_notify, fault::reset, fault::half_close);
    blocking_client c(s.port());
    c.send(get("/"));
    CHECK(c.receive(hello_reply.size()) == hello_reply);
    s.close_idle(how);
    CHECK(c.receive_all().empty());
    CHECK(c.was_reset() == (how == fault::reset));
}

TEST_CASE("testing server: bytes may be sent on idle connections", "[testing]") {
    server s;
    s.route("/", "hello");
    blocking_client c(s.port());
    c.send(get("/"));
    CHECK(c.receive(hello_reply.size()) == hello_reply);
    s.send_idle("stray");
    CHECK(c.receive(5) == "stray");
    c.send(get("/"));
    CHECK(c.receive(hello_reply.size()) == hello_reply);
}

TEST_CASE("testing server: keep-alive ends by limit and by idle time", "[testing]") {
    server_options o;
    SECTION("limit") { o.max_requests_per_connection = 2; }
    SECTION("idle time") { o.idle_timeout = 20ms; }
    server s(o);
    s.route("/", "hello");
    blocking_client c(s.port());
    c.send(get("/") + get("/") + get("/"));
    auto all = c.receive_all();
    if (o.idle_timeout == 0ms) {
        CHECK(
            all == hello_reply +
                       "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n"
                       "Connection: close\r\n\r\nhello"
        );
    } else {
        CHECK(all == hello_reply + hello_reply + hello_reply);
    }
}

TEST_CASE("testing server: replies may take turns", "[testing]") {
    server s;
    s.route("/", xfer::testing::in_turn({reply(503), reply(200, "a")}));
    CHECK(ask(s, last_get("/")).starts_with("HTTP/1.1 503 "));
    CHECK(body_of(ask(s, last_get("/"))) == "a");
    CHECK(body_of(ask(s, last_get("/"))) == "a");
}

TEST_CASE("testing server: counts what is open and what was moved", "[testing]") {
    server s;
    s.route("/", "hello");
    {
        blocking_client one(s.port());
        blocking_client two(s.port());
        REQUIRE(s.wait_for_connections(2));
        CHECK(s.counts().open == 2);
        one.send(get("/"));
        one.receive(hello_reply.size());
    }
    CHECK(s.wait_for_open_at_most(0));
    auto n = s.counts();
    CHECK(n.accepted == 2);
    CHECK(n.requests == 1);
    CHECK(n.received == get("/").size());
    CHECK(n.sent == hello_reply.size());
    CHECK_FALSE(s.log().at(0).open);
}

TEST_CASE("testing server: stops in the middle of everything", "[testing]") {
    auto s = std::make_unique<server>();
    s->route("/held", reply(200, "x").hold());
    s->route("/stalled", reply(200, "x").stall_after(3));
    s->route("/endless", reply::repeating("x", std::uint64_t(1) << 40));
    std::vector<std::unique_ptr<blocking_client>> clients;
    for (const char* path : {"/held", "/stalled", "/endless"}) {
        clients.push_back(std::make_unique<blocking_client>(s->port()));
        clients.back()->send(get(path));
    }
    clients.push_back(std::make_unique<blocking_client>(s->port()));
    REQUIRE(s->wait_for_requests(3));
    s->stop();
    s->stop();
    CHECK(s->requests().size() == 3);
    CHECK(s->counts().open == 0);
    s->release();
}

TEST_CASE("testing server: many servers and many threads of clients", "[testing]") {
    std::vector<std::unique_ptr<server>> servers;
    for (int i = 0; i < 5; ++i) {
        servers.push_back(std::make_unique<server>());
        servers.back()->route("/", "hello");
    }
    std::atomic<int> right = 0;
    std::vector<std::thread> threads;
    for (int i = 0; i < 10; ++i) {
        threads.emplace_back([&, i] {
            blocking_client c(servers[static_cast<std::size_t>(i) % 5]->port());
            for (int round = 0; round < 20; ++round) {
                c.send(get("/"));
                right += c.receive(hello_reply.size()) == hello_reply;
            }
        });
    }
    for (auto& t : threads) t.join();
    CHECK(right == 200);
}
