// M14, M16 to M18, M31, M37, M39: perform, wait, wakeup, and when loops end.
#include "support/rig.hpp"

#include <asio/post.hpp>
#include <asio/steady_timer.hpp>

#include <chrono>
#include <thread>

using namespace std::chrono_literals;
using support::both_ways;
using support::driven;
using support::listen_silently;
using support::rig;
using xfer::testing::memory_server;

namespace {

using steady = std::chrono::steady_clock;

/// A multi with the real clock, for waits that take real time.
struct real_time {
    explicit real_time(driven how) {
        xfer::settings s;
        s.dialer = network;
        how == driven::by_perform ? m.emplace(s) : m.emplace(io, s);
    }
    xfer::duration time_to_wait(xfer::duration d, bool& happened) {
        const auto before = steady::now();
        happened = m->wait(d);
        return steady::now() - before;
    }
    const std::shared_ptr<xfer::testing::memory_network> network =
        std::make_shared<xfer::testing::memory_network>();
    asio::io_context io;
    std::optional<xfer::multi> m;
};

}  // namespace

TEST_CASE("M31: a loop that had run out, ran again and was stopped", "[engine][M31]") {
    rig r(driven::by_io_context);
    listen_silently(r, "a.test");
    r.io->run();
    REQUIRE(r.io->stopped());
    r.m->add("http://a.test/");
    r.io->restart();
    r.io->poll();
    r.io->stop();
    std::error_code ec;
    r.m->perform(ec);
    CHECK(ec == xfer::error::loop_stopped);
}

TEST_CASE(
    "M14: perform and wait inside a handler or callback are refused", "[engine][M14]"
) {
    rig r(GENERATE(both_ways()));
    memory_server server(*r.network, "a.test", 80, "hello");
    std::vector<std::error_code> seen;
    const auto try_both = [&] {
        std::error_code ec;
        r.m->perform(ec);
        seen.push_back(ec);
        r.m->wait(0s, ec);
        seen.push_back(ec);
    };
    auto request = xfer::get("http://a.test/");
    request.on_head([&](const xfer::response&) { try_both(); });
    request.sink(xfer::to_function([&](std::string_view) { try_both(); }));
    r.m->on_completion([&](const xfer::message&) { try_both(); });
    r.m->add(request);
    asio::post(r.m->get_executor(), try_both);
    r.m->async_fetch("http://a.test/", [&](std::error_code, xfer::response) {
        try_both();
    });
    r.run();
    REQUIRE(seen.size() == 10);
    for (const auto& ec : seen) {
        CHECK(ec == xfer::error::recursive_call);
    }
    CHECK_FALSE(r.m->info_read()->ec);
    CHECK(r.control_transfer_works());
}

TEST_CASE("M14: perform of another multi inside a callback works", "[engine][M14]") {
    rig outer(GENERATE(both_ways()));
    rig inner(driven::by_perform);
    memory_server a(*outer.network, "a.test", 80, "outer");
    memory_server b(*inner.network, "b.test", 80, "inner");
    std::string fetched;
    auto request = xfer::get("http://a.test/");
    request.sink(xfer::to_function([&](std::string_view) {
        inner.m->add("http://b.test/");
        inner.m->perform();
        fetched = inner.m->info_read()->response.body();
    }));
    outer.m->add(request);
    outer.run();
    CHECK(fetched == "inner");
    CHECK_FALSE(outer.m->info_read()->ec);
}

TEST_CASE("M14: a multi on an executor has no loop to perform on", "[engine][M14]") {
    asio::io_context io;
    xfer::multi m(asio::any_io_executor(io.get_executor()));
    std::error_code ec;
    m.perform(ec);
    CHECK(ec == xfer::error::no_loop);
    m.wait(0s, ec);
    CHECK(ec == xfer::error::no_loop);
    CHECK_THROWS_AS(m.perform(), std::system_error);
}

TEST_CASE("M16: wakeup ends a wait from another thread", "[engine][M16]") {
    real_time r(GENERATE(both_ways()));
    std::thread other([&] {
        std::this_thread::sleep_for(20ms);
        r.m->wakeup();
    });
    bool happened = false;
    CHECK(r.time_to_wait(20s, happened) < 10s);
    CHECK(happened);
    other.join();
}

TEST_CASE(
    "M16: wakeup is sticky and coalesces and perform does not consume it",
    "[engine][M16]"
) {
    real_time r(GENERATE(both_ways()));
    for (int i = 0; i < 3; ++i) {
        r.m->wakeup();
    }
    const bool performs = GENERATE(true, false);
    if (performs) {
        r.m->perform();
        r.m->perform();
    }
    bool happened = false;
    CHECK(r.time_to_wait(20s, happened) < 10s);
    CHECK(happened);
    // The three of them ended one wait.
    CHECK(r.time_to_wait(30ms, happened) >= 30ms);
    CHECK_FALSE(happened);
}

TEST_CASE(
    "M17: wait on an empty multi waits in full and 0 does not wait", "[engine][M17]"
) {
    real_time r(GENERATE(both_ways()));
    bool happened = true;
    CHECK(r.time_to_wait(30ms, happened) >= 30ms);
    CHECK_FALSE(happened);
    CHECK(r.time_to_wait(0s, happened) < 10s);
    CHECK_FALSE(happened);
    std::error_code ec;
    r.m->wait(-1ns, ec);
    CHECK(ec == xfer::error::invalid_argument);
    CHECK_THROWS_AS(r.m->wait(-1ns), std::system_error);
}

TEST_CASE("M17: wait does not wait when something is ready", "[engine][M17]") {
    real_time r(GENERATE(both_ways()));
    memory_server server(*r.network, "a.test", 80, "hello");
    r.m->add("http://a.test/");
    bool happened = false;
    CHECK(r.time_to_wait(20s, happened) < 10s);
    CHECK(happened);
    CHECK(r.m->stats().steps == 0);
}

TEST_CASE("M17: a deadline shortens the wait", "[engine][M17]") {
    real_time r(GENERATE(both_ways()));
    r.network->listen("a.test", 80, [](const auto&) {});
    r.m->add(xfer::get("http://a.test/", {.total_timeout = 30ms}));
    const auto before = steady::now();
    int waits = 0;
    while (r.m->perform() != 0 && ++waits < 100) {
        r.m->wait(20s);
    }
    CHECK(steady::now() - before < 10s);
    CHECK(waits < 10);
    CHECK(r.m->info_read()->ec == xfer::error::timeout_total);
}

TEST_CASE(
    "M17: a deadline that wait let pass still fires on the user's loop", "[engine][M17]"
) {
    real_time r(driven::by_io_context);
    r.network->listen("a.test", 80, [](const auto&) {});
    r.m->add(xfer::get("http://a.test/", {.total_timeout = 20ms}));
    r.m->perform();
    CHECK(r.m->wait(5s));
    r.io.run_for(5s);
    CHECK(r.m->stats().running == 0);
}

TEST_CASE("M18: next_deadline is none or now or a time", "[engine][M18]") {
    rig r(GENERATE(both_ways()));
    listen_silently(r, "a.test");
    CHECK_FALSE(r.m->next_deadline());
    r.m->add(xfer::get(
        "http://a.test/",
        {.first_byte_timeout = 0s, .idle_timeout = 0s, .total_timeout = 7s}
    ));
    CHECK(r.m->next_deadline() == r.clock->now());
    r.run();
    CHECK(r.m->next_deadline() == r.clock->now() + 7s);
    r.m->add(xfer::get("http://a.test/", {.first_byte_timeout = 3s}));
    r.run();
    CHECK(r.m->next_deadline() == r.clock->now() + 3s);
    r.advance(3s);
    CHECK(r.m->info_read()->ec == xfer::error::timeout_first_byte);
    CHECK(r.m->next_deadline() == r.clock->now() + 4s);
    r.advance(4s);
    CHECK(r.m->info_read()->ec == xfer::error::timeout_total);
    CHECK_FALSE(r.m->next_deadline());
}

TEST_CASE("M31: perform after running reached 0 and then add works", "[engine][M31]") {
    real_time r(GENERATE(both_ways()));
    memory_server server(*r.network, "a.test", 80, "hello");
    for (int i = 0; i < 3; ++i) {
        CHECK(r.m->perform() == 0);
        r.m->add("http://a.test/");
        while (r.m->perform() != 0) {
            r.m->wait(1s);
        }
        CHECK(r.m->info_read()->response.body() == "hello");
        r.m->wait(1ms);
    }
}

TEST_CASE("M31: a loop that ran out of work under run is restarted", "[engine][M31]") {
    rig r(driven::by_io_context);
    memory_server server(*r.network, "a.test", 80, "hello");
    r.m->add("http://a.test/");
    r.io->run();
    CHECK(r.io->stopped());
    r.m->add("http://a.test/");
    CHECK(r.m->perform() == 0);
    CHECK(r.read_all().size() == 2);
}

TEST_CASE("M31: a loop that the user stopped stays stopped", "[engine][M31]") {
    rig r(driven::by_io_context);
    listen_silently(r, "a.test");
    r.m->add("http://a.test/");
    r.m->perform();
    r.io->stop();
    std::error_code ec;
    CHECK(r.m->perform(ec) == 1);
    CHECK(ec == xfer::error::loop_stopped);
    r.m->wait(0s, ec);
    CHECK(ec == xfer::error::loop_stopped);
    CHECK(r.io->stopped());
    r.io->restart();
    r.m->perform(ec);
    CHECK_FALSE(ec);
}

TEST_CASE(
    "M37: run returns with idle connections in the pool, which stay usable",
    "[engine][M37]"
) {
    real_time r(driven::by_io_context);
    memory_server server(*r.network, "a.test", 80, "hello");
    for (int i = 0; i < 3; ++i) {
        r.m->async_fetch("http://a.test/", [](std::error_code, xfer::response) {});
        r.io.restart();
        r.io.run();
        CHECK(r.m->stats().idle_connections == 1);
    }
    CHECK(server.connections() == 1);
    CHECK(server.requests() == 3);
}

TEST_CASE(
    "M37: no timer of an ended transfer keeps run from returning", "[engine][M37]"
) {
    real_time r(driven::by_io_context);
    memory_server server(*r.network, "a.test", 80, "hello");
    r.m->add(xfer::get("http://a.test/", {.total_timeout = 1h}));
    const auto removed = r.m->add(xfer::get("http://a.test/", {.total_timeout = 1h}));
    r.m->remove(removed);
    r.io.run_for(5s);
    CHECK(r.io.stopped());
}

TEST_CASE(
    "M39: wait runs no step and at most one handler of the loop", "[engine][M39]"
) {
    rig r(GENERATE(both_ways()));
    memory_server server(*r.network, "a.test", 80, "hello");
    server.hold();
    const auto executor = r.m->get_executor();
    bool in_sink = false;
    auto request = xfer::get("http://a.test/");
    request.sink(xfer::to_function([&](std::string_view) { in_sink = true; }));
    r.m->add(request);
    r.m->perform();
    const auto steps = r.m->stats().steps;
    int foreign = 0;
    server.release();  // posts the handler that makes the transfer ready
    for (int i = 0; i < 5; ++i) {
        asio::post(executor, [&] { ++foreign; });
    }
    CHECK(r.m->wait(1s));
    CHECK(foreign == 0);
    CHECK(r.m->stats().steps == steps);
    CHECK_FALSE(in_sink);
    // What became ready is queued for perform, so this does not wait.
    CHECK(r.m->wait(1h));
    CHECK(r.m->stats().steps == steps);
    r.m->perform();
    CHECK(in_sink);
    CHECK(foreign == 5);
}
