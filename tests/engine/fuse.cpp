// Each operation of a connection fails once: exactly one completion, nothing leaked.
#include "support/rig.hpp"

#include <iostream>

using support::both_ways;
using support::rig;
using xfer::testing::fuse;
using xfer::testing::inspector;
using xfer::testing::memory_reply;
using xfer::testing::memory_server;

namespace {

struct scenario {
    const char* name;
    int transfers;  // one after the other
    bool post;
    bool chunked;
    bool expects_continue;
};

constexpr scenario scenarios[] = {
    {"GET", 1, false, false, false},
    {"POST", 1, true, false, false},
    {"POST with Expect", 1, true, false, true},
    {"chunked", 1, false, true, false},
    {"keep-alive pair", 2, false, false, false},
    {"POST on a used connection", 2, true, false, false},
};

/// Runs the scenario with its n-th operation failing; true when none was left to fail.
bool survives(support::driven how, const scenario& s, std::size_t n, bool split) {
    rig r(how);
    const std::string body(split ? 300 : 5000, 'x');
    memory_server server(*r.network, "a.test", 80, [&](const auto&) {
        return s.chunked ? memory_reply::chunked(body, 1000)
                         : memory_reply::with_length(body);
    });
    server.on_head([](auto& peer, const auto& request) {
        if (!request.header("Expect").empty()) {
            peer.provide("HTTP/1.1 100 Continue\r\n\r\n");
        }
    });
    xfer::testing::memory_options o;
    o.breaker = std::make_shared<fuse>(n);
    if (split) {
        o.max_read = 40;
        o.max_write = 40;
        o.block_between = true;
    }
    r.network->shape("a.test", o);
    const std::string upload(split ? 300 : 5000, 'y');
    for (int i = 0; i < s.transfers; ++i) {
        auto q =
            s.post
                ? xfer::post(
                      "http://a.test/", upload, {.expect_continue = s.expects_continue}
                  )
                : xfer::get("http://a.test/");
        const auto id = r.m->add(q);
        r.run();
        CHECK(r.m->stats().running == 0);
        const auto done = r.read_all();
        REQUIRE(done.size() == 1);
        CHECK(done[0].id == id);
        const auto& ec = done[0].ec;
        CAPTURE(ec.message(), done[0].failure().message);
        if (!o.breaker->blown()) {
            CHECK_FALSE(ec);
        }
        if (!ec) {
            CHECK(done[0].response.body() == body);
        } else {
            const bool expected =
                ec == xfer::error::send_failed || ec == xfer::error::receive_failed ||
                ec == xfer::error::got_nothing || ec == xfer::error::partial_body;
            CHECK(expected);
            CHECK(done[0].failure().cause == std::errc::connection_reset);
            // What was delivered is a prefix of the true body.
            CHECK(body.starts_with(done[0].response.body()));
        }
    }
    // A POST that may have had its effect was not sent twice.
    std::size_t posts = 0;
    for (const auto& request : server.log()) {
        posts += request.method == "POST" ? 1 : 0;
    }
    CHECK(posts <= static_cast<std::size_t>(s.transfers));
    const auto stats = r.m->stats();
    CHECK(inspector::live_blocks(*r.m) == 0);
    CHECK_FALSE(inspector::any_deadline(*r.m));
    CHECK(stats.connections == stats.idle_connections);
    CHECK(r.network->open_connections() == stats.idle_connections);
    const bool blown = o.breaker->blown();
    r.network->shape("a.test", {});
    CHECK(r.control_transfer_works());
    return !blown;
}

}  // namespace

TEST_CASE("fuse: every operation of a connection may fail", "[engine][fuse]") {
    const auto how = GENERATE(both_ways());
    std::size_t runs = 0;
    for (const auto& s : scenarios) {
        for (const bool split : {false, true}) {
            std::size_t n = 0;
            CAPTURE(how, s.name, split);
            for (;; ++n) {
                CAPTURE(n);
                ++runs;
                if (survives(how, s, n, split)) {
                    break;
                }
                REQUIRE(n < 2000);
            }
            CHECK(n >= 2);
        }
    }
    std::cout << "fuse, " << how << ": " << runs << " runs\n";
}
