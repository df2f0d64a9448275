// xfer/testing/server.hpp: faults, pauses and connection behaviour happen where the
// script says, seen through plain sockets.
#include "support/blocking_client.hpp"
#include <xfer/testing/server.hpp>

#include <catch2/catch.hpp>

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
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
