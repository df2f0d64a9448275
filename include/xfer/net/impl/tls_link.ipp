// The SSL object's beginning, its errors, and its end.
#pragma once

#include <xfer/net/tls_link.hpp>

#include <openssl/err.h>

#include <ctime>
#include <new>
#include <utility>

namespace XFER_NAMESPACE::net {
namespace tls_detail {

/// The list of RFC 7301 3.1: each name after its length. Names of no length, or of more
/// than 255 bytes, cannot be said and are left out.
inline std::string alpn_wire(std::span<const std::string_view> protocols) {
    std::string wire;
    for (auto protocol : protocols) {
        if (protocol.empty() || protocol.size() > 255) continue;
        wire += static_cast<char>(protocol.size());
        wire += protocol;
    }
    return wire;
}

}  // namespace tls_detail

XFER_DECL tls_link::tls_link(
    std::unique_ptr<transport> lower,
    std::shared_ptr<tls_context> context,
    tls_peer_name name,
    std::uint16_t port,
    tls_role role,
    std::span<const std::string_view> alpn
)
    : context_(std::move(context)),
      lower_(std::move(lower)),
      bio_(*lower_),
      verifier_(std::move(name), context_->policy()),
      session_key_(tls_session_cache::key(verifier_.name().text(), port, role)),
      ssl_(SSL_new(context_->native())) {
    if (!ssl_ || !verifier_.prepare(ssl_.get())) throw std::bad_alloc();
    SSL_set_app_data(ssl_.get(), static_cast<tls_events*>(this));
    BIO* bio = bio_.make(context_->bio_method()).release();
    SSL_set_bio(ssl_.get(), bio, bio);
    SSL_set_connect_state(ssl_.get());
    auto wire = tls_detail::alpn_wire(alpn);
    auto bytes = reinterpret_cast<const unsigned char*>(wire.data());
    auto size = static_cast<unsigned>(wire.size());
    if (size > 0 && SSL_set_alpn_protos(ssl_.get(), bytes, size) != 0) {
        throw std::bad_alloc();
    }
    if (auto session = context_->sessions().take(session_key_, std::time(nullptr))) {
        offered_session_ = SSL_set_session(ssl_.get(), session.get()) == 1;
    }
}

XFER_DECL tls_link::~tls_link() {
    // Without this OpenSSL would mark the session as not resumable. Since TLS 1.1 a
    // connection that was not closed properly may be resumed (RFC 5246 7.2.1).
    SSL_set_shutdown(ssl_.get(), SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
}

XFER_DECL tls_outcome tls_link::outcome(int result) {
    if (renegotiated_) {
        ERR_clear_error();
        intact_ = false;
        reason_ = "the server wanted to renegotiate";
        return tls_outcome::failed;
    }
    int kind = SSL_get_error(ssl_.get(), result);
    if (kind == SSL_ERROR_WANT_READ) return tls_outcome::want_read;
    if (kind == SSL_ERROR_WANT_WRITE) return tls_outcome::want_write;
    if (kind == SSL_ERROR_ZERO_RETURN) return tls_outcome::closed;
    intact_ = false;
    unsigned long code = ERR_peek_error();
    bool said_nothing = kind == SSL_ERROR_SYSCALL || code == 0;
    const auto& lower_error = bio_.read_error ? bio_.read_error : bio_.write_error;
    // An alert of ours that could not be written must not hide why it was sent.
    if (said_nothing && lower_error) {
        ERR_clear_error();
        reason_ = lower_error.message();
        return tls_outcome::broken;
    }
    bool cut = ERR_GET_LIB(code) == ERR_LIB_SSL &&
               ERR_GET_REASON(code) == SSL_R_UNEXPECTED_EOF_WHILE_READING;
    if (cut || (said_nothing && bio_.end_of_stream)) {
        ERR_clear_error();
        reason_ = "the connection was closed without close_notify";
        return tls_outcome::truncated;
    }
    int number = ERR_GET_REASON(code);
    if (ERR_GET_LIB(code) == ERR_LIB_SSL && number > SSL_AD_REASON_OFFSET &&
        number <= SSL_AD_REASON_OFFSET + 255) {
        alert_ = number - SSL_AD_REASON_OFFSET;
        // OpenSSL 3.0 has no words for this one (RFC 8446 6).
        constexpr int certificate_required = 116;
        reason_ = alert_ == certificate_required ? "certificate required"
                                                 : SSL_alert_desc_string_long(alert_);
        ERR_clear_error();
    } else {
        reason_ = take_openssl_reason();
    }
    return tls_outcome::failed;
}

XFER_DECL void tls_link::peer_was_verified(const verified_peer&) {
    verified_ = true;
    for (auto& session : std::exchange(unverified_sessions_, {})) {
        on_session(std::move(session));
    }
}

XFER_DECL void tls_link::session_was_refused() {
    if (offered_session_) context_->sessions().forget(session_key_);
}

XFER_DECL bool tls_link::on_certificate(X509_STORE_CTX* chain) {
    return verifier_.check_chain(chain);
}

XFER_DECL void tls_link::on_session(ssl_session_ptr session) {
    if (verified_) {
        context_->sessions().put(session_key_, std::move(session), std::time(nullptr));
    } else if (unverified_sessions_.size() < 4) {
        unverified_sessions_.push_back(std::move(session));
    }
}

}  // namespace XFER_NAMESPACE::net
