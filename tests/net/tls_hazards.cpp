// HAZARDS B3.2, C1.4, C2.2 and C3.1 as they are told there.
#include "support/client_hello.hpp"
#include "support/scratch.hpp"
#include "support/tls_peer.hpp"

#include <catch2/catch.hpp>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/param_build.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <string_view>

using namespace tls_support;

namespace {

client_hello hello_of(const tls& t) {
    auto line = std::make_shared<wire>();
    net::tls_handshake handshake(
        std::make_unique<wire_end>(line),
        context_of(t),
        "a.test",
        443,
        net::tls_role::origin,
        {}
    );
    std::error_code ec;
    CHECK_FALSE(handshake.try_step(ec));
    return client_hello(line->up);
}

using bn_ptr = net::openssl_ptr<BIGNUM, BN_free>;

/// Parameters of Diffie and Hellman with that prime, and 2.
net::key_ptr parameters_of(const bn_ptr& p) {
    net::openssl_ptr<OSSL_PARAM_BLD, OSSL_PARAM_BLD_free> build(OSSL_PARAM_BLD_new());
    bn_ptr two(BN_new());
    BN_set_word(two.get(), 2);
    OSSL_PARAM_BLD_push_BN(build.get(), OSSL_PKEY_PARAM_FFC_P, p.get());
    OSSL_PARAM_BLD_push_BN(build.get(), OSSL_PKEY_PARAM_FFC_G, two.get());
    net::openssl_ptr<OSSL_PARAM, OSSL_PARAM_free> made(
        OSSL_PARAM_BLD_to_param(build.get())
    );
    net::openssl_ptr<EVP_PKEY_CTX, EVP_PKEY_CTX_free> context(
        EVP_PKEY_CTX_new_from_name(nullptr, "DH", nullptr)
    );
    EVP_PKEY* key = nullptr;
    EVP_PKEY_fromdata_init(context.get());
    EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_KEY_PARAMETERS, made.get());
    return net::key_ptr(key);
}

bn_ptr prime_of(int bits) {
    if (bits == 768) return bn_ptr(BN_get_rfc2409_prime_768(nullptr));
    if (bits == 1024) return bn_ptr(BN_get_rfc2409_prime_1024(nullptr));
    if (bits == 2048) return bn_ptr(BN_get_rfc3526_prime_2048(nullptr));
    bn_ptr made(BN_new());
    BN_generate_prime_ex(made.get(), bits, 1, nullptr, nullptr, nullptr);
    return made;
}

/// A ServerHello that chooses this, whatever was offered (RFC 5246 7.4.1.3).
std::string server_hello(unsigned version, unsigned cipher) {
    const auto number = [](unsigned n, int octets) {
        std::string text;
        for (int i = octets - 1; i >= 0; --i) text += static_cast<char>(n >> (8 * i));
        return text;
    };
    // Without renegotiation_info (RFC 5746) it would be refused for that.
    const auto body = number(version, 2) + std::string(32, 'r') + number(0, 1) +
                      number(cipher, 2) + number(0, 1) + number(5, 2) +
                      number(0xff01, 2) + number(1, 2) + number(0, 1);
    const auto message =
        number(2, 1) + number(static_cast<unsigned>(body.size()), 3) + body;
    return number(22, 1) + number(0x0303, 2) +
           number(static_cast<unsigned>(message.size()), 2) + message;
}

/// The working directory, for as long as this lives.
class working_in {
 public:
    explicit working_in(const std::filesystem::path& p)
        : before_(std::filesystem::current_path()) {
        std::filesystem::current_path(p);
    }
    working_in(const working_in&) = delete;
    working_in& operator=(const working_in&) = delete;
    ~working_in() {
        std::error_code ignored;
        std::filesystem::current_path(before_, ignored);
    }

 private:
    std::filesystem::path before_;
};

template <class T>
concept has_staples = requires(T t) {
    t.require_staple();
}
|| requires(T t) { t.require_staple(true); }
|| requires(T t) { t.verify_status(true); }
|| requires(T t) { t.ocsp(true); }
|| requires(T t) { t.settings().require_staple; }
|| requires(T t) { t.settings().verify_status; };
template <class T>
concept has_pins = requires(T t) {
    t.pin_public_key("sha256//");
};

}  // namespace

TEST_CASE("B3.2: a file that is called as a text is, is not read", "[net][B3.2]") {
    const support::scratch d;
    const auto& id = good_identity();
    support::write_file(d / "label", id.certificate_pem + id.key_pem);
    support::write_file(d / "xfer test", id.certificate_pem + id.key_pem);
    const working_in directory(std::filesystem::path(d / ".").parent_path());
    REQUIRE(std::filesystem::exists("label"));
    std::error_code ec;
    std::string why;
    for (const auto* text : {"label", "xfer test", "CN=xfer test"}) {
        INFO(text);
        CHECK_FALSE(net::tls_context::make(
            trusting().client_certificate_pem(text, text), ec, why
        ));
        CHECK(ec == error::client_certificate_unusable);
        CHECK_FALSE(net::tls_context::make(tls().ca_pem(text), ec, why));
        CHECK(ec == error::ca_unusable);
    }
    // What is a path is one, also of that name.
    CHECK(net::tls_context::make(trusting().client_certificate("label"), ec, why));
}

TEST_CASE("C1.4: a table of names in certificates", "[net][tls][C1.4]") {
    struct row {
        const char* pattern;
        const char* host;
        bool matches = false;
    };
    const row rows[] = {
        {"a.test", "a.test", true},
        {"a.test", "A.TEST", true},
        {"A.tEST", "a.test", true},
        {"a.test", "a.test.", true},
        {"a.test", "b.test"},
        {"a.test", "x.a.test"},
        {"x.a.test", "a.test"},
        {"a.test", "a.tes"},
        {"a.test", "a.testt"},
        {"a.test", "a-test"},
        {"a.test", "atest"},
        {"*.a.test", "x.a.test", true},
        {"*.A.test", "X.a.TEST", true},
        {"*.a.test", "x.a.test.", true},
        {"*.a.test", "-x.a.test", true},
        {"*.a.test", "a.test"},
        {"*.a.test", "x.y.a.test"},
        {"*.a.test", "xa.test"},
        {"*.a.test", "x.b.test"},
        {"*.x.a.test", "y.x.a.test", true},
        {"*.x.a.test", "x.a.test"},
        {"*.x.a.test", "a.test"},
        {"*", "a.test"},
        {"*", "a"},
        {"*", "x.a.test"},
        {"*.", "a."},
        {"*.*", "a.test"},
        {"*.test", "a.test"},
        {"*.com", "example.com"},
        {"*.co.uk", "a.co.uk", true},  // whose names they are is not for the client
        {"*a.test", "aa.test"},
        {"a*.test", "ab.test"},
        {"a*b.a.test", "axb.a.test"},
        {"w*.a.test", "www.a.test"},
        {"*w.a.test", "www.a.test"},
        {"ww*.a.test", "www.a.test"},
        {"x.*.test", "x.a.test"},
        {"x.*.a.test", "x.y.a.test"},
        {"x.y.*", "x.y.test"},
        {"*.*.a.test", "x.y.a.test"},
        {"**.a.test", "x.a.test"},
        {"*..a.test", "x.a.test"},
        {".a.test", "x.a.test"},
        {".a.test", "a.test"},
        {"", "a.test"},
        {"xn--*.a.test", "xn--bcher-kva.a.test"},
        {"xn--bcher-kva.a.test", "xn--bcher-kva.a.test", true},
        {"*.a.test", "xn--bcher-kva.a.test", true},
        {"*.xn--bcher-kva.test", "x.xn--bcher-kva.test", true},
        {"127.0.0.1", "127.0.0.1"},
        {"*.0.0.1", "127.0.0.1"},
        {"*", "127.0.0.1"},
        {"::1", "::1"},
        {"[::1]", "::1"},
        {"*:1", "::1"},
    };
    static_assert(std::size(rows) >= 46);
    for (const auto& r : rows) {
        INFO(r.pattern << " and " << r.host);
        xfer::testing::certificate_spec spec;
        spec.raw_dns_names = {r.pattern};
        const auto made = test_authority().issue(spec);
        net::x509_ptr leaf(read_pem<PEM_read_bio_X509>(made.certificate_pem));
        const auto name = net::tls_peer_name::parse(r.host);
        REQUIRE(name);
        CHECK(net::certificate_names(leaf.get(), *name) == r.matches);
    }
}

TEST_CASE("C2.2: there is no option for staples that nobody would enforce", "[C2.2]") {
    STATIC_REQUIRE(has_pins<tls>);  // so that what follows would see one
    STATIC_REQUIRE_FALSE(has_staples<tls>);
    constexpr unsigned status_request = 5;
    constexpr unsigned status_request_v2 = 17;
    const auto hello = hello_of(trusting());
    CHECK(hello.has(10));
    CHECK_FALSE(hello.has(status_request));
    CHECK_FALSE(hello.has(status_request_v2));
}

TEST_CASE("C3.1: groups of Diffie and Hellman below 2048 bits are refused", "[C3.1]") {
    const int bits = GENERATE(512, 768, 1024, 2048);
    INFO(bits);
    auto spec = spec_for("a.test");
    spec.key = xfer::testing::key_kind::rsa;
    server_options options;
    options.identity = test_authority().issue(spec);
    options.max_version = TLS1_2_VERSION;
    options.ciphers = "DHE-RSA-AES128-GCM-SHA256:@SECLEVEL=0";
    server_context served(options);
    auto parameters = parameters_of(prime_of(bits));
    REQUIRE(parameters);
    // OpenSSL itself would not serve the smallest.
    SSL_CTX_set_security_callback(
        served.native(),
        [](const SSL*, const SSL_CTX*, int, int, int, void*, void*) { return 1; }
    );
    REQUIRE(SSL_CTX_set0_tmp_dh_pkey(served.native(), parameters.get()) == 1);
    static_cast<void>(parameters.release());
    const bool insecure = GENERATE(true, false);
    tls_pair pair;
    const auto t = insecure ? tls().insecure() : trusting();
    CHECK(pair.connect(served, context_of(t)) == (bits == 2048));
    INFO(pair.why);
    if (bits == 2048) return;
    CHECK(pair.ec == error::tls_handshake_failed);
    CHECK(pair.why.find("dh key too small") != std::string::npos);
    CHECK(pair.server->received.empty());
}

TEST_CASE(
    "C3.1: weak ciphers and old versions are neither offered nor taken", "[C3.1]"
) {
    // NULL, EXPORT, RC4, DES, 3DES; anonymous; and those with elliptic curves.
    const unsigned weak[] = {
        0x0000, 0x0001, 0x0002, 0x0003, 0x0004, 0x0005, 0x0006, 0x0008, 0x0009, 0x000a,
        0x0013, 0x0016, 0x0018, 0x001b, 0x0034, 0x003a, 0x003b, 0xc001, 0xc002, 0xc006,
        0xc007, 0xc008, 0xc010, 0xc011, 0xc012, 0xc015, 0xc016, 0xc017, 0xc018};
    const auto hello = hello_of(trusting());
    CHECK(hello.versions() == std::vector<unsigned>{0x0304, 0x0303});
    CHECK(hello.legacy_version == 0x0303);
    for (const auto cipher : weak) {
        INFO(std::hex << cipher);
        CHECK(std::ranges::count(hello.ciphers, cipher) == 0);
    }
    const auto answered_with = [](const std::string& bytes) {
        auto line = std::make_shared<wire>();
        line->down = bytes;
        net::tls_handshake handshake(
            std::make_unique<wire_end>(line),
            context_of(tls().insecure()),
            "a.test",
            443,
            net::tls_role::origin,
            {}
        );
        std::error_code ec;
        CHECK_FALSE(handshake.try_step(ec));
        CHECK_FALSE(handshake.finish());
        // An alert is the last thing that it says.
        REQUIRE(line->up.size() > 7);
        CHECK(line->up[line->up.size() - 7] == 21);
        return ec;
    };
    for (const auto cipher : weak) {
        INFO(std::hex << cipher);
        CHECK(
            answered_with(server_hello(0x0303, cipher)) == error::tls_handshake_failed
        );
    }
    // With a cipher that each of them knows.
    for (const unsigned version : {0x0300u, 0x0301u, 0x0302u}) {
        INFO(std::hex << version);
        CHECK(
            answered_with(server_hello(version, 0xc009)) == error::tls_handshake_failed
        );
    }
    // That alone was what it took offence at.
    auto line = std::make_shared<wire>();
    line->down = server_hello(0x0303, 0xc02b);
    net::tls_handshake handshake(
        std::make_unique<wire_end>(line),
        context_of(tls().insecure()),
        "a.test",
        443,
        net::tls_role::origin,
        {}
    );
    std::error_code ec;
    CHECK_FALSE(handshake.try_step(ec));
    CHECK(ec == std::errc::operation_would_block);
}
