// HAZARDS B2 over proxies: no TLS session, and no trust, goes from one configuration,
// identity or role to another, whatever is in between.
#include "support/client_hello.hpp"
#include "support/environment.hpp"
#include "support/scratch.hpp"
#include "support/through_proxy.hpp"

#include <catch2/catch.hpp>

#include <functional>
#include <string>
#include <vector>

using support::get_through;
using support::https_options;
using support::https_proxy_options;
using support::test_proxy;
using support::transfer_one;
using support::trusting_tls;
using tls_support::spec_for;
using tls_support::test_authority;
using xfer::error;
using xfer::testing::identity;
using xfer::testing::server;

namespace {

/// Each transfer shakes hands.
constexpr xfer::options closing = [] {
    xfer::options o;
    o.forbid_reuse = true;
    return o;
}();

/// The ways over a proxy to an origin; which of them are in TLS themselves.
std::vector<std::string> kinds() { return {"http", "https", "socks4a", "socks5h"}; }

support::proxy_options options_of(const std::string& kind) {
    auto o = kind == "https" ? https_proxy_options() : support::proxy_options();
    o.socks = kind.starts_with("socks");
    return o;
}

std::string url_of(const server& s, const std::string& scheme = "https") {
    return scheme + "://a.test:" + std::to_string(s.port()) + "/";
}

identity member(const std::string& name) {
    auto spec = spec_for(name);
    spec.usage = xfer::testing::key_usage::client;
    spec.common_name = name;
    return test_authority().issue(spec);
}

/// Three identities: two, and nobody.
std::vector<xfer::tls> identities() {
    std::vector<xfer::tls> all;
    for (const char* name : {"alice", "bob"}) {
        const auto who = member(name);
        all.push_back(
            trusting_tls().client_certificate_pem(who.certificate_pem, who.key_pem)
        );
    }
    all.push_back(trusting_tls());
    return all;
}

}  // namespace

TEST_CASE(
    "B2.1: a session from before verification is of no use after it, over each proxy",
    "[proxy][tls][B2][B2.1]"
) {
    for (const auto& kind : kinds()) {
        INFO(kind);
        server s(https_options(xfer::testing::self_signed(spec_for("a.test"))));
        s.route("/", "x");
        test_proxy p(options_of(kind));
        xfer::multi m;
        auto careless = get_through(p.url(kind), url_of(s), closing);
        careless.tls(xfer::tls().insecure());
        const auto careful = get_through(p.url(kind), url_of(s), closing);
        for (int i = 0; i < 2; ++i) {
            REQUIRE_FALSE(transfer_one(m, careless).ec);
            CHECK(transfer_one(m, careful).ec == error::certificate_self_signed);
        }
        // The careless found its own again, and nobody else did.
        CHECK(s.counts().resumed == 1);
        CHECK(s.counts().requests == 2);
    }
}

TEST_CASE(
    "B2.1: nor is one of an https proxy that was not verified",
    "[proxy][tls][B2][B2.1][T6]"
) {
    const std::string scheme = GENERATE("http", "https");
    server s(scheme == "https" ? https_options() : xfer::testing::server_options());
    s.route("/", "x");
    test_proxy p(https_proxy_options(xfer::testing::self_signed(spec_for("127.0.0.1")))
    );
    xfer::multi m;
    auto careless = get_through(p.url("https", "u:p"), url_of(s, scheme), closing);
    careless.proxy_tls(xfer::tls().insecure());
    const auto careful = get_through(p.url("https", "u:p"), url_of(s, scheme), closing);
    for (int i = 0; i < 2; ++i) {
        REQUIRE_FALSE(transfer_one(m, careless).ec);
        CHECK(transfer_one(m, careful).ec == error::certificate_self_signed);
    }
    REQUIRE(p.wait_until_closed());
    const auto seen = p.log();
    REQUIRE(seen.size() == 4);
    CHECK_FALSE(seen[0].resumed);
    CHECK(seen[1].clear.empty());
    CHECK(seen[2].resumed);
    CHECK(seen[3].clear.empty());
    CHECK_FALSE(seen[3].resumed);
}

TEST_CASE(
    "B2.1: identities share no session at an origin, over each proxy",
    "[proxy][tls][B2][B2.1]"
) {
    const auto version = GENERATE(0x0303, 0x0304);
    for (const auto& kind : kinds()) {
        INFO(kind << ", TLS " << version);
        auto o = https_options();
        o.client_ca_pem = test_authority().certificate_pem();
        o.client_certificate_required = false;
        o.tls_max_version = version;
        server s(o);
        s.route("/", "x");
        test_proxy p(options_of(kind));
        xfer::multi m;
        for (const auto& who : identities()) {
            auto r = get_through(p.url(kind), url_of(s), closing);
            const auto done = transfer_one(m, r.tls(who));
            INFO(done.failure().message);
            REQUIRE_FALSE(done.ec);
            CHECK_FALSE(done.response.info().connection->tls->resumed);
        }
        const auto log = s.log();
        REQUIRE(log.size() == 3);
        CHECK(log[0].client_subject == "CN=alice");
        CHECK(log[1].client_subject == "CN=bob");
        CHECK(log[2].client_subject.empty());
        CHECK(s.counts().resumed == 0);
    }
}

TEST_CASE(
    "B2.1: identities share no session at an https proxy", "[proxy][tls][B2][B2.1][T6]"
) {
    server s;
    s.route("/", "x");
    auto o = https_proxy_options();
    o.client_ca_pem = test_authority().certificate_pem();
    test_proxy p(o);
    xfer::multi m;
    const auto all = identities();
    const auto go = [&](const xfer::tls& who) {
        auto r = get_through(p.url("https"), url_of(s, "http"), closing);
        return transfer_one(m, r.proxy_tls(who)).ec;
    };
    CHECK_FALSE(go(all[0]));
    CHECK_FALSE(go(all[1]));
    // Nobody is let in, and not on somebody's ticket either.
    CHECK(go(all[2]));
    CHECK_FALSE(go(all[0]));
    // The origin is not the proxy: it is shown nothing.
    auto r = get_through(p.url("https"), url_of(s, "http"), closing);
    CHECK(transfer_one(m, r.tls(all[0])).ec);
    REQUIRE(p.wait_until_closed());
    const auto seen = p.log();
    REQUIRE(seen.size() == 5);
    const std::vector<bool> resumed{false, false, false, true, false};
    for (std::size_t i = 0; i < seen.size(); ++i) {
        INFO(i);
        CHECK(seen[i].resumed == resumed[i]);
    }
    CHECK(s.counts().requests == 3);
}

TEST_CASE(
    "B2.2: what failed its verification fails it again at once",
    "[proxy][tls][B2][B2.2]"
) {
    struct row {
        const char* name;
        std::function<void(xfer::tls&)> set;
        error expected;
    };
    const auto other = test_authority().issue({"a.test"});
    const std::vector<row> rows{
        {"a pin",
         [&](xfer::tls& t) {
             t.pin_public_key(xfer::testing::public_key_pin(other.certificate_pem));
         },
         error::pin_mismatch},
        {"a pin alone",
         [&](xfer::tls& t) {
             t.insecure();
             t.pin_public_key(xfer::testing::public_key_pin(other.certificate_pem));
         },
         error::pin_mismatch},
        {"revocation",
         [](xfer::tls& t) {
             t.crl_pem(test_authority().revocation_list(
                 {tls_support::good_identity().certificate_pem}
             ));
         },
         error::certificate_revoked},
        {"trust",
         [](xfer::tls& t) {
             t = xfer::tls().ca_pem(xfer::testing::authority("another").certificate_pem(
             ));
         },
         error::certificate_unknown_ca},
    };
    const bool at_proxy = GENERATE(false, true);
    for (const auto& r : rows) {
        INFO(r.name << (at_proxy ? ", at the proxy" : ", at the origin"));
        server s(https_options());
        s.route("/", "x");
        test_proxy p(https_proxy_options());
        xfer::multi m;
        const auto trusted = get_through(p.url("https"), url_of(s), closing);
        auto changed = trusting_tls();
        r.set(changed);
        auto refused = trusted;
        at_proxy ? refused.proxy_tls(changed) : refused.tls(changed);
        // Between transfers that leave tickets behind.
        for (int i = 0; i < 2; ++i) {
            REQUIRE_FALSE(transfer_one(m, trusted).ec);
            for (int again = 0; again < 2; ++again) {
                CHECK(transfer_one(m, refused).ec == r.expected);
            }
        }
        CHECK(s.counts().requests == 2);
        CHECK(s.counts().resumed == 1);
    }
}

TEST_CASE(
    "B2.3: the system's trust, one's own, and what may be an anchor stay apart",
    "[proxy][tls][B2][B2.3]"
) {
    const xfer::testing::authority system("system");
    xfer::testing::certificate_spec spec;
    spec.common_name = "issuer";
    spec.ca = true;
    const auto issuer = system.intermediate(spec);
    auto shown = issuer.issue({"a.test", "127.0.0.1"});
    shown.certificate_pem += issuer.certificate_pem();
    const support::scratch d;
    support::write_file(d / "system.pem", system.certificate_pem());
    const support::variable file("SSL_CERT_FILE", d / "system.pem");
    const auto partial = xfer::tls().ca_pem(issuer.certificate_pem());
    struct row {
        const char* name;
        xfer::tls trust;
        bool accepted;
    };
    const std::vector<row> rows{
        {"the system's", xfer::tls(), true},
        {"one's own", trusting_tls(), false},
        {"both", trusting_tls().ca_native(), true},
        {"an anchor in between", partial, true},
        {"no anchor in between", xfer::tls(partial).partial_chain(false), false},
    };
    const std::string kind = GENERATE("http", "https", "socks5h", "the proxy itself");
    const bool at_proxy = kind == "the proxy itself";
    server s(at_proxy ? https_options() : https_options(shown));
    s.route("/", "x");
    auto o = options_of(at_proxy ? "https" : kind);
    if (at_proxy) o.certificate = shown;
    test_proxy p(o);
    xfer::multi m;
    for (int i = 0; i < 2; ++i) {
        for (const auto& row : rows) {
            INFO(kind << ": " << row.name);
            auto r = get_through(p.url(at_proxy ? "https" : kind), url_of(s), closing);
            at_proxy ? r.proxy_tls(row.trust) : r.tls(row.trust);
            const auto done = transfer_one(m, std::move(r));
            INFO(done.failure().message);
            if (row.accepted) CHECK_FALSE(done.ec);
            if (!row.accepted) CHECK(done.ec == error::certificate_unknown_ca);
        }
    }
}

TEST_CASE(
    "B2.4: without its old keys an origin behind a proxy shakes hands in full",
    "[proxy][tls][B2][B2.4]"
) {
    for (const auto& kind : kinds()) {
        INFO(kind);
        server s(https_options());
        s.route("/", "x");
        test_proxy p(options_of(kind));
        xfer::multi m;
        const auto go = [&] {
            const auto done =
                transfer_one(m, get_through(p.url(kind), url_of(s), closing));
            INFO(done.failure().message);
            REQUIRE_FALSE(done.ec);
            return done.response.info().connection->tls->resumed;
        };
        CHECK_FALSE(go());
        CHECK(go());
        s.rotate_ticket_keys();
        CHECK_FALSE(go());
        CHECK(go());
        CHECK(m.stats().resent == 0);
        CHECK(s.counts().accepted == 4);
        CHECK(s.counts().requests == 4);
        // Tickets are offered in the tunnel, and never data with them.
        REQUIRE(p.wait_until_closed());
        constexpr unsigned pre_shared_key = 41;
        constexpr unsigned early_data = 42;
        std::size_t offered = 0;
        for (const auto& c : p.log()) {
            const tls_support::client_hello hello(c.tunnelled);
            CHECK_FALSE(hello.has(early_data));
            offered += hello.has(pre_shared_key) ? 1 : 0;
        }
        CHECK(offered == 3);
    }
}
