// Whose certificates are trusted: the system's in addition, anchors that are no roots,
// revocation lists. net/tls_context.hpp and net/tls_verify.hpp.
#include "support/environment.hpp"
#include "support/scratch.hpp"
#include "support/tls_peer.hpp"

#include <catch2/catch.hpp>

#include <chrono>

using namespace tls_support;
using namespace std::chrono_literals;
using support::scratch;
using support::variable;
using support::write_file;
using xfer::testing::authority;
using xfer::testing::certificate_spec;

namespace {

struct outcome {
    std::error_code ec;
    std::string why;
    bool resumed = false;
};

outcome connect_to(
    const server_context& served, const std::shared_ptr<net::tls_context>& context
) {
    tls_pair pair;
    if (!pair.connect(served, context)) return {pair.ec, pair.why};
    pair.read();
    return {{}, {}, pair.client->resumed()};
}
outcome connect_to(const server_options& options, const tls& t) {
    server_context served(options);
    return connect_to(served, context_of(t));
}

std::error_code refusal(const tls& t, const std::string& word) {
    std::error_code ec;
    std::string why;
    CHECK(net::tls_context::make(t, ec, why) == nullptr);
    INFO(why);
    CHECK(why.find(word) != std::string::npos);
    return ec;
}

/// A root, an issuer below it, and a server of that issuer's.
struct chain {
    authority root = authority("root");
    authority issuer = root.intermediate(issuer_spec());
    server_options server;

    chain() {
        server.identity = issuer.issue({"a.test"});
        server.chain_pem = issuer.certificate_pem();
    }
    static certificate_spec issuer_spec() {
        certificate_spec spec;
        spec.common_name = "issuer";
        spec.ca = true;
        return spec;
    }
};

}  // namespace

TEST_CASE("B2.3: the system's certificates add up with one's own", "[net][tls][B2.3]") {
    const authority system("system");
    const authority own("own");
    server_options of_system;
    of_system.identity = system.issue({"a.test"});
    server_options of_own;
    of_own.identity = own.issue({"a.test"});
    scratch d;
    write_file(d / "system.pem", system.certificate_pem());
    const variable file("SSL_CERT_FILE", d / "system.pem");

    CHECK_FALSE(connect_to(of_system, tls()).ec);
    auto mine = tls().ca_pem(own.certificate_pem());
    CHECK(connect_to(of_system, mine).ec == error::certificate_unknown_ca);
    CHECK_FALSE(connect_to(of_own, mine).ec);
    auto both = tls(mine).ca_native();
    CHECK_FALSE(connect_to(of_system, both).ec);
    CHECK_FALSE(connect_to(of_own, both).ec);
    CHECK(
        connect_to(of_system, tls(both).ca_native(false)).ec ==
        error::certificate_unknown_ca
    );
    const variable missing("SSL_CERT_FILE", d / "missing.pem");
    CHECK(refusal(both, "missing.pem") == error::ca_unusable);
    CHECK(context_of(mine));
}

TEST_CASE("tls: a chain ends at a root or at what partial_chain allows", "[net][tls]") {
    const chain c;
    constexpr auto unknown = error::certificate_unknown_ca;
    auto by_issuer = tls().ca_pem(c.issuer.certificate_pem());
    CHECK_FALSE(connect_to(c.server, by_issuer).ec);
    CHECK_FALSE(connect_to(c.server, tls(by_issuer).partial_chain(true)).ec);
    CHECK(connect_to(c.server, tls(by_issuer).partial_chain(false)).ec == unknown);
    auto by_root = tls().ca_pem(c.root.certificate_pem());
    CHECK_FALSE(connect_to(c.server, by_root.partial_chain(false)).ec);
    // The system's certificates are anchors only as roots, unless asked for.
    scratch d;
    write_file(d / "system.pem", c.issuer.certificate_pem());
    const variable file("SSL_CERT_FILE", d / "system.pem");
    CHECK(connect_to(c.server, tls()).ec == unknown);
    CHECK_FALSE(connect_to(c.server, tls().partial_chain(true)).ec);
}

TEST_CASE("tls: a certificate on a revocation list is refused", "[net][tls]") {
    const chain c;
    auto version = GENERATE(tls_version::v1_2, tls_version::v1_3);
    auto trust = tls().ca_pem(c.root.certificate_pem()).max_version(version);
    auto clean = c.root.revocation_list() + c.issuer.revocation_list();
    REQUIRE_FALSE(connect_to(c.server, tls(trust).crl_pem(clean)).ec);

    SECTION("the server's") {
        auto lists = c.root.revocation_list() +
                     c.issuer.revocation_list({c.server.identity.certificate_pem});
        auto seen = connect_to(c.server, tls(trust).crl_pem(lists));
        CHECK(seen.ec == error::certificate_revoked);
        CHECK(seen.ec == condition::peer_failed_verification);
        CHECK(seen.why.find("revoked") != std::string::npos);
    }
    SECTION("its issuer's") {
        auto lists = c.root.revocation_list({c.issuer.certificate_pem()}) +
                     c.issuer.revocation_list();
        CHECK(
            connect_to(c.server, tls(trust).crl_pem(lists)).ec ==
            error::certificate_revoked
        );
    }
    SECTION("another one's") {
        auto other = c.issuer.issue({"a.test"});
        auto lists = c.root.revocation_list() +
                     c.issuer.revocation_list({other.certificate_pem});
        CHECK_FALSE(connect_to(c.server, tls(trust).crl_pem(lists)).ec);
    }
    SECTION("half in a file, half in a text") {
        scratch d;
        write_file(d / "root.crl", c.root.revocation_list());
        auto revoked = c.issuer.revocation_list({c.server.identity.certificate_pem});
        CHECK_FALSE(
            connect_to(
                c.server,
                tls(trust).crl_file(d / "root.crl").crl_pem(c.issuer.revocation_list())
            )
                .ec
        );
        CHECK(
            connect_to(c.server, tls(trust).crl_file(d / "root.crl").crl_pem(revoked))
                .ec == error::certificate_revoked
        );
    }
}

TEST_CASE("tls: every issuer needs a revocation list in force", "[net][tls]") {
    const chain c;
    const chain stranger;
    auto trust = tls().ca_pem(c.root.certificate_pem());
    auto refused_with = [&](const std::string& lists) {
        auto seen = connect_to(c.server, tls(trust).crl_pem(lists));
        INFO(seen.why);
        CHECK(seen.ec == error::certificate_invalid);
        CHECK(seen.why.find("each issuer of the chain") != std::string::npos);
    };
    refused_with(c.root.revocation_list());
    refused_with(c.issuer.revocation_list());
    refused_with(c.root.revocation_list({}, -1h) + c.issuer.revocation_list());
    // Of the same names, but not signed by the issuers that are known.
    refused_with(stranger.root.revocation_list() + stranger.issuer.revocation_list());
    // An issuer that is trusted by itself is no end of the chain then.
    auto by_issuer = tls().ca_pem(c.issuer.certificate_pem());
    auto lists = c.issuer.revocation_list();
    CHECK(
        connect_to(c.server, by_issuer.crl_pem(lists)).ec ==
        error::certificate_unknown_ca
    );
}

TEST_CASE("tls: with revocation lists no session is resumed", "[net][tls]") {
    auto version = GENERATE(tls_version::v1_2, tls_version::v1_3);
    server_context served({});
    auto trust = trusting().max_version(version);
    auto with = context_of(tls(trust).crl_pem(test_authority().revocation_list()));
    auto without = context_of(trust);
    for (int i = 0; i < 3; ++i) {
        CHECK_FALSE(connect_to(served, with).resumed);
        CHECK(connect_to(served, without).resumed == (i > 0));
    }
    CHECK(with->sessions().size() == 0);
}

TEST_CASE("tls: unusable revocation lists are refused by name", "[net][tls]") {
    scratch d;
    auto good = test_authority().revocation_list();
    auto unusable = [](const tls& t, const std::string& word) {
        auto ec = refusal(t, word);
        CHECK(ec == error::crl_unusable);
        CHECK(curl_code(ec) == 82);
    };
    unusable(trusting().crl_file(d / "missing"), d / "missing");
    write_file(d / "empty", "");
    unusable(trusting().crl_file(d / "empty"), "is empty");
    write_file(d / "certificate", test_authority().certificate_pem());
    unusable(trusting().crl_file(d / "certificate"), "holds no revocation list");
    unusable(trusting().crl_pem(""), "revocation list text holds no");
    unusable(
        trusting().crl_pem(
            good + "-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n"
        ),
        "number 2 is broken"
    );
    constexpr auto invalid = error::tls_config_invalid;
    CHECK(refusal(trusting().crl_pem(good).verify_peer(false), "crl") == invalid);
    CHECK(refusal(trusting().crl_pem(good).insecure(), "crl") == invalid);
    CHECK(refusal(trusting().crl_pem(good).partial_chain(true), "partial") == invalid);
    CHECK(context_of(trusting().crl_pem(good).verify_host(false)));
    CHECK(context_of(trusting().crl_pem(good).partial_chain(false)));
}
