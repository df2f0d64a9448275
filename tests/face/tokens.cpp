// Every completion token with every operation of a multi that takes one.
#include "support/awaiting.hpp"
#include <xfer/detail/asio.hpp>
#include <xfer/multi.hpp>
#include <xfer/testing/server.hpp>

#include <asio/bind_executor.hpp>
#include <asio/post.hpp>
#include <asio/read.hpp>
#include <asio/thread_pool.hpp>
#include <asio/use_awaitable.hpp>
#include <asio/use_future.hpp>
#include <catch2/catch.hpp>

#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>

using namespace xfer;
using test::run;
using test::run_coroutine;
using xfer::testing::server;

namespace {

/// An address at which nobody listens.
std::string closed_url() {
    server s;
    return s.url("/");
}

}  // namespace

TEST_CASE("tokens: without one async_fetch returns the response", "[face][tokens]") {
    server s;
    s.route("/a", "alpha");
    asio::io_context io;
    multi m(io);
    auto f = [&]() -> asio::awaitable<void> {
        const auto r = co_await m.async_fetch(s.url("/a"));
        CHECK(r.status() == 200);
        CHECK(r.body() == "alpha");
    };
    run_coroutine(io, f);
}

TEST_CASE(
    "tokens: without one a failure is thrown with all its detail", "[face][tokens]"
) {
    const auto url = closed_url();
    asio::io_context io;
    multi m(io);
    std::optional<transfer_error> caught;
    auto f = [&]() -> asio::awaitable<void> {
        try {
            co_await m.async_fetch(url);
        } catch (const transfer_error& e) {
            caught = e;
        }
    };
    run_coroutine(io, f);
    REQUIRE(caught);
    CHECK(caught->code() == error::connect_failed);
    CHECK(caught->failure().cause == std::errc::connection_refused);
    CHECK(caught->failure().stage == stage::connecting);
    CHECK(caught->failure().addresses_tried.size() == 1);
    CHECK_FALSE(caught->failure().message.empty());
    CHECK(
        std::string(caught->what()).find(caught->failure().message) != std::string::npos
    );
}

TEST_CASE(
    "tokens: without one a failing async_open throws likewise", "[face][tokens]"
) {
    const auto url = closed_url();
    asio::io_context io;
    multi m(io);
    std::optional<transfer_error> caught;
    auto f = [&]() -> asio::awaitable<void> {
        try {
            auto stream = co_await m.async_open(url);
        } catch (const transfer_error& e) {
            caught = e;
        }
    };
    run_coroutine(io, f);
    REQUIRE(caught);
    CHECK(caught->code() == error::connect_failed);
    CHECK_FALSE(caught->failure().message.empty());
}

TEST_CASE("tokens: without one all four operations are awaited", "[face][tokens]") {
    server s;
    s.route("/a", "alpha");
    asio::io_context io;
    multi m(io);
    auto f = [&]() -> asio::awaitable<void> {
        auto stream = co_await m.async_open(s.url("/a"));
        CHECK(stream.status() == 200);
        char text[5];
        const auto space = asio::buffer(text);
        const auto n = co_await asio::async_read(stream, space, asio::use_awaitable);
        CHECK(n == 5);
        CHECK(std::string(text, 5) == "alpha");
        const auto id = m.add(s.url("/a"));
        const auto done = co_await m.async_next();
        CHECK(done.id == id);
        CHECK(done.response.body() == "alpha");
        std::error_code ec;
        try {
            co_await m.async_next();
        } catch (const std::system_error& e) {
            ec = e.code();
        }
        CHECK(ec == error::nothing_left);
        co_await m.async_shutdown();
    };
    run_coroutine(io, f);
}

TEST_CASE("tokens: use_awaitable", "[face][tokens]") {
    server s;
    s.route("/a", "alpha");
    const auto refused = closed_url();
    asio::io_context io;
    multi m(io);
    auto f = [&]() -> asio::awaitable<void> {
        const auto r = co_await m.async_fetch(s.url("/a"), asio::use_awaitable);
        CHECK(r.body() == "alpha");
        auto stream = co_await m.async_open(s.url("/a"), asio::use_awaitable);
        CHECK(stream.head().header("Content-Length") == "5");
        stream.close();
        m.add(s.url("/a"));
        const auto done = co_await m.async_next(asio::use_awaitable);
        CHECK_FALSE(done.ec);
        std::error_code ec;
        try {
            co_await m.async_fetch(refused, asio::use_awaitable);
        } catch (const std::system_error& e) {
            ec = e.code();
        }
        CHECK(ec == error::connect_failed);
        co_await m.async_shutdown(asio::use_awaitable);
    };
    run_coroutine(io, f);
}

TEST_CASE("tokens: as_tuple of use_awaitable keeps error and value", "[face][tokens]") {
    server s;
    s.route("/a", "alpha");
    const auto refused = closed_url();
    asio::io_context io;
    multi m(io);
    auto f = [&]() -> asio::awaitable<void> {
        const auto token = xfer::detail::as_tuple(asio::use_awaitable);
        auto good = co_await m.async_fetch(s.url("/a"), token);
        CHECK_FALSE(std::get<0>(good));
        CHECK(std::get<1>(good).body() == "alpha");
        auto bad = co_await m.async_fetch(refused, token);
        CHECK(std::get<0>(bad) == error::connect_failed);
        CHECK(std::get<1>(bad).failure().cause == std::errc::connection_refused);
        auto opened = co_await m.async_open(s.url("/a"), token);
        CHECK_FALSE(std::get<0>(opened));
        CHECK(std::get<1>(opened).is_open());
        std::get<1>(opened).close();
        auto unopened = co_await m.async_open(refused, token);
        CHECK(std::get<0>(unopened) == error::connect_failed);
        CHECK_FALSE(std::get<1>(unopened).is_open());
        CHECK_FALSE(std::get<1>(unopened).head().failure().message.empty());
        auto none = co_await m.async_next(token);
        CHECK(std::get<0>(none) == error::nothing_left);
        auto down = co_await m.async_shutdown(token);
        CHECK_FALSE(std::get<0>(down));
    };
    run_coroutine(io, f);
}

TEST_CASE("tokens: deferred starts nothing before it is called", "[face][tokens]") {
    server s;
    s.route("/a", "alpha");
    asio::io_context io;
    multi m(io);
    auto fetch = m.async_fetch(s.url("/a"), xfer::detail::deferred);
    auto open = m.async_open(s.url("/a"), xfer::detail::deferred);
    auto next = m.async_next(xfer::detail::deferred);
    auto down = m.async_shutdown(xfer::detail::deferred);
    CHECK(m.stats().added == 0);
    CHECK(run(io));
    CHECK(s.counts().accepted == 0);
    int calls = 0;
    std::move(fetch)([&](std::error_code ec, const response& r) {
        ++calls;
        CHECK_FALSE(ec);
        CHECK(r.body() == "alpha");
    });
    std::move(open)([&](std::error_code ec, response_stream stream) {
        ++calls;
        CHECK_FALSE(ec);
        CHECK(stream.status() == 200);
    });
    m.add(s.url("/a"));
    std::move(next)([&](std::error_code ec, const message& done) {
        ++calls;
        CHECK_FALSE(ec);
        CHECK(done.response.body() == "alpha");
    });
    CHECK(run(io));
    CHECK(calls == 3);
    std::move(down)([&](std::error_code ec) {
        ++calls;
        CHECK_FALSE(ec);
    });
    CHECK(run(io));
    CHECK(calls == 4);
}

TEST_CASE("tokens: use_future with the loop on another thread", "[face][tokens]") {
    server s;
    s.route("/a", "alpha");
    const auto refused = closed_url();
    asio::io_context io;
    multi m(io);
    auto good = m.async_fetch(s.url("/a"), asio::use_future);
    auto bad = m.async_fetch(refused, asio::use_future);
    auto opened = m.async_open(s.url("/a"), asio::use_future);
    m.add(s.url("/a"));
    auto next = m.async_next(asio::use_future);
    std::thread loop([&] { io.run_for(std::chrono::seconds(20)); });
    CHECK(good.get().body() == "alpha");
    std::error_code ec;
    try {
        bad.get();
    } catch (const std::system_error& e) {
        ec = e.code();
    }
    CHECK(ec == error::connect_failed);
    CHECK(next.get().response.body() == "alpha");
    auto stream = opened.get();
    CHECK(stream.status() == 200);
    // The stream belongs to the multi's thread.
    auto closed =
        asio::post(io, std::packaged_task<void()>([&stream] { stream.close(); }));
    loop.join();
    CHECK(m.stats().running == 0);
}

TEST_CASE("tokens: a callback may be move-only", "[face][tokens]") {
    server s;
    s.route("/a", "alpha");
    asio::io_context io;
    multi m(io);
    int calls = 0;
    auto one = std::make_unique<int>(1);
    auto on_fetch = [&calls,
                     p = std::make_unique<int>(1)](std::error_code ec, response r) {
        calls += *p;
        CHECK_FALSE(ec);
        CHECK(r.body() == "alpha");
    };
    auto on_open = [&calls,
                    p = std::make_unique<int>(1)](std::error_code ec, response_stream) {
        calls += *p;
        CHECK_FALSE(ec);
    };
    auto on_next = [&calls, p = std::make_unique<int>(1)](std::error_code ec, message) {
        calls += *p;
        CHECK_FALSE(ec);
    };
    auto on_down = [&calls, p = std::make_unique<int>(1)](std::error_code ec) {
        calls += *p;
        CHECK_FALSE(ec);
    };
    m.async_fetch(s.url("/a"), std::move(on_fetch));
    m.async_open(s.url("/a"), std::move(on_open));
    m.add(s.url("/a"));
    m.async_next(std::move(on_next));
    CHECK(calls == 0);
    CHECK(run(io));
    CHECK(calls == 3);
    m.async_shutdown(std::move(on_down));
    CHECK(calls == 3);
    CHECK(run(io));
    CHECK(calls == 4);
}

TEST_CASE(
    "tokens: what is refused at once is not completed inline either", "[face][tokens]"
) {
    asio::io_context io;
    multi m(io);
    int calls = 0;
    std::error_code fetched;
    std::error_code next;
    m.async_fetch("no url at all", [&](std::error_code ec, const response&) {
        ++calls;
        fetched = ec;
    });
    m.async_next([&](std::error_code ec, const message&) {
        ++calls;
        next = ec;
    });
    m.async_shutdown([&](std::error_code) { ++calls; });
    // Refused while it shuts down.
    std::error_code late;
    m.async_fetch("http://127.0.0.1/", [&](std::error_code ec, const response&) {
        ++calls;
        late = ec;
    });
    CHECK(calls == 0);
    CHECK(run(io));
    CHECK(calls == 4);
    CHECK(next == error::nothing_left);
    CHECK(late == error::multi_closed);
    CHECK((fetched == error::url_malformed || fetched == asio::error::operation_aborted)
    );
}

TEST_CASE("tokens: a handler runs on its executor and there only", "[face][tokens]") {
    server s;
    s.route("/a", "alpha");
    asio::io_context io;
    multi m(io);
    asio::thread_pool pool(1);
    const auto where = pool.get_executor();
    std::promise<void> all;
    int left = 3;
    bool right_place = true;
    const auto count = [&] {
        right_place = right_place && where.running_in_this_thread();
        if (--left == 0) {
            all.set_value();
        }
    };
    m.async_fetch(
        s.url("/a"),
        asio::bind_executor(where, [&](std::error_code, const response&) { count(); })
    );
    m.async_open(
        s.url("/a"),
        asio::bind_executor(where, [&](std::error_code, response_stream) { count(); })
    );
    m.add(s.url("/a"));
    m.async_next(asio::bind_executor(where, [&](std::error_code, const message&) {
        count();
    }));
    std::jthread loop([&] { io.run_for(std::chrono::seconds(20)); });
    REQUIRE(
        all.get_future().wait_for(std::chrono::seconds(20)) == std::future_status::ready
    );
    pool.join();
    loop.join();
    CHECK(right_place);
}

TEST_CASE(
    "tokens: a pending operation keeps loop and executor at work", "[face][tokens]"
) {
    server s;
    s.route("/a", testing::reply(200, "alpha").hold());
    asio::io_context io;
    asio::io_context other;
    multi m(io);
    bool called = false;
    m.async_fetch(
        s.url("/a"),
        asio::bind_executor(
            other.get_executor(),
            [&](std::error_code ec, const response& r) {
                called = true;
                CHECK_FALSE(ec);
                CHECK(r.body() == "alpha");
            }
        )
    );
    std::thread loop([&] { io.run_for(std::chrono::seconds(20)); });
    REQUIRE(s.wait_for_requests(1));
    // run() of either would return at once without work.
    CHECK(other.run_for(std::chrono::milliseconds(10)) == 0);
    CHECK_FALSE(other.stopped());
    CHECK_FALSE(io.stopped());
    s.release();
    other.restart();
    other.run_for(std::chrono::seconds(20));
    loop.join();
    CHECK(called);
    CHECK(other.stopped());
    CHECK(io.stopped());
}
