// async_open and the stream of its body: reading, not reading, giving up.
#include "support/awaiting.hpp"
#include <xfer/detail/asio.hpp>
#include <xfer/multi.hpp>
#include <xfer/testing/server.hpp>

#include <asio/bind_cancellation_slot.hpp>
#include <asio/read.hpp>
#include <asio/read_until.hpp>
#include <asio/steady_timer.hpp>
#include <asio/use_awaitable.hpp>
#include <catch2/catch.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <memory>
#include <optional>
#include <string>

using namespace xfer;
using namespace std::chrono_literals;
using test::run;
using test::run_coroutine;
using xfer::testing::from;
using xfer::testing::reply;
using xfer::testing::server;

namespace {

/// Reads all that is left, in pieces of at most `most` bytes; the error is the last
/// read's.
asio::awaitable<std::error_code> read_all(
    response_stream& stream, std::string& to, std::size_t most
) {
    std::string block(most, '\0');
    const auto token = xfer::detail::as_tuple(asio::use_awaitable);
    for (;;) {
        const auto space = asio::buffer(block);
        const auto got = co_await stream.async_read_some(space, token);
        to.append(block, 0, std::get<1>(got));
        if (std::get<0>(got)) {
            co_return std::get<0>(got);
        }
    }
}

response_stream open(asio::io_context& io, multi& m, const std::string& url) {
    std::optional<response_stream> opened;
    m.async_open(url, [&](std::error_code ec, response_stream s) {
        REQUIRE_FALSE(ec);
        opened.emplace(std::move(s));
    });
    const auto until = std::chrono::steady_clock::now() + 10s;
    while (!opened && std::chrono::steady_clock::now() < until) {
        io.run_one_for(1s);
    }
    REQUIRE(opened);
    return std::move(*opened);
}

}  // namespace

TEST_CASE("streams: small reads get all of the body, then eof", "[face][streams]") {
    const std::string text(10'000, 'x');
    server s;
    reply r(200, text);
    const auto framing = GENERATE(0, 1, 2);
    if (framing == 1) {
        r.chunked({3, 1000});
    } else if (framing == 2) {
        r.until_close();
    }
    s.route("/a", r);
    asio::io_context io;
    multi m(io);
    const std::size_t most = GENERATE(1u, 7u, 4096u, 1u << 20);
    auto f = [&]() -> asio::awaitable<void> {
        auto stream = co_await m.async_open(s.url("/a"));
        CHECK(stream.is_open());
        CHECK(stream.head().body().empty());
        CHECK(stream.head().url() == s.url("/a"));
        std::string got;
        auto ec = co_await read_all(stream, got, most);
        CHECK(ec == asio::error::eof);
        CHECK((got == text));
        // The end stays the end.
        ec = co_await read_all(stream, got, most);
        CHECK(ec == asio::error::eof);
        CHECK(got.size() == text.size());
    };
    run_coroutine(io, f);
    CHECK(m.stats().succeeded == 1);
}

TEST_CASE("streams: Asio's composed reads work on it", "[face][streams]") {
    server s;
    s.route("/a", reply(200, "first line\nsecond line\n").split_every(3, 1ms));
    asio::io_context io;
    multi m(io);
    auto f = [&]() -> asio::awaitable<void> {
        auto stream = co_await m.async_open(s.url("/a"));
        std::string text;
        auto buffer = asio::dynamic_buffer(text);
        const auto n =
            co_await asio::async_read_until(stream, buffer, '\n', asio::use_awaitable);
        CHECK(text.substr(0, n) == "first line\n");
        const auto token = xfer::detail::as_tuple(asio::use_awaitable);
        auto rest = co_await asio::async_read(stream, buffer, token);
        CHECK(std::get<0>(rest) == asio::error::eof);
        CHECK(text == "first line\nsecond line\n");
    };
    run_coroutine(io, f);
}

TEST_CASE("streams: a body of nothing ends at once", "[face][streams]") {
    server s;
    s.route("/a", reply(204));
    asio::io_context io;
    multi m(io);
    auto f = [&]() -> asio::awaitable<void> {
        auto stream = co_await m.async_open(s.url("/a"));
        CHECK(stream.status() == 204);
        std::string got;
        const auto ec = co_await read_all(stream, got, 10);
        CHECK(ec == asio::error::eof);
        CHECK(got.empty());
    };
    run_coroutine(io, f);
}

TEST_CASE("streams: a read into no space completes with nothing", "[face][streams]") {
    server s;
    s.route("/a", "alpha");
    asio::io_context io;
    multi m(io);
    auto f = [&]() -> asio::awaitable<void> {
        auto stream = co_await m.async_open(s.url("/a"));
        const auto nowhere = asio::mutable_buffer();
        auto n = co_await stream.async_read_some(nowhere, asio::use_awaitable);
        CHECK(n == 0);
        // The first buffer of a sequence that is not empty is filled.
        char text[8];
        std::array<asio::mutable_buffer, 3> three{
            asio::mutable_buffer(), asio::buffer(text), asio::mutable_buffer()};
        n = co_await stream.async_read_some(three, asio::use_awaitable);
        CHECK(std::string(text, n) == "alpha");
    };
    run_coroutine(io, f);
}

TEST_CASE(
    "M34: a stream that is not read holds the server back", "[face][streams][M34]"
) {
    constexpr std::uint64_t size = 64u << 20;
    server s;
    s.route("/a", reply::repeating("0123456789abcdef", size));
    asio::io_context io;
    multi m(io);
    auto stream = open(io, m, s.url("/a"));
    io.run_for(200ms);
    const auto sent = s.counts().sent;
    const auto steps = m.stats().steps;
    io.run_for(100ms);
    CHECK(s.counts().sent == sent);
    CHECK(sent < size / 2);
    CHECK(m.stats().steps == steps);
    auto f = [&]() -> asio::awaitable<void> {
        std::string got;
        got.reserve(size);
        const auto ec = co_await read_all(stream, got, 1 << 20);
        CHECK(ec == asio::error::eof);
        CHECK(got.size() == size);
    };
    run_coroutine(io, f);
}

TEST_CASE(
    "M33: a stream dropped before a short rest keeps the connection",
    "[face][streams][M33]"
) {
    server s;
    s.route("/a", reply(200, std::string(20'000, 'x')));
    asio::io_context io;
    multi m(io);
    const bool reads_first = GENERATE(false, true);
    {
        auto stream = open(io, m, s.url("/a"));
        if (reads_first) {
            std::array<char, 10> some{};
            stream.async_read_some(
                asio::buffer(some),
                [](std::error_code ec, std::size_t n) {
                    CHECK_FALSE(ec);
                    CHECK(n == 10);
                }
            );
            io.run_for(10ms);
        }
    }
    CHECK(run(io));
    CHECK(m.stats().idle_connections == 1);
    CHECK_FALSE(test::run_one(io, m, get(s.url("/a"))).ec);
    CHECK(s.counts().accepted == 1);
}

TEST_CASE(
    "M33: a stream dropped before a long rest closes the connection",
    "[face][streams][M33]"
) {
    server s;
    reply r = reply::repeating("x", 10u << 20);
    const bool stalls = GENERATE(false, true);
    if (stalls) {
        // Nothing comes that could wake the transfer: dropping has to.
        r.stall_after(10, from::body);
    }
    s.route("/a", r);
    asio::io_context io;
    multi m(io);
    {
        auto stream = open(io, m, s.url("/a"));
        io.run_for(10ms);
        if (stalls) {
            std::array<char, 100> some{};
            std::size_t got = 0;
            stream.async_read_some(
                asio::buffer(some), [&](std::error_code, std::size_t n) { got = n; }
            );
            while (got == 0) {
                io.run_one_for(1s);
            }
            CHECK(got == 10);
        }
    }
    CHECK(test::run(io, 5s));
    CHECK(m.stats().connections == 0);
    CHECK(s.wait_for_open_at_most(0));
}

TEST_CASE(
    "streams: an error in the middle comes after what arrived", "[face][streams]"
) {
    server s;
    s.route("/a", reply(200, std::string(1000, 'x')).close_after(600, from::body));
    asio::io_context io;
    multi m(io);
    auto f = [&]() -> asio::awaitable<void> {
        auto stream = co_await m.async_open(s.url("/a"));
        std::string got;
        auto ec = co_await read_all(stream, got, 100);
        CHECK(ec == error::partial_body);
        CHECK(got.size() == 600);
        ec = co_await read_all(stream, got, 100);
        CHECK(ec == error::partial_body);
    };
    run_coroutine(io, f);
}

TEST_CASE(
    "streams: cancelling one read leaves the stream usable", "[face][streams][cancel]"
) {
    server s;
    s.route("/a", reply(200, "alpha").stall_after(2, from::body));
    asio::io_context io;
    multi m(io);
    auto stream = open(io, m, s.url("/a"));
    std::array<char, 16> space{};
    std::string got;
    stream.async_read_some(asio::buffer(space), [&](std::error_code ec, std::size_t n) {
        CHECK_FALSE(ec);
        got.append(space.data(), n);
    });
    while (got.size() < 2) {
        io.run_one_for(1s);
    }
    asio::cancellation_signal stop;
    std::error_code seen;
    stream.async_read_some(
        asio::buffer(space),
        asio::bind_cancellation_slot(
            stop.slot(), [&](std::error_code ec, std::size_t) { seen = ec; }
        )
    );
    io.run_for(10ms);
    CHECK_FALSE(seen);
    stop.emit(asio::cancellation_type::total);
    io.run_for(10ms);
    CHECK(seen == asio::error::operation_aborted);
    s.release();
    auto f = [&]() -> asio::awaitable<void> {
        const auto ec = co_await read_all(stream, got, 3);
        CHECK(ec == asio::error::eof);
    };
    run_coroutine(io, f);
    CHECK(got == "alpha");
}

TEST_CASE("streams: a second read at a time is refused", "[face][streams]") {
    server s;
    s.route("/a", reply(200, "alpha").stall_after(0, from::body));
    asio::io_context io;
    multi m(io);
    auto stream = open(io, m, s.url("/a"));
    std::array<char, 16> space{};
    std::error_code first = error::nothing_left;
    std::error_code second;
    stream.async_read_some(asio::buffer(space), [&](std::error_code ec, std::size_t) {
        first = ec;
    });
    stream.async_read_some(asio::buffer(space), [&](std::error_code ec, std::size_t) {
        second = ec;
    });
    io.run_for(10ms);
    CHECK(second == asio::error::already_started);
    s.release();
    io.run_for(50ms);
    CHECK_FALSE(first);
}

TEST_CASE(
    "streams: one that outlives the multi reads operation_aborted",
    "[face][streams][M15]"
) {
    server s;
    s.route("/a", reply::repeating("x", 10u << 20));
    asio::io_context io;
    auto m = std::make_unique<multi>(io);
    auto stream = open(io, *m, s.url("/a"));
    std::array<char, 16> space{};
    std::error_code pending;
    std::error_code later;
    const bool reading = GENERATE(false, true);
    if (reading) {
        stream.async_read_some(
            asio::buffer(space),
            [&](std::error_code ec, std::size_t n) {
                pending = n == 0 ? ec : asio::error::operation_aborted;
            }
        );
    }
    m.reset();
    CHECK(run(io));
    CHECK(bool(pending) == reading);
    stream.async_read_some(asio::buffer(space), [&](std::error_code ec, std::size_t) {
        later = ec;
    });
    CHECK(run(io));
    CHECK(later == asio::error::operation_aborted);
    CHECK(s.wait_for_open_at_most(0));
}

TEST_CASE(
    "streams: one that outlives the loop is destroyed quietly", "[face][streams][M15]"
) {
    server s;
    s.route("/a", reply::repeating("x", 10u << 20));
    auto io = std::make_unique<asio::io_context>();
    multi m(*io);
    auto stream = open(*io, m, s.url("/a"));
    bool called = false;
    std::array<char, 16> space{};
    if (GENERATE(false, true)) {
        stream.async_read_some(asio::buffer(space), [&](std::error_code, std::size_t) {
            called = true;
        });
    }
    io.reset();
    CHECK_FALSE(called);
    stream.close();
    CHECK_FALSE(stream.is_open());
}

TEST_CASE("streams: a read of a closed one says so", "[face][streams]") {
    asio::io_context io;
    response_stream closed(io.get_executor(), nullptr, response());
    std::error_code seen;
    std::array<char, 16> space{};
    closed.async_read_some(asio::buffer(space), [&](std::error_code ec, std::size_t) {
        seen = ec;
    });
    CHECK_FALSE(seen);
    CHECK(run(io));
    CHECK(seen == asio::error::bad_descriptor);
}

TEST_CASE("streams: moving over an open one gives the old one up", "[face][streams]") {
    server s;
    s.route("/a", reply::repeating("x", 10u << 20));
    s.route("/b", "beta");
    asio::io_context io;
    multi m(io);
    auto stream = open(io, m, s.url("/a"));
    stream = open(io, m, s.url("/b"));
    auto f = [&]() -> asio::awaitable<void> {
        std::string got;
        const auto ec = co_await read_all(stream, got, 100);
        CHECK(ec == asio::error::eof);
        CHECK(got == "beta");
    };
    run_coroutine(io, f);
    CHECK(m.stats().running == 0);
}

TEST_CASE(
    "streams: fail_on_error completes the open with the error", "[face][streams]"
) {
    server s;
    asio::io_context io;
    multi m(io);
    std::error_code seen;
    m.async_open(
        get(s.url("/none"), {.fail_on_error = true}),
        [&](std::error_code ec, response_stream r) {
            seen = ec;
            CHECK(r.status() == 404);
            CHECK_FALSE(r.is_open());
        }
    );
    CHECK(run(io));
    CHECK(seen == error::http_status);
}

TEST_CASE("streams: a read that is begun after close() says so", "[face][streams]") {
    server s;
    s.route("/a", "hello");
    asio::io_context io;
    multi m(io);
    auto stream = open(io, m, s.url("/a"));
    std::array<char, 64> space{};
    const auto into = asio::buffer(space);
    auto late = stream.async_read_some(into, xfer::detail::deferred);
    stream.close();
    std::optional<std::error_code> seen;
    std::move(late)([&](std::error_code ec, std::size_t) { seen = ec; });
    CHECK(run(io));
    CHECK(seen == std::error_code(asio::error::bad_descriptor));
}
