// What a pause and a user at work do to the timeouts: they stand still, and go on from
// where they were.
#include "support/rig.hpp"

#include <asio/awaitable.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

using namespace std::chrono_literals;
using support::both_ways;
using support::listen_silently;
using support::rig;
using xfer::error;

namespace {

const std::string head = "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n";

/// What ended the transfer after how many seconds of an octet each; nothing in an hour.
std::optional<std::pair<std::error_code, int>> drip(rig& r) {
    for (int second = 1; second <= 3600; ++second) {
        r.network->peer(0)->provide(second == 1 ? head : std::string("x"));
        r.run();
        r.advance(1s);
        if (const auto done = r.m->info_read()) {
            return std::pair(done->ec, second);
        }
    }
    return std::nullopt;
}

}  // namespace

TEST_CASE(
    "S18: low_speed_limit ends a drip whatever takes the body", "[engine][S18][N13]"
) {
    rig r(GENERATE(both_ways()));
    listen_silently(r, "a.test");
    auto request =
        xfer::get("http://a.test/", {.low_speed_limit = 1000, .low_speed_time = 30s});
    auto take = [](std::string_view) {};
    auto take_awaited = [](std::string_view) -> asio::awaitable<void> { co_return; };
    if (GENERATE(false, true)) {
        request.sink(xfer::to_awaitable(take_awaited));
    } else {
        request.sink(xfer::to_function(take));
    }
    r.m->add(std::move(request));
    r.run();
    const auto ended = drip(r);
    REQUIRE(ended);
    CHECK(ended->first == error::timeout_low_speed);
    CHECK(ended->second <= 31);
}

TEST_CASE("S18: low_speed_time = 0 is no limit", "[engine][S18]") {
    rig r(GENERATE(both_ways()));
    listen_silently(r, "a.test");
    const auto id = r.m->add(xfer::get(
        "http://a.test/",
        {.idle_timeout = 60s, .low_speed_limit = 1000, .low_speed_time = 0s}
    ));
    r.run();
    r.network->peer(0)->provide(head + "abc");
    r.run();
    for (int i = 0; i < 10; ++i) {
        r.advance(31s);
        r.network->peer(0)->provide("x");
        r.run();
    }
    CHECK(r.m->stage_of(id) == xfer::stage::receiving);
}

TEST_CASE("pause: a stage's time stands still, and goes on", "[engine][pause]") {
    rig r(GENERATE(both_ways()));
    listen_silently(r, "a.test");
    r.network->hang_connecting("a.test");
    const auto id = r.m->add(xfer::get("http://a.test/", {.connect_timeout = 60s}));
    r.run();
    r.advance(50s);
    r.m->pause(id);
    r.advance(1h);
    r.m->resume(id);
    r.advance(9s);
    CHECK(r.m->stage_of(id) == xfer::stage::connecting);
    r.advance(1s);
    const auto done = r.m->info_read();
    REQUIRE(done);
    CHECK(done->ec == error::timeout_connect);
}

TEST_CASE("pause: idle_timeout stands still, and goes on", "[engine][pause]") {
    rig r(GENERATE(both_ways()));
    listen_silently(r, "a.test");
    const auto id = r.m->add(xfer::get("http://a.test/", {.idle_timeout = 60s}));
    r.run();
    r.network->peer(0)->provide(head + "abc");
    r.run();
    for (int i = 0; i < 5; ++i) {
        r.advance(10s);
        r.m->pause(id);
        r.advance(1h);
        r.m->resume(id);
        r.run();
    }
    r.advance(9s);
    CHECK(r.m->stage_of(id) == xfer::stage::receiving);
    r.advance(1s);
    const auto done = r.m->info_read();
    REQUIRE(done);
    CHECK(done->ec == error::timeout_idle);
}

TEST_CASE("clock: time that passes inside a callback is seen", "[engine][clock]") {
    rig r(GENERATE(both_ways()));
    listen_silently(r, "a.test");
    auto request = xfer::get("http://a.test/", {.total_timeout = 5s});
    auto wait = [&](const xfer::response&) { r.clock->advance(1h); };
    request.on_head(wait);
    r.m->add(std::move(request));
    r.run();
    r.network->peer(0)->provide(head + "abc");
    r.run();
    r.run();
    const auto done = r.m->info_read();
    REQUIRE(done);
    CHECK(done->ec == error::timeout_total);
}
