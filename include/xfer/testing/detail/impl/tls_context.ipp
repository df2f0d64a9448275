// The bodies of xfer/testing/detail/tls_context.hpp.
#pragma once

#include <xfer/testing/detail/tls_context.hpp>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>

#include <array>
#include <stdexcept>
#include <string>
#include <string_view>

namespace XFER_NAMESPACE::testing::detail {

using certificate_ptr = std::unique_ptr<X509, decltype(&X509_free)>;
using bio_ptr = std::unique_ptr<BIO, decltype(&BIO_free)>;

[[nodiscard]] inline std::invalid_argument tls_problem(const char* what) {
    std::array<char, 256> text{};
    ERR_error_string_n(ERR_get_error(), text.data(), text.size());
    ERR_clear_error();
    return std::invalid_argument(std::string(what) + ": " + text.data());
}

[[nodiscard]] inline bio_ptr bio_of(const std::string& text) {
    return bio_ptr(
        BIO_new_mem_buf(text.data(), static_cast<int>(text.size())), BIO_free
    );
}

[[nodiscard]] inline certificate_ptr next_certificate(BIO& from) {
    return certificate_ptr(
        PEM_read_bio_X509(&from, nullptr, nullptr, nullptr), X509_free
    );
}

inline void use_certificate(SSL_CTX& context, const server_options& options) {
    auto text = bio_of(options.certificate_pem);
    auto leaf = next_certificate(*text);
    if (!leaf || SSL_CTX_use_certificate(&context, leaf.get()) != 1) {
        throw tls_problem("certificate_pem");
    }
    while (auto link = next_certificate(*text)) {
        if (SSL_CTX_add1_chain_cert(&context, link.get()) != 1) {
            throw tls_problem("certificate_pem: chain");
        }
    }
    ERR_clear_error();  // the end of the text is reported as an error
    auto key_text = bio_of(options.key_pem);
    std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(
        PEM_read_bio_PrivateKey(key_text.get(), nullptr, nullptr, nullptr),
        EVP_PKEY_free
    );
    if (!key || SSL_CTX_use_PrivateKey(&context, key.get()) != 1) {
        throw tls_problem("key_pem");
    }
}

inline void ask_for_client_certificate(
    SSL_CTX& context, const server_options& options
) {
    auto text = bio_of(options.client_ca_pem);
    X509_STORE* trusted = SSL_CTX_get_cert_store(&context);
    std::size_t found = 0;
    while (auto authority = next_certificate(*text)) {
        X509_STORE_add_cert(trusted, authority.get());
        SSL_CTX_add_client_CA(&context, authority.get());
        ++found;
    }
    ERR_clear_error();
    if (found == 0) throw std::invalid_argument("client_ca_pem: no certificate");
    int mode = SSL_VERIFY_PEER;
    if (options.client_certificate_required) mode |= SSL_VERIFY_FAIL_IF_NO_PEER_CERT;
    SSL_CTX_set_verify(&context, mode, nullptr);
}

/// The first of our protocols that the client offers; none in common: no ALPN at all.
inline int choose_protocol(
    SSL*,
    const unsigned char** chosen,
    unsigned char* length,
    const unsigned char* offered,
    unsigned int offered_size,
    void* options
) {
    for (const auto& ours : static_cast<const server_options*>(options)->alpn) {
        for (unsigned int at = 0; at < offered_size; at += offered[at] + 1u) {
            std::string_view theirs(
                reinterpret_cast<const char*>(offered + at + 1), offered[at]
            );
            if (theirs != ours) continue;
            *chosen = offered + at + 1;
            *length = offered[at];
            return SSL_TLSEXT_ERR_OK;
        }
    }
    return SSL_TLSEXT_ERR_NOACK;
}

XFER_DECL std::shared_ptr<SSL_CTX> make_tls_context(const server_options& options) {
    std::shared_ptr<SSL_CTX> context(SSL_CTX_new(TLS_server_method()), SSL_CTX_free);
    if (!context) throw tls_problem("SSL_CTX_new");
    use_certificate(*context, options);
    if (!options.client_ca_pem.empty()) ask_for_client_certificate(*context, options);
    if (options.tls_min_version) {
        SSL_CTX_set_min_proto_version(context.get(), options.tls_min_version);
    }
    if (options.tls_max_version) {
        SSL_CTX_set_max_proto_version(context.get(), options.tls_max_version);
    }
    SSL_CTX_set_mode(context.get(), SSL_MODE_RELEASE_BUFFERS);
    // Sessions of a server that asks for client certificates need a context id.
    constexpr std::string_view id = "xfer::testing";
    SSL_CTX_set_session_id_context(
        context.get(), reinterpret_cast<const unsigned char*>(id.data()), id.size()
    );
    SSL_CTX_set_alpn_select_cb(
        context.get(), choose_protocol, const_cast<server_options*>(&options)
    );
    return context;
}

XFER_DECL void rotate_ticket_keys(SSL_CTX& context) {
    // OpenSSL says how long they are; sessions by id go with them.
    auto size = SSL_CTX_get_tlsext_ticket_keys(&context, nullptr, 0);
    std::string keys(static_cast<std::size_t>(size), '\0');
    RAND_bytes(reinterpret_cast<unsigned char*>(keys.data()), static_cast<int>(size));
    SSL_CTX_set_tlsext_ticket_keys(&context, keys.data(), size);
    SSL_CTX_flush_sessions(&context, 0);
}

XFER_DECL seen_connection describe(const SSL& session) {
    seen_connection seen;
    seen.resumed = SSL_session_reused(&session) == 1;
    seen.tls_version = SSL_get_version(&session);
    if (const char* name = SSL_get_servername(&session, TLSEXT_NAMETYPE_host_name)) {
        seen.server_name = name;
    }
    const unsigned char* protocol = nullptr;
    unsigned int length = 0;
    SSL_get0_alpn_selected(&session, &protocol, &length);
    if (protocol) seen.alpn.assign(reinterpret_cast<const char*>(protocol), length);
    if (X509* client = SSL_get0_peer_certificate(&session)) {
        bio_ptr text(BIO_new(BIO_s_mem()), BIO_free);
        X509_NAME_print_ex(
            text.get(), X509_get_subject_name(client), 0, XN_FLAG_RFC2253
        );
        char* data = nullptr;
        auto size = BIO_get_mem_data(text.get(), &data);
        seen.client_subject.assign(data, static_cast<std::size_t>(size));
    }
    return seen;
}

}  // namespace XFER_NAMESPACE::testing::detail
