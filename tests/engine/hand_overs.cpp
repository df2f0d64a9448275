// M24: a connection that goes from one transfer straight to the next is looked at.
#include "support/rig.hpp"

using support::both_ways;
using support::rig;
using xfer::testing::memory_reply;
using xfer::testing::memory_request;
using xfer::testing::memory_server;

namespace {

/// Two transfers to one host that allows one connection: the second one waits, and gets
/// what the first one leaves.
struct hand_over {
    explicit hand_over(support::driven how)
        : r(how, {.max_connections_per_host = 1}),
          server(*r.network, "a.test", 80, [](const memory_request& request) {
              return memory_reply::with_length(request.target);
          }) {}
    /// Does something to the connection when the first transfer has given it away, and
    /// the second has not yet taken it.
    template <class F>
    void run(F between) {
        server.hold();
        const auto first = r.m->add("http://a.test/first");
        const auto second = r.m->add(xfer::post("http://a.test/second", "body"));
        r.m->on_completion([=, this](const xfer::message& done) {
            if (done.id == first) {
                between(*r.network->peer(0));
            }
        });
        r.run();
        CHECK(r.m->stage_of(second) == xfer::stage::queued);
        server.release();
        r.run();
        all = r.read_all();
        REQUIRE(all.size() == 2);
        CHECK_FALSE(all[0].ec);
        CHECK(all[0].response.body() == "/first");
        INFO(all[1].failure().message);
        CHECK_FALSE(all[1].ec);
        CHECK(all[1].response.body() == "/second");
        CHECK(r.m->stats().resent == 0);
        CHECK(r.m->stats().connections == 1);
    }

    rig r;
    memory_server server;
    std::vector<xfer::message> all;
};

}  // namespace

TEST_CASE("M24: a connection that is handed over is used again", "[engine][M24]") {
    hand_over h(GENERATE(both_ways()));
    h.run([](auto&) {});
    CHECK(h.all[1].response.info().connection_reused);
    CHECK(h.server.connections() == 1);
}

TEST_CASE(
    "M24: a connection that ended while it was handed over is not used", "[engine][M24]"
) {
    hand_over h(GENERATE(both_ways()));
    if (GENERATE(true, false)) {
        h.run([](auto& peer) { peer.end(); });
    } else {
        h.run([](auto& peer) { peer.reset(); });
    }
    CHECK_FALSE(h.all[1].response.info().connection_reused);
    CHECK(h.server.connections() == 2);
    CHECK(h.server.log().at(1).connection == 1);
    CHECK(h.r.network->open_connections() == 1);
}

TEST_CASE(
    "S10 M24: bytes that came while a connection was handed over are nobody's answer",
    "[engine][M24][S10]"
) {
    hand_over h(GENERATE(both_ways()));
    h.run([](auto& peer) {
        peer.provide("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil");
    });
    CHECK_FALSE(h.all[1].response.info().connection_reused);
    CHECK(h.server.connections() == 2);
    CHECK(h.r.network->open_connections() == 1);
}
