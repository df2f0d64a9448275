// Builds a tls_context step by step; each step succeeds or says why not.
#pragma once

#include <xfer/net/tls_bio.hpp>
#include <xfer/net/tls_choices.hpp>
#include <xfer/net/tls_context.hpp>

#include <openssl/err.h>

#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <new>
#include <utility>
#include <vector>

namespace XFER_NAMESPACE::net {
namespace tls_detail {

inline tls_events& events_of(const SSL* ssl) noexcept {
    return *static_cast<tls_events*>(SSL_get_app_data(ssl));
}

inline int on_certificate(X509_STORE_CTX* chain, void*) noexcept {
    void* ssl = X509_STORE_CTX_get_ex_data(chain, SSL_get_ex_data_X509_STORE_CTX_idx());
    try {
        return events_of(static_cast<SSL*>(ssl)).on_certificate(chain) ? 1 : 0;
    } catch (...) {  // out of memory; no exception may cross OpenSSL's C
        X509_STORE_CTX_set_error(chain, X509_V_ERR_OUT_OF_MEM);
        return 0;
    }
}

/// Gives a copy away: the connection goes on writing to its own session, and marks it
/// unusable when it fails, perhaps on another thread than the one that resumes it.
inline int on_session(SSL* ssl, SSL_SESSION* session) noexcept {
    try {
        if (ssl_session_ptr copy{SSL_SESSION_dup(session)}) {
            events_of(ssl).on_session(std::move(copy));
        }
    } catch (...) {  // a session less
    }
    return 0;
}

/// A server that wants to renegotiate is refused by a warning (RFC 5246 7.2.2), which
/// OpenSSL sends and says nothing more of.
inline void on_state(const SSL* ssl, int where, int value) noexcept {
    constexpr int refusal = SSL3_AL_WARNING << 8 | SSL_AD_NO_RENEGOTIATION;
    if (where == SSL_CB_WRITE_ALERT && value == refusal) {
        events_of(ssl).on_renegotiation_refused();
    }
}

/// The context's application data is its key log.
inline void on_key_log_line(const SSL* ssl, const char* line) noexcept {
    const void* log = SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));
    static_cast<const tls_key_log*>(log)->write(line);
}

}  // namespace tls_detail

class tls_context_builder {
 public:
    tls_context_builder(
        tls_context& out, const tls_settings& settings, const named_authorities& named
    )
        : out_(out), settings_(settings), named_(named) {}

    bool run() {
        bool built = choices() && trust() && revocation() && client_certificate() &&
                     policy() && key_log();
        if (!built) return false;
        out_.fingerprint_ = hash_.finish();
        ERR_clear_error();
        return true;
    }

    std::error_code ec;
    std::string why;

 private:
    SSL_CTX* ctx() const noexcept { return out_.native(); }
    X509_STORE* store() const noexcept { return SSL_CTX_get_cert_store(ctx()); }

    bool fail(error e, std::string sentence) {
        ec = e;
        why = std::move(sentence);
        ERR_clear_error();
        return false;
    }

    bool choices() {
        std::string reason;
        if (!apply_choices(ctx(), settings_, reason)) {
            return fail(error::tls_config_invalid, std::move(reason));
        }
        hash_.add(settings_.min_version == tls_version::v1_2 ? "1.2" : "1.3");
        hash_.add(settings_.max_version == tls_version::v1_2 ? "1.2" : "1.3");
        hash_optional(settings_.ciphers);
        hash_optional(settings_.tls13_ciphers);
        hash_optional(settings_.groups);
        hash_optional(settings_.signature_algorithms);
        return true;
    }

    void hash_optional(const std::optional<std::string>& value) {
        hash_.add(value ? "set" : "unset");
        hash_.add(value.value_or(std::string()));
    }

    bool add_certificates(const std::string& pem, const std::string& what) {
        std::vector<x509_ptr> certificates;
        std::string reason;
        if (!parse_certificates(pem, what, certificates, reason)) {
            return fail(error::ca_unusable, std::move(reason));
        }
        hash_.add(pem);
        for (const auto& certificate : certificates) {
            if (X509_STORE_add_cert(store(), certificate.get()) != 1) {
                return fail(error::ca_unusable, what + ": " + take_openssl_reason());
            }
        }
        return true;
    }

    bool add_file(const std::string& path, std::string_view what) {
        std::string text;
        std::string reason;
        if (!read_material(path, what, text, reason)) {
            return fail(error::ca_unusable, std::move(reason));
        }
        return add_certificates(text, std::string(what) + " '" + path + "'");
    }

    bool has_own_anchors() const noexcept {
        return settings_.ca_file || settings_.ca_directory || settings_.ca_pem;
    }
    bool has_revocation_lists() const noexcept {
        return settings_.crl_file || settings_.crl_pem;
    }

    bool trust() {
        hash_.add("trust");
        // What a user names is an anchor, be it a root or not. Not so with revocation
        // lists: that of an anchor's issuer could not be verified without the issuer.
        bool partial = has_own_anchors() && !has_revocation_lists();
        if (settings_.partial_chain.value_or(partial)) {
            hash_.add("partial chain");
            X509_STORE_set_flags(store(), X509_V_FLAG_PARTIAL_CHAIN);
        }
        if (!has_own_anchors()) return !settings_.verify_peer || system_trust();
        if (settings_.ca_file && !add_file(*settings_.ca_file, "CA file")) return false;
        if (settings_.ca_pem && !add_certificates(*settings_.ca_pem, "CA text")) {
            return false;
        }
        if (settings_.ca_directory && !add_directory(*settings_.ca_directory)) {
            return false;
        }
        return !settings_.ca_native || !settings_.verify_peer || system_trust();
    }

    bool add_directory(const std::string& directory) {
        std::vector<std::string> paths;
        std::string reason;
        if (!list_certificates(directory, paths, reason)) {
            return fail(error::ca_unusable, std::move(reason));
        }
        for (const auto& path : paths) {
            if (!add_file(path, "CA file")) return false;
        }
        return true;
    }

    bool system_trust() {
        hash_.add("system");
        std::string file = named_.file.value_or(X509_get_default_cert_file());
        std::error_code missing;
        bool have_file = named_.file || std::filesystem::exists(file, missing);
        auto what = named_.file ? std::string("CA file (from ") +
                                      X509_get_default_cert_file_env() + ")"
                                : std::string("the system's CA file");
        if (have_file && !add_file(file, what)) return false;

        std::string list = named_.directories.value_or(X509_get_default_cert_dir());
        bool have_directory = false;
        for (const auto& directory : tls_detail::split(list, ":")) {
            have_directory |= add_system_directory(directory);
        }
        if (have_file || have_directory) return true;
        return fail(
            error::ca_unusable,
            "no certificate authority is installed: neither '" + file + "' nor '" +
                list +
                "' holds one; install the package ca-certificates, set SSL_CERT_FILE, "
                "or give a CA file"
        );
    }

    /// Searched by hash when an issuer is wanted, as OpenSSL does it.
    bool add_system_directory(const std::string& directory) {
        std::vector<std::string> paths;
        std::string ignored;
        if (!list_certificates(directory, paths, ignored)) return false;
        std::error_code unknown_time;
        auto changed = std::filesystem::last_write_time(directory, unknown_time);
        hash_.add(directory);
        hash_.add(std::to_string(changed.time_since_epoch().count()));
        auto* lookup = X509_STORE_add_lookup(store(), X509_LOOKUP_hash_dir());
        return lookup != nullptr &&
               X509_LOOKUP_add_dir(lookup, directory.c_str(), X509_FILETYPE_PEM) == 1;
    }

    /// Lists for all issuers of a chain, as curl asks for them.
    bool revocation() {
        hash_.add("revoked");
        if (!has_revocation_lists()) return true;
        if (!settings_.verify_peer) {
            return fail(
                error::tls_config_invalid,
                "tls crl_file and crl_pem need verify_peer: without it no chain is "
                "looked at, and nothing could be found to be revoked"
            );
        }
        if (settings_.partial_chain.value_or(false)) {
            return fail(
                error::tls_config_invalid,
                "tls partial_chain cannot be had together with crl_file and crl_pem: "
                "whether an anchor that is no root is revoked cannot be found out"
            );
        }
        if (settings_.crl_file) {
            std::string text;
            std::string reason;
            if (!read_material(
                    *settings_.crl_file, "revocation list file", text, reason
                )) {
                return fail(error::crl_unusable, std::move(reason));
            }
            auto what = "revocation list file '" + *settings_.crl_file + "'";
            if (!add_revocation_lists(text, what)) return false;
        }
        if (settings_.crl_pem &&
            !add_revocation_lists(*settings_.crl_pem, "revocation list text")) {
            return false;
        }
        constexpr unsigned long flags =
            X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL;
        X509_STORE_set_flags(store(), flags);
        // A resumed session has no chain that could be looked up in a list.
        SSL_CTX_set_session_cache_mode(ctx(), SSL_SESS_CACHE_OFF);
        return true;
    }

    bool add_revocation_lists(const std::string& pem, const std::string& what) {
        std::vector<x509_crl_ptr> lists;
        std::string reason;
        if (!parse_revocation_lists(pem, what, lists, reason)) {
            return fail(error::crl_unusable, std::move(reason));
        }
        hash_.add(pem);
        for (const auto& list : lists) {
            if (X509_STORE_add_crl(store(), list.get()) != 1) {
                return fail(error::crl_unusable, what + ": " + take_openssl_reason());
            }
        }
        return true;
    }

    bool client_certificate() {
        hash_.add("client");
        std::string reason;
        if (const auto* pem = std::get_if<2>(&settings_.client_certificate)) {
            return use(*pem, "client certificate text", "client key text");
        }
        const auto* files = std::get_if<1>(&settings_.client_certificate);
        if (files == nullptr) return true;
        const auto& key_path = files->key.empty() ? files->certificate : files->key;
        tls_certificate_pem pem;
        pem.passphrase = files->passphrase;
        if (!read_material(
                files->certificate, "client certificate", pem.certificate, reason
            ) ||
            !read_material(key_path, "client key", pem.key, reason)) {
            return fail(error::client_certificate_unusable, std::move(reason));
        }
        return use(
            pem,
            "client certificate '" + files->certificate + "'",
            "client key '" + key_path + "'"
        );
    }

    bool use(
        const tls_certificate_pem& pem,
        const std::string& certificate_name,
        const std::string& key_name
    ) {
        constexpr auto unusable = error::client_certificate_unusable;
        const auto& key_text = pem.key.empty() ? pem.certificate : pem.key;
        hash_.add(pem.certificate);
        hash_.add(key_text);
        hash_.add(pem.passphrase);
        std::vector<x509_ptr> chain;
        std::string reason;
        if (!parse_certificates(pem.certificate, certificate_name, chain, reason)) {
            return fail(unusable, std::move(reason));
        }
        auto key = parse_key(key_text, pem.passphrase, key_name, reason);
        if (!key) return fail(unusable, std::move(reason));
        if (SSL_CTX_use_certificate(ctx(), chain.front().get()) != 1) {
            return fail(unusable, certificate_name + ": " + take_openssl_reason());
        }
        if (X509_check_private_key(chain.front().get(), key.get()) != 1) {
            return fail(
                unusable,
                key_name + " does not belong to " + certificate_name +
                    ": give the key that the certificate was made for"
            );
        }
        bool used = SSL_CTX_use_PrivateKey(ctx(), key.get()) == 1;
        for (std::size_t i = 1; used && i < chain.size(); ++i) {
            used = SSL_CTX_add1_chain_cert(ctx(), chain[i].get()) == 1;
        }
        if (used) return true;
        return fail(unusable, certificate_name + ": " + take_openssl_reason());
    }

    bool policy() {
        auto& policy = out_.policy_;
        policy.verify_peer = settings_.verify_peer;
        policy.verify_host = settings_.verify_host;
        hash_.add(policy.verify_peer ? "peer" : "any peer");
        hash_.add(policy.verify_host ? "host" : "any host");
        for (const auto& pin : settings_.pinned_keys) {
            hash_.add(pin);
            if (parse_pin(pin, policy.pinned_keys.emplace_back())) continue;
            return fail(
                error::tls_config_invalid,
                "tls pin_public_key '" + pin +
                    "' is not sha256// and the 44 characters of a digest in base64"
            );
        }
        return true;
    }

    /// Last, so that a configuration that is refused leaves no file behind.
    bool key_log() {
        hash_optional(settings_.key_log_file);
        if (!settings_.key_log_file) return true;
        std::string reason;
        out_.key_log_ = tls_key_log::open(*settings_.key_log_file, reason);
        if (!out_.key_log_) return fail(error::tls_config_invalid, std::move(reason));
        SSL_CTX_set_app_data(ctx(), out_.key_log_.get());
        SSL_CTX_set_keylog_callback(ctx(), tls_detail::on_key_log_line);
        return true;
    }

    tls_context& out_;
    const tls_settings& settings_;
    const named_authorities& named_;
    tls_hasher hash_;
};

XFER_DECL named_authorities named_authorities::from_environment() {
    named_authorities named;
    if (const char* file = ::secure_getenv(X509_get_default_cert_file_env())) {
        named.file = file;
    }
    if (const char* directories = ::secure_getenv(X509_get_default_cert_dir_env())) {
        named.directories = directories;
    }
    return named;
}

XFER_DECL tls_context::tls_context(token)
    : bio_method_(tls_bio::method()), context_(SSL_CTX_new(TLS_client_method())) {
    if (!context_) throw std::bad_alloc();
    SSL_CTX* ctx = context_.get();
    // The system's openssl.cnf may ask for more than level 2, never for less.
    if (SSL_CTX_get_security_level(ctx) < 2) SSL_CTX_set_security_level(ctx, 2);
    SSL_CTX_set_options(ctx, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
    SSL_CTX_clear_options(
        ctx, SSL_OP_IGNORE_UNEXPECTED_EOF | SSL_OP_LEGACY_SERVER_CONNECT
    );
    SSL_CTX_set_mode(
        ctx,
        SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
            SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_AUTO_RETRY
    );
    // One read of the transport may bring several records, or the end of one and the
    // head of the next.
    SSL_CTX_set_read_ahead(ctx, 1);
    SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, nullptr);
    SSL_CTX_set_cert_verify_callback(ctx, tls_detail::on_certificate, nullptr);
    SSL_CTX_set_session_cache_mode(
        ctx, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL
    );
    SSL_CTX_sess_set_new_cb(ctx, tls_detail::on_session);
    SSL_CTX_set_info_callback(ctx, tls_detail::on_state);
}

XFER_DECL std::shared_ptr<tls_context> tls_context::make(
    const tls& configuration,
    std::error_code& ec,
    std::string& why,
    const named_authorities& named
) {
    ERR_clear_error();
    auto context = std::make_shared<tls_context>(token{});
    tls_context_builder builder(*context, configuration.settings(), named);
    bool built = builder.run();
    ec = builder.ec;
    why = std::move(builder.why);
    if (!built) context.reset();
    return context;
}

XFER_DECL void tls_context::leave_thread() noexcept { ::OPENSSL_thread_stop(); }

}  // namespace XFER_NAMESPACE::net
