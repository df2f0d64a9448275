// M12, M13, M32: users' code that calls back into the multi, ends its own transfer, or
// throws.
#include "support/rig.hpp"

#include <asio/steady_timer.hpp>
#include <asio/this_coro.hpp>
#include <asio/use_awaitable.hpp>

using namespace std::chrono_literals;
using support::both_ways;
using support::driven;
using support::listen_silently;
using support::rig;
using xfer::testing::memory_reply;
using xfer::testing::memory_server;

TEST_CASE("M12: add and remove and cancel and pause inside a sink", "[engine][M12]") {
    rig r(GENERATE(both_ways()));
    memory_server server(*r.network, "a.test", 80, "hello");
    listen_silently(r, "silent.test");
    const auto removed = r.m->add("http://silent.test/1");
    const auto cancelled = r.m->add("http://silent.test/2");
    const auto paused = r.m->add("http://silent.test/3");
    r.run();
    xfer::transfer_id added;
    auto request = xfer::get("http://a.test/");
    request.sink(xfer::to_function([&](std::string_view) {
        added = r.m->add("http://a.test/added");
        CHECK(r.m->remove(removed));
        CHECK_FALSE(r.m->stage_of(removed));
        CHECK(r.m->cancel(cancelled));
        CHECK(r.m->pause(paused));
    }));
    const auto id = r.m->add(request);
    r.run();
    CHECK(r.m->stats().paused == 1);
    const auto done = r.read_all();
    REQUIRE(done.size() == 3);
    for (const auto& d : done) {
        if (d.id == cancelled) {
            CHECK(d.ec == asio::error::operation_aborted);
        } else {
            CHECK((d.id == id || d.id == added));
            CHECK_FALSE(d.ec);
        }
    }
    CHECK(r.m->remove(paused));
    CHECK(r.at_rest());
}

TEST_CASE(
    "M12: add from on_completion keeps a chain of transfers going", "[engine][M12]"
) {
    rig r(GENERATE(both_ways()));
    memory_server server(*r.network, "a.test", 80, "hello");
    int left = 100;
    r.m->on_completion([&](const xfer::message& done) {
        CHECK_FALSE(done.ec);
        CHECK(r.m->info_read());  // its own, taken while it is told
        CHECK_FALSE(r.m->remove(done.id));
        if (--left > 0) {
            r.m->add("http://a.test/");
        }
    });
    r.m->add("http://a.test/");
    r.run();
    CHECK(left == 0);
    CHECK(r.m->empty());
    CHECK(r.m->stats().unread == 0);
    CHECK(server.connections() == 1);
    CHECK(r.at_rest());
}

TEST_CASE("M13: cancelling oneself inside one's own sink", "[engine][M13]") {
    rig r(GENERATE(both_ways()));
    const bool removes = GENERATE(false, true);
    memory_server server(*r.network, "a.test", 80, [](const auto&) {
        return memory_reply::chunked("aaabbbccc", 3);
    });
    std::string got;
    xfer::transfer_id id;
    auto request = xfer::get("http://a.test/");
    request.sink(xfer::to_function([&](std::string_view piece) {
        got += piece;
        CHECK((removes ? r.m->remove(id) : r.m->cancel(id)));
    }));
    id = r.m->add(request);
    r.run();
    CHECK(got == "aaa");
    const auto done = r.read_all();
    REQUIRE(done.size() == (removes ? 0 : 1));
    if (!removes) {
        CHECK(done[0].ec == asio::error::operation_aborted);
        CHECK(done[0].failure().stage == xfer::stage::receiving);
    }
    CHECK(r.network->open_connections() == 0);
    CHECK(r.at_rest());
}

TEST_CASE(
    "M13: a callback that returns false ends its own transfer only", "[engine][M13]"
) {
    rig r(GENERATE(both_ways()));
    memory_server server(*r.network, "a.test", 80, "hello");
    auto request = xfer::get("http://a.test/");
    switch (GENERATE(range(0, 6))) {
        case 0:
            request.on_head([](const xfer::response&) { return false; });
            break;
        case 1:
            request.on_progress([](const xfer::progress&) { return false; });
            break;
        case 2:
            request.on_stage([](xfer::stage) { return false; });
            break;
        case 3:
            request.on_resolve([](std::string_view) { return false; });
            break;
        case 4:
            request.on_each_head([](const xfer::received_head&) { return false; });
            break;
        default:
            request.sink(xfer::to_function([](std::string_view) { return false; }));
    }
    const auto id = r.m->add(request);
    const auto other = r.m->add("http://a.test/");
    r.run();
    const auto done = r.read_all();
    REQUIRE(done.size() == 2);
    for (const auto& d : done) {
        CHECK((d.id == id || d.id == other));
        const auto expected = d.id == id
                                  ? make_error_code(xfer::error::aborted_by_callback)
                                  : std::error_code();
        CHECK(d.ec == expected);
    }
    CHECK(r.at_rest());
}

TEST_CASE(
    "M32: an exception in a sink fails that transfer only and is carried",
    "[engine][M32]"
) {
    rig r(GENERATE(both_ways()));
    memory_server server(*r.network, "a.test", 80, "hello");
    struct mine {};
    auto request = xfer::get("http://a.test/");
    const bool standard = GENERATE(true, false);
    request.sink(xfer::to_function([&](std::string_view) {
        if (standard) {
            throw std::system_error(std::make_error_code(std::errc::no_space_on_device)
            );
        }
        throw mine();
    }));
    const auto id = r.m->add(request);
    const auto other = r.m->add("http://a.test/");
    r.run();
    const auto done = r.read_all();
    REQUIRE(done.size() == 2);
    for (const auto& d : done) {
        if (d.id == other) {
            CHECK_FALSE(d.ec);
            continue;
        }
        CHECK(d.id == id);
        CHECK(d.ec == xfer::error::sink_failed);
        CHECK(d.ec == xfer::condition::write_error);
        REQUIRE(d.failure().exception);
        if (standard) {
            CHECK(d.failure().cause == std::errc::no_space_on_device);
            CHECK_THROWS_AS(
                std::rethrow_exception(d.failure().exception), std::system_error
            );
        } else {
            CHECK_THROWS_AS(std::rethrow_exception(d.failure().exception), mine);
        }
    }
    CHECK(r.at_rest());
}

TEST_CASE(
    "M32: what an awaitable sink throws fails that transfer only", "[engine][M32]"
) {
    rig r(GENERATE(both_ways()));
    memory_server server(*r.network, "a.test", 80, "hello");
    const bool suspends = GENERATE(true, false);
    auto sink = [suspends](std::string_view) -> asio::awaitable<void> {
        if (suspends) {
            co_await asio::post(
                co_await asio::this_coro::executor, asio::use_awaitable
            );
        }
        throw std::runtime_error("mine");
    };
    auto request = xfer::get("http://a.test/");
    request.sink(xfer::to_awaitable(sink));
    r.m->add(request);
    r.run();
    const auto done = r.m->info_read();
    REQUIRE(done);
    CHECK(done->ec == xfer::error::sink_failed);
    CHECK_THROWS_AS(
        std::rethrow_exception(done->failure().exception), std::runtime_error
    );
    CHECK(r.at_rest());
    CHECK(r.control_transfer_works());
}

TEST_CASE("M32: what a source throws is source_failed and carried", "[engine][M32]") {
    rig r(GENERATE(both_ways()));
    memory_server server(*r.network, "a.test", 80, "hello");
    auto request = xfer::post(
        "http://a.test/", xfer::from_function([](std::span<char>) -> std::size_t {
            throw std::runtime_error("mine");
        })
    );
    r.m->add(request);
    r.run();
    const auto done = r.m->info_read();
    REQUIRE(done);
    CHECK(done->ec == xfer::error::source_failed);
    CHECK(done->failure().exception);
    CHECK(r.network->open_connections() == 0);
    CHECK(r.at_rest());
}

TEST_CASE(
    "M12: an awaitable sink that was cancelled may still use what it captured",
    "[engine][M12]"
) {
    rig r(GENERATE(both_ways()));
    memory_server server(*r.network, "a.test", 80, "hello");
    const auto seen = std::make_shared<std::string>();
    auto sink = [seen, text = std::string(1000, 'x')](std::string_view piece
                ) -> asio::awaitable<void> {
        asio::steady_timer timer(co_await asio::this_coro::executor);
        timer.expires_after(1h);
        try {
            co_await timer.async_wait(asio::use_awaitable);
        } catch (const std::system_error&) {
            *seen = std::string(piece) + text.substr(0, 3);
        }
    };
    auto request = xfer::get("http://a.test/");
    request.sink(xfer::to_awaitable(sink));
    const auto id = r.m->add(request);
    r.run();
    const auto how = GENERATE(0, 1, 2);
    if (how == 0) {
        r.m->cancel(id);
    } else if (how == 1) {
        r.m->remove(id);
    } else if (r.by == driven::by_io_context) {
        r.m.reset();
    } else {
        return;  // the loop goes with the multi, and the sink's coroutine with it
    }
    r.run();
    r.run();
    CHECK(*seen == "helloxxx");
    if (r.m) {
        CHECK(r.read_all().size() == (how == 0 ? 1 : 0));
        CHECK(r.control_transfer_works());
        CHECK(r.at_rest());
    }
}
