// Proxies that die, stall and talk nonsense after each of their octets, whatever they
// are: HTTP, HTTPS and SOCKS, forwarding, tunnelling, TLS in TLS, one before another
// (HAZARDS N10 to N16 and N19 over T4 to T6).
#include "support/breaker.hpp"
#include "support/through_proxy.hpp"
#include <xfer/testing/manual_clock.hpp>

#include <catch2/catch.hpp>

#include <chrono>
#include <functional>
#include <iostream>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <vector>

using namespace std::chrono_literals;
using support::breakage;
using support::breaker;
using support::drive_until;
using support::test_proxy;
using xfer::error;
using xfer::stage;
using xfer::testing::server;

namespace {

const std::string body = "0123456789abcdefghijklmnopqrstuvwxyz";

/// A way to an origin over a proxy, whose wire may break.
struct route {
    const char* name;
    std::string scheme;  ///< of the URL
    std::string kind;    ///< of the proxy
    std::string user;    ///< for SOCKS and HTTP
    bool tunnel = false;
    bool another_behind = false;  ///< an HTTP proxy follows the SOCKS proxy
    /// The octets that are broken at, one of so many: TLS takes thousands.
    std::uint64_t stride = 1;
};

const std::vector<route>& routes() {
    static const std::vector<route> all{
        {"forwarded", "http", "http", ""},
        {"CONNECT", "http", "http", "u:p", true},
        {"CONNECT, TLS", "https", "http", "", false, false, 29},
        {"HTTPS proxy, forwarded", "http", "https", "", false, false, 29},
        {"HTTPS proxy, TLS in TLS", "https", "https", "", false, false, 53},
        {"SOCKS4a", "http", "socks4a", ""},
        {"SOCKS5 with a login", "http", "socks5h", "u:u"},
        {"SOCKS5, TLS", "https", "socks5h", "", false, false, 29},
        {"SOCKS5 before CONNECT", "http", "socks5h", "", true, true},
    };
    return all;
}

support::proxy_options options_of(const route& r) {
    auto o =
        r.kind == "https" ? support::https_proxy_options() : support::proxy_options();
    o.socks = r.kind.starts_with("socks");
    if (o.socks && !r.user.empty()) o.user = o.password = "u";
    return o;
}

/// The origin, its proxy, and the wire between that and us.
struct scene {
    explicit scene(const route& r)
        : way(r),
          origin(
              r.scheme == "https" ? support::https_options()
                                  : xfer::testing::server_options()
          ),
          proxy(options_of(r)),
          wire(proxy.port()) {
        origin.route("/", body.c_str());
    }

    xfer::request request(const xfer::options& o = {}) const {
        auto options = o;
        options.proxy_tunnel = way.tunnel;
        const auto user = way.user.empty() ? way.user : way.user + "@";
        const auto text =
            way.kind + "://" + user + "127.0.0.1:" + std::to_string(wire.port());
        const auto port = std::to_string(origin.port());
        const auto url = way.scheme + "://a.test:" + port + "/";
        if (!way.another_behind) return support::get_through(text, url, options);
        auto r = support::get_through(behind.url("http"), url, options);
        r.pre_proxy(text);
        return r;
    }

    route way;
    server origin;
    test_proxy proxy;
    test_proxy behind;
    breaker wire;
};

/// How many octets come over the wire when it is whole.
std::uint64_t measure(scene& s) {
    s.wire.plan({});
    xfer::multi m;
    const auto done = support::transfer_one(m, s.request());
    INFO(done.failure().message);
    REQUIRE_FALSE(done.ec);
    REQUIRE(done.response.body() == body);
    return s.wire.passed();
}

bool is_one_of(std::error_code ec, const std::set<error>& expected) {
    for (const auto e : expected) {
        if (ec == e) return true;
    }
    return false;
}

/// What an end of the wire may be called in each stage. The stages of TLS inside a
/// tunnel are the origin's.
std::set<error> names_of_end(stage where) {
    switch (where) {
        case stage::connecting:
            return {error::connect_failed};
        case stage::proxying:
            return {error::proxy_handshake_failed};
        case stage::securing:
            return {error::tls_handshake_failed};
        case stage::sending:
            return {error::send_failed, error::receive_failed, error::got_nothing};
        case stage::waiting:
            // A reset may be found by the write, after which an answer is looked for.
            return {error::got_nothing, error::receive_failed, error::send_failed};
        case stage::receiving:
            return {
                error::weird_reply,
                error::partial_body,
                error::receive_failed,
                error::got_nothing};
        default:
            return {};
    }
}

/// What holds after each break, however it was (HAZARDS 3, I1 to I8).
void check_end(const scene& s, const xfer::multi& m, const xfer::message& done) {
    INFO(done.ec.message() << ": " << done.failure().message);
    INFO("stage " << int(done.failure().stage));
    CHECK(m.stats().running == 0);
    if (!done.ec) {
        CHECK(done.response.status() == 200);
        return;
    }
    CHECK(m.stats().connections == 0);
    CHECK_FALSE(done.failure().message.empty());
    CHECK(done.response.info().bytes_received == done.response.body().size());
    // Before the request left, nobody can have heard it.
    if (done.failure().stage < stage::sending) {
        CHECK_FALSE(done.failure().request_may_have_been_processed);
        CHECK(s.origin.counts().requests == 0);
        CHECK(done.response.status() == 0);
    }
    // A fresh connection that breaks is no reason to send again.
    CHECK(s.origin.counts().requests <= 1);
    CHECK(s.proxy.connections() <= 1);
}

/// Breaks a wire of its own at each place; what(place, total) says how. Calls
/// check(scene, multi, message).
template <class What, class Check>
std::size_t break_everywhere(const route& way, What what, Check check) {
    std::uint64_t total = 0;
    {
        scene whole(way);
        total = measure(whole);
    }
    std::size_t cells = 0;
    for (std::uint64_t at = 0; at <= total; at += way.stride) {
        INFO(way.name << " breaks at " << at << " of " << total);
        scene s(way);
        s.wire.plan(what(at));
        {
            xfer::multi m;
            const auto done = support::transfer_one(m, s.request());
            check(s, m, done);
        }
        CHECK(s.wire.wait_until_closed());
        ++cells;
    }
    return cells;
}

}  // namespace

TEST_CASE(
    "N15: the wire to a proxy ends at any octet, N16 by a reset",
    "[proxy][N10][N15][N16][T4][T5][T6]"
) {
    const auto how = GENERATE(breakage::kind::close, breakage::kind::reset);
    const auto descriptors = support::open_descriptors();
    std::size_t cells = 0;
    for (const auto& way : routes()) {
        cells += break_everywhere(
            way,
            [how](std::uint64_t at) {
                return breakage{at, how, {}};
            },
            [](const scene& s, const xfer::multi& m, const xfer::message& done) {
                check_end(s, m, done);
                CHECK(body.starts_with(done.response.body()));
                if (!done.ec) {
                    CHECK(done.response.body() == body);
                    return;
                }
                INFO(done.ec.message() << ": " << done.failure().message);
                INFO("stage " << int(done.failure().stage));
                CHECK(is_one_of(done.ec, names_of_end(done.failure().stage)));
            }
        );
    }
    std::cout << "proxies, " << (how == breakage::kind::close ? "close" : "reset")
              << ": " << cells << " cells\n";
    CHECK(support::open_descriptors() == descriptors);
}

TEST_CASE(
    "N12: the wire to a proxy stalls at any octet", "[proxy][N10][N12][T4][T5][T6]"
) {
    std::size_t cells = 0;
    for (const auto& way : routes()) {
        std::uint64_t total = 0;
        {
            scene whole(way);
            total = measure(whole);
        }
        for (std::uint64_t at = 0; at < total; at += way.stride * 3) {
            INFO(way.name << " stalls at " << at << " of " << total);
            scene s(way);
            s.wire.plan({at, breakage::kind::stall, {}});
            const auto clock = std::make_shared<xfer::testing::manual_clock>();
            xfer::multi m({.clock = clock});
            m.add(s.request());
            // The last octets may not come: signatures differ in length.
            REQUIRE(drive_until(m, [&] {
                return s.wire.broken() || m.stats().running == 0;
            }));
            // Whatever is on its way is read, and then it is silent for long enough.
            std::optional<xfer::message> done;
            REQUIRE(drive_until(m, [&] {
                clock->advance(20s);
                m.perform();
                if (!done) done = m.info_read();
                return done.has_value();
            }));
            check_end(s, m, *done);
            CHECK(body.starts_with(done->response.body()));
            INFO(done->ec.message() << ": " << done->failure().message);
            const auto where = done->failure().stage;
            INFO("stage " << int(where));
            if (!done->ec) continue;  // all had come but what TLS says behind it
            CHECK(done->ec == xfer::condition::operation_timedout);
            if (where == stage::proxying) CHECK(done->ec == error::timeout_proxy);
            if (where == stage::securing) CHECK(done->ec == error::timeout_tls);
            if (where == stage::waiting) CHECK(done->ec == error::timeout_first_byte);
            if (where == stage::receiving) CHECK(done->ec == error::timeout_idle);
            ++cells;
        }
    }
    std::cout << "proxies, stall: " << cells << " cells\n";
}

TEST_CASE(
    "N19: a proxy talks nonsense from any octet on", "[proxy][N10][N19][T4][T5][T6]"
) {
    std::mt19937 random(20'26);
    const auto nonsense = [&random] {
        std::string octets(1 + random() % 200, '\0');
        for (auto& c : octets) c = static_cast<char>(random());
        // Half of it looks like something.
        if (random() % 2 == 0) octets.insert(0, "\r\n\r\nHTTP/1.1 200 OK\r\n");
        return octets;
    };
    std::size_t cells = 0;
    for (const auto& way : routes()) {
        cells += break_everywhere(
            way,
            [&](std::uint64_t at) {
                return breakage{at, breakage::kind::garbage, nonsense()};
            },
            [&](const scene& s, const xfer::multi& m, const xfer::message& done) {
                check_end(s, m, done);
                // What TLS protects is never replaced by it.
                if (way.scheme == "https" || way.kind == "https") {
                    CHECK(body.starts_with(done.response.body()));
                    if (!done.ec) CHECK(done.response.body() == body);
                }
            }
        );
    }
    std::cout << "proxies, nonsense: " << cells << " cells\n";
}
