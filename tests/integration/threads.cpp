// M30: a loop run by four threads. remote(): other threads add, cancel and wake. F4.1:
// multis on several threads share a jar of cookies.
#include "support/transfers.hpp"
#include <xfer/cookie_jar.hpp>
#include <xfer/testing/server.hpp>

#include <asio/bind_executor.hpp>
#include <asio/dispatch.hpp>
#include <asio/error.hpp>
#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>
#include <asio/post.hpp>
#include <asio/strand.hpp>

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <set>
#include <thread>
#include <vector>

using namespace std::chrono_literals;
using support::run;
using support::successes;
using xfer::testing::reply;
using xfer::testing::server;

TEST_CASE("M30: a multi on a strand of a loop that four threads run", "[M30]") {
    server s;
    s.route("/", reply(200, std::string(20'000, 'x')));
    asio::io_context io;
    auto strand = asio::make_strand(io);
    auto m = std::make_unique<xfer::multi>(
        asio::any_io_executor(strand), xfer::settings{.max_connections_per_host = 20}
    );
    std::error_code refused;
    m->perform(refused);
    CHECK(refused == xfer::error::no_loop);
    std::atomic<int> completed{0};
    std::atomic<int> good{0};
    asio::post(strand, [&] {
        for (int i = 0; i < 200; ++i) {
            m->async_fetch(s.url(), [&](std::error_code ec, xfer::response r) {
                if (!ec && r.body().size() == 20'000) ++good;
                if (++completed == 200) m.reset();
            });
        }
    });
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) threads.emplace_back([&] { io.run_for(25s); });
    for (auto& t : threads) t.join();
    CHECK(completed.load() == 200);
    CHECK(good.load() == 200);
}

TEST_CASE("remote: keeps no loop of a multi that is gone", "[remote]") {
    struct told {
        bool& gone;
        ~told() { gone = true; }
    };
    bool gone = false;
    std::optional<xfer::remote> handle;
    {
        xfer::multi m;
        handle = m.remote();
        const std::shared_ptr<told> owned(new told{gone});
        m.async_fetch("http://127.0.0.1:1/", [owned](std::error_code, xfer::response) {
        });
    }
    CHECK(gone);
    CHECK_FALSE(handle->add(xfer::get("http://127.0.0.1:1/")));
    CHECK_FALSE(handle->wakeup());
}

TEST_CASE("M30: handlers with an executor of their own run there", "[M30]") {
    server s;
    s.route("/", "x");
    asio::io_context io;
    auto strand = asio::make_strand(io);
    auto elsewhere = asio::make_strand(io);
    xfer::multi m{asio::any_io_executor(strand)};
    std::atomic<int> there{0};
    asio::post(strand, [&] {
        for (int i = 0; i < 50; ++i) {
            m.async_fetch(
                s.url(),
                asio::bind_executor(
                    elsewhere,
                    [&](std::error_code ec, const xfer::response&) {
                        if (!ec && elsewhere.running_in_this_thread()) ++there;
                    }
                )
            );
        }
    });
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) threads.emplace_back([&] { io.run_for(25s); });
    for (auto& t : threads) t.join();
    CHECK(there.load() == 50);
}

TEST_CASE("remote: eight threads add, cancel and wake", "[remote]") {
    server s;
    s.route("/", "x");
    s.route("/never", reply(200, "x").hold());
    xfer::multi m({.max_connections_per_host = 30});
    std::vector<std::thread> threads;
    std::atomic<int> working{8};
    std::atomic<int> refused{0};
    for (int i = 0; i < 8; ++i) {
        threads.emplace_back([&, handle = m.remote()] {
            for (int k = 0; k < 25; ++k) {
                const auto fetched = handle.add(xfer::get(s.url()));
                const auto stuck = handle.add(xfer::get(s.url("/never")));
                if (!fetched || !stuck || fetched == stuck) ++refused;
                if (!handle.cancel(stuck) || !handle.wakeup()) ++refused;
            }
            --working;
        });
    }
    std::size_t succeeded = 0;
    std::size_t cancelled = 0;
    std::set<std::uint64_t> ids;
    const auto until = std::chrono::steady_clock::now() + 25s;
    while (succeeded + cancelled < 400 && std::chrono::steady_clock::now() < until) {
        m.perform();
        while (const auto done = m.info_read()) {
            ++(done->ec ? cancelled : succeeded);
            ids.insert(std::hash<xfer::transfer_id>()(done->id));
            if (done->ec) CHECK(done->ec == asio::error::operation_aborted);
        }
        m.wait(20ms);
    }
    for (auto& t : threads) t.join();
    CHECK(succeeded == 200);
    CHECK(cancelled == 200);
    CHECK(ids.size() == 400);
    CHECK(refused.load() == 0);
    CHECK(m.stats().running == 0);
}

TEST_CASE("remote: the ids of added transfers work on the multi's side", "[remote]") {
    server s;
    s.route("/", reply(200, "x").hold());
    xfer::multi m;
    const auto handle = m.remote();
    xfer::transfer_id id;
    std::thread([&] { id = handle.add(xfer::get(s.url())); }).join();
    REQUIRE(support::drive_until(m, [&] { return s.counts().requests == 1; }));
    CHECK(m.stage_of(id) == xfer::stage::waiting);
    CHECK(m.pause(id));
    CHECK(m.resume(id));
    CHECK(m.remove(id));
    CHECK_FALSE(m.remove(id));
    CHECK(m.empty());
}

TEST_CASE("remote: after the multi is gone it does nothing and says so", "[remote]") {
    std::optional<xfer::remote> handle;
    SECTION("the multi owned its loop") {
        xfer::multi m;
        handle.emplace(m.remote());
    }
    SECTION("the multi went before the loop") {
        asio::io_context io;
        xfer::multi m(io);
        handle.emplace(m.remote());
    }
    SECTION("the loop went before the multi") {
        auto io = std::make_unique<asio::io_context>();
        xfer::multi m(*io);
        handle.emplace(m.remote());
        io.reset();
        CHECK_FALSE(handle->wakeup());
    }
    bool added = true;
    bool cancelled = true;
    bool woken = true;
    std::thread([&] {
        added = bool(handle->add(xfer::get("http://127.0.0.1:1/")));
        cancelled = handle->cancel(xfer::transfer_id());
        woken = handle->wakeup();
    }).join();
    CHECK_FALSE(added);
    CHECK_FALSE(cancelled);
    CHECK_FALSE(woken);
}

TEST_CASE("remote: threads that call while multi and loop go away", "[remote]") {
    for (int round = 0; round < 20; ++round) {
        auto io = std::make_unique<asio::io_context>();
        auto m = std::make_unique<xfer::multi>(*io);
        std::atomic<bool> stop{false};
        std::vector<std::thread> threads;
        for (int i = 0; i < 4; ++i) {
            threads.emplace_back([&stop, handle = m->remote()] {
                while (!stop) {
                    const auto id = handle.add(xfer::get("http://127.0.0.1:1/"));
                    handle.cancel(id);
                    handle.wakeup();
                    std::this_thread::yield();
                }
            });
        }
        io->run_for(1ms);
        if (round % 2 == 0) {
            m.reset();
            io.reset();
        } else {
            io.reset();
            m.reset();
        }
        std::this_thread::sleep_for(1ms);
        stop = true;
        for (auto& t : threads) t.join();
    }
}

TEST_CASE("remote: two multis on two threads do not meet", "[remote]") {
    server s;
    s.route("/", "x");
    std::atomic<std::size_t> good{0};
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
        threads.emplace_back([&] {
            xfer::multi m;
            std::size_t mine = 0;
            for (int k = 0; k < 50; ++k) m.add(s.url());
            while (m.perform() != 0) m.wait(100ms);
            while (const auto done = m.info_read()) mine += done->ec ? 0 : 1;
            good += mine;
        });
    }
    for (auto& t : threads) t.join();
    CHECK(good.load() == 200);
}

TEST_CASE("F4.1: eight multis on threads of their own share a jar", "[F4.1]") {
    constexpr unsigned threads = 8;
    constexpr unsigned each = 125;
    server s;
    // Sets what it is asked to; of 40 letters that are all the same.
    s.route_prefix("/", [](const xfer::testing::seen_request& r) {
        const std::string value(40, r.path().back());
        return reply(200).with_field("Set-Cookie", "n=" + value + "; Path=/");
    });
    const auto jar = std::make_shared<xfer::cookie_jar>();
    std::atomic<unsigned> good{0};
    std::atomic<bool> done{false};
    std::vector<std::thread> running;
    for (unsigned i = 0; i < threads; ++i) {
        running.emplace_back([&, mine = s.url("/") + char('a' + i)] {
            // One after the other, so that each may take what the one before was given.
            xfer::multi m({.max_transfers = 1, .cookies = jar});
            for (unsigned k = 0; k < each; ++k) m.add(mine);
            while (m.perform() != 0) m.wait(100ms);
            while (const auto one = m.info_read()) good += one->ec ? 0 : 1;
        });
    }
    // Meanwhile it is read and emptied from outside.
    std::thread outside([&] {
        while (!done) {
            if (jar->size() > 1) jar->clear();
            for (const auto& c : jar->cookies()) {
                if (c.value.size() == 40 && c.value[0] == 'a') jar->clear();
            }
            std::this_thread::yield();
        }
    });
    for (auto& t : running) t.join();
    done = true;
    outside.join();
    CHECK(good.load() == threads * each);
    CHECK(jar->size() <= 1);
    // They do share it: one is sent what another was given.
    xfer::multi one({.cookies = jar});
    xfer::multi other({.cookies = jar});
    REQUIRE_FALSE(support::transfer_one(one, s.url("/x")).ec);
    REQUIRE_FALSE(support::transfer_one(other, s.url("/y")).ec);
    CHECK(s.requests().back().field("Cookie") == "n=" + std::string(40, 'x'));
    // Each that was sent is one that there was, whole, and not more than one.
    for (const auto& r : s.requests()) {
        const auto sent = r.field("Cookie");
        const bool whole = r.count("Cookie") == 1 && sent.size() == 42 &&
                           sent.starts_with("n=") &&
                           sent.find_first_not_of(sent.back(), 2) == sent.npos;
        if (!sent.empty() && !whole) FAIL_CHECK("sent " << sent);
    }
}
