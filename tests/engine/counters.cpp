// M19, M22: what stats() say, and what a perform() costs.
#include "support/rig.hpp"

using namespace std::chrono_literals;
using support::both_ways;
using support::driven;
using support::listen_silently;
using support::rig;
using xfer::testing::memory_server;

namespace {

/// What holds at every moment.
void check_sums(const xfer::stats& s) {
    CHECK(s.added == s.running + s.succeeded + s.failed + s.removed);
    CHECK(s.queued <= s.running);
    CHECK(s.paused <= s.running);
    CHECK(s.idle_connections <= s.connections);
    CHECK(s.connections <= s.connections_opened + s.running);
}

}  // namespace

TEST_CASE("M19: stats mean what they say from add to the last read", "[engine][M19]") {
    rig r(GENERATE(both_ways()), {.max_transfers = 2});
    memory_server server(*r.network, "a.test", 80, "hello");
    server.hold();
    check_sums(r.m->stats());

    std::vector<xfer::transfer_id> ids;
    for (int i = 0; i < 5; ++i) {
        ids.push_back(r.m->add(xfer::post("http://a.test/", "12345678")));
    }
    auto s = r.m->stats();
    check_sums(s);
    CHECK(s.running == 5);
    CHECK(s.queued == 5);
    CHECK(s.added == 5);
    CHECK(s.steps == 0);

    r.run();
    s = r.m->stats();
    check_sums(s);
    CHECK(s.queued == 3);
    CHECK(s.connections == 2);
    CHECK(s.idle_connections == 0);
    CHECK(s.connections_opened == 2);

    CHECK(r.m->pause(ids[0]));
    CHECK(r.m->pause(ids[0]));
    CHECK(r.m->pause(ids[4]));
    CHECK(r.m->stats().paused == 2);
    CHECK(r.m->remove(ids[4]));
    CHECK(r.m->stats().paused == 1);
    CHECK(r.m->resume(ids[0]));
    CHECK(r.m->stats().paused == 0);
    CHECK(r.m->cancel(ids[3]));
    r.run();
    s = r.m->stats();
    check_sums(s);
    CHECK(s.running == 3);
    CHECK(s.queued == 1);
    CHECK(s.unread == 1);
    CHECK(s.removed == 1);
    CHECK(s.failed == 1);

    server.release();
    r.run();
    s = r.m->stats();
    check_sums(s);
    CHECK(s.running == 0);
    CHECK(s.queued == 0);
    CHECK(s.succeeded == 3);
    CHECK(s.unread == 4);
    CHECK(s.connections_reused == 1);
    CHECK(s.connections == 2);
    CHECK(s.idle_connections == 2);
    CHECK(s.bytes_sent == 3 * 8);
    CHECK(s.bytes_received == 3 * 5);
    CHECK(s.resent == 0);

    // Removing what has ended is no removal of a transfer in progress.
    CHECK(r.m->remove(ids[0]));
    s = r.m->stats();
    check_sums(s);
    CHECK(s.removed == 1);
    CHECK(s.unread == 3);
    CHECK(r.read_all().size() == 3);
    CHECK(r.m->stats().unread == 0);
}

TEST_CASE(
    "M19: what async_fetch started counts in running but not in empty", "[engine][M19]"
) {
    rig r(GENERATE(both_ways()));
    memory_server server(*r.network, "a.test", 80, "hello");
    int handled = 0;
    r.m->async_fetch("http://a.test/", [&](std::error_code, xfer::response) {
        ++handled;
    });
    CHECK(r.m->stats().running == 1);
    CHECK(r.m->empty());
    r.run();
    CHECK(handled == 1);
    CHECK(r.m->stats().unread == 0);
    CHECK(r.m->stats().succeeded == 1);
    CHECK_FALSE(r.m->info_read());
    check_sums(r.m->stats());
}

TEST_CASE("M19: connections being opened count as connections", "[engine][M19]") {
    rig r(GENERATE(both_ways()));
    memory_server server(*r.network, "a.test", 80, "hello");
    r.network->hang_connecting("a.test");
    const auto id = r.m->add("http://a.test/");
    r.run();
    CHECK(r.m->stats().connections == 1);
    CHECK(r.m->stats().connections_opened == 0);
    r.m->cancel(id);
    r.run();
    CHECK(r.m->stats().connections == 0);
    check_sums(r.m->stats());
}

TEST_CASE(
    "M22: a perform with nothing ready takes no step, for 10 idle transfers as "
    "for 10000",
    "[engine][M22]"
) {
    const auto how = GENERATE(both_ways());
    std::vector<std::uint64_t> idle_steps;
    std::vector<std::uint64_t> busy_steps;
    for (const int idle : {10, 10'000}) {
        rig r(how);
        listen_silently(r, "idle.test");
        memory_server server(*r.network, "a.test", 80, "hello");
        for (int i = 0; i < idle; ++i) {
            r.m->add("http://idle.test/");
        }
        while (r.m->next_deadline() <= r.clock->now()) {
            r.run();
        }
        REQUIRE(r.network->connections("idle.test") == static_cast<std::size_t>(idle));
        auto before = r.m->stats().steps;
        r.m->perform();
        idle_steps.push_back(r.m->stats().steps - before);
        before = r.m->stats().steps;
        r.m->add("http://a.test/");
        r.m->perform();
        CHECK(r.m->info_read());
        busy_steps.push_back(r.m->stats().steps - before);
    }
    CHECK(idle_steps[0] == 0);
    CHECK(idle_steps[1] == 0);
    CHECK(busy_steps[0] == busy_steps[1]);
}
