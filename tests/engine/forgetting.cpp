// Whoever visits many hosts does not remember them all.
#include "support/rig.hpp"

using support::both_ways;
using support::rig;
using xfer::testing::inspector;

namespace {

/// Fetches from hosts of this name, numbered; `fields` of their answers.
void visit(rig& r, const std::string& name, int count, const std::string& fields) {
    for (int i = 0; i < count; ++i) {
        const auto host = name + std::to_string(i) + ".test";
        r.network->listen(host, 80, [fields](const auto& peer) {
            peer->on_activity([fields](xfer::testing::memory_peer& self) {
                if (self.take_written().ends_with("\r\n\r\n")) {
                    self.provide("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n");
                    self.provide(fields + "\r\n");
                }
            });
        });
        r.m->add("http://" + host + "/");
        r.run();
        const auto done = r.m->info_read();
        REQUIRE(done);
        REQUIRE_FALSE(done->ec);
    }
}

}  // namespace

TEST_CASE(
    "endpoints: hosts whose connections are closed are forgotten", "[engine][endpoints]"
) {
    rig r(GENERATE(both_ways()));
    visit(r, "closing", 1500, "Connection: close\r\n");
    CHECK(r.m->stats().connections == 0);
    CHECK(inspector::endpoints(*r.m) <= 256);
    CHECK(inspector::hosts(*r.m) <= 256);
}

TEST_CASE(
    "endpoints: hosts whose connections rest are kept, and forgotten after them",
    "[engine][endpoints]"
) {
    rig r(GENERATE(both_ways()));
    visit(r, "resting", 300, "");
    CHECK(r.m->stats().idle_connections == 300);
    visit(r, "closing", 1500, "Connection: close\r\n");
    CHECK(inspector::endpoints(*r.m) >= 300);
    CHECK(inspector::endpoints(*r.m) <= 2 * (300 + 1));
    const auto dials = r.network->dials();
    for (int i = 0; i < 300; ++i) {
        r.m->add("http://resting" + std::to_string(i) + ".test/");
        r.run();
        CHECK(r.m->info_read()->response.info().connection_reused);
    }
    CHECK(r.network->dials() == dials);
    r.m->network_changed();  // which closes what rests
    visit(r, "closing", 1500, "Connection: close\r\n");
    CHECK(inspector::endpoints(*r.m) <= 256);
    CHECK(inspector::hosts(*r.m) <= 256);
}

TEST_CASE(
    "endpoints: a host that a transfer is at is kept however long it takes",
    "[engine][endpoints]"
) {
    rig r(GENERATE(both_ways()), {.max_connections_per_host = 1});
    support::listen_silently(r, "slow.test");
    const auto busy = r.m->add("http://slow.test/");
    const auto queued = r.m->add("http://slow.test/");
    r.run();
    visit(r, "closing", 600, "Connection: close\r\n");
    CHECK(r.m->stage_of(queued) == xfer::stage::queued);
    const auto peer = [&] { return r.network->peer(0); };
    peer()->provide("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    r.run();
    CHECK(r.m->info_read()->id == busy);
    peer()->provide("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    r.run();
    const auto done = r.m->info_read();
    REQUIRE(done);
    CHECK(done->id == queued);
    CHECK(done->response.info().connection_reused);
}
