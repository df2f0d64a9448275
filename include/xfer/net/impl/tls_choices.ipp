// Asks OpenSSL about each name of a list, and looks at the ClientHello that comes of
// it.
#pragma once

#include <xfer/net/tls_choices.hpp>
#include <xfer/net/tls_material.hpp>

#include <openssl/err.h>

#include <algorithm>
#include <cstddef>
#include <new>
#include <utility>
#include <vector>

namespace XFER_NAMESPACE::net {
namespace tls_detail {

inline std::vector<std::string> split(const std::string& list, const char* separators) {
    std::vector<std::string> parts;
    for (std::size_t begin = 0; begin < list.size();) {
        auto end = std::min(list.find_first_of(separators, begin), list.size());
        if (end > begin) parts.push_back(list.substr(begin, end - begin));
        begin = end + 1;
    }
    return parts;
}

inline int version_number(tls_version v) noexcept {
    return v == tls_version::v1_2 ? TLS1_2_VERSION : TLS1_3_VERSION;
}

/// Whether OpenSSL knows this one cipher of TLS 1.3.
inline bool knows_tls13_cipher(SSL_CTX* scratch, const std::string& name) {
    SSL_CTX_set_ciphersuites(scratch, "");
    SSL_CTX_set_ciphersuites(scratch, name.c_str());
    const auto* list = SSL_CTX_get_ciphers(scratch);
    for (int i = 0; list != nullptr && i < sk_SSL_CIPHER_num(list); ++i) {
        if (name == SSL_CIPHER_get_name(sk_SSL_CIPHER_value(list, i))) return true;
    }
    return false;
}

/// Whether OpenSSL knows this one element of a cipher string, less its operator.
inline bool knows_cipher(SSL_CTX* scratch, const std::string& name) {
    if (name == "@STRENGTH" || name.starts_with("@SECLEVEL=")) return true;
    auto start = name.find_first_not_of("!+-");
    if (start == name.npos) return false;
    // What is taken out may be what this OpenSSL does not have any more.
    if (name.front() == '!' || name.front() == '-') return true;
    return SSL_CTX_set_cipher_list(scratch, name.substr(start).c_str()) == 1;
}

/// A list of names in an extension of the ClientHello (RFC 8446 4.2), and how to set
/// it.
struct named_list {
    const char* option;
    unsigned extension;
    const char* separators;
    long (*set)(SSL_CTX*, const char*);
};

inline constexpr named_list groups_list{
    "groups",
    TLSEXT_TYPE_supported_groups,
    ":/",
    [](SSL_CTX* ctx, const char* text) { return SSL_CTX_set1_groups_list(ctx, text); },
};
inline constexpr named_list signatures_list{
    "signature_algorithms",
    TLSEXT_TYPE_signature_algorithms,
    ":",
    [](SSL_CTX* ctx, const char* text) { return SSL_CTX_set1_sigalgs_list(ctx, text); },
};

/// Has the ClientHello of a context read by a server that goes no further.
class hello_reader {
 public:
    hello_reader() : server_(SSL_CTX_new(TLS_server_method())) {
        if (!server_) throw std::bad_alloc();
    }

    /// Whether the list in this extension has an entry. False too when no ClientHello
    /// can be made.
    bool has_entry(SSL_CTX* context, unsigned extension) {
        question q{extension};
        SSL_CTX_set_client_hello_cb(server_.get(), look, &q);
        ssl_ptr client(SSL_new(context));
        ssl_ptr server(SSL_new(server_.get()));
        BIO* hello = BIO_new(BIO_s_mem());
        if (!client || !server || hello == nullptr) {
            BIO_free(hello);
            throw std::bad_alloc();
        }
        // Each side owns its BIOs; this one has two owners.
        BIO_up_ref(hello);
        SSL_set_bio(client.get(), BIO_new(BIO_s_null()), hello);
        SSL_set_bio(server.get(), hello, BIO_new(BIO_s_null()));
        SSL_set_connect_state(client.get());
        SSL_set_accept_state(server.get());
        SSL_do_handshake(client.get());
        SSL_do_handshake(server.get());
        ERR_clear_error();
        return q.found;
    }

 private:
    struct question {
        unsigned extension;
        bool found = false;
    };

    static int look(SSL* ssl, int*, void* self) noexcept {
        auto& q = *static_cast<question*>(self);
        const unsigned char* data = nullptr;
        std::size_t size = 0;
        // Two octets of length, then two for each entry.
        q.found =
            SSL_client_hello_get0_ext(ssl, q.extension, &data, &size) == 1 && size >= 4;
        return SSL_CLIENT_HELLO_ERROR;
    }

    ssl_ctx_ptr server_;
};

class choices {
 public:
    choices(SSL_CTX* context, const tls_settings& settings, std::string& why)
        : context_(context),
          settings_(settings),
          why_(why),
          scratch_(SSL_CTX_new(TLS_client_method())) {
        if (!scratch_) throw std::bad_alloc();
    }

    bool apply() {
        bool good = versions() && ciphers() && tls13_ciphers() && some_cipher_is_left();
        good = good && (!settings_.groups || list(groups_list, *settings_.groups));
        good = good && (!settings_.signature_algorithms ||
                        list(signatures_list, *settings_.signature_algorithms));
        ERR_clear_error();
        return good;
    }

 private:
    bool fail(std::string sentence) {
        why_ = std::move(sentence);
        return false;
    }
    bool unknown(const char* option, const std::string& name) {
        return fail(std::string("tls ") + option + ": OpenSSL knows no '" + name + "'");
    }

    bool versions() {
        if (settings_.min_version > settings_.max_version) {
            return fail("tls min_version is above tls max_version");
        }
        if (set_versions(context_, settings_.max_version)) return true;
        return fail(
            "this OpenSSL was built without the TLS version asked for: " +
            take_openssl_reason()
        );
    }

    bool set_versions(SSL_CTX* context, tls_version most) const {
        int least = version_number(settings_.min_version);
        return SSL_CTX_set_min_proto_version(context, least) == 1 &&
               SSL_CTX_set_max_proto_version(context, version_number(most)) == 1;
    }

    bool ciphers() {
        if (!settings_.ciphers) return true;
        const auto& text = *settings_.ciphers;
        for (const auto& name : split(text, ":, ")) {
            if (!knows_cipher(scratch_.get(), name)) return unknown("ciphers", name);
        }
        if (SSL_CTX_set_cipher_list(context_, text.c_str()) == 1) return true;
        return fail(
            "tls ciphers '" + text + "' cannot be used: " + take_openssl_reason()
        );
    }

    bool tls13_ciphers() {
        if (!settings_.tls13_ciphers) return true;
        const auto& text = *settings_.tls13_ciphers;
        const auto names = split(text, ":");
        for (const auto& name : names) {
            if (!knows_tls13_cipher(scratch_.get(), name)) {
                return unknown("tls13_ciphers", name);
            }
        }
        if (!names.empty() && SSL_CTX_set_ciphersuites(context_, text.c_str()) == 1) {
            return true;
        }
        return unknown("tls13_ciphers", text);
    }

    bool some_cipher_is_left() {
        if (SSL_CTX_get_security_level(context_) < 2) {
            return fail(
                "tls ciphers '" + settings_.ciphers.value_or("") +
                "' lower the security level below 2: leave @SECLEVEL out"
            );
        }
        ssl_ptr probe(SSL_new(context_));
        if (!probe) throw std::bad_alloc();
        auto* usable = SSL_get1_supported_ciphers(probe.get());
        int count = usable == nullptr ? 0 : sk_SSL_CIPHER_num(usable);
        sk_SSL_CIPHER_free(usable);
        if (count > 0) return true;
        return fail("the tls ciphers and versions leave no cipher of security level 2");
    }

    bool list(const named_list& kind, const std::string& text) {
        SSL_CTX_set_security_level(
            scratch_.get(), SSL_CTX_get_security_level(context_)
        );
        // Each cipher was tried here alone, and one may leave nothing to say hello
        // with.
        SSL_CTX_set_ciphersuites(scratch_.get(), OSSL_default_ciphersuites());
        SSL_CTX_set_cipher_list(scratch_.get(), OSSL_default_cipher_list());
        for (const auto& name : split(text, kind.separators)) {
            // OpenSSL 3.3 and newer: what may be missing, or is taken out.
            if (name.front() == '?' || name.front() == '-') continue;
            if (kind.set(scratch_.get(), name.c_str()) != 1) {
                return unknown(kind.option, name);
            }
            if (!offered(kind)) {
                return fail(
                    std::string("tls ") + kind.option + ": '" + name +
                    "' is below the security level (" +
                    std::to_string(SSL_CTX_get_security_level(context_)) +
                    "), or of none of the TLS versions allowed: leave it out"
                );
            }
        }
        if (kind.set(context_, text.c_str()) != 1) return unknown(kind.option, text);
        if (hello_.has_entry(context_, kind.extension)) return true;
        return fail(
            std::string("tls ") + kind.option + " '" + text +
            "' leave nothing to offer to a server with the TLS versions allowed"
        );
    }

    /// Whether the one name in scratch_ is offered with any version.
    bool offered(const named_list& kind) {
        SSL_CTX* scratch = scratch_.get();
        for (auto most : {settings_.max_version, tls_version::v1_2}) {
            if (most < settings_.min_version || !set_versions(scratch, most)) continue;
            if (hello_.has_entry(scratch, kind.extension)) return true;
        }
        return false;
    }

    SSL_CTX* context_;
    const tls_settings& settings_;
    std::string& why_;
    ssl_ctx_ptr scratch_;
    hello_reader hello_;
};

}  // namespace tls_detail

XFER_DECL bool apply_choices(
    SSL_CTX* context, const tls_settings& settings, std::string& why
) {
    return tls_detail::choices(context, settings, why).apply();
}

}  // namespace XFER_NAMESPACE::net
