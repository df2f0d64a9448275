// The table of --stats, and its numbers.
#include "output/statistics.hpp"

#include "run_rig.hpp"

#include <catch2/catch.hpp>

#include <chrono>
#include <string>
#include <system_error>

namespace {

using namespace std::chrono_literals;
using Catch::Matchers::Contains;
using cli::rig;
using tool::left_behind;
using tool::statistics_text;
using xfer::testing::from;
using xfer::testing::reply;

tool::outcome that_took(std::chrono::steady_clock::duration time) {
    tool::outcome ended;
    ended.time = time;
    return ended;
}

}  // namespace

TEST_CASE("statistics: amounts of every size in few columns", "[cli]") {
    using tool::bytes_text;
    CHECK(bytes_text(0) == "0 B");
    CHECK(bytes_text(1023) == "1023 B");
    CHECK(bytes_text(1024) == "1.00 KiB");
    CHECK(bytes_text(1024 * 1024 - 1) == "1.00 MiB");
    CHECK(bytes_text(64.0 * 1024 * 1024) == "64.0 MiB");
    CHECK(bytes_text(999.0 * 1024) == "999 KiB");
}

TEST_CASE("statistics: times of every length in few columns", "[cli]") {
    using tool::seconds_text;
    CHECK(seconds_text(5ms) == "0.005 s");
    CHECK(seconds_text(59s) == "59.0 s");
    CHECK(seconds_text(61s) == "1:01");
    CHECK(seconds_text(3661s) == "1:01:01");
    CHECK(seconds_text(std::chrono::hours(1000000)) == "> 99 h");
}

TEST_CASE("statistics: the table has totals, rates and percentiles", "[cli]") {
    tool::totals t;
    t.transfers = 102;
    for (int i = 1; i <= 100; ++i) {
        auto worked = that_took(i * 10ms);
        worked.left = i % 2 != 0 ? left_behind::whole : left_behind::nothing;
        worked.retries = i == 1 ? 3 : 0;
        t.add(worked, false);
    }
    auto failed = that_took(1h);
    failed.exit_code = 22;
    t.add(failed, false);
    t.add(failed, true);
    t.time = 2s;
    xfer::stats of;
    of.connections_opened = 4;
    of.connections_reused = 96;
    of.bytes_received = 3 << 20;
    of.bytes_sent = 100;
    CHECK(
        statistics_text(t, of) ==
        "transfers    102 (1 failed, 1 interrupted, 3 retries) in 2.000 s\n"
        "files        50 written\n"
        "connections  4 opened, 96 reused\n"
        "received     3145728 bytes (3.00 MiB), 1.50 MiB/s\n"
        "sent         100 bytes, 50 B/s\n"
        "time each    p50 0.500 s, p99 0.990 s\n"
    );
}

TEST_CASE(
    "statistics: a single time is each percentile, and of none is none", "[cli]"
) {
    tool::totals t;
    CHECK_THAT(statistics_text(t, {}), !Contains("time each"));
    // What --skip-existing has skipped took no time.
    t.add(that_took(0s), false);
    CHECK_THAT(statistics_text(t, {}), !Contains("time each"));
    t.add(that_took(70ms), false);
    CHECK_THAT(statistics_text(t, {}), Contains("p50 0.070 s, p99 0.070 s"));
}

TEST_CASE("statistics: files are counted, and what is left of others named", "[cli]") {
    rig r;
    r.asked.stats = true;
    r.asked.parallel = true;
    r.server.route("/a", "x");
    const auto cut = reply(200, std::string(1000, 'x')).close_after(600, from::body);
    r.server.route("/cut", cut);
    r.op().fail = true;
    r.add("/a", "a");
    r.add("/a");
    r.add("/none", "none");
    r.add("/cut", "cut\033[m");
    CHECK(r.go() != 0);
    CHECK(r.file("cut\033[m").size() == 600);
    const auto said = r.err.text();
    CHECK_THAT(said, Contains("transfers    4 (2 failed, 0 retries)"));
    CHECK_THAT(said, Contains("files        1 written"));
    CHECK_THAT(said, Contains("partial      " + r.place / "cut?[m" + ", 600 B kept\n"));
    CHECK_THAT(said, !Contains("/none,") && !Contains("\033"));
}

TEST_CASE("statistics: what does not stay is not named", "[cli]") {
    rig r;
    r.asked.stats = true;
    const auto cut = reply(200, std::string(1000, 'x')).close_after(600, from::body);
    r.server.route("/cut", cut);
    auto& goal = r.add("/cut", "f");
    SECTION("--remove-on-error") {
        r.op().remove_on_error = true;
        CHECK(r.go() == 18);
    }
    SECTION("a hash that is wrong") {
        r.server.route("/whole", "x");
        goal.url = r.server.url("/whole");
        goal.sha256 = std::string(64, '0');
        CHECK(r.go() == 120);
    }
    SECTION("no connection, and a file of before") {
        support::write_file(r.place / "f", "of before");
        goal.url = "http://name.invalid/";
        CHECK(r.go() == 6);
        CHECK(r.file("f") == "of before");
    }
    CHECK_THAT(r.err.text(), !Contains("partial"));
    CHECK_THAT(r.err.text(), Contains("files        0 written"));
}
