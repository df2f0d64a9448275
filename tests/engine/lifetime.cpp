// M15: destroying the multi or its loop, from wherever, with transfers in every state.
// The matrix has each state by itself; here they are all there at once.
#include "support/rig.hpp"
#include "support/staged.hpp"

#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/post.hpp>

#include <deque>

using namespace std::chrono_literals;
using support::both_ways;
using support::driven;
using support::heard;
using support::listen_silently;
using support::rig;
using xfer::testing::inspector;
using xfer::testing::memory_server;

namespace {

/// Transfers in every state, added, fetched and opened, and waiters beside them.
struct crowd {
    explicit crowd(driven how) : r(how, {.max_transfers = 18}) {
        server.emplace(*r.network, "done.test", 80, std::string("hello"));
        listen_silently(r, "resolving.test");
        r.network->hang_resolving("resolving.test");
        listen_silently(r, "connecting.test");
        r.network->hang_connecting("connecting.test");
        r.network->listen("sending.test", 80, [](const auto& p) { p->accept(10); });
        listen_silently(r, "waiting.test");
        const auto half = [](const auto& p) {
            p->provide("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n01234");
        };
        r.network->listen("receiving.test", 80, half);
        r.network->listen("paused.test", 80, half);
        for (const char* host :
             {"done.test",
              "resolving.test",
              "connecting.test",
              "sending.test",
              "waiting.test",
              "receiving.test",
              "paused.test"}) {
            start("http://" + std::string(host) + "/");
            r.run();
        }
        for (int i = 0; i < 3; ++i) {
            start("http://waiting.test/");  // these are queued
        }
        r.run();
        REQUIRE(r.m->stats().queued > 0);
        start("http://waiting.test/");  // and these have not begun
    }

    void start(const std::string& url) {
        const auto id = r.m->add(url);
        handlers.emplace_back();
        auto& fetched = handlers.back();
        r.m->async_fetch(
            url,
            [&fetched, t = fetched.token](std::error_code ec, xfer::response) {
                ++fetched.calls;
                fetched.ec = ec;
            }
        );
        handlers.emplace_back();
        auto& opened = handlers.back();
        r.m->async_open(
            url,
            [&opened, t = opened.token](std::error_code ec, xfer::response_stream s) {
                ++opened.calls;
                opened.ec = ec;
                opened.stream.emplace(std::move(s));
            }
        );
        if (url.find("paused") != std::string::npos) {
            r.run();
            r.m->pause(id);
        }
    }

    /// Adds a waiter that only the end of the multi completes.
    heard& wait_for_shutdown() {
        handlers.emplace_back();
        auto& h = handlers.back();
        r.m->async_shutdown([&h, t = h.token](std::error_code ec) {
            ++h.calls;
            h.ec = ec;
        });
        return h;
    }

    [[nodiscard]] int calls() const {
        int n = 0;
        for (const auto& h : handlers) {
            n += h.calls;
        }
        return n;
    }

    /// Every handler was called at most once, and none exists any more.
    void check_all_gone(bool all_called) {
        for (auto& h : handlers) {
            CHECK(h.calls <= 1);
            if (all_called) {
                CHECK(h.calls == 1);
            }
            CHECK(h.handler_gone());
        }
        CHECK(r.network->open_connections() == 0);
        CHECK(r.network->hanging() == 0);
    }

    rig r;
    std::optional<memory_server> server;
    std::deque<heard> handlers;
};

}  // namespace

TEST_CASE("M15: the multi is destroyed first", "[engine][M15]") {
    crowd c(GENERATE(both_ways()));
    const auto engine = inspector::engine(*c.r.m);
    const bool shuts_down = GENERATE(false, true);
    if (shuts_down) {
        c.wait_for_shutdown();
    }
    const int before = c.calls();
    c.r.m.reset();
    CHECK(c.calls() == before);
    c.r.run();
    c.check_all_gone(c.r.by == driven::by_io_context);
    if (c.r.by == driven::by_perform) {
        CHECK(c.calls() == before);
    } else {
        // The loop has nothing left to do.
        c.r.io->restart();
        c.r.io->run();
        c.r.io.reset();
    }
    for (auto& h : c.handlers) {
        h.stream.reset();
    }
    CHECK(engine.expired());
}

TEST_CASE(
    "M15: the io_context is destroyed first and the multi is harmless then",
    "[engine][M15]"
) {
    crowd c(driven::by_io_context);
    const auto engine = inspector::engine(*c.r.m);
    const auto remote = c.r.m->remote();
    int later = 0;
    if (GENERATE(false, true)) {
        c.wait_for_shutdown();
    }
    const int before = c.calls();
    c.r.io.reset();
    CHECK(c.calls() == before);
    c.check_all_gone(false);

    std::error_code ec;
    CHECK(c.r.m->perform(ec) == 0);
    CHECK(ec == xfer::error::multi_closed);
    c.r.m->wait(0s, ec);
    CHECK(ec == xfer::error::multi_closed);
    CHECK_FALSE(c.r.m->add("http://done.test/"));
    c.r.m->async_fetch("http://done.test/", [&](std::error_code, xfer::response) {
        ++later;
    });
    c.r.m->async_next([&](std::error_code, xfer::message) { ++later; });
    c.r.m->async_shutdown([&](std::error_code) { ++later; });
    CHECK(c.r.m->empty());
    CHECK_FALSE(c.r.m->info_read());
    CHECK_FALSE(c.r.m->next_deadline());
    c.r.m->wakeup();
    c.r.m->network_changed();
    c.r.m->set_limits({});
    CHECK_FALSE(remote.wakeup());
    CHECK_FALSE(remote.add(xfer::get("http://done.test/")));
    for (auto& h : c.handlers) {
        h.stream.reset();
    }
    c.r.m.reset();
    CHECK(later == 0);
}

TEST_CASE(
    "M15: the multi is destroyed inside a handler of its own loop", "[engine][M15]"
) {
    crowd c(GENERATE(both_ways()));
    c.r.m->set_limits({});
    const auto kill = [&c] { c.r.m.reset(); };
    switch (GENERATE(range(0, 5))) {
        case 0:
            asio::post(c.r.m->get_executor(), kill);
            break;
        case 1:
            c.r.m->async_fetch(
                "http://done.test/", [kill](std::error_code, xfer::response) { kill(); }
            );
            break;
        case 2:
            c.r.m->on_completion([kill](const xfer::message&) { kill(); });
            c.r.m->add("http://done.test/");
            break;
        case 3:
            c.r.m->async_next([kill](std::error_code, xfer::message) { kill(); });
            break;
        default: {
            auto request = xfer::get("http://done.test/");
            request.sink(xfer::to_function([kill](std::string_view) { kill(); }));
            c.r.m->add(request);
        }
    }
    c.r.run();
    CHECK_FALSE(c.r.m);
    c.r.run();
    c.check_all_gone(c.r.by == driven::by_io_context);
}

TEST_CASE("M15: a pending async_next ends with the multi", "[engine][M15]") {
    rig r(GENERATE(both_ways()));
    listen_silently(r, "a.test");
    r.m->add("http://a.test/");
    std::deque<heard> waiting(3);
    for (auto& h : waiting) {
        r.m->async_next([&h, t = h.token](std::error_code ec, xfer::message) {
            ++h.calls;
            h.ec = ec;
        });
    }
    r.run();
    const bool loop_first = r.by == driven::by_io_context && GENERATE(false, true);
    if (loop_first) {
        r.io.reset();
    } else {
        r.m.reset();
        r.run();
    }
    const bool called = !loop_first && r.by == driven::by_io_context;
    for (auto& h : waiting) {
        CHECK(h.calls == (called ? 1 : 0));
        CHECK(h.handler_gone());
        if (called) {
            CHECK(h.ec == asio::error::operation_aborted);
        }
    }
    r.m.reset();
}

TEST_CASE(
    "M15: a coroutine that owns the multi is destroyed with the loop", "[engine][M15]"
) {
    const auto network = std::make_shared<xfer::testing::memory_network>();
    network->listen("a.test", 80, [](const auto&) {});
    const auto token = std::make_shared<int>();
    {
        asio::io_context io;
        auto owner = [&io,
                      network](std::shared_ptr<int> held) -> asio::awaitable<void> {
            xfer::settings s;
            s.dialer = network;
            xfer::multi m(io, s);
            const auto r = co_await m.async_fetch("http://a.test/");
            *held = r.status();
        };
        asio::co_spawn(io, owner(token), asio::detached);
        io.poll();
        CHECK(network->open_connections() == 1);
        CHECK(token.use_count() == 2);
    }
    CHECK(token.use_count() == 1);
    CHECK(network->open_connections() == 0);
}

TEST_CASE(
    "M15: async_shutdown ends added transfers and leaves the multi usable",
    "[engine][M15]"
) {
    rig r(GENERATE(both_ways()));
    listen_silently(r, "a.test");
    r.m->add("http://a.test/");
    r.m->add("http://a.test/");
    r.run();
    int calls = 0;
    r.m->async_shutdown([&](std::error_code ec) {
        CHECK_FALSE(ec);
        ++calls;
    });
    CHECK(calls == 0);
    r.run();
    CHECK(calls == 1);
    CHECK(r.read_all().size() == 2);
    CHECK(r.network->open_connections() == 0);
    CHECK(r.control_transfer_works());
}

TEST_CASE("M15: a moved multi takes its transfers with it", "[engine][M15]") {
    rig r(driven::by_io_context);
    memory_server server(*r.network, "a.test", 80, "hello");
    r.m->add("http://a.test/");
    xfer::multi other = std::move(*r.m);
    r.m.reset();
    r.run();
    CHECK(other.info_read()->response.body() == "hello");
    xfer::settings s;
    s.dialer = r.network;
    listen_silently(r, "b.test");
    other.add("http://b.test/");
    r.run();
    other = xfer::multi(*r.io, s);
    r.run();
    CHECK(r.network->open_connections() == 0);
    CHECK(other.empty());
}
