// M21: a timeout as long as time itself never fires.
#include "support/rig.hpp"

#include <thread>

using namespace std::chrono_literals;
using support::both_ways;
using support::listen_silently;
using support::rig;
using xfer::duration;
using xfer::stage;

namespace {

xfer::options all_timeouts(duration d) {
    xfer::options o;
    o.queue_timeout = d;
    o.resolve_timeout = d;
    o.connect_timeout = d;
    o.tls_timeout = d;
    o.setup_timeout = d;
    o.first_byte_timeout = d;
    o.idle_timeout = d;
    o.total_timeout = d;
    o.low_speed_limit = 1'000'000;
    o.low_speed_time = d;
    o.expect_continue_timeout = d;
    return o;
}

auto endless() {
    return Catch::Generators::values(
        {duration::max(), duration::max() - 1ns, duration::max() / 2}
    );
}

}  // namespace

TEST_CASE("M21: timeouts without end fire in no stage", "[engine][M21]") {
    rig r(GENERATE(both_ways()), {.max_transfers = 1});
    auto o = all_timeouts(GENERATE(endless()));
    o.total_includes_queue = GENERATE(false, true);
    const auto where = GENERATE(
        stage::queued,
        stage::resolving,
        stage::connecting,
        stage::sending,
        stage::waiting,
        stage::receiving
    );
    listen_silently(r, "a.test");
    listen_silently(r, "blocker.test");
    xfer::transfer_id blocker;
    switch (where) {
        case stage::queued:
            blocker = r.m->add(xfer::get("http://blocker.test/", all_timeouts(0s)));
            break;
        case stage::resolving:
            r.network->hang_resolving("a.test");
            break;
        case stage::connecting:
            r.network->hang_connecting("a.test");
            break;
        case stage::sending:
            r.network->on_connect("a.test", [](const auto& p) { p->accept(5); });
            break;
        default:
            break;
    }
    const auto id = r.m->add(xfer::get("http://a.test/", o));
    r.run();
    constexpr std::string_view head = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n";
    if (where == stage::receiving) {
        r.network->last_peer()->provide(head);
        r.run();
    }
    REQUIRE(r.m->stage_of(id) == where);
    for (int i = 0; i < 3; ++i) {
        r.advance(24h * 365);
        REQUIRE(r.m->stage_of(id) == where);
    }
    // And it goes on from there to its end.
    r.m->remove(blocker);
    r.network->release("a.test");
    r.run();
    const auto peer = r.network->last_peer();
    peer->accept(xfer::testing::memory_options::unlimited);
    r.run();
    if (where != stage::receiving) {
        peer->provide(head);
    }
    peer->provide("alpha");
    r.run();
    const auto done = r.m->info_read();
    REQUIRE(done);
    INFO(done->failure().message);
    CHECK_FALSE(done->ec);
    CHECK(done->response.body() == "alpha");
    CHECK(r.at_rest());
}

TEST_CASE("S12: a wait for 100 without end holds the body back", "[engine][S12]") {
    rig r(GENERATE(both_ways()));
    listen_silently(r, "a.test");
    auto o = all_timeouts(GENERATE(endless()));
    o.expect_continue = true;
    r.m->add(xfer::post("http://a.test/", "alpha", o));
    r.run();
    REQUIRE(r.network->connections() == 1);
    const auto peer = r.network->last_peer();
    r.advance(24h * 365);
    CHECK(peer->written().ends_with("\r\n\r\n"));
    peer->provide("HTTP/1.1 100 Continue\r\n\r\n");
    r.run();
    CHECK(peer->written().ends_with("alpha"));
    r.m.reset();
}

TEST_CASE("M23: timeouts without end cause no wakeup of the loop", "[engine][M23]") {
    // With the real clock, whose timer must not be armed for a time that has wrapped
    // around either.
    const auto network = std::make_shared<xfer::testing::memory_network>();
    network->listen("a.test", 80, [](const auto&) {});
    asio::io_context io;
    xfer::settings s;
    s.dialer = network;
    xfer::multi m(io, s);
    auto timeout = GENERATE(
        duration::max(),
        duration::max() / 2,
        duration(1ns),
        duration(10ms),
        duration(1s)
    );
    if (timeout < 1min) {
        // So little before the end of time.
        timeout = xfer::time_point::max() - std::chrono::steady_clock::now() - timeout;
    }
    m.add(xfer::get("http://a.test/", all_timeouts(timeout)));
    io.poll();
    CHECK(io.run_one_for(20ms) == 0);
    CHECK(m.stats().running == 1);
}

TEST_CASE("M17: a wait without end lasts until something happens", "[engine][M17]") {
    xfer::multi m;
    const auto forever = GENERATE(endless());
    const auto before = std::chrono::steady_clock::now();
    std::thread other([&] {
        std::this_thread::sleep_for(20ms);
        m.wakeup();
    });
    CHECK(m.wait(forever));
    CHECK(std::chrono::steady_clock::now() - before >= 20ms);
    other.join();
}
