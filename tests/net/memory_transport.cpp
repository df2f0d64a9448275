// xfer/testing/memory_transport.hpp: the in-memory network of the tests.
#include <xfer/testing/memory_transport.hpp>

#include <asio/io_context.hpp>
#include <catch2/catch.hpp>

#include <array>

using xfer::net::direction;
using xfer::testing::fuse;
using xfer::testing::make_memory_pair;
using xfer::testing::memory_options;

namespace {

struct counter final : xfer::net::waiter {
    void wake() noexcept override {
        ++wakes;
        if (then) {
            then();
        }
    }
    int wakes = 0;
    std::function<void()> then;
};

struct outcome {
    std::string bytes;
    std::error_code ec;
};

outcome read(xfer::net::transport& t, std::size_t size = 64) {
    std::string buffer(size, '?');
    outcome o;
    buffer.resize(t.try_read(buffer, o.ec));
    o.bytes = buffer;
    return o;
}

std::size_t write(xfer::net::transport& t, std::string_view text, std::error_code& ec) {
    const std::array<std::string_view, 1> pieces{text};
    return t.try_write(pieces, ec);
}

}  // namespace

TEST_CASE("memory_transport: reads what was provided and then the end", "[net]") {
    auto [t, peer] = make_memory_pair();
    CHECK(read(*t).ec == std::errc::operation_would_block);
    peer->provide("abc");
    CHECK(read(*t, 2).bytes == "ab");
    CHECK(peer->unread() == 1);
    peer->end();
    CHECK(read(*t).bytes == "c");
    const auto last = read(*t);
    CHECK(last.bytes.empty());
    CHECK_FALSE(last.ec);
}

TEST_CASE(
    "memory_transport: a reset comes after the data for reads and at once for writes",
    "[net]"
) {
    auto [t, peer] = make_memory_pair();
    peer->provide("abc");
    peer->reset();
    std::error_code ec;
    CHECK(write(*t, "x", ec) == 0);
    CHECK(ec == std::errc::connection_reset);
    CHECK(read(*t).bytes == "abc");
    CHECK(read(*t).ec == std::errc::connection_reset);
}

TEST_CASE(
    "memory_transport: writes block at the limit and go on when it is raised", "[net]"
) {
    auto [t, peer] = make_memory_pair();
    peer->accept(4);
    std::error_code ec;
    const std::array<std::string_view, 3> pieces{"abc", "def", "ghi"};
    CHECK(t->try_write(pieces, ec) == 4);
    CHECK_FALSE(ec);
    CHECK(t->try_write(pieces, ec) == 0);
    CHECK(ec == std::errc::operation_would_block);
    counter w;
    t->arm(direction::write, w);
    CHECK_FALSE(peer->pump());
    peer->accept(100);
    CHECK(peer->pump());
    CHECK(w.wakes == 1);
    CHECK(write(*t, "ok", ec) == 2);
    CHECK(peer->take_written() == "abcdok");
    CHECK(peer->written().empty());
}

TEST_CASE(
    "memory_transport: arm never wakes inline, the executor does later", "[net]"
) {
    asio::io_context io;
    auto [t, peer] = make_memory_pair(io.get_executor());
    counter w;
    peer->provide("x");
    t->arm(direction::read, w);
    CHECK(w.wakes == 0);
    io.run();
    CHECK(w.wakes == 1);
    CHECK_FALSE(peer->armed(direction::read));
}

TEST_CASE(
    "memory_transport: an armed one is work for the loop, an idle one is not", "[net]"
) {
    asio::io_context io;
    auto [t, peer] = make_memory_pair(io.get_executor());
    counter w;
    t->arm(direction::read, w);
    io.poll();
    CHECK_FALSE(io.stopped());
    t->disarm();
    io.poll();
    CHECK(io.stopped());
    peer->provide("x");
    io.restart();
    io.poll();
    CHECK(w.wakes == 0);
}

TEST_CASE(
    "memory_transport: a waiter may destroy the transport that wakes it", "[net]"
) {
    asio::io_context io;
    auto pair = make_memory_pair(io.get_executor());
    counter w;
    w.then = [&] { pair.transport.reset(); };
    pair.transport->arm(direction::read, w);
    pair.transport->arm(direction::write, w);
    pair.peer->provide("x");
    io.run();
    CHECK(w.wakes == 1);
    CHECK(pair.peer->closed());
}

TEST_CASE("memory_transport: the fuse fails each operation in turn", "[net]") {
    const auto run = [](std::size_t n) {
        memory_options options;
        options.breaker = std::make_shared<fuse>(n);
        auto [t, peer] = make_memory_pair(std::nullopt, options);
        std::error_code ec;
        counter w;
        std::size_t failures = 0;
        static_cast<void>(write(*t, "GET", ec));
        failures += ec == std::errc::connection_reset;
        t->arm(direction::read, w);
        peer->pump();
        failures += w.wakes == 1;
        peer->provide("200");
        failures += read(*t).ec == std::errc::connection_reset;
        CHECK((failures > 0) == options.breaker->blown());
        CHECK(t->reusable() != options.breaker->blown());
        return options.breaker->blown();
    };
    std::size_t n = 0;
    while (run(n)) {
        ++n;
    }
    CHECK(n == 3);
}

TEST_CASE("memory_transport: one byte at a time with would_block between", "[net]") {
    memory_options options;
    options.max_read = 1;
    options.max_write = 1;
    options.block_between = true;
    auto [t, peer] = make_memory_pair(std::nullopt, options);
    peer->provide("ab");
    CHECK(read(*t).bytes == "a");
    CHECK(read(*t).ec == std::errc::operation_would_block);
    counter w;
    t->arm(direction::read, w);
    CHECK(peer->pump());
    CHECK(read(*t).bytes == "b");
    std::error_code ec;
    CHECK(write(*t, "xy", ec) == 1);
    CHECK(write(*t, "y", ec) == 0);
    CHECK(ec == std::errc::operation_would_block);
    CHECK(write(*t, "y", ec) == 1);
    CHECK(peer->written() == "xy");
}

TEST_CASE("memory_transport: reusable only while open and silent", "[net]") {
    auto [t, peer] = make_memory_pair();
    CHECK(t->reusable());
    SECTION("data") { peer->provide("x"); }
    SECTION("end") { peer->end(); }
    SECTION("reset") { peer->reset(); }
    SECTION("closed") { t->close(); }
    CHECK_FALSE(t->reusable());
}

TEST_CASE("memory_transport: a fake server answers from on_activity", "[net]") {
    asio::io_context io;
    auto [t, peer] = make_memory_pair(io.get_executor());
    peer->on_activity([](xfer::testing::memory_peer& p) {
        if (p.take_written() == "ping") {
            p.provide("pong");
        }
    });
    counter w;
    t->arm(direction::read, w);
    std::error_code ec;
    CHECK(write(*t, "ping", ec) == 4);
    io.run();
    CHECK(w.wakes == 1);
    CHECK(read(*t).bytes == "pong");
    t->shutdown();
    CHECK(peer->shut_down());
    CHECK(write(*t, "x", ec) == 0);
    CHECK(ec == std::errc::broken_pipe);
}
