// A TLS configuration made ready: trusted certificates, own certificate, sessions.
#pragma once

#include <xfer/config.hpp>
#include <xfer/error.hpp>
#include <xfer/net/openssl_ptr.hpp>
#include <xfer/net/tls_key_log.hpp>
#include <xfer/net/tls_material.hpp>
#include <xfer/net/tls_sessions.hpp>
#include <xfer/net/tls_verify.hpp>
#include <xfer/tls.hpp>

#include <memory>
#include <optional>
#include <string>
#include <system_error>

namespace XFER_NAMESPACE::net {

/// What the context's callbacks tell a connection: its SSL's application data.
class tls_events {
 public:
    /// The server's certificates came. False ends the handshake with an alert.
    virtual bool on_certificate(X509_STORE_CTX* chain) = 0;
    /// The server issued a session; a copy that belongs to the callee.
    virtual void on_session(ssl_session_ptr session) = 0;
    /// The server asked for another handshake on this connection and was refused.
    virtual void on_renegotiation_refused() noexcept = 0;

 protected:
    ~tls_events() = default;
};

/// Where the environment says that the system's authorities are.
struct named_authorities {
    std::optional<std::string> file;         ///< SSL_CERT_FILE
    std::optional<std::string> directories;  ///< SSL_CERT_DIR, separated by ':'

    [[nodiscard]] XFER_DECL static named_authorities from_environment();
};

/// Everything that connections of one TLS configuration share: the SSL_CTX, its trust
/// store and the session cache. Two configurations share nothing, so neither trust nor
/// sessions can cross (no process-global state either).
///
/// Does not change once made, the session cache apart, which has its own mutex.
/// make() may run on any thread and the result be used on another; it reads files and
/// parses some 140 certificates for the system's bundle (30 to 70 ms), so it does not
/// belong on a loop. Connections use it from one strand at a time each.
class tls_context {
    struct token {};

 public:
    /// Reads and checks everything that the configuration names. On failure null, with
    /// error::ca_unusable, error::crl_unusable, error::client_certificate_unusable or
    /// error::tls_config_invalid, and a sentence in `why` that names the file or
    /// option and what to do.
    ///
    /// Without ca_*, and with ca_native: the system's certificates, where OpenSSL looks
    /// for them, or where `named` says. The file is read here, directories are searched
    /// by hash during handshakes. Nothing to be found there is an error only if the
    /// peer is to be verified.
    [[nodiscard]] XFER_DECL static std::shared_ptr<tls_context> make(
        const tls& configuration,
        std::error_code& ec,
        std::string& why,
        const named_authorities& named = named_authorities::from_environment()
    );

    /// Frees what OpenSSL keeps for the calling thread. For threads of a pool, which
    /// may still be about to end when the process does: after main, nobody would free
    /// it.
    XFER_DECL static void leave_thread() noexcept;

    XFER_DECL explicit tls_context(token);
    tls_context(const tls_context&) = delete;
    tls_context& operator=(const tls_context&) = delete;

    /// SHA-256 of all that was configured, of files their content: equal configurations
    /// have equal fingerprints, and a file that changed makes another one.
    [[nodiscard]] const tls_fingerprint& fingerprint() const noexcept {
        return fingerprint_;
    }

    [[nodiscard]] SSL_CTX* native() const noexcept { return context_.get(); }
    [[nodiscard]] const BIO_METHOD* bio_method() const noexcept {
        return bio_method_.get();
    }
    [[nodiscard]] const tls_policy& policy() const noexcept { return policy_; }
    [[nodiscard]] tls_session_cache& sessions() noexcept { return sessions_; }

 private:
    friend class tls_context_builder;

    bio_method_ptr bio_method_;
    std::unique_ptr<tls_key_log> key_log_;  // null: no secret is written down
    ssl_ctx_ptr context_;
    tls_policy policy_;
    tls_fingerprint fingerprint_{};
    tls_session_cache sessions_;
};

}  // namespace XFER_NAMESPACE::net

#ifndef XFER_SEPARATE_COMPILATION
#include <xfer/net/impl/tls_context.ipp>
#endif
