// What progress tells on the way from one request to another.
#include "support/rig.hpp"

#include <cstdint>
#include <vector>

using support::both_ways;
using support::rig;
using xfer::progress;
using xfer::testing::memory_reply;
using xfer::testing::memory_request;
using xfer::testing::memory_server;

TEST_CASE("progress: a redirect that drops the body leaves none of it", "[engine]") {
    rig r(GENERATE(both_ways()));
    const int status = GENERATE(303, 307);
    memory_server a(*r.network, "a.test", 80, [&](const memory_request& seen) {
        return seen.target == "/"
                   ? memory_reply::with_length("moved", status, "Location: /next\r\n")
                   : memory_reply::with_length("here");
    });
    std::vector<progress> all;
    auto request = xfer::post("http://a.test/", "four", {.max_redirects = 1});
    request.on_progress([&](const progress& p) { all.push_back(p); });
    CHECK_FALSE(r.transfer(request).ec);
    REQUIRE(all.size() >= 2);
    CHECK(all.front().sent == 4);
    CHECK(all.front().send_total == 4);
    CHECK(all.front().received == 0);
    const std::uint64_t left = status == 307 ? 4 : 0;
    CHECK(all.back().sent == left);
    CHECK(all.back().send_total == left);
    CHECK(all.back().received == 4);
    CHECK(all.back().receive_total == 4);
}
