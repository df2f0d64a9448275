// HAZARDS R3 over real sockets: without memory to wait for them, it is tried again.
#include "exhaustion/failing_new.hpp"
#include <xfer/multi.hpp>
#include <xfer/testing/server.hpp>

#include <asio/io_context.hpp>
#include <catch2/catch.hpp>

#include <chrono>
#include <cstddef>
#include <new>
#include <optional>
#include <string>

using namespace std::chrono_literals;

namespace {

/// One transfer, the n-th allocation of which fails; false when it needs fewer.
bool fails_once(const std::string& url, bool on_own_loop, std::size_t n) {
    asio::io_context io;
    std::optional<xfer::multi> m;
    on_own_loop ? m.emplace(io) : m.emplace();
    xfer::options o;
    o.total_timeout = 20s;
    m->add(xfer::get(url, o));
    exhaustion::allocations_left = n;
    for (bool again = true; again;) {
        try {
            if (on_own_loop) {
                io.run();
                again = false;
            } else {
                again = m->perform() != 0;
                if (again) {
                    m->wait(5s);
                }
            }
        } catch (const std::bad_alloc&) {
        }
    }
    const bool failed = exhaustion::allocations_left == 0;
    exhaustion::allocations_left = 0;
    const auto done = m->info_read();
    REQUIRE(done);
    INFO(done->ec.message() << ": " << done->failure().message);
    CHECK((!done->ec || done->ec == xfer::error::out_of_memory));
    return failed;
}

}  // namespace

TEST_CASE("R3: over a socket each allocation fails once", "[exhaustion][R3]") {
    xfer::testing::server server;
    server.route("/", std::string(100'000, 'x').c_str());
    const bool on_own_loop = GENERATE(false, true);
    std::size_t n = 1;
    while (fails_once(server.url("/"), on_own_loop, n)) {
        ++n;
        CAPTURE(on_own_loop, n);
        REQUIRE(n < 300);
    }
    CHECK(n > 20);
}
