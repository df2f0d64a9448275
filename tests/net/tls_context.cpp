// net/tls_context.hpp: every option of xfer::tls is enforced or refused with a
// sentence.
#include "support/environment.hpp"
#include "support/tls_peer.hpp"

#include <catch2/catch.hpp>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <thread>

using namespace tls_support;
using support::variable;

namespace {

/// A directory of its own, removed at the end.
class scratch {
 public:
    scratch() {
        std::string pattern =
            std::filesystem::temp_directory_path() / "xfer-tls-XXXXXX";
        if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("mkdtemp");
        path_ = pattern;
    }
    scratch(const scratch&) = delete;
    ~scratch() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    std::string write(const std::string& name, const std::string& text) const {
        auto path = (path_ / name).string();
        std::ofstream(path) << text;
        return path;
    }
    std::string path(const std::string& name = {}) const { return path_ / name; }

 private:
    std::filesystem::path path_;
};

/// Expects refusal with this code, in a sentence that has these words.
void refused(const tls& t, error expected, const std::vector<std::string>& words) {
    std::error_code ec;
    std::string why;
    auto context = net::tls_context::make(t, ec, why);
    INFO(why);
    CHECK(context == nullptr);
    CHECK(ec == expected);
    for (const auto& word : words) CHECK(why.find(word) != std::string::npos);
}

auto fingerprint(const tls& t) { return context_of(t)->fingerprint(); }

const std::string& ca() { return test_authority().certificate_pem(); }

}  // namespace

TEST_CASE(
    "tls: a configuration is a value that compares by what was set", "[net][tls]"
) {
    tls a;
    tls b;
    CHECK(a == b);
    a.ciphers("AES128-GCM-SHA256");
    CHECK_FALSE(a == b);
    b = a;
    b.min_version(tls_version::v1_3);
    CHECK(a.settings().min_version == tls_version::v1_2);
    CHECK_FALSE(a == b);
    CHECK(tls().insecure() == tls().verify_peer(false).verify_host(false));
    CHECK_FALSE(
        trusting().client_certificate("x", "y") ==
        tls().client_certificate_pem("x", "y")
    );
}

TEST_CASE("tls_context: an unusable CA is refused by name", "[net][tls]") {
    scratch dir;
    constexpr auto unusable = error::ca_unusable;
    refused(
        tls().ca_file("/nowhere/x.pem"),
        unusable,
        {"'/nowhere/x.pem' cannot be read", "No such file"}
    );
    refused(tls().ca_file(dir.path()), unusable, {"cannot be read"});
    refused(tls().ca_file(dir.write("empty", "")), unusable, {"empty", "is empty"});
    refused(
        tls().ca_file(dir.write("junk", "junk")), unusable, {"holds no certificate"}
    );
    refused(tls().ca_pem(""), unusable, {"CA text holds no certificate"});
    refused(tls().ca_directory("/nowhere"), unusable, {"CA directory '/nowhere'"});
    refused(tls().ca_directory(dir.path()), unusable, {"holds no certificate file"});
    auto broken =
        ca() + "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    refused(tls().ca_file(dir.write("b", broken)), unusable, {"number 2 is broken"});
    refused(tls().insecure().ca_pem("junk"), unusable, {"CA text"});
}

TEST_CASE(
    "tls_context: CA file, directory and text are read and trusted", "[net][tls]"
) {
    scratch dir;
    auto file = dir.write("ca.pem", ca());
    auto kind = GENERATE(0, 1, 2);
    tls configuration;
    if (kind == 0) configuration.ca_file(file);
    if (kind == 1) configuration.ca_directory(dir.path());
    if (kind == 2) configuration.ca_pem(ca());
    server_context served({});
    tls_pair pair;
    CHECK(pair.connect(served, context_of(configuration)));
}

TEST_CASE(
    "tls_context: the system's certificates come from where OpenSSL looks", "[net][tls]"
) {
    scratch dir;
    server_context served({});
    SECTION("SSL_CERT_FILE") {
        variable file("SSL_CERT_FILE", dir.write("ca.pem", ca()));
        tls_pair pair;
        CHECK(pair.connect(served, context_of(tls())));
    }
    SECTION("SSL_CERT_DIR by hash") {
        net::x509_ptr x(read_pem<PEM_read_bio_X509>(ca()));
        char name[32];
        std::snprintf(name, sizeof name, "%08lx.0", X509_subject_name_hash(x.get()));
        dir.write(name, ca());
        variable directory("SSL_CERT_DIR", "/nowhere:" + dir.path());
        tls_pair pair;
        CHECK(pair.connect(served, context_of(tls())));
    }
    SECTION("a file named there that is missing is refused") {
        variable file("SSL_CERT_FILE", "/nowhere/ca.pem");
        refused(tls(), error::ca_unusable, {"SSL_CERT_FILE", "/nowhere/ca.pem"});
        CHECK(context_of(tls().insecure()));
        CHECK(context_of(trusting()));
    }
}

TEST_CASE(
    "tls_context: the system's default loads or says what to install", "[net][tls]"
) {
    std::error_code ec;
    std::string why;
    auto context = net::tls_context::make(tls(), ec, why);
    if (context) {
        server_context served({});
        tls_pair pair;
        CHECK_FALSE(pair.connect(served, context));
        CHECK(pair.ec == error::certificate_unknown_ca);
    } else {
        CHECK(ec == error::ca_unusable);
        CHECK(why.find("ca-certificates") != std::string::npos);
    }
    CHECK(context_of(tls().insecure()));
}

TEST_CASE(
    "C1.4: an unusable client certificate is refused by name", "[net][tls][C1.4]"
) {
    scratch dir;
    constexpr auto unusable = error::client_certificate_unusable;
    const auto& good = good_identity();
    auto other = test_authority().issue({"b.test"});
    auto locked = xfer::testing::encrypt_key(good.key_pem, "secret");
    auto certificate = dir.write("cert.pem", good.certificate_pem);
    refused(trusting().client_certificate("/nowhere.pem"), unusable, {"/nowhere.pem"});
    refused(trusting().client_certificate(certificate), unusable, {"no private key"});
    refused(
        trusting().client_certificate(certificate, "/nokey"), unusable, {"'/nokey'"}
    );
    refused(
        trusting().client_certificate(certificate, dir.write("k", other.key_pem)),
        unusable,
        {"does not belong to", "cert.pem"}
    );
    refused(
        trusting().client_certificate_pem(good.certificate_pem, other.key_pem),
        unusable,
        {"does not belong to"}
    );
    refused(
        trusting().client_certificate_pem(good.certificate_pem, "junk"),
        unusable,
        {"no private key"}
    );
    refused(
        trusting().client_certificate_pem("junk", good.key_pem),
        unusable,
        {"holds no certificate"}
    );
    refused(
        trusting().client_certificate_pem(good.certificate_pem, locked),
        unusable,
        {"encrypted", "passphrase"}
    );
    refused(
        trusting().client_certificate_pem(good.certificate_pem, locked, "wrong"),
        unusable,
        {"passphrase is wrong"}
    );
    CHECK(context_of(
        trusting().client_certificate_pem(good.certificate_pem, locked, "secret")
    ));
    auto both = dir.write("both.pem", good.certificate_pem + good.key_pem);
    CHECK(context_of(trusting().client_certificate(both)));
}

TEST_CASE(
    "B3.2: a client certificate is a path or a text and never guessed",
    "[net][tls][B3.2]"
) {
    scratch dir;
    auto path = dir.write("cert.pem", good_identity().certificate_pem);
    refused(
        trusting().client_certificate_pem(path, path),
        error::client_certificate_unusable,
        {"text holds no certificate"}
    );
    refused(
        trusting().client_certificate(good_identity().certificate_pem),
        error::client_certificate_unusable,
        {"cannot be read"}
    );
}

TEST_CASE(
    "C1.4: ciphers and groups and versions are enforced or refused", "[net][tls][C1.4]"
) {
    constexpr auto invalid = error::tls_config_invalid;
    refused(trusting().ciphers("NO-SUCH"), invalid, {"ciphers", "'NO-SUCH'"});
    refused(
        trusting().ciphers("ECDHE-RSA-AES128-GCM-SHA256:BOGUS"), invalid, {"'BOGUS'"}
    );
    refused(trusting().ciphers(""), invalid, {"ciphers"});
    refused(trusting().ciphers("DEFAULT@SECLEVEL=0"), invalid, {"SECLEVEL"});
    refused(trusting().ciphers("DEFAULT:@SECLEVEL=1"), invalid, {"security level"});
    refused(
        trusting().ciphers("NULL-SHA256").max_version(tls_version::v1_2),
        invalid,
        {"no cipher"}
    );
    refused(trusting().tls13_ciphers("TLS_NONE"), invalid, {"'TLS_NONE'"});
    refused(trusting().tls13_ciphers("TLS_AES_128_GCM_SHA256:X"), invalid, {"'X'"});
    refused(trusting().tls13_ciphers(""), invalid, {"tls13_ciphers"});
    refused(trusting().groups("X25519:nope"), invalid, {"groups"});
    refused(trusting().groups(""), invalid, {"groups"});
    refused(
        trusting().min_version(tls_version::v1_3).max_version(tls_version::v1_2),
        invalid,
        {"min_version"}
    );
    CHECK(context_of(trusting().ciphers("ECDHE+AESGCM:!aNULL:-SHA1:@STRENGTH")));
}

TEST_CASE("tls_context: what was configured is what is negotiated", "[net][tls]") {
    server_context served({});
    tls_pair pair;
    auto old = trusting()
                   .max_version(tls_version::v1_2)
                   .ciphers("ECDHE-ECDSA-AES128-GCM-SHA256")
                   .groups("P-384:P-256");
    REQUIRE(pair.connect(served, context_of(old)));
    CHECK(pair.client->info().version == "TLSv1.2");
    CHECK(pair.client->info().cipher == "ECDHE-ECDSA-AES128-GCM-SHA256");
    tls_pair next;
    auto now = trusting()
                   .min_version(tls_version::v1_3)
                   .tls13_ciphers("TLS_CHACHA20_POLY1305_SHA256")
                   .groups("X25519");
    REQUIRE(next.connect(served, context_of(now)));
    auto info = next.client->info();
    CHECK(info.version == "TLSv1.3");
    CHECK(info.cipher == "TLS_CHACHA20_POLY1305_SHA256");
    CHECK(info.group == "x25519");
    CHECK(info.subject == "CN=xfer test");
    CHECK(info.issuer == "CN=xfer test root");
    CHECK(info.expires.find("GMT") != std::string::npos);
}

TEST_CASE(
    "tls_context: fingerprints follow the content and not the path", "[net][tls]"
) {
    scratch dir;
    auto a = dir.write("a.pem", ca());
    auto b = dir.write("b.pem", ca());
    auto first = fingerprint(tls().ca_file(a));
    CHECK(first == fingerprint(tls().ca_file(b)));
    dir.write("a.pem", xfer::testing::authority().certificate_pem());
    CHECK(first != fingerprint(tls().ca_file(a)));
}

TEST_CASE("tls_context: every setting changes the fingerprint", "[net][tls]") {
    scratch dir;
    variable file("SSL_CERT_FILE", dir.write("ca.pem", ca()));
    auto other = test_authority().issue({"b.test"});
    const auto& good = good_identity();
    auto locked = xfer::testing::encrypt_key(good.key_pem, "secret");
    std::vector<tls> all{
        trusting(),
        trusting().ca_native(),
        tls().ca_pem(other.certificate_pem),
        trusting().client_certificate_pem(good.certificate_pem, good.key_pem),
        trusting().client_certificate_pem(other.certificate_pem, other.key_pem),
        trusting().client_certificate_pem(good.certificate_pem, locked, "secret"),
        trusting().min_version(tls_version::v1_3),
        trusting().max_version(tls_version::v1_2),
        trusting().ciphers("ECDHE+AESGCM"),
        trusting().tls13_ciphers("TLS_AES_128_GCM_SHA256"),
        trusting().groups("X25519"),
        trusting().signature_algorithms("ECDSA+SHA256"),
        trusting().partial_chain(false),
        trusting().crl_pem(test_authority().revocation_list()),
        trusting().key_log_file(dir.path("keys")),
        trusting().pin_public_key(xfer::testing::public_key_pin(good.certificate_pem)),
        trusting().verify_peer(false),
        trusting().verify_host(false),
    };
    for (std::size_t i = 0; i < all.size(); ++i) {
        INFO(i);
        CHECK(fingerprint(all[i]) == fingerprint(all[i]));
        for (std::size_t j = 0; j < i; ++j)
            CHECK(fingerprint(all[i]) != fingerprint(all[j]));
    }
}

TEST_CASE(
    "B3.1: one thread's configuration does not reach another's", "[net][tls][B3.1]"
) {
    server_options options;
    options.identity = xfer::testing::self_signed(spec_for("a.test"));
    server_context served(options);
    auto count = [&served](const tls& configuration) {
        int connected = 0;
        for (int i = 0; i < 50; ++i) {
            tls_pair pair;
            connected += pair.connect(served, context_of(configuration)) ? 1 : 0;
        }
        return connected;
    };
    int careless = 0;
    std::thread other([&] { careless = count(tls().insecure()); });
    int careful = count(trusting());
    other.join();
    CHECK(careful == 0);
    CHECK(careless == 50);
}

TEST_CASE("tls_context: a context made on one thread serves on another", "[net][tls]") {
    std::shared_ptr<net::tls_context> context;
    std::thread([&] { context = context_of(trusting()); }).join();
    server_context served({});
    tls_pair pair;
    CHECK(pair.connect(served, context));
}
