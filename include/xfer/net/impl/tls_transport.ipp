// The TLS stream: reads and writes through OpenSSL, and its ends.
#pragma once

#include <xfer/net/tls_transport.hpp>

#include <openssl/err.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

namespace XFER_NAMESPACE::net {
namespace tls_detail {

/// The most that one record holds (RFC 8446 5.1).
constexpr std::size_t tls_record_size = 16384;
using tls_record = std::array<char, tls_record_size>;

/// The next bytes to encrypt, from `offset` within the pieces: of a large piece as it
/// lies in memory, of small ones gathered in `room`. The same offset and bytes give the
/// same beginning, which is what OpenSSL needs of a repeated write.
inline std::string_view next_chunk(
    std::span<const std::string_view> pieces, std::size_t offset, tls_record& room
) {
    while (!pieces.empty() && offset >= pieces.front().size()) {
        offset -= pieces.front().size();
        pieces = pieces.subspan(1);
    }
    if (pieces.empty()) return {};
    auto first = pieces.front().substr(offset);
    if (first.size() >= tls_record_size || pieces.size() == 1) return first;
    std::size_t gathered = 0;
    for (auto piece : pieces) {
        auto part = piece.substr(std::exchange(offset, 0));
        auto size = std::min(part.size(), room.size() - gathered);
        if (size > 0) std::memcpy(room.data() + gathered, part.data(), size);
        gathered += size;
        if (gathered == room.size()) break;
    }
    return {room.data(), gathered};
}

inline std::error_code would_block() noexcept {
    return std::make_error_code(std::errc::operation_would_block);
}

}  // namespace tls_detail

XFER_DECL tls_transport::tls_transport(
    std::unique_ptr<tls_link> link, verified_peer peer
)
    : link_(std::move(link)),
      peer_(peer),
      // A response may have come with the end of the handshake.
      unread_(SSL_has_pending(link_->ssl()) == 1) {}

XFER_DECL std::error_code tls_transport::read_failed(int result) {
    auto outcome = link_->outcome(result);
    if (outcome == tls_outcome::want_read || outcome == tls_outcome::want_write) {
        unread_ = false;
        wanted_by_read_ =
            outcome == tls_outcome::want_read ? direction::read : direction::write;
        return tls_detail::would_block();
    }
    read_end_ = true;
    truncated_ = outcome == tls_outcome::truncated;
    if (outcome == tls_outcome::broken) {
        const auto& bio = link_->bio();
        read_error_ = bio.read_error ? bio.read_error : bio.write_error;
    } else if (outcome == tls_outcome::failed) {
        bool refused = link_->alert() >= 0 && !received_;
        read_error_ = refused ? error::tls_handshake_failed : error::receive_failed;
    }
    return read_error_;
}

XFER_DECL std::size_t tls_transport::try_read(std::span<char> to, std::error_code& ec) {
    ec.clear();
    if (to.empty()) return 0;
    SSL* ssl = link_->ssl();
    std::size_t got = 0;
    while (got < to.size() && !read_end_) {
        ERR_clear_error();
        link_->expect_data();
        std::size_t n = 0;
        int result = SSL_read_ex(ssl, to.data() + got, to.size() - got, &n);
        // What comes behind an attempt to renegotiate is not taken any more.
        if (result != 1 || link_->renegotiated()) {
            ec = read_failed(result);
            break;
        }
        received_ = true;
        wanted_by_read_ = direction::read;
        got += n;
        // A read that would only find that nothing is there is saved.
        unread_ = SSL_has_pending(ssl) == 1 || !link_->bio().drained;
        if (!unread_) break;
    }
    unread_ = unread_ || read_end_;
    if (got > 0) {
        ec.clear();  // it comes again with the next read
    } else if (read_end_) {
        ec = read_error_;
    }
    return got;
}

XFER_DECL std::error_code tls_transport::write_failed(int result) {
    auto outcome = link_->outcome(result);
    if (outcome == tls_outcome::want_read || outcome == tls_outcome::want_write) {
        wanted_by_write_ =
            outcome == tls_outcome::want_read ? direction::read : direction::write;
        return tls_detail::would_block();
    }
    const auto& bio = link_->bio();
    if (outcome == tls_outcome::broken) {
        return bio.write_error ? bio.write_error : bio.read_error;
    }
    return error::send_failed;
}

XFER_DECL std::size_t tls_transport::try_write(
    std::span<const std::string_view> from, std::error_code& ec
) {
    ec.clear();
    tls_detail::tls_record room;
    std::size_t done = 0;
    for (;;) {
        auto chunk = tls_detail::next_chunk(from, done, room);
        if (chunk.empty()) return done;
        ERR_clear_error();
        std::size_t n = 0;
        int result = SSL_write_ex(link_->ssl(), chunk.data(), chunk.size(), &n);
        write_pending_ = result != 1;
        if (result != 1) {
            auto why = write_failed(result);
            // What was taken counts first; a failure comes again with the next write.
            if (done == 0) ec = why;
            return done;
        }
        wanted_by_write_ = direction::write;
        done += n;
    }
}

XFER_DECL void tls_transport::arm(direction d, waiter& w) {
    link_->lower().arm(wanted_below(d), w);
}

XFER_DECL void tls_transport::disarm() noexcept { link_->lower().disarm(); }

XFER_DECL direction tls_transport::wants(direction d) const noexcept {
    return link_->lower().wants(wanted_below(d));
}

inline direction tls_transport::wanted_below(direction d) const noexcept {
    if (d == direction::write) return wanted_by_write_;
    // The lower transport would not tell of what was taken from it already.
    return unread_ ? direction::write : wanted_by_read_;
}

XFER_DECL bool tls_transport::reusable() {
    if (read_end_ || write_pending_ || !link_->intact()) return false;
    SSL* ssl = link_->ssl();
    if (SSL_has_pending(ssl) == 0 && link_->lower().reusable()) return true;
    char byte = 0;
    std::size_t n = 0;
    ERR_clear_error();
    link_->expect_data();
    int result = SSL_peek_ex(ssl, &byte, 1, &n);
    if (result == 1) return false;
    (void)read_failed(result);
    return !read_end_ && wanted_by_read_ == direction::read;
}

XFER_DECL void tls_transport::shutdown() noexcept {
    if (!link_->intact() || write_pending_) return;
    ERR_clear_error();
    SSL_shutdown(link_->ssl());
    ERR_clear_error();
    link_->lower().shutdown();
}

XFER_DECL void tls_transport::close() noexcept { link_->lower().close(); }

XFER_DECL std::string_view tls_transport::alpn() const noexcept {
    const unsigned char* name = nullptr;
    unsigned size = 0;
    SSL_get0_alpn_selected(link_->ssl(), &name, &size);
    return {reinterpret_cast<const char*>(name), size};
}

XFER_DECL bool tls_transport::resumed() const noexcept {
    return SSL_session_reused(link_->ssl()) == 1;
}

XFER_DECL tls_info tls_transport::info() const {
    SSL* ssl = link_->ssl();
    tls_info info;
    info.version = SSL_get_version(ssl);
    info.cipher = SSL_get_cipher_name(ssl);
    auto group = static_cast<int>(SSL_get_negotiated_group(ssl));
    const char* group_name = group > 0 ? SSL_group_to_name(ssl, group) : nullptr;
    if (group_name != nullptr) info.group = group_name;
    info.alpn = alpn();
    if (X509* certificate = SSL_get0_peer_certificate(ssl)) {
        info.subject = name_text(X509_get_subject_name(certificate));
        info.issuer = name_text(X509_get_issuer_name(certificate));
        info.expires = time_text(X509_get0_notAfter(certificate));
    }
    info.resumed = resumed();
    info.peer_verified = peer_.chain();
    info.host_verified = peer_.host();
    ERR_clear_error();
    return info;
}

}  // namespace XFER_NAMESPACE::net
