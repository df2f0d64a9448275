// HAZARDS R3, on the threads that block for a multi: whatever allocation fails there,
// the transfer that waits is told.
#include "exhaustion/failing_new.hpp"
#include "support/scratch.hpp"
#include <xfer/multi.hpp>
#include <xfer/net/resolver.hpp>
#include <xfer/net/worker_pool.hpp>
#include <xfer/testing/memory_network.hpp>
#include <xfer/testing/memory_server.hpp>
#include <xfer/tls.hpp>

#include <catch2/catch.hpp>

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <system_error>
#include <utility>

namespace {

using exhaustion::allocations_left;
using namespace std::chrono_literals;
using xfer::error;
using xfer::testing::memory_network;
using xfer::testing::memory_server;

auto& left_elsewhere = exhaustion::allocations_left_elsewhere;

enum class thread : bool { workers, own };

/// The result of one transfer, the n-th allocation of which fails.
struct result {
    std::error_code ec;
    bool untouched = false;  ///< so many were not asked for
};

result transfer(
    const xfer::settings& s, xfer::request request, thread where, std::size_t n
) {
    xfer::multi m(s);
    m.add(std::move(request));
    if (where == thread::own) {
        allocations_left = n;
    } else {
        left_elsewhere = n;
    }
    while (m.perform() != 0) {
        m.wait(10s);
    }
    result r;
    const auto left = std::exchange(allocations_left, 0);
    r.untouched = left_elsewhere.exchange(0) != 0 || left != 0;
    const auto done = m.info_read();
    REQUIRE(done);
    r.ec = done->ec;
    return r;
}

/// Fails each allocation once; without that the transfer ends with `otherwise`.
void fail_each(
    const std::function<xfer::settings()>& settings,
    const std::function<xfer::request()>& request,
    std::error_code otherwise
) {
    const auto where = GENERATE(thread::workers, thread::own);
    xfer::options o;
    o.total_timeout = 20s;
    std::size_t n = 1;
    for (bool through = false; !through; ++n) {
        CAPTURE(n, where);
        auto asked = request();
        asked.options(o);
        const auto r = transfer(settings(), std::move(asked), where, n);
        INFO(r.ec.message());
        CHECK((r.ec == otherwise || r.ec == error::out_of_memory));
        through = r.untouched;
        if (through) {
            CHECK(r.ec == otherwise);
        }
        REQUIRE(n < 2000);
    }
    CHECK(n > 2);
}

/// Makes settings of a multi on that network.
auto over(const std::shared_ptr<memory_network>& network) {
    return [network] {
        xfer::settings s;
        s.dialer = network;
        return s;
    };
}

}  // namespace

TEST_CASE("R3: a lookup without memory tells who waits", "[exhaustion][R3]") {
    const auto settings = [] {
        xfer::net::resolver::settings names;
        names.system = [](const std::string&) {
            xfer::net::resolver::answer a;
            a.ec = error::resolve_failed;
            a.message = "a sentence that does not fit into a string without memory";
            return a;
        };
        xfer::settings s;
        s.resolver = std::make_shared<xfer::net::resolver>(
            std::make_shared<xfer::net::worker_pool>(), std::move(names)
        );
        return s;
    };
    fail_each(
        settings, [] { return xfer::get("http://a.test/"); }, error::resolve_failed
    );
}

TEST_CASE(
    "R3: a TLS configuration without memory tells who waits", "[exhaustion][R3]"
) {
    const auto network = std::make_shared<memory_network>();
    const memory_server server(*network, "a.test", 443, "this is not TLS");
    const auto request = [] {
        auto r = xfer::get("https://a.test/");
        r.tls(xfer::tls().ca_pem("no certificate is in this text"));
        return r;
    };
    fail_each(over(network), request, error::ca_unusable);
}

TEST_CASE("R3: a netrc file without memory tells who waits", "[exhaustion][R3]") {
    const support::scratch directory;
    const auto path = directory / "netrc";
    support::write_file(path, "machine a.test login u password p\n");
    const auto network = std::make_shared<memory_network>();
    const memory_server server(*network, "a.test", 80, "hello");
    const auto request = [&path] {
        auto r = xfer::get("http://a.test/");
        r.netrc(path);
        return r;
    };
    fail_each(over(network), request, {});
}
