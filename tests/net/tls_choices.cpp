// net/tls_choices.hpp: versions, ciphers, groups and signatures are on the wire as they
// were configured, or refused before there is a wire.
#include "support/client_hello.hpp"
#include "support/tls_peer.hpp"

#include <catch2/catch.hpp>

#include <stdexcept>
#include <thread>

using namespace tls_support;

namespace {

using list = std::vector<unsigned>;

client_hello hello_of(const std::shared_ptr<net::tls_context>& context) {
    auto line = std::make_shared<wire>();
    net::tls_handshake handshake(
        std::make_unique<wire_end>(line),
        context,
        "a.test",
        443,
        net::tls_role::origin,
        {}
    );
    // Without assertions of Catch's, which belong to one thread.
    std::error_code ec;
    if (handshake.try_step(ec)) throw std::runtime_error("nobody answered");
    return client_hello(line->up);
}
client_hello hello_of(const tls& t) { return hello_of(context_of(t)); }

void refused(const tls& t, const std::string& word, const std::string& also = {}) {
    std::error_code ec;
    std::string why;
    auto context = net::tls_context::make(t, ec, why);
    INFO(word << ": " << why);
    CHECK(context == nullptr);
    CHECK(ec == error::tls_config_invalid);
    CHECK(why.find(word) != std::string::npos);
    CHECK(why.find(also) != std::string::npos);
}

bool connects(const server_options& options, const tls& t) {
    server_context served(options);
    tls_pair pair;
    bool good = pair.connect(served, context_of(t));
    if (!good) CHECK(pair.ec == error::tls_handshake_failed);
    return good;
}

}  // namespace

TEST_CASE("tls_choices: the ClientHello offers the versions allowed", "[net][tls]") {
    CHECK(hello_of(trusting()).versions() == list{0x0304, 0x0303});
    auto newest = hello_of(trusting().min_version(tls_version::v1_3));
    CHECK(newest.versions() == list{0x0304});
    auto older = hello_of(trusting().max_version(tls_version::v1_2));
    CHECK_FALSE(older.has(43));
    CHECK(older.legacy_version == 0x0303);
}

TEST_CASE(
    "tls_choices: a server of no version allowed is not talked to", "[net][tls]"
) {
    server_options only_1_2;
    only_1_2.max_version = TLS1_2_VERSION;
    server_options only_1_3;
    only_1_3.min_version = TLS1_3_VERSION;
    auto newest = trusting().min_version(tls_version::v1_3);
    auto older = trusting().max_version(tls_version::v1_2);
    CHECK(connects(only_1_2, older));
    CHECK(connects(only_1_3, newest));
    CHECK_FALSE(connects(only_1_2, newest));
    CHECK_FALSE(connects(only_1_3, older));
}

TEST_CASE("tls_choices: the ClientHello offers the ciphers named", "[net][tls]") {
    auto older = trusting()
                     .max_version(tls_version::v1_2)
                     .ciphers(
                         "ECDHE-ECDSA-AES128-GCM-SHA256:"
                         "ECDHE-RSA-CHACHA20-POLY1305"
                     );
    CHECK(hello_of(older).ciphers == list{0xc02b, 0xcca8});
    auto newest = trusting()
                      .min_version(tls_version::v1_3)
                      .tls13_ciphers(
                          "TLS_CHACHA20_POLY1305_SHA256:"
                          "TLS_AES_128_GCM_SHA256"
                      );
    CHECK(hello_of(newest).ciphers == list{0x1303, 0x1301});
    server_options options;
    options.max_version = TLS1_2_VERSION;
    options.ciphers = "ECDHE-ECDSA-AES256-GCM-SHA384";
    CHECK_FALSE(connects(options, older));
}

TEST_CASE("tls_choices: the ClientHello offers the groups named", "[net][tls]") {
    CHECK(hello_of(trusting().groups("P-384:X25519")).groups() == list{24, 29});
    CHECK(hello_of(trusting().groups("P-256")).groups() == list{23});
    server_options options;
    options.groups = "P-521";
    CHECK(connects(options, trusting()));
    CHECK_FALSE(connects(options, trusting().groups("X25519:P-256")));
}

TEST_CASE("tls_choices: the ClientHello offers the signatures named", "[net][tls]") {
    auto two = trusting().signature_algorithms("ECDSA+SHA384:rsa_pss_rsae_sha256");
    CHECK(hello_of(two).signatures() == list{0x0503, 0x0804});
    // The server's key is of P-256.
    auto version = GENERATE(tls_version::v1_2, tls_version::v1_3);
    auto base = trusting().max_version(version);
    CHECK(connects({}, tls(base).signature_algorithms("ECDSA+SHA256")));
    CHECK_FALSE(connects({}, tls(base).signature_algorithms("rsa_pss_rsae_sha256")));
}

TEST_CASE("tls_choices: a cipher list may take out what is not there", "[net][tls]") {
    const auto older = trusting().max_version(tls_version::v1_2);
    for (const auto* text :
         {"HIGH:!RC4:!3DES:!EXPORT:!LOW:!DES", "HIGH:-MD5", "ECDHE+AESGCM:!aNULL"}) {
        INFO(text);
        CHECK(context_of(tls(older).ciphers(text)));
    }
    // The last of a list is not all that is offered.
    CHECK(context_of(tls(older).ciphers("HIGH:!aNULL").groups("P-256")));
    CHECK(context_of(tls(older)
                         .ciphers("ECDHE-ECDSA-AES256-GCM-SHA384:AES256-GCM-SHA384")
                         .groups("P-256")
                         .signature_algorithms("RSA+SHA256")));
    refused(tls(older).ciphers("HIGH:+nope"), "ciphers", "nope");
    refused(tls(older).ciphers("nope:!RC4"), "ciphers", "nope");
}

TEST_CASE("tls_choices: what OpenSSL would leave out is refused", "[net][tls]") {
    refused(trusting().groups("X25519:nope"), "groups", "'nope'");
    refused(trusting().groups(""), "groups");
    refused(trusting().groups("P-192"), "groups", "'P-192' is below");
    refused(trusting().groups("X25519:P-192"), "groups", "'P-192' is below");
    refused(
        trusting().groups("P-192").max_version(tls_version::v1_2), "'P-192' is below"
    );
    refused(
        trusting().groups("X25519:sect283k1").min_version(tls_version::v1_3),
        "'sect283k1'"
    );
    // Known to TLS 1.2 alone, so that nothing is left for 1.3.
    refused(trusting().groups("sect283k1"), "nothing to offer");
    CHECK(context_of(trusting().groups("X25519:sect283k1")));
    CHECK(context_of(trusting().groups("sect283k1").max_version(tls_version::v1_2)));

    auto signatures = [](const char* text) {
        return trusting().signature_algorithms(text);
    };
    refused(signatures("nope"), "signature_algorithms", "'nope'");
    refused(signatures("ECDSA+SHA256:nope"), "signature_algorithms", "'nope'");
    refused(signatures(""), "signature_algorithms");
    refused(signatures("RSA+SHA1"), "signature_algorithms", "'RSA+SHA1' is below");
    refused(signatures("ECDSA+SHA256:ECDSA+SHA1"), "'ECDSA+SHA1' is below");
}

TEST_CASE("B2.4: no ClientHello offers early data", "[net][tls][B2.4]") {
    server_context served({});
    auto context = context_of(trusting());
    CHECK_FALSE(hello_of(context).has(42));
    tls_pair pair;
    REQUIRE(pair.connect(served, context));
    pair.read();
    REQUIRE(context->sessions().size() > 0);
    auto second = hello_of(context);
    CHECK(second.has(41));  // it does offer to resume
    CHECK_FALSE(second.has(42));
}

TEST_CASE("T-5: no ClientHello lets itself be asked later on", "[net][tls][T-5]") {
    auto id = test_authority().issue({"me"});
    auto t = trusting().client_certificate_pem(id.certificate_pem, id.key_pem);
    CHECK_FALSE(hello_of(t).has(49));  // post_handshake_auth (RFC 8446 4.2.6)
}

TEST_CASE("B3.1: two threads with two cipher lists each show their own", "[net][tls]") {
    auto differing = [](const char* name, unsigned number) {
        auto t = trusting().max_version(tls_version::v1_2).ciphers(name);
        int wrong = 0;
        for (int i = 0; i < 200; ++i) {
            wrong += hello_of(t).ciphers == list{number} ? 0 : 1;
        }
        return wrong;
    };
    test_authority();
    int wrong_there = -1;
    std::thread other([&] {
        wrong_there = differing("ECDHE-ECDSA-AES128-GCM-SHA256", 0xc02b);
        net::tls_context::leave_thread();
    });
    int wrong_here = differing("ECDHE-ECDSA-AES256-GCM-SHA384", 0xc02c);
    other.join();
    CHECK(wrong_here == 0);
    CHECK(wrong_there == 0);
}
