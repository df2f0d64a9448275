// net/tls_verify.hpp: which servers a client accepts, and what it says to the others.
#include "support/tls_peer.hpp"

#include <catch2/catch.hpp>

#include <chrono>

using namespace tls_support;
using namespace std::chrono_literals;
using xfer::testing::authority;
using xfer::testing::certificate_spec;
using xfer::testing::key_kind;
using xfer::testing::key_usage;

namespace {

struct refusal {
    const char* what;
    server_options server;
    error expected;
    std::string host = "a.test";
};

server_options showing(const certificate_spec& spec) {
    server_options options;
    options.identity = test_authority().issue(spec);
    return options;
}

void expect_refusal(const refusal& r, int version) {
    auto options = r.server;
    options.max_version = version;
    server_context served(options);
    tls_pair pair;
    INFO(r.what << " TLS " << (version == TLS1_3_VERSION ? "1.3" : "1.2"));
    CHECK_FALSE(pair.connect(served, context_of(trusting()), r.host));
    INFO(pair.ec.message() << ": " << pair.why);
    CHECK(pair.ec == r.expected);
    CHECK(pair.why.find(r.host) != std::string::npos);
    CHECK(pair.why.size() > 40);
    CHECK(pair.server->received.empty());
}

void expect_refusals(const std::vector<refusal>& rows) {
    for (const auto& row : rows) {
        expect_refusal(row, TLS1_3_VERSION);
        expect_refusal(row, TLS1_2_VERSION);
    }
}

certificate_spec ca_spec(const char* name) {
    certificate_spec spec;
    spec.common_name = name;
    spec.ca = true;
    return spec;
}

bool connects(
    const server_options& options, const std::string& host, tls t = trusting()
) {
    server_context served(options);
    tls_pair pair;
    return pair.connect(served, context_of(t), host);
}

}  // namespace

TEST_CASE(
    "tls_verify: a certificate for the host of a trusted authority is accepted",
    "[net][tls]"
) {
    auto host = GENERATE("a.test", "A.TEST", "127.0.0.1", "::1", "[::1]", "a.test.");
    server_context served({});
    tls_pair pair;
    INFO(pair.why);
    REQUIRE(pair.connect(served, context_of(trusting()), host));
    CHECK(pair.client->info().peer_verified);
    CHECK(pair.client->info().host_verified);
}

TEST_CASE("tls_verify: certificates out of date are refused", "[net][tls]") {
    auto expired = spec_for("a.test");
    expired.not_before = -48h;
    expired.not_after = -1h;
    auto early = spec_for("a.test");
    early.not_before = 1h;
    expect_refusals({
        {"expired", showing(expired), error::certificate_expired},
        {"not yet valid", showing(early), error::certificate_not_yet_valid},
    });
}

TEST_CASE(
    "tls_verify: a chain that does not end at a trusted certificate is refused",
    "[net][tls]"
) {
    server_options self;
    self.identity = xfer::testing::self_signed(spec_for("a.test"));
    server_options unknown;
    unknown.identity = authority("another root").issue({"a.test"});
    auto between = test_authority().intermediate(ca_spec("between"));
    server_options missing;
    missing.identity = between.issue({"a.test"});
    expect_refusals({
        {"self-signed", self, error::certificate_self_signed},
        {"unknown CA", unknown, error::certificate_unknown_ca},
        {"missing intermediate", missing, error::certificate_unknown_ca},
    });
    missing.chain_pem = between.certificate_pem();
    CHECK(connects(missing, "a.test"));
}

TEST_CASE(
    "C1.1: a chain that breaks the rules of its issuers is refused", "[net][tls][C1.1]"
) {
    certificate_spec no_ca;
    no_ca.common_name = "not an authority";
    no_ca.usage = key_usage::any;
    auto not_ca = test_authority().intermediate(no_ca);
    server_options by_not_ca;
    by_not_ca.identity = not_ca.issue({"a.test"});
    by_not_ca.chain_pem = not_ca.certificate_pem();

    auto constrained_spec = ca_spec("constrained");
    constrained_spec.permitted_names = {"b.test"};
    auto constrained = test_authority().intermediate(constrained_spec);
    server_options outside;
    outside.identity = constrained.issue({"a.test"});
    outside.chain_pem = constrained.certificate_pem();

    auto client_only = spec_for("a.test");
    client_only.usage = key_usage::client;
    expect_refusals({
        {"intermediate without CA:TRUE", by_not_ca, error::certificate_invalid},
        {"name constraint", outside, error::certificate_invalid},
        {"for clients only", showing(client_only), error::certificate_invalid},
    });
}

TEST_CASE("C1.1: weak keys and signatures are refused", "[net][tls][C1.1]") {
    auto small = spec_for("a.test");
    small.key = key_kind::rsa;
    small.rsa_bits = 1024;
    auto sha1 = spec_for("a.test");
    sha1.digest = "SHA1";
    expect_refusals({
        {"RSA-1024", showing(small), error::certificate_weak},
        {"SHA-1", showing(sha1), error::certificate_weak},
    });
}

TEST_CASE("C1.1: a certificate for another host is refused", "[net][tls][C1.1]") {
    certificate_spec cn_only;
    cn_only.common_name = "a.test";
    certificate_spec cn_address;
    cn_address.common_name = "127.0.0.1";
    certificate_spec dns_address;
    dns_address.raw_dns_names = {"127.0.0.1"};
    certificate_spec star_address;
    star_address.raw_dns_names = {"*.0.0.1"};
    certificate_spec nul;
    nul.raw_dns_names = {std::string("a.test\0.evil.test", 17)};
    constexpr auto mismatch = error::certificate_host_mismatch;
    expect_refusals({
        {"wrong host", showing(spec_for("b.test")), mismatch},
        {"CN only", showing(cn_only), mismatch},
        {"address in the CN", showing(cn_address), mismatch, "127.0.0.1"},
        {"address as dNSName", showing(dns_address), mismatch, "127.0.0.1"},
        {"wildcard for an address", showing(star_address), mismatch, "127.0.0.1"},
        {"wrong address", showing(spec_for("127.0.0.2")), mismatch, "127.0.0.1"},
        {"NUL in the name", showing(nul), mismatch},
        {"star, two labels", showing(spec_for("*.a.test")), mismatch, "x.y.a.test"},
        {"star, no label", showing(spec_for("*.a.test")), mismatch, "a.test"},
        {"star above one label", showing(spec_for("*.test")), mismatch, "a.test"},
    });
}

TEST_CASE("C1.1: wildcards stand for one whole label", "[net][tls][C1.1]") {
    struct row {
        const char* pattern;
        const char* host;
        bool matches;
    };
    auto r = GENERATE(values<row>({
        {"*.a.test", "x.a.test", true},
        {"*.a.test", "X.A.test", true},
        {"*.a.test", "xn--bcher-kva.a.test", true},
        {"*.a.test", "a.test", false},
        {"*.a.test", "x.y.a.test", false},
        {"*.test", "a.test", false},
        {"*.com", "example.com", false},
        {"*", "test", false},
        {"*", "a.test", false},
        {"f*.a.test", "foo.a.test", false},
        {"*f.a.test", "of.a.test", false},
        {"x*.a.test", "xn--bcher-kva.a.test", false},
        {"xn--*.a.test", "xn--bcher-kva.a.test", false},
        {"*.*.a.test", "x.y.a.test", false},
        {"x.*.test", "x.a.test", false},
        {"**.a.test", "x.a.test", false},
        {".a.test", "x.a.test", false},
        {"a.test.", "a.test", false},
        {"a.test", "a.test", true},
        {"a.test", "b.a.test", false},
        {"a.test", "aa.test", false},
    }));
    certificate_spec spec;
    spec.raw_dns_names = {r.pattern};
    auto made = test_authority().issue(spec);
    std::vector<net::x509_ptr> parsed;
    std::string why;
    REQUIRE(net::parse_certificates(made.certificate_pem, "leaf", parsed, why));
    auto name = net::tls_peer_name::parse(r.host);
    REQUIRE(name);
    INFO(r.pattern << " and " << r.host);
    CHECK(net::certificate_names(parsed[0].get(), *name) == r.matches);
}

TEST_CASE("C1.1: ten thousand names end in bounded time", "[net][tls][C1.1]") {
    certificate_spec spec;
    for (int i = 0; i < 10000; ++i)
        spec.names.push_back("h" + std::to_string(i) + ".test");
    server_context served(showing(spec));
    tls_pair pair;
    CHECK_FALSE(pair.connect(served, context_of(trusting())));
    CHECK(pair.ec);
    CHECK(pair.why.size() < 1000);
}

TEST_CASE("tls_verify: a refused server is told and gets no byte", "[net][tls]") {
    server_context served(showing(spec_for("b.test")));
    tls_pair pair;
    CHECK_FALSE(pair.connect(served, context_of(trusting())));
    CHECK_FALSE(pair.server->established());
    CHECK(pair.why.find("b.test") != std::string::npos);
}

TEST_CASE("C1.2: the name is verified when the peer is not", "[net][tls][C1.2]") {
    server_options options;
    options.identity = xfer::testing::self_signed(spec_for("b.test"));
    server_context served(options);
    auto half = GENERATE(true, false);
    auto configuration = half ? tls().verify_peer(false) : tls().insecure();
    tls_pair pair;
    bool connected = pair.connect(served, context_of(configuration));
    CHECK(connected == !half);
    if (half) {
        CHECK(pair.ec == error::certificate_host_mismatch);
        tls_pair right;
        CHECK(right.connect(served, context_of(configuration), "b.test"));
    } else {
        CHECK_FALSE(pair.client->info().peer_verified);
        CHECK_FALSE(pair.client->info().host_verified);
    }
}

TEST_CASE("C1.2: the peer is verified when the name is not", "[net][tls][C1.2]") {
    auto configuration = trusting().verify_host(false);
    CHECK(connects({}, "other.test", configuration));
    server_options unknown;
    unknown.identity = authority().issue({"other.test"});
    CHECK_FALSE(connects(unknown, "other.test", configuration));
}

TEST_CASE(
    "C1.3: one trailing dot is not part of the name, nor of SNI", "[net][tls][C1.3]"
) {
    server_context served({});
    tls_pair pair;
    REQUIRE(pair.connect(served, context_of(trusting()), "a.test."));
    CHECK(pair.server->server_name() == "a.test");
    tls_pair address;
    REQUIRE(address.connect(served, context_of(trusting()), "127.0.0.1"));
    CHECK(address.server->server_name().empty());
}

TEST_CASE(
    "C1.3: a host that no certificate can name is refused at once", "[net][tls][C1.3]"
) {
    std::string host = GENERATE(
        as<std::string>(),
        "",
        ".",
        ".a.test",
        "a..test",
        "a.test..",
        std::string("a\0b", 3),
        std::string(300, 'a')
    );
    auto line = std::make_shared<wire>();
    net::tls_handshake handshake(
        std::make_unique<wire_end>(line),
        context_of(tls().insecure()),
        host,
        443,
        net::tls_role::origin,
        {}
    );
    std::error_code ec;
    CHECK_FALSE(handshake.try_step(ec));
    CHECK(ec == error::url_malformed);
    CHECK(handshake.finish() == nullptr);
    CHECK(line->writes == 0);
}

TEST_CASE(
    "tls_verify: a pinned key is required whatever else is verified", "[net][tls]"
) {
    auto right = xfer::testing::public_key_pin(good_identity().certificate_pem);
    auto wrong = xfer::testing::public_key_pin(test_authority().certificate_pem());
    bool verify = GENERATE(true, false);
    auto base = verify ? trusting() : tls().insecure();
    server_context served({});
    tls_pair refused;
    CHECK_FALSE(refused.connect(served, context_of(tls(base).pin_public_key(wrong))));
    CHECK(refused.ec == error::pin_mismatch);
    CHECK(refused.why.find(right) != std::string::npos);
    CHECK(connects({}, "a.test", tls(base).pin_public_key(wrong).pin_public_key(right))
    );
}

TEST_CASE(
    "tls_verify: a certificate given as CA is an anchor though it is no root",
    "[net][tls]"
) {
    server_options self;
    self.identity = xfer::testing::self_signed(spec_for("a.test"));
    CHECK(connects(self, "a.test", tls().ca_pem(self.identity.certificate_pem)));
    CHECK(connects({}, "a.test", tls().ca_pem(good_identity().certificate_pem)));
}
