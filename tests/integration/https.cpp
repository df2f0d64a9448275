// https on real sockets: what is trusted, what is refused, what is resumed.
#include "support/certificates.hpp"
#include "support/names.hpp"
#include "support/transfers.hpp"
#include <xfer/testing/certificate.hpp>
#include <xfer/testing/server.hpp>

#include <catch2/catch.hpp>
#include <fcntl.h>
#include <openssl/sha.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <string>

using namespace std::chrono_literals;
using support::drive_until;
using support::run;
using support::successes;
using support::transfer_one;
using tls_support::spec_for;
using tls_support::test_authority;
using xfer::error;
using xfer::testing::identity;
using xfer::testing::reply;
using xfer::testing::server;
using xfer::testing::server_options;

namespace {

server_options with(const identity& id) {
    server_options o;
    o.certificate_pem = id.certificate_pem;
    o.key_pem = id.key_pem;
    return o;
}
server_options good() { return with(tls_support::good_identity()); }

xfer::tls trusting() { return xfer::tls().ca_pem(test_authority().certificate_pem()); }

xfer::request get_trusting(const std::string& url, const xfer::options& o = {}) {
    auto r = xfer::get(url, o);
    r.tls(trusting());
    return r;
}

/// A directory that goes with the test.
struct directory {
    directory() {
        auto name = (std::filesystem::temp_directory_path() / "xfer-XXXXXX").string();
        REQUIRE(::mkdtemp(name.data()));
        path = name;
    }
    directory(const directory&) = delete;
    directory& operator=(const directory&) = delete;
    ~directory() {
        std::error_code ignored;
        std::filesystem::remove_all(path, ignored);
    }
    std::filesystem::path path;
};

std::string sha256(const std::string& text) {
    std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
    const auto* data = reinterpret_cast<const unsigned char*>(text.data());
    SHA256(data, text.size(), digest.data());
    return std::string(digest.begin(), digest.end());
}

}  // namespace

TEST_CASE("https: a good certificate is verified and described", "[tls]") {
    server s(good());
    s.route("/", "secret");
    xfer::multi m;
    const auto done = transfer_one(m, get_trusting(s.url()));
    INFO(done.failure().message);
    REQUIRE_FALSE(done.ec);
    CHECK(done.response.body() == "secret");
    const auto& tls = *done.response.info().connection->tls;
    CHECK(tls.peer_verified);
    CHECK(tls.host_verified);
    CHECK(tls.version == "TLSv1.3");
    CHECK(tls.alpn == "http/1.1");
    CHECK_FALSE(tls.resumed);
    const auto& times = done.response.info().timings;
    CHECK(times.connect <= times.tls);
    CHECK(times.tls <= times.first_byte);
    CHECK(times.tls > times.connect);
}

TEST_CASE("https: what cannot be verified gets no byte of the request", "[tls][T-1]") {
    auto expired = spec_for("127.0.0.1");
    expired.not_before = -2h;
    expired.not_after = -1h;
    auto future = spec_for("127.0.0.1");
    future.not_before = 1h;
    auto client_only = spec_for("127.0.0.1");
    client_only.usage = xfer::testing::key_usage::client;
    const xfer::testing::authority other("another root");
    struct row {
        const char* name;
        identity shown;
        error expected;
    };
    const std::vector<row> rows{
        {"host", test_authority().issue({"a.test"}), error::certificate_host_mismatch},
        {"ca", other.issue({"127.0.0.1"}), error::certificate_unknown_ca},
        {"expired", test_authority().issue(expired), error::certificate_expired},
        {"future", test_authority().issue(future), error::certificate_not_yet_valid},
        {"self-signed",
         xfer::testing::self_signed(spec_for("127.0.0.1")),
         error::certificate_self_signed},
        {"client only",
         test_authority().issue(client_only),
         error::certificate_invalid},
    };
    for (const auto& r : rows) {
        INFO(r.name);
        server s(with(r.shown));
        s.route("/", "secret");
        xfer::multi m;
        const auto done = transfer_one(m, get_trusting(s.url()));
        CHECK(done.ec == r.expected);
        CHECK(done.ec == xfer::condition::peer_failed_verification);
        CHECK(done.failure().stage == xfer::stage::securing);
        CHECK_FALSE(done.failure().message.empty());
        CHECK_FALSE(done.failure().request_may_have_been_processed);
        CHECK(s.counts().received == 0);
        CHECK(m.stats().connections == 0);
    }
}

TEST_CASE("C1.2: insecure connects and says that nothing was verified", "[tls][C1.2]") {
    server s(with(xfer::testing::self_signed(spec_for("a.test"))));
    s.route("/", "x");
    xfer::multi m;
    auto r = xfer::get(s.url());
    const auto done = transfer_one(m, r.insecure());
    REQUIRE_FALSE(done.ec);
    CHECK_FALSE(done.response.info().connection->tls->peer_verified);
    CHECK_FALSE(done.response.info().connection->tls->host_verified);
}

TEST_CASE(
    "https: a name is sent as SNI and verified, an address is not sent", "[tls]"
) {
    server s(good());
    s.route("/", "x");
    const auto table =
        support::make_names({{"a.test", {"127.0.0.1"}}, {"a.test.", {"127.0.0.1"}}});
    xfer::multi m({.resolver = table->resolver()});
    const auto port = ":" + std::to_string(s.port());
    REQUIRE_FALSE(transfer_one(m, get_trusting("https://a.test" + port + "/")).ec);
    REQUIRE_FALSE(transfer_one(m, get_trusting("https://A.test." + port + "/")).ec);
    REQUIRE_FALSE(transfer_one(m, get_trusting("https://127.0.0.1" + port + "/")).ec);
    const auto log = s.log();
    REQUIRE(log.size() == 3);
    CHECK(log[0].server_name == "a.test");
    CHECK(log[1].server_name == "a.test");
    CHECK(log[2].server_name.empty());
}

TEST_CASE("https: trust comes from a text, a file or a directory", "[tls]") {
    directory d;
    const auto file = d.path / "root.pem";
    std::ofstream(file) << test_authority().certificate_pem();
    server s(good());
    s.route("/", "x");
    xfer::tls trust;
    SECTION("text") { trust.ca_pem(test_authority().certificate_pem()); }
    SECTION("file") { trust.ca_file(file.string()); }
    SECTION("directory") { trust.ca_directory(d.path.string()); }
    xfer::multi m;
    auto r = xfer::get(s.url());
    const auto done = transfer_one(m, r.tls(trust));
    INFO(done.failure().message);
    CHECK_FALSE(done.ec);
}

TEST_CASE("https: unusable trust is an error before any traffic", "[tls]") {
    directory d;
    server s(good());
    s.route("/", "x");
    xfer::tls trust;
    std::string named;
    SECTION("a missing file") {
        named = (d.path / "missing.pem").string();
        trust.ca_file(named);
    }
    SECTION("a file without a certificate") {
        named = (d.path / "empty.pem").string();
        std::ofstream(named) << "nothing";
        trust.ca_file(named);
    }
    SECTION("a missing directory") {
        named = (d.path / "missing").string();
        trust.ca_directory(named);
    }
    xfer::multi m;
    auto bad = xfer::get(s.url());
    bad.tls(trust);
    m.add(bad);
    m.add(bad);
    const auto fine = m.add(get_trusting(s.url()));
    for (const auto& done : run(m)) {
        if (done.id == fine) {
            CHECK_FALSE(done.ec);
            continue;
        }
        CHECK(done.ec == error::ca_unusable);
        CHECK_THAT(done.failure().message, Catch::Contains(named));
    }
    CHECK(s.counts().accepted == 1);
}

TEST_CASE("C1.4: a bad TLS option is an error before any traffic", "[tls][C1.4]") {
    server s(good());
    xfer::tls bad = trusting();
    auto expected = error::tls_config_invalid;
    SECTION("ciphers") { bad.ciphers("NO-SUCH-CIPHER"); }
    SECTION("groups") { bad.groups("no-such-curve"); }
    SECTION("versions") {
        bad.min_version(xfer::tls_version::v1_3).max_version(xfer::tls_version::v1_2);
    }
    SECTION("a key of another certificate") {
        const auto a = test_authority().issue({"a"});
        const auto b = test_authority().issue({"b"});
        bad.client_certificate_pem(a.certificate_pem, b.key_pem);
        expected = error::client_certificate_unusable;
    }
    xfer::multi m;
    auto r = xfer::get(s.url());
    const auto done = transfer_one(m, r.tls(bad));
    CHECK(done.ec == expected);
    CHECK_FALSE(done.failure().message.empty());
    CHECK(s.counts().accepted == 0);
}

TEST_CASE("https: a client certificate is shown where one is asked for", "[tls][T-5]") {
    auto spec = spec_for("me");
    spec.common_name = "me";
    spec.usage = xfer::testing::key_usage::client;
    const auto mine = test_authority().issue(spec);
    const auto strange = xfer::testing::authority("strange").issue(spec);
    auto o = good();
    o.client_ca_pem = test_authority().certificate_pem();
    o.tls_max_version = GENERATE(0x0303, 0x0304);
    server s(o);
    s.route("/", "for members");
    xfer::multi m;
    auto trust = trusting();
    SECTION("the right one") {
        trust.client_certificate_pem(mine.certificate_pem, mine.key_pem);
        auto r = xfer::get(s.url());
        const auto done = transfer_one(m, r.tls(trust));
        INFO(done.failure().message);
        CHECK_FALSE(done.ec);
        CHECK_THAT(s.log().at(0).client_subject, Catch::Contains("me"));
    }
    SECTION("the right one, in files, its key encrypted") {
        directory d;
        const auto pem = (d.path / "me.pem").string();
        const auto key = (d.path / "me.key").string();
        std::ofstream(pem) << mine.certificate_pem;
        std::ofstream(key) << xfer::testing::encrypt_key(mine.key_pem, "open");
        trust.client_certificate(pem, key, "open");
        auto r = xfer::get(s.url());
        CHECK_FALSE(transfer_one(m, r.tls(trust)).ec);
    }
    SECTION("none, or a wrong one") {
        if (GENERATE(true, false)) {
            trust.client_certificate_pem(strange.certificate_pem, strange.key_pem);
        }
        auto r = xfer::get(s.url());
        const auto done = transfer_one(m, r.tls(trust));
        // In TLS 1.3 the refusal comes after the client's side of the handshake.
        INFO(done.ec.message() << ": " << done.failure().message);
        CHECK(
            (done.ec == error::tls_handshake_failed ||
             done.ec == error::receive_failed || done.ec == error::send_failed)
        );
        if (done.ec == error::tls_handshake_failed) {
            // The alert's name.
            CHECK_THAT(
                done.failure().message,
                Catch::Contains("certificate required") ||
                    Catch::Contains("unknown CA") ||
                    Catch::Contains("handshake failure")
            );
        }
        CHECK(s.counts().requests == 0);
    }
}

TEST_CASE("https: new connections resume the session", "[tls]") {
    auto o = good();
    o.tls_max_version = GENERATE(0x0303, 0x0304);
    server s(o);
    s.route("/", "x");
    xfer::multi m;
    for (int i = 0; i < 4; ++i) {
        const auto done =
            transfer_one(m, get_trusting(s.url(), {.fresh_connection = true}));
        REQUIRE_FALSE(done.ec);
        CHECK(done.response.info().connection->tls->resumed == (i > 0));
        CHECK(done.response.info().connection->tls->peer_verified);
    }
    CHECK(s.counts().resumed == 3);
    CHECK(s.counts().accepted == 4);
}

TEST_CASE("B2.4: without the old keys the server shakes hands in full", "[tls][B2.4]") {
    server s(good());
    s.route("/", "x");
    xfer::multi m;
    const xfer::options fresh{.fresh_connection = true};
    REQUIRE_FALSE(transfer_one(m, get_trusting(s.url(), fresh)).ec);
    s.rotate_ticket_keys();
    const auto done = transfer_one(m, get_trusting(s.url(), fresh));
    REQUIRE_FALSE(done.ec);
    CHECK_FALSE(done.response.info().connection->tls->resumed);
    CHECK(m.stats().resent == 0);
}

TEST_CASE("B2.1: a session of one configuration serves no other", "[tls][B2.1]") {
    server s(with(xfer::testing::self_signed(spec_for("127.0.0.1"))));
    s.route("/", "x");
    xfer::multi m;
    const xfer::options fresh{.fresh_connection = true};
    auto careless = xfer::get(s.url(), fresh);
    REQUIRE_FALSE(transfer_one(m, careless.insecure()).ec);
    CHECK(
        transfer_one(m, get_trusting(s.url(), fresh)).ec ==
        error::certificate_self_signed
    );
    CHECK(s.counts().resumed == 0);
    CHECK(s.counts().requests == 1);
}

TEST_CASE("B2.1: identities share no session", "[tls][B2.1]") {
    auto o = good();
    o.client_ca_pem = test_authority().certificate_pem();
    o.client_certificate_required = false;
    server s(o);
    s.route("/", "x");
    xfer::multi m;
    auto spec = spec_for("me");
    spec.usage = xfer::testing::key_usage::client;
    for (int i = 0; i < 3; ++i) {
        auto trust = trusting();
        spec.common_name = "member " + std::to_string(i);
        const auto id = test_authority().issue(spec);
        if (i < 2) trust.client_certificate_pem(id.certificate_pem, id.key_pem);
        auto r = xfer::get(s.url());
        REQUIRE_FALSE(transfer_one(m, r.tls(trust)).ec);
    }
    CHECK(s.counts().resumed == 0);
    const auto log = s.log();
    REQUIRE(log.size() == 3);
    CHECK_THAT(log[0].client_subject, Catch::Contains("member 0"));
    CHECK_THAT(log[1].client_subject, Catch::Contains("member 1"));
    CHECK(log[2].client_subject.empty());
}

TEST_CASE("https: certificates are read off the loop", "[tls][worker_pool]") {
    // A FIFO as CA file: whoever reads it hangs until somebody writes.
    directory d;
    const auto fifo = (d.path / "ca.pem").string();
    REQUIRE(::mkfifo(fifo.c_str(), 0600) == 0);
    server secure(good());
    secure.route("/", "x");
    server plain;
    plain.route("/", "x");
    xfer::multi m;
    auto r = xfer::get(secure.url());
    r.tls(xfer::tls().ca_file(fifo));
    const auto waiting = m.add(r);
    const auto cancelled = m.add(r);
    m.perform();
    CHECK(m.stats().steps <= 2);
    CHECK(secure.counts().accepted == 0);
    m.add(plain.url());
    REQUIRE(drive_until(m, [&] { return m.stats().unread == 1; }));
    CHECK_FALSE(m.info_read()->ec);
    CHECK(m.cancel(cancelled));
    m.perform();
    REQUIRE(m.stats().unread == 1);
    CHECK(m.info_read()->id == cancelled);
    // Nothing moves until the file can be read, so no step is run either.
    const auto steps = m.stats().steps;
    support::drive_for(m, 20ms);
    CHECK(m.stats().steps == steps);
    std::ofstream(fifo) << test_authority().certificate_pem();
    const auto all = run(m);
    REQUIRE(all.size() == 1);
    CHECK(all[0].id == waiting);
    INFO(all[0].failure().message);
    CHECK_FALSE(all[0].ec);
}

TEST_CASE("https: ten downloads at once arrive unharmed", "[tls]") {
    const std::size_t size = 4u << 20;
    server s(good());
    std::vector<std::string> digests;
    for (int i = 0; i < 10; ++i) {
        std::string unit;
        for (int k = 0; k < 1009; ++k) unit += static_cast<char>(k * (i + 7) % 251);
        s.route("/" + std::to_string(i), reply::repeating(unit, size));
        std::string whole;
        while (whole.size() < size) whole += unit;
        whole.resize(size);
        digests.push_back(sha256(whole));
    }
    xfer::multi m;
    for (std::size_t i = 0; i < 10; ++i) {
        auto r = get_trusting(s.url("/" + std::to_string(i)));
        r.tag(i);
        m.add(r);
    }
    const auto all = run(m);
    REQUIRE(successes(all) == 10);
    for (const auto& done : all) {
        CHECK(done.response.body().size() == size);
        CHECK(
            sha256(done.response.body()) ==
            digests[std::any_cast<std::size_t>(done.tag)]
        );
    }
}

TEST_CASE("https: files that were missing are read once they are there", "[tls]") {
    directory d;
    server s(good());
    s.route("/", "x");
    const auto path = (d.path / "ca.pem").string();
    xfer::multi m;
    const auto attempt = [&] {
        auto r = xfer::get(s.url());
        return transfer_one(m, r.tls(xfer::tls().ca_file(path)));
    };
    CHECK(attempt().ec == error::ca_unusable);
    std::ofstream(path) << "no certificate yet";
    CHECK(attempt().ec == error::ca_unusable);
    std::ofstream(path) << test_authority().certificate_pem();
    const auto done = attempt();
    INFO(done.failure().message);
    CHECK_FALSE(done.ec);
    // What was read once is not read again.
    std::filesystem::remove(path);
    CHECK_FALSE(attempt().ec);
    CHECK(s.counts().accepted == 1);
}

TEST_CASE("https: a limited rate reads on in what TLS has decrypted", "[tls][M23]") {
    // Head and body come in one record, of which each read takes a part: no readiness
    // tells of the rest.
    server s(good());
    reply r(200, std::string(10'000, 'x'));
    const bool long_head = GENERATE(false, true);
    if (long_head) {
        r.with_field("X-Long", std::string(5'000, 'y'));
    }
    s.route("/", r);
    xfer::multi m;
    const auto begun = std::chrono::steady_clock::now();
    const auto done = transfer_one(
        m, get_trusting(s.url(), {.idle_timeout = 5s, .max_receive_rate = 40'000})
    );
    INFO(done.failure().message);
    CHECK_FALSE(done.ec);
    CHECK(done.response.body() == std::string(10'000, 'x'));
    CHECK(std::chrono::steady_clock::now() - begun >= 100ms);
    CHECK(m.stats().idle_connections == 1);
}
