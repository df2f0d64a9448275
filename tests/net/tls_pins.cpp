// C2.1: pins are checked whatever else is, and what is no pin is none.
#include "support/tls_peer.hpp"

#include <catch2/catch.hpp>

#include <ctime>

using namespace tls_support;

TEST_CASE("C2.1: a pin is checked on a resumed session too", "[net][tls][C2.1]") {
    auto version = GENERATE(tls_version::v1_2, tls_version::v1_3);
    bool verify = GENERATE(true, false);
    auto base = (verify ? trusting() : tls().insecure()).max_version(version);
    auto right = xfer::testing::public_key_pin(good_identity().certificate_pem);
    auto wrong = xfer::testing::public_key_pin(test_authority().certificate_pem());
    server_context served({});

    auto pinned = context_of(tls(base).pin_public_key(wrong).pin_public_key(right));
    for (bool resumed : {false, true}) {
        tls_pair pair;
        REQUIRE(pair.connect(served, pinned));
        pair.read();
        CHECK(pair.client->resumed() == resumed);
    }

    // As if a session of another configuration had come into the cache.
    auto elsewhere = context_of(tls(base).pin_public_key(wrong));
    auto key = net::tls_session_cache::key("a.test", 443, net::tls_role::origin);
    auto session = pinned->sessions().take(key, std::time(nullptr));
    REQUIRE(session);
    elsewhere->sessions().put(key, std::move(session), std::time(nullptr));
    tls_pair pair;
    CHECK_FALSE(pair.connect(served, elsewhere));
    CHECK(pair.ec == error::pin_mismatch);
    CHECK(pair.server->resumed());
    CHECK(pair.server->received.empty());
    CHECK(elsewhere->sessions().size() == 0);
}

TEST_CASE("C2.1: what is no pin is refused", "[net][tls][C2.1]") {
    auto right = xfer::testing::public_key_pin(good_identity().certificate_pem);
    auto zeros = std::string(43, 'A');
    auto pin = GENERATE_COPY(
        as<std::string>(),
        "",
        "sha256//",
        "sha256//short",
        right.substr(8),
        right + ";" + right,
        " " + right,
        right + " ",
        "sha256//" + zeros,
        "sha256//" + zeros + "A",
        "sha256//" + zeros.substr(1) + "==",
        "sha256//AA=" + zeros.substr(3) + "=",
        "sha256//A*A" + zeros.substr(3) + "=",
        "sha1//" + zeros + "=",
        "/etc/ssl/key.pem"
    );
    INFO(pin);
    std::error_code ec;
    std::string why;
    auto one = tls().insecure().pin_public_key(pin);
    CHECK(net::tls_context::make(one, ec, why) == nullptr);
    CHECK(ec == error::tls_config_invalid);
    CHECK(why.find("pin_public_key") != std::string::npos);
    // A good one does not make up for it.
    auto two = trusting().pin_public_key(right).pin_public_key(pin);
    CHECK(net::tls_context::make(two, ec, why) == nullptr);
    CHECK(ec == error::tls_config_invalid);
    CHECK(context_of(trusting().pin_public_key("sha256//" + zeros + "=")));
}
