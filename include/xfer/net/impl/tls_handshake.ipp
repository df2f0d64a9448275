// The client's handshake, and sentences for the ways in which it fails.
#pragma once

#include <xfer/net/tls_transport.hpp>

#include <openssl/err.h>

#include <algorithm>
#include <utility>

namespace XFER_NAMESPACE::net {
namespace tls_detail {

/// Whether the first bytes of a peer look like a TLS record (RFC 8446 5.1).
inline bool looks_like_tls(std::string_view bytes) noexcept {
    if (bytes.empty()) return true;
    return bytes[0] >= 20 && bytes[0] <= 24 && (bytes.size() < 2 || bytes[1] == 3);
}

inline std::string_view alert_advice(int alert) noexcept {
    switch (alert) {
        case SSL_AD_HANDSHAKE_FAILURE:
        case SSL_AD_INSUFFICIENT_SECURITY:
        case SSL_AD_PROTOCOL_VERSION:
            return ": it accepts none of the TLS versions, ciphers and groups offered, "
                   "or wants a client certificate";
        case SSL_AD_BAD_CERTIFICATE:
        case SSL_AD_UNSUPPORTED_CERTIFICATE:
        case SSL_AD_CERTIFICATE_REVOKED:
        case SSL_AD_CERTIFICATE_EXPIRED:
        case SSL_AD_CERTIFICATE_UNKNOWN:
        case SSL_AD_UNKNOWN_CA:
        case SSL_AD_ACCESS_DENIED:
        case SSL_AD_CERTIFICATE_REQUIRED:
            return ": it does not accept the client certificate, or the lack of one";
        case SSL_AD_UNRECOGNIZED_NAME:
            return ": it serves no host of this name";
        case SSL_AD_NO_APPLICATION_PROTOCOL:
            return ": it speaks none of the protocols offered (ALPN)";
        default:
            return "";
    }
}

}  // namespace tls_detail

XFER_DECL tls_handshake::tls_handshake(
    std::unique_ptr<transport> lower,
    std::shared_ptr<tls_context> context,
    std::string host,
    std::uint16_t port,
    tls_role role,
    std::span<const std::string_view> alpn
)
    : host_(std::move(host)), port_(port), offered_(alpn.begin(), alpn.end()) {
    if (auto name = tls_peer_name::parse(host_)) {
        link_ = std::make_unique<tls_link>(
            std::move(lower), std::move(context), std::move(*name), port, role, alpn
        );
    } else {
        failed_ = error::url_malformed;
        why_ = "no certificate can name the host '" + printable(host_, 255) +
               "': it has an empty label or is too long";
    }
}

XFER_DECL bool tls_handshake::fail(error e, std::string why, std::error_code& ec) {
    failed_ = e;
    why_ = std::move(why);
    ec = failed_;
    if (link_) link_->session_was_refused();
    return false;
}

XFER_DECL bool tls_handshake::try_step(std::error_code& ec) {
    ec = failed_;
    if (failed_) return false;
    if (verified_ || !link_) return verified_.has_value();
    ERR_clear_error();
    int result = SSL_do_handshake(link_->ssl());
    if (result == 1) return complete(ec);
    auto outcome = link_->outcome(result);
    if (outcome == tls_outcome::want_read || outcome == tls_outcome::want_write) {
        wanted_ =
            outcome == tls_outcome::want_read ? direction::read : direction::write;
        ec = std::make_error_code(std::errc::operation_would_block);
        return false;
    }
    return explain(outcome, ec);
}

XFER_DECL bool tls_handshake::complete(std::error_code& ec) {
    auto& verifier = link_->verifier();
    auto token = verifier.accept(link_->ssl());
    if (!token) return explain(tls_outcome::failed, ec);
    const unsigned char* name = nullptr;
    unsigned size = 0;
    SSL_get0_alpn_selected(link_->ssl(), &name, &size);
    std::string_view chosen(reinterpret_cast<const char*>(name), size);
    if (size > 0 &&
        std::find(offered_.begin(), offered_.end(), chosen) == offered_.end()) {
        return fail(
            error::tls_handshake_failed,
            host_ + " chose the protocol '" + printable(chosen, 32) +
                "', which was not offered (ALPN)",
            ec
        );
    }
    verified_ = token;
    link_->peer_was_verified(*token);
    return true;
}

XFER_DECL bool tls_handshake::explain(tls_outcome outcome, std::error_code& ec) {
    const auto& verifier = link_->verifier();
    auto where = host_ + ":" + std::to_string(port_);
    if (verifier.failed()) {
        auto e = static_cast<error>(verifier.failed().value());
        return fail(e, verifier.why(), ec);
    }
    auto first = link_->bio().first_bytes();
    std::string why;
    if (!tls_detail::looks_like_tls(first)) {
        why = where + " does not speak TLS: it answered \"" + printable(first, 24) +
              "\"; use another port, or a URL without TLS (http://)";
    } else if (outcome == tls_outcome::truncated || outcome == tls_outcome::closed) {
        why = where + " closed the connection during the TLS handshake";
        if (first.empty())
            why += ", without any answer: does it speak TLS on this port?";
    } else if (outcome == tls_outcome::broken) {
        why = "the connection to " + where +
              " broke during the TLS handshake: " + link_->reason();
    } else if (link_->alert() >= 0) {
        why = where + " refused the TLS handshake with the alert '" + link_->reason() +
              "' (" + std::to_string(link_->alert()) + ")";
        why += tls_detail::alert_advice(link_->alert());
    } else {
        why = "the TLS handshake with " + where + " failed: " + link_->reason();
    }
    return fail(error::tls_handshake_failed, std::move(why), ec);
}

XFER_DECL void tls_handshake::arm(waiter& w) {
    if (link_) link_->lower().arm(wanted_, w);
}

XFER_DECL void tls_handshake::disarm() noexcept {
    if (link_) link_->lower().disarm();
}

XFER_DECL direction tls_handshake::wants() const noexcept {
    return link_ ? link_->lower().wants(wanted_) : wanted_;
}

XFER_DECL std::unique_ptr<tls_transport> tls_handshake::finish() {
    if (!verified_ || !link_) return nullptr;
    return std::make_unique<tls_transport>(std::move(link_), *verified_);
}

}  // namespace XFER_NAMESPACE::net
