// How long a connection may live: since it was opened, and since it was used.
#include "support/rig.hpp"

#include <string>

using namespace std::chrono_literals;
using support::both_ways;
using support::rig;
using xfer::testing::memory_server;

namespace {

bool succeeds(rig& r, const std::string& url = "http://a.test/") {
    return !r.transfer(xfer::get(url)).ec;
}

}  // namespace

TEST_CASE("pool: a connection past its age is not used again", "[engine][pool]") {
    rig r(GENERATE(both_ways()), {.max_connection_age = 60s});
    memory_server a(*r.network, "a.test", 80, "alpha");
    CHECK(succeeds(r));
    // Being used keeps it no longer alive.
    for (int i = 0; i < 6; ++i) {
        r.advance(10s);
        CHECK(succeeds(r));
    }
    CHECK(a.connections() == 1);
    r.advance(1ns);
    CHECK(succeeds(r));
    CHECK(a.connections() == 2);
    CHECK(r.network->open_connections() == 1);
    CHECK(r.m->stats().idle_connections == 1);
}

TEST_CASE("pool: without such a limit a connection has no age", "[engine][pool]") {
    rig r(GENERATE(both_ways()));
    memory_server a(*r.network, "a.test", 80, "alpha");
    CHECK(succeeds(r));
    for (int i = 0; i < 1000; ++i) {
        r.advance(100s);
        CHECK(succeeds(r));
    }
    CHECK(a.connections() == 1);
    // But one of being idle.
    r.advance(119s);
    CHECK(succeeds(r));
    CHECK(a.connections() == 2);
}

TEST_CASE("pool: an aged connection ends with the transfer it has", "[engine][pool]") {
    rig r(
        GENERATE(both_ways()),
        {.max_connections_per_host = 1, .max_connection_age = 60s}
    );
    memory_server a(*r.network, "a.test", 80, "alpha");
    a.hold();
    xfer::options patient;
    patient.first_byte_timeout = patient.idle_timeout = {};
    r.m->add(xfer::get("http://a.test/", patient));
    r.m->add(xfer::get("http://a.test/", patient));
    r.run();
    r.advance(61s);
    CHECK(a.requests() == 1);
    a.release();
    r.run();
    // Who waits for it gets another one, and not that.
    CHECK(a.requests() == 2);
    CHECK(a.connections() == 2);
    CHECK(r.network->open_connections() == 1);
    a.release();
    r.run();
    for (const auto& done : r.read_all()) CHECK_FALSE(done.ec);
    CHECK(r.m->stats().idle_connections == 1);
    CHECK(r.at_rest());
}

TEST_CASE("pool: the age may be limited later", "[engine][pool]") {
    rig r(GENERATE(both_ways()));
    memory_server a(*r.network, "a.test", 80, "alpha");
    CHECK(succeeds(r));
    r.advance(10s);
    r.m->set_limits({.max_connection_age = 5s});
    CHECK(succeeds(r));
    CHECK(a.connections() == 2);
}
