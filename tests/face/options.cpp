// What options do to one transfer: limits of size and speed, connections, strictness.
#include "support/awaiting.hpp"
#include <xfer/multi.hpp>
#include <xfer/testing/manual_clock.hpp>
#include <xfer/testing/server.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <chrono>
#include <memory>
#include <span>
#include <string>

using namespace xfer;
using namespace std::chrono_literals;
using test::run;
using test::run_one;
using xfer::testing::reply;
using xfer::testing::server;

namespace {

/// A multi whose time stands still until it is told.
struct timed {
    std::shared_ptr<testing::manual_clock> clock =
        std::make_shared<testing::manual_clock>();
    asio::io_context io;
    multi m{io, {.clock = clock}};

    /// Lets what can happen at this moment happen.
    void settle() {
        io.restart();
        io.run_for(4ms);
    }
    /// Settles until the server has seen something.
    bool until(const server& s, std::size_t connections, std::size_t requests) {
        for (int i = 0; i < 2000; ++i) {
            settle();
            const auto seen = s.counts();
            if (seen.accepted >= connections && seen.requests >= requests) {
                settle();
                return true;
            }
        }
        return false;
    }
    void pass(duration d) {
        clock->advance(d);
        settle();
    }
};

}  // namespace

TEST_CASE("options: max_body_size refuses what is announced", "[face][options]") {
    server s;
    s.route("/a", reply(200, std::string(101, 'x')));
    auto done = run_one(get(s.url("/a"), {.max_body_size = 100}));
    CHECK(done.ec == error::body_too_large);
    CHECK(done.ec == condition::filesize_exceeded);
    CHECK(done.response.status() == 200);
    CHECK(done.response.body().empty());
    CHECK(done.failure().message.find("100") != std::string::npos);
    done = run_one(get(s.url("/a"), {.max_body_size = 101}));
    CHECK_FALSE(done.ec);
    done = run_one(request(method::head(), s.url("/a"), {.max_body_size = 100}));
    CHECK_FALSE(done.ec);
}

TEST_CASE("options: max_body_size ends what was not announced", "[face][options]") {
    server s;
    auto r = reply::repeating("x", 1u << 30);
    GENERATE(false, true) ? r.until_close() : r.chunked({1000});
    s.route("/a", r);
    auto done = run_one(get(s.url("/a"), {.max_body_size = 1'000'000}));
    CHECK(done.ec == error::body_too_large);
    CHECK(done.response.body().size() <= 1'000'000);
    CHECK(s.wait_for_open_at_most(0));
    CHECK(s.counts().sent < (64u << 20));
}

TEST_CASE("options: fail_on_error minds statuses of 400 and above", "[face][options]") {
    server s;
    const int status = GENERATE(200, 304, 399, 400, 404, 503);
    s.route("/a", reply(status, "text"));
    const auto plain = run_one(get(s.url("/a")));
    CHECK_FALSE(plain.ec);
    CHECK(plain.response.status() == status);
    const auto done = run_one(get(s.url("/a"), {.fail_on_error = true}));
    CHECK(bool(done.ec) == (status >= 400));
    CHECK(done.response.status() == status);
    if (done.ec) {
        CHECK(done.ec == error::http_status);
        CHECK(done.failure().message.find(std::to_string(status)) != std::string::npos);
    }
}

TEST_CASE("options: fresh_connection and forbid_reuse", "[face][options]") {
    server s;
    s.route("/a", "alpha");
    asio::io_context io;
    multi m(io);
    CHECK_FALSE(run_one(io, m, get(s.url("/a"))).ec);
    CHECK_FALSE(run_one(io, m, get(s.url("/a"), {.fresh_connection = true})).ec);
    CHECK(s.counts().accepted == 2);
    CHECK_FALSE(run_one(io, m, get(s.url("/a"))).ec);
    CHECK(s.counts().accepted == 2);
    CHECK(m.stats().idle_connections == 2);
    CHECK_FALSE(run_one(io, m, get(s.url("/a"), {.forbid_reuse = true})).ec);
    CHECK(s.counts().accepted == 2);
    CHECK(m.stats().idle_connections == 1);
    auto closing = get(s.url("/a"));
    closing.header("Connection", "close");
    CHECK_FALSE(run_one(io, m, closing).ec);
    CHECK(m.stats().idle_connections == 0);
    CHECK(s.wait_for_open_at_most(0));
}

TEST_CASE("options: settings limit the size and number of fields", "[face][options]") {
    server s;
    reply many(200, "alpha");
    for (int i = 0; i < 60; ++i) {
        many.with_field("X-" + std::to_string(i), std::string(20, 'v'));
    }
    s.route("/many", many);
    s.route("/long", reply(200, "alpha").with_field("X-A", std::string(5000, 'v')));
    asio::io_context io;
    multi small(io, {.max_header_bytes = 4000, .max_header_fields = 50});
    auto done = run_one(io, small, get(s.url("/many")));
    CHECK(done.ec == error::header_too_large);
    CHECK(done.ec == condition::too_large);
    done = run_one(io, small, get(s.url("/long")));
    CHECK(done.ec == error::header_too_large);
    CHECK_FALSE(done.failure().message.empty());
    multi usual(io);
    CHECK_FALSE(run_one(io, usual, get(s.url("/many"))).ec);
    CHECK_FALSE(run_one(io, usual, get(s.url("/long"))).ec);
    reply endless;
    s.route(
        "/endless",
        reply::exactly("HTTP/1.1 200 OK\r\nX-A: " + std::string(400'000, 'v'))
    );
    done = run_one(io, usual, get(s.url("/endless")));
    CHECK(done.ec == error::header_too_large);
}

TEST_CASE(
    "options: max_receive_rate spreads a body over time", "[face][options][rate]"
) {
    server s;
    s.route("/a", reply(200, std::string(20'000, 'x')));
    timed t;
    const auto id =
        t.m.add(get(s.url("/a"), {.idle_timeout = {}, .max_receive_rate = 10'000}));
    REQUIRE(t.until(s, 1, 1));
    const auto received = [&] {
        const auto p = t.m.progress_of(id);
        return p ? p->received : 0;
    };
    // Hardly anything without time.
    CHECK(received() <= 2'000);
    for (int i = 0; i < 10; ++i) {
        t.pass(100ms);
    }
    CHECK(received() >= 7'000);
    CHECK(received() <= 12'000);
    for (int i = 0; i < 12; ++i) {
        t.pass(100ms);
    }
    CHECK(run(t.io));
    const auto done = t.m.info_read();
    REQUIRE(done);
    CHECK_FALSE(done->ec);
    CHECK(done->response.body().size() == 20'000);
}

TEST_CASE(
    "options: max_send_rate spreads an upload over time", "[face][options][rate]"
) {
    server s;
    s.route("/a", "taken");
    timed t;
    const bool chunked = GENERATE(false, true);
    const std::string text(20'000, 'x');
    std::size_t at = 0;
    auto give = [&](std::span<char> space) {
        const auto n = std::min({space.size(), text.size() - at, std::size_t(500)});
        std::copy_n(text.data() + at, n, space.data());
        at += n;
        return n;
    };
    auto r =
        put(s.url("/a"),
            chunked ? from_function(give) : source(text),
            {.max_send_rate = 10'000});
    const auto id = t.m.add(r);
    REQUIRE(t.until(s, 1, 0));
    const auto sent = [&] {
        const auto p = t.m.progress_of(id);
        return p ? p->sent : 0;
    };
    CHECK(sent() <= 2'000);
    for (int i = 0; i < 10; ++i) {
        t.pass(100ms);
    }
    CHECK(sent() >= 7'000);
    CHECK(sent() <= 12'000);
    for (int i = 0; i < 30; ++i) {
        t.pass(100ms);
    }
    CHECK(run(t.io));
    const auto done = t.m.info_read();
    REQUIRE(done);
    CHECK_FALSE(done->ec);
    CHECK(s.requests().at(0).body.size() == 20'000);
}

TEST_CASE(
    "options: a large string is no slow upload while it moves", "[face][options]"
) {
    // One string of 16 MiB, to a server that stops for a while: the bytes that move
    // count for the low-speed check before the whole has gone.
    server s;
    s.route("/a", "taken");
    timed t;
    std::uint64_t last = 0;
    auto watch = [&](const progress& p) { last = p.sent; };
    t.m.add(post(
                s.url("/a"), std::string(16u << 20, 'x'), {.idle_timeout = {}}
    ).on_progress(watch));
    REQUIRE(t.until(s, 1, 0));
    s.stop_reading();
    t.settle();
    s.stop_reading(false);
    CHECK(run(t.io));
    const auto done = t.m.info_read();
    REQUIRE(done);
    CHECK_FALSE(done->ec);
    CHECK(last == 16u << 20);
    CHECK(s.requests().at(0).body_size == 16u << 20);
}
