// M20: limits queue and never fail.
#include "support/transfers.hpp"
#include <xfer/testing/server.hpp>

#include <algorithm>
#include <string>
#include <vector>

using support::drive_until;
using support::run;
using support::successes;
using support::transfer_one;
using xfer::testing::reply;
using xfer::testing::server;

namespace {

std::vector<std::string> targets(const server& s) {
    std::vector<std::string> all;
    for (const auto& r : s.requests()) all.push_back(r.target);
    return all;
}

xfer::request other_configuration(const std::string& url) {
    return xfer::get(url, {.tcp_keepalive = true});
}

}  // namespace

TEST_CASE("M20: connections per host are limited, the rest queues", "[M20]") {
    server s;
    s.route("/", reply(200, "x").hold());
    xfer::multi m({.max_connections_per_host = 2});
    for (int i = 0; i < 8; ++i) m.add(s.url());
    REQUIRE(drive_until(m, [&] { return s.counts().requests == 2; }));
    support::drive_for(m, std::chrono::milliseconds(20));
    CHECK(s.counts().accepted == 2);
    CHECK(m.stats().queued == 6);
    CHECK(m.stats().running == 8);
    s.release();
    s.route("/", "y");
    CHECK(drive_until(m, [&] {
        s.release();
        return m.stats().running == 0;
    }));
    CHECK(successes(run(m)) == 8);
    CHECK(s.counts().accepted == 2);
}

TEST_CASE("M20: active transfers are limited over all hosts", "[M20]") {
    server a;
    server b;
    a.route("/", reply(200, "x").hold());
    b.route("/", reply(200, "x").hold());
    xfer::multi m({.max_transfers = 3});
    for (int i = 0; i < 4; ++i) {
        m.add(a.url());
        m.add(b.url());
    }
    const auto requests = [&] { return a.counts().requests + b.counts().requests; };
    REQUIRE(drive_until(m, [&] { return requests() == 3; }));
    support::drive_for(m, std::chrono::milliseconds(20));
    CHECK(requests() == 3);
    CHECK(a.counts().requests == 2);
    CHECK(m.stats().queued == 5);
    std::size_t most = 0;
    CHECK(drive_until(m, [&] {
        a.release();
        b.release();
        const auto now = m.stats();
        most = std::max(most, now.running - now.queued);
        return now.running == 0;
    }));
    CHECK(most <= 3);
    CHECK(successes(run(m)) == 8);
}

TEST_CASE("M20: the total of connections is limited over all hosts", "[M20]") {
    server a;
    server b;
    xfer::multi m({.max_connections = 3});
    std::size_t most = 0;
    for (int i = 0; i < 20; ++i) {
        m.add(a.url("/a"));
        m.add(b.url("/b"));
    }
    CHECK(drive_until(m, [&] {
        most = std::max(most, m.stats().connections);
        return m.stats().running == 0;
    }));
    CHECK(successes(run(m)) == 40);
    CHECK(most == 3);
}

TEST_CASE("M20: first come, first served for each host", "[M20]") {
    server s;
    s.route_prefix("/", [](const auto&) { return reply(200, "x"); });
    xfer::multi m({.max_connections_per_host = 1});
    std::vector<std::string> order;
    for (int i = 0; i < 30; ++i) {
        order.push_back("/" + std::to_string(i));
        m.add(s.url(order.back()));
    }
    CHECK(successes(run(m)) == 30);
    CHECK(targets(s) == order);
    CHECK(s.counts().accepted == 1);
}

TEST_CASE("M20: max_transfers serves in the order of add", "[M20]") {
    server s;
    s.route_prefix("/", [](const auto&) { return reply(200, "x"); });
    xfer::multi m({.max_transfers = 1});
    std::vector<std::string> order;
    for (int i = 0; i < 30; ++i) {
        order.push_back("/" + std::to_string(i));
        m.add(s.url(order.back()));
    }
    CHECK(successes(run(m)) == 30);
    CHECK(targets(s) == order);
}

TEST_CASE("M20: a long queue of one host does not starve another", "[M20]") {
    const auto total = GENERATE(std::size_t(1), std::size_t(4));
    server busy;
    server other;
    busy.route("/", "x");
    other.route("/", "x");
    xfer::multi m({.max_connections = total});
    for (int i = 0; i < 60; ++i) m.add(busy.url());
    // Its turn counts and not its end, which is up to the other server's thread.
    std::size_t ended = 0;
    std::size_t ended_before = 61;
    m.on_completion([&](const xfer::message&) { ++ended; });
    auto late = xfer::get(other.url());
    late.on_stage([&](xfer::stage now) {
        if (now == xfer::stage::connecting) ended_before = ended;
    });
    m.add(late);
    REQUIRE(successes(run(m)) == 61);
    CHECK(ended_before < 30);
}

TEST_CASE("M20: two long queues share the connections in halves", "[M20]") {
    server a;
    server b;
    a.route("/", "x");
    b.route("/", "x");
    xfer::multi m({.max_connections = 4});
    for (int i = 0; i < 50; ++i) m.add(a.url());
    for (int i = 0; i < 50; ++i) m.add(b.url());
    CHECK(successes(run(m)) == 100);
    // Sharing costs a few connections, not one for each request.
    CHECK(a.counts().accepted <= 8);
    CHECK(b.counts().accepted <= 8);
}

TEST_CASE("M20: a limit that is lowered kills nothing", "[M20]") {
    server s;
    s.route("/", reply(200, std::string(100'000, 'x')).stall_after(5000));
    xfer::multi m;
    for (int i = 0; i < 6; ++i) m.add(s.url());
    REQUIRE(drive_until(m, [&] { return s.counts().requests == 6; }));
    m.set_limits(
        {.max_transfers = 1, .max_connections = 2, .max_connections_per_host = 1}
    );
    support::drive_for(m, std::chrono::milliseconds(10));
    CHECK(m.stats().running == 6);
    CHECK(s.counts().open == 6);
    s.release();
    CHECK(successes(run(m)) == 6);
    CHECK(m.stats().connections <= 1);
    s.route("/", "x");
    for (int i = 0; i < 6; ++i) m.add(s.url());
    CHECK(successes(run(m)) == 6);
    CHECK(s.counts().accepted <= 7);
}

TEST_CASE("M20: a limit that is lowered closes idle connections beyond it", "[M20]") {
    server s;
    s.route("/", reply(200, "x").hold());
    xfer::multi m;
    for (int i = 0; i < 4; ++i) m.add(s.url());
    REQUIRE(drive_until(m, [&] { return s.counts().requests == 4; }));
    s.release();
    CHECK(successes(run(m)) == 4);
    REQUIRE(m.stats().idle_connections == 4);
    m.set_limits({.max_connections_per_host = 2});
    CHECK(m.stats().connections == 2);
    m.set_limits({.max_connections = 1});
    CHECK(m.stats().connections == 1);
    CHECK(s.wait_for_open_at_most(1));
}

TEST_CASE("M20: a limit that is raised lets the queue go on", "[M20]") {
    server s;
    s.route("/", reply(200, "x").hold());
    xfer::multi m({.max_connections_per_host = 1});
    for (int i = 0; i < 5; ++i) m.add(s.url());
    REQUIRE(drive_until(m, [&] { return s.counts().requests == 1; }));
    m.set_limits({.max_connections_per_host = 4});
    CHECK(drive_until(m, [&] { return s.counts().requests == 4; }));
    s.release();
    CHECK(drive_until(m, [&] {
        s.release();
        return m.stats().running == 0;
    }));
    CHECK(successes(run(m)) == 5);
}

TEST_CASE("M20: the idle connection used least recently makes room", "[M20]") {
    server a;
    server b;
    server c;
    for (auto* s : {&a, &b, &c}) s->route("/", "x");
    xfer::multi m({.max_connections = 2});
    CHECK_FALSE(transfer_one(m, a.url()).ec);
    CHECK_FALSE(transfer_one(m, b.url()).ec);
    CHECK_FALSE(transfer_one(m, a.url()).ec);  // now b's is the older one
    CHECK_FALSE(transfer_one(m, c.url()).ec);
    CHECK(b.wait_for_open_at_most(0));
    CHECK(a.counts().open == 1);
    CHECK(m.stats().idle_connections == 2);
    CHECK_FALSE(transfer_one(m, a.url()).ec);
    CHECK(a.counts().accepted == 1);
}

TEST_CASE("M20: an idle connection of another configuration makes room", "[M20]") {
    server s;
    s.route("/", "x");
    xfer::multi m({.max_connections_per_host = 1});
    CHECK_FALSE(transfer_one(m, s.url()).ec);
    CHECK_FALSE(transfer_one(m, other_configuration(s.url())).ec);
    CHECK(s.wait_for_open_at_most(1));
    CHECK(m.stats().connections == 1);
    CHECK(s.counts().accepted == 2);
}

TEST_CASE("M20: configurations of one host share its limit", "[M20]") {
    server s;
    s.route("/", "x");
    xfer::multi m({.max_connections_per_host = 2});
    std::size_t most = 0;
    for (int i = 0; i < 20; ++i) {
        m.add(s.url());
        m.add(other_configuration(s.url()));
    }
    CHECK(drive_until(m, [&] {
        most = std::max(most, m.stats().connections);
        return m.stats().running == 0;
    }));
    CHECK(successes(run(m)) == 40);
    CHECK(most == 2);
}

TEST_CASE("M20: a cancelled transfer gives its place in the queue away", "[M20]") {
    server s;
    s.route("/", reply(200, "x").hold());
    s.route("/last", "x");
    xfer::multi m({.max_connections_per_host = 1});
    const auto first = m.add(s.url());
    std::vector<xfer::transfer_id> queued;
    for (int i = 0; i < 5; ++i) queued.push_back(m.add(s.url()));
    const auto last = m.add(s.url("/last"));
    REQUIRE(drive_until(m, [&] { return s.counts().requests == 1; }));
    for (const auto id : queued) CHECK(m.cancel(id));
    CHECK(m.cancel(first));
    const auto all = run(m);
    REQUIRE(all.size() == 7);
    CHECK(all.back().id == last);
    CHECK_FALSE(all.back().ec);
    CHECK(s.counts().requests == 2);
    CHECK(m.stats().queued == 0);
}

TEST_CASE("M20: a connection that fails lets the next one try", "[M20]") {
    server s;
    s.route("/", "x");
    s.on_connect([](std::size_t n) {
        using action = xfer::testing::connect_action;
        return action{n <= 3 ? action::kind::reset : action::kind::serve, {}};
    });
    xfer::multi m({.max_connections = 1});
    for (int i = 0; i < 5; ++i) m.add(s.url());
    const auto all = run(m);
    CHECK(all.size() == 5);
    CHECK(successes(all) == 2);
    CHECK(m.stats().connections == 1);
}
