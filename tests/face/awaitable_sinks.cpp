// Sinks and sources that are coroutines: backpressure, failure, abandonment.
#include "support/awaiting.hpp"
#include <xfer/multi.hpp>
#include <xfer/testing/server.hpp>

#include <asio/bind_cancellation_slot.hpp>
#include <asio/cancellation_signal.hpp>
#include <asio/steady_timer.hpp>
#include <asio/this_coro.hpp>
#include <asio/use_awaitable.hpp>
#include <catch2/catch.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>

using namespace xfer;
using namespace std::chrono_literals;
using test::run;
using test::run_coroutine;
using test::run_one;
using xfer::testing::reply;
using xfer::testing::server;

namespace {

/// Waits on whatever executor the coroutine runs on.
asio::awaitable<void> sleep(std::chrono::milliseconds d) {
    asio::steady_timer timer(co_await asio::this_coro::executor, d);
    co_await timer.async_wait(asio::use_awaitable);
}

/// Waits to be cancelled, and lets the caller go on nevertheless.
asio::awaitable<void> outlive_cancellation() {
    co_await asio::this_coro::throw_if_cancelled(false);
    try {
        co_await sleep(10'000ms);
    } catch (const std::system_error&) {
    }
    co_await asio::this_coro::reset_cancellation_state();
}

}  // namespace

TEST_CASE(
    "awaitable sinks: each piece is awaited before the next one comes", "[face][sinks]"
) {
    server s;
    s.route("/a", reply(200, std::string(300'000, 'x')).chunked({1, 50'000}));
    std::string got;
    bool inside = false;
    auto take = [&](std::string_view piece) -> asio::awaitable<void> {
        CHECK_FALSE(inside);
        inside = true;
        co_await sleep(1ms);
        got += piece;  // still valid
        inside = false;
    };
    const auto done = run_one(get(s.url("/a")).sink(to_awaitable(take)));
    CHECK_FALSE(done.ec);
    CHECK((got == std::string(300'000, 'x')));
}

TEST_CASE("awaitable sinks: one that never suspends is as good", "[face][sinks]") {
    server s;
    s.route("/a", reply(200, std::string(300'000, 'x')).chunked({1, 50'000}));
    std::string got;
    auto take = [&](std::string_view piece) -> asio::awaitable<void> {
        got += piece;
        co_return;
    };
    const auto done = run_one(get(s.url("/a")).sink(to_awaitable(take)));
    CHECK_FALSE(done.ec);
    CHECK(got.size() == 300'000);
}

TEST_CASE("M34: a slow awaitable sink holds the server back", "[face][sinks][M34]") {
    constexpr std::uint64_t size = 64u << 20;
    server s;
    s.route("/a", reply::repeating("0123456789abcdef", size));
    asio::io_context io;
    multi m(io);
    std::uint64_t largest = 0;
    asio::steady_timer gate(io, std::chrono::steady_clock::time_point::max());
    auto take = [&](std::string_view piece) -> asio::awaitable<void> {
        largest = std::max<std::uint64_t>(largest, piece.size());
        try {
            co_await gate.async_wait(asio::use_awaitable);
        } catch (const std::system_error&) {
        }
    };
    m.add(get(s.url("/a")).sink(to_awaitable(take)));
    io.run_for(200ms);
    const auto sent = s.counts().sent;
    io.run_for(100ms);
    // Only what the kernel's buffers hold: the server came to a halt.
    CHECK(s.counts().sent == sent);
    CHECK(sent < size / 2);
    CHECK(largest > 0);
    gate.expires_at(std::chrono::steady_clock::time_point::min());
    CHECK(run(io));
    const auto done = m.info_read();
    REQUIRE(done);
    CHECK_FALSE(done->ec);
    CHECK(done->response.info().bytes_received == size);
    CHECK(largest <= 1 << 20);
}

TEST_CASE(
    "awaitable sinks: what it throws fails its transfer only", "[face][sinks][M32]"
) {
    server s;
    s.route("/a", "alpha");
    s.route("/b", "beta");
    asio::io_context io;
    multi m(io);
    const bool before_suspending = GENERATE(true, false);
    auto take = [&](std::string_view) -> asio::awaitable<void> {
        if (!before_suspending) {
            co_await sleep(1ms);
        }
        throw std::runtime_error("not this one");
    };
    const auto bad = m.add(get(s.url("/a")).sink(to_awaitable(take)));
    const auto good = m.add(get(s.url("/b")));
    CHECK(run(io));
    while (auto done = m.info_read()) {
        if (done->id == bad) {
            CHECK(done->ec == error::sink_failed);
            CHECK(done->failure().message.find("not this one") != std::string::npos);
            CHECK_THROWS_AS(
                std::rethrow_exception(done->failure().exception), std::runtime_error
            );
        } else {
            CHECK(done->id == good);
            CHECK(done->response.body() == "beta");
        }
    }
}

TEST_CASE(
    "awaitable sinks: cancelling the transfer cancels the sink", "[face][sinks][cancel]"
) {
    server s;
    s.route("/a", "alpha");
    asio::io_context io;
    multi m(io);
    std::error_code inside;
    bool begun = false;
    auto take = [&](std::string_view) -> asio::awaitable<void> {
        begun = true;
        try {
            co_await sleep(10'000ms);
        } catch (const std::system_error& e) {
            inside = e.code();
            throw;
        }
    };
    const auto id = m.add(get(s.url("/a")).sink(to_awaitable(take)));
    const bool remove = GENERATE(false, true);
    while (!begun) {
        io.run_for(5ms);
    }
    CHECK((remove ? m.remove(id) : m.cancel(id)));
    CHECK(run(io));
    CHECK(inside == asio::error::operation_aborted);
    const auto done = m.info_read();
    CHECK(done.has_value() == !remove);
    if (done) {
        CHECK(done->ec == asio::error::operation_aborted);
    }
}

TEST_CASE(
    "awaitable sinks: an abandoned one may still look at its piece and captures",
    "[face][sinks][M15]"
) {
    server s;
    const auto size = GENERATE(5u, 200'000u);
    s.route("/a", reply(200, std::string(size, 'x')));
    asio::io_context io;
    auto m = std::make_unique<multi>(io);
    bool begun = false;
    std::string seen;
    const auto way = GENERATE(0, 1, 2);
    {
        // Its closure owns something: that must live as long as the coroutine.
        auto take = [&, mine = std::make_shared<std::string>("mine")](
                        std::string_view piece
                    ) -> asio::awaitable<void> {
            begun = true;
            co_await asio::this_coro::throw_if_cancelled(false);
            try {
                co_await sleep(10'000ms);
            } catch (const std::system_error&) {
            }
            co_await asio::this_coro::reset_cancellation_state();
            co_await sleep(10ms);
            seen = *mine;
            seen += piece.front();
            seen += piece.back();
        };
        const auto id = m->add(get(s.url("/a")).sink(to_awaitable(take)));
        while (!begun) {
            io.run_for(5ms);
        }
        if (way == 0) {
            CHECK(m->remove(id));
        } else if (way == 1) {
            CHECK(m->cancel(id));
        } else {
            m.reset();
        }
    }
    CHECK(run(io));
    CHECK(seen == "minexx");
}

TEST_CASE(
    "awaitable sinks: one that outlives the loop is destroyed with it",
    "[face][sinks][M15]"
) {
    server s;
    s.route("/a", std::string(100, 'x').c_str());
    auto io = std::make_unique<asio::io_context>();
    auto m = std::make_unique<multi>(*io);
    bool begun = false;
    bool ended = false;
    auto alive = std::make_shared<int>(1);
    auto take = [&begun, &ended, alive](std::string_view) -> asio::awaitable<void> {
        begun = true;
        co_await sleep(10'000ms);
        ended = true;
    };
    m->add(get(s.url("/a")).sink(to_awaitable(take)));
    while (!begun) {
        io->run_for(5ms);
    }
    if (GENERATE(true, false)) {
        m.reset();
    }
    io.reset();
    m.reset();
    CHECK_FALSE(ended);
}

TEST_CASE(
    "awaitable sinks: async_shutdown waits for the last of them",
    "[face][sinks][shutdown]"
) {
    server s;
    s.route("/a", "alpha");
    asio::io_context io;
    multi m(io);
    bool begun = false;
    bool ended = false;
    auto take = [&](std::string_view) -> asio::awaitable<void> {
        begun = true;
        co_await outlive_cancellation();
        co_await sleep(20ms);
        ended = true;
    };
    const auto id = m.add(get(s.url("/a")).sink(to_awaitable(take)));
    const bool removed = GENERATE(true, false);
    auto f = [&]() -> asio::awaitable<void> {
        while (!begun) {
            co_await sleep(1ms);
        }
        if (removed) {
            m.remove(id);
        }
        co_await m.async_shutdown();
        CHECK(ended);
        CHECK(m.stats().running == 0);
        CHECK(m.stats().connections == 0);
    };
    run_coroutine(io, f);
}

TEST_CASE(
    "awaitable sinks: a closure that changes keeps its changes", "[face][sinks]"
) {
    server s;
    s.route("/a", reply(200, std::string(10, 'x')).split_every(5, 5ms));
    auto total = std::make_shared<std::size_t>(0);
    auto take = [total, n = std::size_t{0}](std::string_view piece
                ) mutable -> asio::awaitable<void> {
        n += piece.size();
        *total = n;
        co_return;
    };
    const auto done = run_one(get(s.url("/a")).sink(to_awaitable(take)));
    CHECK_FALSE(done.ec);
    CHECK(*total == 10);
}

TEST_CASE(
    "awaitable sinks: an async_shutdown that waits for one can be cancelled",
    "[face][sinks][shutdown]"
) {
    server s;
    s.route("/a", "alpha");
    asio::io_context io;
    multi m(io);
    bool begun = false;
    bool may_end = false;
    auto take = [&](std::string_view) -> asio::awaitable<void> {
        begun = true;
        co_await outlive_cancellation();
        while (!may_end) {
            co_await sleep(1ms);
        }
    };
    m.add(get(s.url("/a")).sink(to_awaitable(take)));
    auto f = [&]() -> asio::awaitable<void> {
        while (!begun) {
            co_await sleep(1ms);
        }
        asio::cancellation_signal enough;
        std::optional<std::error_code> first;
        auto down = [&](std::error_code ec) { first = ec; };
        m.async_shutdown(asio::bind_cancellation_slot(enough.slot(), down));
        co_await sleep(1ms);
        CHECK_FALSE(first);
        enough.emit(asio::cancellation_type::terminal);
        while (!first) {
            co_await sleep(1ms);
        }
        CHECK(is_cancelled(*first));
        // The shutdown went on; only nobody waited for it.
        may_end = true;
        co_await m.async_shutdown();
        CHECK(m.stats().running == 0);
        CHECK(m.stats().connections == 0);
    };
    run_coroutine(io, f);
}
