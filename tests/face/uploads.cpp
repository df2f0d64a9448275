// Uploads and servers that answer early, ask to wait, or do not read.
#include "support/awaiting.hpp"
#include <xfer/multi.hpp>
#include <xfer/testing/manual_clock.hpp>
#include <xfer/testing/server.hpp>

#include <asio/steady_timer.hpp>
#include <asio/this_coro.hpp>
#include <asio/use_awaitable.hpp>
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
using xfer::testing::fault;
using xfer::testing::from;
using xfer::testing::reply;
using xfer::testing::server;

TEST_CASE(
    "S12: Expect is sent when asked for, and 100 lets the body go",
    "[face][uploads][S12]"
) {
    server s;
    s.route("/a", "taken");
    auto done = run_one(post(s.url("/a"), "alpha", {.expect_continue = true}));
    CHECK_FALSE(done.ec);
    CHECK(done.response.body() == "taken");
    CHECK(s.requests().at(0).field("Expect") == "100-continue");
    CHECK(s.requests().at(0).body == "alpha");
    // Nothing to ask for without a body.
    done = run_one(get(s.url("/a"), {.expect_continue = true}));
    CHECK_FALSE(done.ec);
    CHECK(s.requests().at(1).count("Expect") == 0);
}

TEST_CASE(
    "S12: a final answer instead of 100 spares the body", "[face][uploads][S12]"
) {
    const int status = GENERATE(200, 401, 417);
    server s;
    s.route("/a", reply(status, "answer"), {.answer_early = true});
    asio::io_context io;
    multi m(io);
    const auto done = run_one(
        io, m, post(s.url("/a"), std::string(1'000'000, 'x'), {.expect_continue = true})
    );
    CHECK_FALSE(done.ec);
    CHECK(done.response.status() == status);
    CHECK(done.response.body() == "answer");
    CHECK(done.response.info().bytes_sent == 0);
    // The server waits for a body that will not come: another request must not follow.
    CHECK(m.stats().idle_connections == 0);
    CHECK(s.wait_for_open_at_most(0));
    CHECK(s.log().at(0).received < 1000);
}

TEST_CASE(
    "S12: silence after Expect lets the body go in time", "[face][uploads][S12]"
) {
    server s;
    s.route("/a", "taken", {.send_continue = false});
    auto clock = std::make_shared<testing::manual_clock>();
    asio::io_context io;
    multi m(io, {.clock = clock});
    m.add(post(
        s.url("/a"), "alpha", {.expect_continue = true, .expect_continue_timeout = 2s}
    ));
    for (int i = 0; i < 2000 && s.counts().received == 0; ++i) {
        io.run_for(2ms);
    }
    REQUIRE(s.counts().received > 0);
    clock->advance(1s);
    io.run_for(10ms);
    CHECK(s.requests().empty());
    clock->advance(1s);
    CHECK(run(io));
    const auto done = m.info_read();
    REQUIRE(done);
    CHECK_FALSE(done->ec);
    CHECK(s.requests().at(0).body == "alpha");
}

TEST_CASE("N18: an early answer to an upload is not lost", "[face][uploads][N18]") {
    const bool close = GENERATE(false, true);
    const bool chunked = GENERATE(false, true);
    server s;
    reply r(413, "too much");
    if (close) {
        r.closing();
    }
    s.route("/a", r, {.answer_early = true, .read_body = !close});
    asio::io_context io;
    multi m(io);
    const std::string text(16u << 20, 'x');
    std::size_t at = 0;
    auto give = [&](std::span<char> space) {
        const auto n = std::min(space.size(), text.size() - at);
        std::copy_n(text.data() + at, n, space.data());
        at += n;
        return n;
    };
    const auto done =
        run_one(io, m, post(s.url("/a"), chunked ? from_function(give) : source(text)));
    INFO(done.ec.message() << ": " << done.failure().message);
    CHECK_FALSE(done.ec);
    CHECK(done.response.status() == 413);
    CHECK(done.response.body() == "too much");
    if (close) {
        CHECK(m.stats().idle_connections == 0);
    }
    s.route("/b", "beta");
    CHECK(run_one(io, m, get(s.url("/b"))).response.body() == "beta");
}

TEST_CASE(
    "N18: an answer that came before the upload blocks ends it", "[face][uploads][N18]"
) {
    server s;
    s.route("/a", reply(413, "too much"), {.answer_early = true, .read_body = false});
    asio::io_context io;
    multi m(io);
    // Gives nothing before the loop has had the time to see the answer, and then more
    // than fits between two sockets.
    std::size_t left = 64u << 20;
    auto give = [&](std::span<char> space) -> asio::awaitable<std::size_t> {
        asio::steady_timer timer(co_await asio::this_coro::executor);
        while (s.counts().sent == 0) {
            timer.expires_after(1ms);
            co_await timer.async_wait(asio::use_awaitable);
        }
        const auto n = std::min(space.size(), left);
        std::fill_n(space.data(), n, 'x');
        left -= n;
        co_return n;
    };
    const auto done =
        run_one(io, m, post(s.url("/a"), from_awaitable(give), {.idle_timeout = 10s}));
    INFO(done.ec.message() << ": " << done.failure().message);
    CHECK_FALSE(done.ec);
    CHECK(done.response.status() == 413);
    CHECK(done.response.body() == "too much");
    CHECK(left > 0);
    CHECK(m.stats().idle_connections == 0);
}

TEST_CASE(
    "uploads: a server that reads nothing is waited for, then served", "[face][uploads]"
) {
    server s;
    s.route("/a", "taken");
    asio::io_context io;
    multi m(io);
    CHECK_FALSE(run_one(io, m, get(s.url("/a"))).ec);
    s.stop_reading();
    const std::string text(32u << 20, 'x');
    const auto id = m.add(put(s.url("/a"), text));
    io.restart();
    io.run_for(100ms);
    const auto steps = m.stats().steps;
    const auto progress = m.progress_of(id);
    REQUIRE(progress);
    CHECK(progress->sent < text.size());
    io.run_for(50ms);
    CHECK(m.stats().steps == steps);
    CHECK(m.stage_of(id) == stage::sending);
    s.stop_reading(false);
    CHECK(run(io));
    const auto done = m.info_read();
    REQUIRE(done);
    CHECK_FALSE(done->ec);
    CHECK(s.requests().at(1).body_size == text.size());
}

TEST_CASE(
    "uploads: a reset in the middle is send_failed or receive_failed", "[face][uploads]"
) {
    server s;
    s.route(
        "/a",
        reply::exactly("").reset_after(0),
        {.answer_early = true, .read_body = false}
    );
    const auto done = run_one(put(s.url("/a"), std::string(32u << 20, 'x')));
    CHECK((done.ec == error::send_failed || done.ec == error::receive_failed));
    CHECK(done.failure().cause);
    CHECK(done.failure().request_may_have_been_processed);
    CHECK_FALSE(done.failure().message.empty());
}
