// HAZARDS C1.1 and T-1 as one table: each certificate over each way to whoever shows
// it, and no octet of the request for those that are refused.
#include "support/certificates.hpp"

#include "support/through_proxy.hpp"
#include <xfer/network.hpp>

#include <catch2/catch.hpp>

#include <chrono>
#include <iostream>
#include <string>
#include <system_error>
#include <vector>

using namespace std::chrono_literals;
using support::test_proxy;
using support::transfer_one;
using tls_support::spec_for;
using tls_support::test_authority;
using xfer::error;
using xfer::testing::certificate_spec;
using xfer::testing::identity;
using xfer::testing::key_kind;
using xfer::testing::key_usage;
using xfer::testing::server;

namespace {

struct fixture {
    const char* name;
    identity shown;
    std::error_code expected;
    std::string host = "a.test";
    bool asks_revocation = false;
    bool weak = false;  ///< more than a server of this library's would show
};

identity issued(const certificate_spec& spec) { return test_authority().issue(spec); }

certificate_spec raw(std::string dns) {
    certificate_spec spec;
    spec.raw_dns_names.push_back(std::move(dns));
    return spec;
}
certificate_spec common(std::string name) {
    certificate_spec spec;
    spec.common_name = std::move(name);
    return spec;
}

/// What an authority in between issues, which is shown as well.
identity below(const certificate_spec& between, bool chain = true) {
    const auto issuer = test_authority().intermediate(between);
    auto made = issuer.issue({"a.test"});
    if (chain) made.certificate_pem += issuer.certificate_pem();
    return made;
}

std::vector<fixture> time_and_chain() {
    auto expired = spec_for("a.test");
    expired.not_before = -2h;
    expired.not_after = -1h;
    auto future = spec_for("a.test");
    future.not_before = 1h;
    auto authority = common("between");
    authority.ca = true;
    auto no_authority = common("between");
    no_authority.usage = key_usage::any;
    auto constrained = authority;
    constrained.permitted_names = {"b.test"};
    auto client = spec_for("a.test");
    client.usage = key_usage::client;
    const xfer::testing::authority other("another root");
    return {
        {"expired", issued(expired), error::certificate_expired},
        {"not yet valid", issued(future), error::certificate_not_yet_valid},
        {"self-signed",
         xfer::testing::self_signed(spec_for("a.test")),
         error::certificate_self_signed},
        {"unknown CA", other.issue({"a.test"}), error::certificate_unknown_ca},
        {"an intermediate", below(authority), {}},
        {"a missing intermediate",
         below(authority, false),
         error::certificate_unknown_ca},
        {"an intermediate without CA:TRUE",
         below(no_authority),
         error::certificate_invalid},
        {"a name constraint", below(constrained), error::certificate_invalid},
        {"for clients only", issued(client), error::certificate_invalid},
    };
}

std::vector<fixture> names() {
    constexpr auto mismatch = error::certificate_host_mismatch;
    const auto star = issued(spec_for("*.a.test"));
    return {
        {"a name", issued(spec_for("a.test")), {}},
        {"an IPv4 address", issued(spec_for("127.0.0.1")), {}, "127.0.0.1"},
        {"an IPv6 address", issued(spec_for("::1")), {}, "[::1]"},
        {"another host", issued(spec_for("b.test")), mismatch},
        {"CN only", issued(common("a.test")), mismatch},
        {"an address in the CN", issued(common("127.0.0.1")), mismatch, "127.0.0.1"},
        {"an address as a name", issued(raw("127.0.0.1")), mismatch, "127.0.0.1"},
        {"a star for an address", issued(raw("*.0.0.1")), mismatch, "127.0.0.1"},
        {"a star for a label", star, {}, "x.a.test"},
        {"a star for no label", star, mismatch, "a.test"},
        {"a star for two labels", star, mismatch, "x.y.a.test"},
        {"a star below one label", issued(raw("*.test")), mismatch},
        {"a star below com", issued(raw("*.com")), mismatch, "example.com"},
        {"f*", issued(raw("f*.a.test")), mismatch, "foo.a.test"},
        {"*f", issued(raw("*f.a.test")), mismatch, "of.a.test"},
        {"x*", issued(raw("x*.a.test")), mismatch, "xn--bcher-kva.a.test"},
        {"NUL", issued(raw(std::string("a.test\0.evil.test", 17))), mismatch},
    };
}

std::vector<fixture> strength() {
    auto small = spec_for("a.test");
    small.key = key_kind::rsa;
    small.rsa_bits = 1024;
    auto sha1 = spec_for("a.test");
    sha1.digest = "SHA1";
    certificate_spec many;
    // As many as fit into what a handshake message may hold.
    for (int i = 0; i < 5'000; ++i) {
        many.names.push_back("n" + std::to_string(i) + ".b.test");
    }
    const auto revoked = issued(spec_for("a.test"));
    return {
        {"RSA-1024", issued(small), error::certificate_weak, "a.test", false, true},
        {"SHA-1", issued(sha1), error::certificate_weak, "a.test", false, true},
        {"five thousand names", issued(many), error::certificate_host_mismatch},
        {"revoked", revoked, error::certificate_revoked, "a.test", true},
        {"not revoked", issued(spec_for("a.test")), {}, "a.test", true},
    };
}

std::vector<fixture> fixtures() {
    auto all = time_and_chain();
    for (auto* more : {names, strength}) {
        for (auto& f : more()) all.push_back(std::move(f));
    }
    return all;
}

/// What is trusted, and what was taken back.
xfer::tls trust_for(const fixture& f) {
    auto trust = support::trusting_tls();
    if (f.asks_revocation) {
        std::vector<std::string> revoked;
        if (f.expected) revoked.push_back(f.shown.certificate_pem);
        trust.crl_pem(test_authority().revocation_list(revoked));
    }
    return trust;
}

/// Every name leads here.
xfer::network all_here() {
    xfer::network n;
    n.resolve("", 0, "127.0.0.1");
    return n;
}

void check_outcome(const fixture& f, const xfer::message& done) {
    INFO(done.ec.message() << ": " << done.failure().message);
    CHECK(done.ec == f.expected);
    if (!f.expected) return;
    CHECK(done.ec == xfer::condition::peer_failed_verification);
    CHECK(done.failure().stage == xfer::stage::securing);
    CHECK_FALSE(done.failure().request_may_have_been_processed);
    CHECK(done.response.status() == 0);
}

}  // namespace

TEST_CASE(
    "C1.1: each certificate of an origin, over each way to it",
    "[integration][tls][C1][C1.1][T-1]"
) {
    std::size_t cells = 0;
    for (const auto& f : fixtures()) {
        for (const std::string way : {"", "http", "https", "socks4a", "socks5h"}) {
            if (way == "socks4a" && f.host == "[::1]") continue;  // it has no IPv6
            INFO(f.name << (way.empty() ? std::string(", directly") : ", " + way));
            const auto& usual = tls_support::good_identity();
            server origin(support::https_options(f.weak ? usual : f.shown));
            origin.route("/", "secret");
            // It needs no more than to be able to listen.
            test_proxy weak(support::https_proxy_options(f.weak ? f.shown : usual));
            auto o = way == "https" ? support::https_proxy_options()
                                    : support::proxy_options();
            o.socks = way.starts_with("socks");
            test_proxy proxy(o);
            const auto port = std::to_string(f.weak ? weak.port() : origin.port());
            auto r = support::get_through(
                way.empty() ? way : proxy.url(way),
                "https://" + f.host + ":" + port + "/"
            );
            r.tls(trust_for(f)).network(all_here());
            xfer::multi m;
            // What failed once fails again: nothing of it was kept.
            for (int i = 0; i < 2; ++i) check_outcome(f, transfer_one(m, r));
            CHECK(origin.counts().resumed == 0);
            if (f.expected) CHECK(origin.counts().received == 0);
            if (f.expected) CHECK(m.stats().connections == 0);
            for (const auto& c : weak.log()) CHECK(c.clear.empty());
            CHECK(weak.connections() == (f.weak ? 2 : 0));
            ++cells;
        }
    }
    std::cout << "C1.1: " << cells << " cells\n";
    CHECK(cells > 26 * 4);
}

TEST_CASE(
    "C1.1: each certificate of an https proxy, for each scheme",
    "[integration][proxy][tls][C1][C1.1][T-1][T6]"
) {
    std::size_t cells = 0;
    for (const auto& f : fixtures()) {
        for (const std::string scheme : {"http", "https"}) {
            INFO(f.name << ", " << scheme);
            server origin(
                scheme == "https" ? support::https_options()
                                  : xfer::testing::server_options()
            );
            origin.route("/", "fine");
            auto o = support::https_proxy_options(f.shown);
            test_proxy proxy(o);
            const auto port = std::to_string(origin.port());
            auto r = support::get_through(
                "https://user:secret@" + f.host + ":" + std::to_string(proxy.port()),
                scheme + "://a.test:" + port + "/"
            );
            r.proxy_tls(trust_for(f)).network(all_here());
            {
                xfer::multi m;
                for (int i = 0; i < 2; ++i) check_outcome(f, transfer_one(m, r));
            }
            if (f.expected) {
                REQUIRE(proxy.wait_until_closed());
                for (const auto& c : proxy.log()) {
                    CHECK(c.clear.empty());
                    CHECK_FALSE(c.resumed);
                }
                CHECK(origin.counts().accepted == 0);
            }
            ++cells;
        }
    }
    std::cout << "C1.1, proxies: " << cells << " cells\n";
    CHECK(cells > 26 * 2);
}
