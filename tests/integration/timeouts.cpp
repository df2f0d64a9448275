// M21: each timeout fires in its phase and says which.
#include "support/names.hpp"
#include "support/transfers.hpp"
#include <xfer/testing/server.hpp>

#include <chrono>
#include <string>

using namespace std::chrono_literals;
using support::black_hole;
using support::drive_until;
using support::make_names;
using support::run;
using support::transfer_one;
using xfer::error;
using xfer::stage;
using xfer::testing::reply;
using xfer::testing::server;
using clock_type = std::chrono::steady_clock;

namespace {

const auto brief = 60ms;

/// The failure that a timeout must be: this code, in this stage, not before its time
/// and not much later.
void check_timeout(
    const xfer::message& m, error code, stage where, clock_type::duration took
) {
    INFO(m.ec.message() << ": " << m.failure().message);
    CHECK(m.ec == code);
    CHECK(m.failure().stage == where);
    CHECK(xfer::is_timeout(m.ec));
    CHECK(m.ec == xfer::condition::operation_timedout);
    CHECK_FALSE(m.failure().message.empty());
    CHECK(took >= brief);
    CHECK(took < brief + 1s);
}

struct timed {
    xfer::message m;
    clock_type::duration took;
};

timed time_one(xfer::multi& m, const std::string& url, const xfer::options& o) {
    const auto begun = clock_type::now();
    auto done = transfer_one(m, xfer::get(url, o));
    return {std::move(done), clock_type::now() - begun};
}

xfer::testing::connect_action say_nothing() {
    return {xfer::testing::connect_action::kind::silent, {}};
}

}  // namespace

TEST_CASE("M21: queue_timeout fires while a transfer is queued", "[M21]") {
    server s;
    s.route("/", reply(200, "x").hold());
    const auto by_turn = GENERATE(true, false);
    xfer::settings limits;
    (by_turn ? limits.max_transfers : limits.max_connections_per_host) = 1;
    xfer::multi m(limits);
    const auto first = m.add(s.url());
    REQUIRE(drive_until(m, [&] { return s.counts().requests == 1; }));
    const auto begun = clock_type::now();
    m.add(xfer::get(s.url(), {.queue_timeout = brief}));
    REQUIRE(drive_until(m, [&] { return m.stats().unread == 1; }));
    check_timeout(
        *m.info_read(), error::timeout_queue, stage::queued, clock_type::now() - begun
    );
    s.release();
    const auto rest = run(m);
    REQUIRE(rest.size() == 1);
    CHECK(rest[0].id == first);
    CHECK_FALSE(rest[0].ec);
}

TEST_CASE("M21: resolve_timeout fires while the name is looked up", "[M21]") {
    const auto table = make_names({{"slow.test", {"127.0.0.1"}}});
    table->hang();
    xfer::multi m({.resolver = table->resolver()});
    const auto t = time_one(m, "http://slow.test/", {.resolve_timeout = brief});
    check_timeout(t.m, error::timeout_resolve, stage::resolving, t.took);
    table->release();
}

TEST_CASE("M21: connect_timeout fires while nobody answers", "[M21]") {
    const black_hole hole(false);
    xfer::multi m;
    const auto url = "http://127.0.0.1:" + std::to_string(hole.port()) + "/";
    time_one(m, url, {.connect_timeout = brief});  // opens what the loop needs
    const auto before = support::open_descriptors();
    const auto t = time_one(m, url, {.connect_timeout = brief});
    check_timeout(t.m, error::timeout_connect, stage::connecting, t.took);
    REQUIRE(t.m.failure().addresses_tried.size() == 1);
    CHECK_THAT(
        t.m.failure().addresses_tried[0],
        Catch::Contains("127.0.0.1:" + std::to_string(hole.port()))
    );
    CHECK(support::open_descriptors() == before);
    CHECK(m.stats().connections == 0);
}

TEST_CASE("M21: tls_timeout fires during the handshake", "[M21]") {
    server s;
    s.on_connect(say_nothing());
    xfer::multi m;
    const auto url = "https://" + s.host_port() + "/";
    // The certificates are read before the clock of the handshake runs.
    xfer::request r = xfer::get(url, {.tls_timeout = brief});
    r.insecure();
    const auto begun = clock_type::now();
    const auto done = transfer_one(m, r);
    check_timeout(done, error::timeout_tls, stage::securing, clock_type::now() - begun);
}

TEST_CASE("S18 M21: first_byte_timeout fires while the server thinks", "[M21][S18]") {
    server s;
    s.route("/", reply(200, "x").hold());
    xfer::multi m;
    const auto t = time_one(m, s.url(), {.first_byte_timeout = brief});
    check_timeout(t.m, error::timeout_first_byte, stage::waiting, t.took);
    CHECK(t.m.failure().request_may_have_been_processed);
    CHECK(m.stats().connections == 0);
}

TEST_CASE("S18 M21: idle_timeout fires when a response stalls", "[M21][S18]") {
    server s;
    SECTION("in its head") { s.route("/", reply(200, "0123456789").stall_after(10)); }
    SECTION("in its body") {
        s.route(
            "/", reply(200, "0123456789").stall_after(5, xfer::testing::from::body)
        );
    }
    SECTION("between chunks") {
        auto chunked = reply(200, "0123456789").chunked({5});
        s.route("/", chunked.stall_after(10, xfer::testing::from::body));
    }
    xfer::multi m;
    const auto t = time_one(m, s.url(), {.idle_timeout = brief});
    check_timeout(t.m, error::timeout_idle, stage::receiving, t.took);
    CHECK(
        t.m.response.body() ==
        std::string("01234").substr(0, t.m.response.body().size())
    );
}

TEST_CASE("S18 M21: idle_timeout fires when an upload stalls", "[M21][S18]") {
    server s;
    s.route("/", reply(200, "x").hold(), {.answer_early = true, .read_body = false});
    xfer::multi m;
    auto r = xfer::put(s.url(), std::string(64u << 20, 'u'), {.idle_timeout = brief});
    const auto begun = clock_type::now();
    const auto done = transfer_one(m, r);
    CHECK(done.ec == error::timeout_idle);
    CHECK(done.failure().stage == stage::sending);
    CHECK(clock_type::now() - begun < 5s);
}

TEST_CASE("S18 M21: bytes that keep coming do not end by idle_timeout", "[M21][S18]") {
    server s;
    s.route("/", reply(200, "0123456789").drip(4, 50ms));
    xfer::multi m;
    const auto t = time_one(m, s.url(), {.idle_timeout = 500ms});
    CHECK_FALSE(t.m.ec);
    CHECK(t.took > 500ms);
}

TEST_CASE(
    "S18 M21: a transfer below low_speed_limit ends, one above it does not",
    "[M21][S18]"
) {
    server s;
    s.route("/", reply(200, std::string(4000, 'x')).drip(10, 5ms));
    s.route("/enough", reply(200, std::string(4000, 'x')).drip(200, 20ms));
    xfer::multi m;
    const xfer::options limit{.low_speed_limit = 4000, .low_speed_time = brief};
    const auto slow = time_one(m, s.url(), limit);
    check_timeout(slow.m, error::timeout_low_speed, stage::receiving, slow.took);
    // A wide margin: the server's thread may not get its turn for a while.
    const xfer::options lenient{.low_speed_limit = 400, .low_speed_time = 300ms};
    const auto enough = time_one(m, s.url("/enough"), lenient);
    CHECK_FALSE(enough.m.ec);
    CHECK(enough.took > 300ms);
}

TEST_CASE("S18 M21: total_timeout fires in every phase and names it", "[M21][S18]") {
    server s;
    const xfer::options o{.total_timeout = brief};
    SECTION("resolving") {
        const auto table = make_names({{"slow.test", {"127.0.0.1"}}});
        table->hang();
        xfer::multi m({.resolver = table->resolver()});
        const auto t = time_one(m, "http://slow.test/", o);
        check_timeout(t.m, error::timeout_total, stage::resolving, t.took);
        table->release();
    }
    SECTION("connecting") {
        const black_hole hole(false);
        xfer::multi m;
        const auto url = "http://127.0.0.1:" + std::to_string(hole.port()) + "/";
        const auto t = time_one(m, url, o);
        check_timeout(t.m, error::timeout_total, stage::connecting, t.took);
    }
    SECTION("securing") {
        s.on_connect(say_nothing());
        xfer::multi m;
        auto r = xfer::get("https://" + s.host_port() + "/", o);
        const auto begun = clock_type::now();
        const auto done = transfer_one(m, r.insecure());
        check_timeout(
            done, error::timeout_total, stage::securing, clock_type::now() - begun
        );
    }
    SECTION("waiting") {
        s.route("/", reply(200, "x").hold());
        xfer::multi m;
        const auto t = time_one(m, s.url(), o);
        check_timeout(t.m, error::timeout_total, stage::waiting, t.took);
    }
    SECTION("receiving") {
        s.route("/", reply(200, std::string(1000, 'x')).drip(1, 5ms));
        xfer::multi m;
        const auto t = time_one(m, s.url(), o);
        check_timeout(t.m, error::timeout_total, stage::receiving, t.took);
    }
}

TEST_CASE("M21: time in the queue counts only when asked to", "[M21]") {
    server s;
    s.route("/slow", reply(200, "x").delay(150ms));
    s.route("/", "x");
    xfer::multi m({.max_connections_per_host = 1});
    m.add(s.url("/slow"));
    // All of these wait longer than any of their limits allows a phase to take.
    const auto patient = m.add(xfer::get(
        s.url(),
        {.resolve_timeout = 100ms,
         .connect_timeout = 100ms,
         .first_byte_timeout = 100ms,
         .idle_timeout = 100ms,
         .total_timeout = 100ms}
    ));
    const auto counted =
        m.add(xfer::get(s.url(), {.total_timeout = 100ms, .total_includes_queue = true})
        );
    std::size_t seen = 0;
    for (const auto& done : run(m)) {
        if (done.id == patient) {
            ++seen;
            CHECK_FALSE(done.ec);
            CHECK(done.response.info().timings.queue >= 100ms);
            CHECK(done.response.info().timings.total < 100ms);
        }
        if (done.id == counted) {
            ++seen;
            CHECK(done.ec == error::timeout_total);
            CHECK(done.failure().stage == stage::queued);
        }
    }
    CHECK(seen == 2);
}

TEST_CASE("M21: a timeout of one transfer leaves the others alone", "[M21]") {
    server s;
    s.route("/never", reply(200, "x").hold());
    s.route("/", reply(200, std::string(200'000, 'x')).delay(100ms));
    xfer::multi m;
    for (int i = 0; i < 5; ++i) {
        m.add(xfer::get(s.url("/never"), {.first_byte_timeout = brief}));
        m.add(s.url());
    }
    const auto all = run(m);
    CHECK(all.size() == 10);
    CHECK(support::successes(all) == 5);
}
