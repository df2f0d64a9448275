// One SSL object over a lower transport: what a handshake and a TLS stream share.
#pragma once

#include <xfer/config.hpp>
#include <xfer/net/openssl_ptr.hpp>
#include <xfer/net/tls_bio.hpp>
#include <xfer/net/tls_context.hpp>
#include <xfer/net/tls_verify.hpp>
#include <xfer/net/transport.hpp>

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace XFER_NAMESPACE::net {

/// What an SSL call that did not succeed waits for, or how it ended.
enum class tls_outcome : std::uint8_t {
    want_read,
    want_write,
    closed,     ///< close_notify was received
    truncated,  ///< the lower stream ended without it
    broken,     ///< the lower transport failed: see tls_bio
    failed,     ///< TLS itself failed, or the peer sent an alert
};

/// Owns the SSL object, its BIO and the lower transport. Stays where it was made:
/// OpenSSL holds its address.
class tls_link final : public tls_events {
 public:
    XFER_DECL tls_link(
        std::unique_ptr<transport> lower,
        std::shared_ptr<tls_context> context,
        tls_peer_name name,
        std::uint16_t port,
        tls_role role,
        std::span<const std::string_view> alpn
    );
    tls_link(const tls_link&) = delete;
    tls_link& operator=(const tls_link&) = delete;
    XFER_DECL ~tls_link();

    [[nodiscard]] SSL* ssl() const noexcept { return ssl_.get(); }
    [[nodiscard]] transport& lower() const noexcept { return *lower_; }
    [[nodiscard]] const tls_bio& bio() const noexcept { return bio_; }
    /// Before each read of data: see tls_bio::allowance.
    void expect_data() noexcept { bio_.allowance = tls_bio::most_without_data; }
    [[nodiscard]] tls_verifier& verifier() noexcept { return verifier_; }

    /// Why the SSL call that returned `result` did not succeed. When it failed,
    /// reason() and alert() are set.
    [[nodiscard]] XFER_DECL tls_outcome outcome(int result);

    /// The peer's alert (RFC 8446 6.2), or -1.
    [[nodiscard]] int alert() const noexcept { return alert_; }
    /// What OpenSSL said, as in "wrong version number", or the alert's name.
    [[nodiscard]] const std::string& reason() const noexcept { return reason_; }

    /// Whether close_notify may still be sent: no fatal error so far.
    [[nodiscard]] bool intact() const noexcept { return intact_; }

    /// From now on sessions go to the cache, those that came already included.
    XFER_DECL void peer_was_verified(const verified_peer&);
    /// Drops what the cache has for this peer, if a session was offered.
    XFER_DECL void session_was_refused();

    XFER_DECL bool on_certificate(X509_STORE_CTX* chain) override;
    XFER_DECL void on_session(ssl_session_ptr session) override;
    void on_renegotiation_refused() noexcept override { renegotiated_ = true; }

    /// Whether the server tried to renegotiate; outcome() then says failed.
    [[nodiscard]] bool renegotiated() const noexcept { return renegotiated_; }

 private:
    std::shared_ptr<tls_context> context_;
    std::unique_ptr<transport> lower_;
    tls_bio bio_;
    tls_verifier verifier_;
    std::string session_key_;
    std::vector<ssl_session_ptr> unverified_sessions_;
    std::string reason_;
    int alert_ = -1;
    bool offered_session_ = false;
    bool verified_ = false;
    bool intact_ = true;
    bool renegotiated_ = false;
    ssl_ptr ssl_;  // last, so that it goes first
};

}  // namespace XFER_NAMESPACE::net

#ifndef XFER_SEPARATE_COMPILATION
#include <xfer/net/impl/tls_link.ipp>
#endif
