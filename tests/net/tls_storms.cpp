// T-4 to T-6: what a server may send between its answers, or instead of them.
#include "support/tls_peer.hpp"

#include <catch2/catch.hpp>
#include <openssl/hmac.h>

#include <array>
#include <ctime>

using namespace tls_support;

namespace {

const auto blocked = std::errc::operation_would_block;

std::string bytes_of_hex(std::string_view hex) {
    std::string bytes;
    for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
        bytes +=
            static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16));
    }
    return bytes;
}

/// A server of TLS 1.3 that sends records no decent one would: after the handshake they
/// are made here, with the keys of the connection (RFC 8446 5.2 and 7.3).
class forger {
 public:
    explicit forger(const tls& configuration) : served_(options()) {
        SSL_CTX_set_keylog_callback(served_.native(), note);
        SSL_CTX_set_app_data(served_.native(), &secret_);
        connected = pair.connect(served_, context_of(configuration));
        key_ = expand("key", 16);
        iv_ = expand("iv", 12);
    }

    /// Sends a record of this type; an empty one is well-formed, though useless.
    void send(std::string content, unsigned char type) {
        content += static_cast<char>(type);
        std::string record("\x17\x03\x03", 3);
        auto size = content.size() + 16;
        record += static_cast<char>(size >> 8);
        record += static_cast<char>(size);
        record += sealed(content, record);
        pair.line->down += record;
    }

    tls_pair pair;
    bool connected = false;

 private:
    static server_options options() {
        server_options o;
        o.min_version = TLS1_3_VERSION;
        o.tickets = 0;  // so that the first record is the first with these keys
        return o;
    }
    static void note(const SSL* ssl, const char* line) {
        constexpr std::string_view label = "SERVER_TRAFFIC_SECRET_0 ";
        std::string_view text(line);
        if (!text.starts_with(label)) return;
        *static_cast<std::string*>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl))) =
            bytes_of_hex(text.substr(text.rfind(' ') + 1));
    }
    std::string expand(const std::string& label, unsigned char size) const {
        std::string info(1, '\0');
        info += static_cast<char>(size);
        info += static_cast<char>(label.size() + 6);
        info += "tls13 " + label;
        info += std::string("\0\1", 2);
        std::array<unsigned char, 32> out{};
        unsigned length = 0;
        HMAC(
            EVP_sha256(),
            secret_.data(),
            static_cast<int>(secret_.size()),
            reinterpret_cast<const unsigned char*>(info.data()),
            info.size(),
            out.data(),
            &length
        );
        return {reinterpret_cast<const char*>(out.data()), size};
    }
    std::string sealed(const std::string& content, const std::string& header) {
        auto bytes = [](const std::string& s) {
            return reinterpret_cast<const unsigned char*>(s.data());
        };
        auto nonce = iv_;
        for (std::size_t i = 0; i < 8; ++i) {
            nonce[11 - i] ^= static_cast<char>(number_ >> (8 * i));
        }
        ++number_;
        net::openssl_ptr<EVP_CIPHER_CTX, EVP_CIPHER_CTX_free> c(EVP_CIPHER_CTX_new());
        std::vector<unsigned char> out(content.size() + 16);
        int n = 0;
        EVP_EncryptInit_ex(
            c.get(), EVP_aes_128_gcm(), nullptr, bytes(key_), bytes(nonce)
        );
        EVP_EncryptUpdate(
            c.get(), nullptr, &n, bytes(header), static_cast<int>(header.size())
        );
        EVP_EncryptUpdate(
            c.get(), out.data(), &n, bytes(content), static_cast<int>(content.size())
        );
        EVP_EncryptFinal_ex(c.get(), out.data() + n, &n);
        EVP_CIPHER_CTX_ctrl(
            c.get(), EVP_CTRL_AEAD_GET_TAG, 16, out.data() + content.size()
        );
        return {out.begin(), out.end()};
    }

    server_context served_;
    std::string secret_, key_, iv_;
    std::uint64_t number_ = 0;
};

constexpr unsigned char application_data = 23;
constexpr unsigned char handshake_message = 22;

tls small_keys() { return trusting().tls13_ciphers("TLS_AES_128_GCM_SHA256"); }

}  // namespace

TEST_CASE("T-4: a ticket that follows the answer is kept", "[net][tls][T-4]") {
    server_options options;
    options.tickets = 0;
    options.min_version = TLS1_3_VERSION;
    server_context served(options);
    auto context = context_of(trusting());
    {
        tls_pair pair;
        REQUIRE(pair.connect(served, context));
        pair.server->send("answer");
        CHECK(pair.read() == "answer");
        CHECK(context->sessions().size() == 0);
        pair.server->send_ticket();
        pair.server->send_ticket();
        CHECK(pair.read().empty());
        CHECK(pair.ec == blocked);
        CHECK(context->sessions().size() == 2);
    }
    tls_pair next;
    REQUIRE(next.connect(served, context));
    CHECK(next.client->resumed());
}

TEST_CASE("T-4: an endless row of tickets fills no memory", "[net][tls][T-4]") {
    server_context served({});
    auto context = context_of(trusting());
    tls_pair pair;
    REQUIRE(pair.connect(served, context));
    for (int i = 0; i < 200; ++i) pair.server->send_ticket();
    pair.server->send("answer");
    CHECK(pair.read() == "answer");
    CHECK(context->sessions().size() == 4);
}

TEST_CASE("T-5: a certificate that is asked for later is refused", "[net][tls][T-5]") {
    auto id = test_authority().issue({"me"});
    forger server(small_keys().client_certificate_pem(id.certificate_pem, id.key_pem));
    REQUIRE(server.connected);
    server.send("first", application_data);
    CHECK(server.pair.read() == "first");
    // CertificateRequest (RFC 8446 4.3.2), for ecdsa_secp256r1_sha256.
    std::string request("\x0d\0\0\x0c\1\7\0\x08\0\x0d\0\4\0\2\4\3", 16);
    server.send(request, handshake_message);
    CHECK(server.pair.read().empty());
    CHECK(server.pair.ec == error::receive_failed);
    CHECK(server.pair.client->last_reason().find("unexpected") != std::string::npos);
    server.pair.server->pump();
    CHECK(SSL_get0_peer_certificate(server.pair.server->native()) == nullptr);
}

TEST_CASE("T-6: a thousand changes of keys end, and then comes data", "[net][tls]") {
    server_context served({});
    tls_pair pair;
    REQUIRE(pair.connect(served, context_of(trusting())));
    CHECK(pair.read().empty());
    pair.line->room = 100;  // of the answers that a KeyUpdate asks for
    for (int i = 0; i < 1000; ++i) pair.server->update_key();
    pair.server->send("x");
    std::array<char, 100> block{};
    std::size_t got = 0;
    bool had_to_wait = false;
    for (int i = 0; i < 5000 && got == 0; ++i) {
        got = pair.client->try_read(block, pair.ec);
        if (got == 0) REQUIRE(pair.ec == blocked);
        // What is to be written first is waited for, and held once.
        had_to_wait |=
            pair.client->wants(net::direction::read) == net::direction::write;
        REQUIRE(pair.line->up.size() <= 100);
        pair.server->pump();
    }
    CHECK(got == 1);
    CHECK(had_to_wait);
    CHECK(pair.write("y"));
    CHECK(pair.server->received == "y");
}

TEST_CASE("T-6: a flood of empty records is an error", "[net][tls][T-6]") {
    forger server(small_keys());
    REQUIRE(server.connected);
    for (int i = 0; i < 10; ++i) server.send("", application_data);
    server.send("x", application_data);
    CHECK(server.pair.read() == "x");
    for (int i = 0; i < 1000; ++i) server.send("", application_data);
    server.send("y", application_data);
    CHECK(server.pair.read().empty());
    CHECK(server.pair.ec == error::receive_failed);
    CHECK_FALSE(server.pair.client->reusable());
}

TEST_CASE("T-6: an endless change of keys holds up nobody", "[net][tls][T-6][F1]") {
    server_options options;
    options.min_version = TLS1_3_VERSION;
    server_context served(options);
    tls_pair pair;
    REQUIRE(pair.connect(served, context_of(trusting())));
    CHECK(pair.read().empty());
    for (int i = 0; i < 12'000; ++i) pair.server->update_key();
    const auto sent = pair.line->down.size();
    std::vector<char> block(1000);
    CHECK(pair.client->try_read(block, pair.ec) == 0);
    CHECK(pair.ec == std::errc::protocol_error);
    CHECK(sent - pair.line->down.size() < 200'000);
    CHECK_FALSE(pair.line->down.empty());
    CHECK_FALSE(pair.client->reusable());
}
