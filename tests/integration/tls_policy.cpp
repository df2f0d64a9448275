// TLS policy on real sockets: what is refused gets no byte, what is misconfigured no
// connection, and no configuration sees another's trust.
#include "support/certificates.hpp"
#include "support/environment.hpp"
#include "support/scratch.hpp"
#include "support/transfers.hpp"
#include <xfer/testing/certificate.hpp>
#include <xfer/testing/inspector.hpp>
#include <xfer/testing/server.hpp>

#include <catch2/catch.hpp>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

using support::scratch;
using support::transfer_one;
using support::write_file;
using tls_support::spec_for;
using tls_support::test_authority;
using xfer::error;
using xfer::testing::authority;
using xfer::testing::identity;
using xfer::testing::server;
using xfer::testing::server_options;

namespace {

server_options with(const identity& id) {
    server_options o;
    o.certificate_pem = id.certificate_pem;
    o.key_pem = id.key_pem;
    return o;
}

xfer::tls trusting() { return xfer::tls().ca_pem(test_authority().certificate_pem()); }

constexpr xfer::options fresh = [] {
    xfer::options o;
    o.fresh_connection = true;
    return o;
}();

xfer::message fetch(xfer::multi& m, const server& s, const xfer::tls& t) {
    auto r = xfer::get(s.url(), fresh);
    r.tls(t);
    return transfer_one(m, r);
}

}  // namespace

TEST_CASE("https: a revoked certificate gets no byte of the request", "[tls][T-1]") {
    const auto revoked = test_authority().issue({"127.0.0.1"});
    const auto other = test_authority().issue({"127.0.0.1"});
    const scratch d;
    const auto path = d / "list.pem";
    write_file(path, test_authority().revocation_list({revoked.certificate_pem}));
    server bad(with(revoked));
    server good(with(other));
    for (auto* s : {&bad, &good}) s->route("/", "x");
    xfer::multi m;
    // Known from before the list was asked for; nothing of that helps.
    REQUIRE_FALSE(fetch(m, bad, trusting()).ec);
    const auto before = bad.counts().received;
    const auto done = fetch(m, bad, trusting().crl_file(path));
    INFO(done.failure().message);
    CHECK(done.ec == error::certificate_revoked);
    CHECK(done.ec == xfer::condition::peer_failed_verification);
    CHECK_THAT(done.failure().message, Catch::Contains("revoked"));
    CHECK(bad.counts().received == before);
    CHECK_FALSE(fetch(m, good, trusting().crl_file(path)).ec);
}

TEST_CASE("C1.4: a TLS policy that cannot be had connects nowhere", "[tls][C2]") {
    server s(with(tls_support::good_identity()));
    s.route("/", "x");
    const scratch d;
    auto t = trusting();
    auto expected = error::tls_config_invalid;
    SECTION("a revocation list that is missing") {
        t.crl_file(d / "missing");
        expected = error::crl_unusable;
    }
    SECTION("a revocation list that is none") {
        t.crl_pem("none");
        expected = error::crl_unusable;
    }
    SECTION("revocation without verification") {
        t.crl_pem(test_authority().revocation_list()).insecure();
    }
    SECTION("a signature algorithm") { t.signature_algorithms("nope"); }
    SECTION("a pin") { t.pin_public_key("sha256//"); }
    SECTION("a key log in no directory") { t.key_log_file(d / "none/keys"); }
    xfer::multi m;
    const auto done = fetch(m, s, t);
    INFO(done.failure().message);
    CHECK(done.ec == expected);
    CHECK_FALSE(done.failure().message.empty());
    CHECK(s.counts().accepted == 0);
}

TEST_CASE("https: a key log is written when it is asked for", "[tls]") {
    server s(with(tls_support::good_identity()));
    s.route("/", "x");
    const scratch d;
    xfer::multi m;
    REQUIRE_FALSE(fetch(m, s, trusting()).ec);
    CHECK(d.names().empty());
    REQUIRE_FALSE(fetch(m, s, trusting().key_log_file(d / "keys")).ec);
    CHECK_THAT(support::read_file(d / "keys"), Catch::Contains("_SECRET_0 "));
}

TEST_CASE("B2.3: one configuration's trust does not reach another", "[tls][B2.3]") {
    const authority system("system");
    const auto issuer = [&] {
        xfer::testing::certificate_spec spec;
        spec.common_name = "issuer";
        spec.ca = true;
        return system.intermediate(spec);
    }();
    auto id = issuer.issue({"127.0.0.1"});
    id.certificate_pem += issuer.certificate_pem();
    const scratch d;
    write_file(d / "system.pem", system.certificate_pem());
    const support::variable file("SSL_CERT_FILE", d / "system.pem");
    server s(with(id));
    s.route("/", "x");
    xfer::multi m;
    const auto own = trusting();
    const auto partial = xfer::tls().ca_pem(issuer.certificate_pem());
    constexpr auto unknown = error::certificate_unknown_ca;
    for (int i = 0; i < 2; ++i) {
        CHECK_FALSE(fetch(m, s, xfer::tls()).ec);
        CHECK(fetch(m, s, own).ec == unknown);
        CHECK_FALSE(fetch(m, s, xfer::tls(own).ca_native()).ec);
        CHECK_FALSE(fetch(m, s, partial).ec);
        CHECK(fetch(m, s, xfer::tls(partial).partial_chain(false)).ec == unknown);
    }
    CHECK(s.counts().requests == 6);
}

TEST_CASE("C2.1: a wrong pin is refused however it is verified", "[tls][C2.1]") {
    server s(with(tls_support::good_identity()));
    s.route("/", "x");
    const auto right =
        xfer::testing::public_key_pin(tls_support::good_identity().certificate_pem);
    const auto wrong =
        xfer::testing::public_key_pin(test_authority().certificate_pem());
    const auto base = GENERATE(true, false) ? trusting() : xfer::tls().insecure();
    xfer::multi m;
    const auto two = xfer::tls(base).pin_public_key(wrong).pin_public_key(right);
    CHECK_FALSE(fetch(m, s, two).ec);
    const auto again = fetch(m, s, two);
    CHECK_FALSE(again.ec);
    CHECK(again.response.info().connection->tls->resumed);
    const auto done = fetch(m, s, xfer::tls(base).pin_public_key(wrong));
    CHECK(done.ec == error::pin_mismatch);
    CHECK(done.ec == xfer::condition::ssl_pinnedpubkeynotmatch);
    CHECK(s.counts().requests == 2);
}

TEST_CASE("T-7: a server may choose http/1.1 or no protocol at all", "[tls][T-7]") {
    auto o = with(tls_support::good_identity());
    std::string expected;
    SECTION("http/1.1") {
        o.alpn = {"h2", "http/1.1"};
        expected = "http/1.1";
    }
    SECTION("none") { o.alpn = {}; }
    SECTION("it only knows others") { o.alpn = {"spdy/3", "x"}; }
    server s(o);
    s.route("/", "x");
    xfer::multi m;
    const auto done = fetch(m, s, trusting());
    INFO(done.failure().message);
    REQUIRE_FALSE(done.ec);
    CHECK(done.response.info().connection->tls->alpn == expected);
    CHECK(s.log().at(0).alpn == expected);
}

TEST_CASE("B3.1: two threads, one verifies and the other does not", "[tls][B3.1]") {
    server s(with(xfer::testing::self_signed(spec_for("127.0.0.1"))));
    s.route("/", "x");
    constexpr std::size_t rounds = 200;
    const auto count = [&s](const xfer::tls& t, std::error_code expected) {
        xfer::multi m;
        std::size_t as_expected = 0;
        for (std::size_t i = 0; i < rounds; ++i) {
            auto r = xfer::get(s.url(), fresh);
            m.add(r.tls(t));
            while (m.perform() != 0) m.wait(std::chrono::seconds(1));
            const auto done = m.info_read();
            as_expected += done && done->ec == expected ? 1 : 0;
        }
        return as_expected;
    };
    const auto careful = trusting();
    std::atomic<std::size_t> accepted{0};
    std::thread other([&] { accepted = count(xfer::tls().insecure(), {}); });
    CHECK(count(careful, error::certificate_self_signed) == rounds);
    other.join();
    CHECK(accepted.load() == rounds);
    CHECK(s.counts().requests == rounds);
}

TEST_CASE("tls: configurations that are used no more are forgotten", "[tls]") {
    xfer::multi m;
    for (int i = 0; i < 100; ++i) {
        auto r = xfer::get("https://127.0.0.1:1/");
        const std::string blank_lines(static_cast<std::size_t>(i), '\n');
        r.tls(xfer::tls().ca_pem(test_authority().certificate_pem() + blank_lines));
        transfer_one(m, std::move(r));
    }
    CHECK(xfer::testing::inspector::tls_configurations(m) <= 16);
}
