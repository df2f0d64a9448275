// TLS over any transport: the handshake in steps, and the stream that comes of it.
#pragma once

#include <xfer/config.hpp>
#include <xfer/error.hpp>
#include <xfer/net/tls_context.hpp>
#include <xfer/net/tls_link.hpp>
#include <xfer/net/tls_verify.hpp>
#include <xfer/net/transport.hpp>
#include <xfer/tls.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

namespace XFER_NAMESPACE::net {

/// A TLS stream to a server that was verified. Over TCP, over an in-memory pair, or
/// over another tls_transport (to an origin, through a proxy that speaks TLS).
/// Holds no buffer while it waits: OpenSSL's are released when they are empty.
class tls_transport final : public transport {
 public:
    /// Only a handshake has both.
    XFER_DECL tls_transport(std::unique_ptr<tls_link> link, verified_peer peer);

    /// Reads decrypted bytes, of several records if they are there: less than asked for
    /// means that nothing more has arrived.
    /// 0 and no error: the stream has ended, after close_notify (what follows it is
    /// ignored) or, when truncated(), without.
    /// error::tls_handshake_failed: before the first byte the peer sent an alert, as
    /// servers of TLS 1.3 do that do not like the client's certificate.
    /// error::receive_failed: TLS failed (a forged record, an alert, renegotiation).
    /// Any other error is the lower transport's. All of these stay.
    [[nodiscard]] XFER_DECL std::size_t try_read(
        std::span<char> to, std::error_code& ec
    ) override;

    /// Encrypts and writes. Small pieces leave together in one record. What a
    /// would_block did not take may be encrypted already: repeat the same bytes (more
    /// may follow them), or write no more at all.
    /// error::send_failed: TLS failed. Any other error is the lower transport's.
    [[nodiscard]] XFER_DECL std::size_t try_write(
        std::span<const std::string_view> from, std::error_code& ec
    ) override;

    /// Arms the lower transport for what the last try_read (or try_write) waits for.
    XFER_DECL void arm(direction d, waiter& w) override;
    XFER_DECL void disarm() noexcept override;
    [[nodiscard]] XFER_DECL direction wants(direction d) const noexcept override;

    /// Takes in session tickets that have arrived. False on data, an end, an error, or
    /// a write that did not finish.
    [[nodiscard]] XFER_DECL bool reusable() override;
    /// Sends close_notify if the lower transport takes it now.
    XFER_DECL void shutdown() noexcept override;
    XFER_DECL void close() noexcept override;

    /// The protocol that the server chose (RFC 7301); empty when none. Valid as long as
    /// the transport.
    [[nodiscard]] XFER_DECL std::string_view alpn() const noexcept;
    [[nodiscard]] XFER_DECL bool resumed() const noexcept;
    [[nodiscard]] bool peer_verified() const noexcept { return peer_.chain(); }
    /// All that was negotiated, put together when asked for.
    [[nodiscard]] XFER_DECL tls_info info() const;

    /// Whether the stream ended without close_notify (RFC 8446 6.1): perhaps it was cut
    /// off. A body that knows its own length need not care; one that ends with the
    /// stream is incomplete.
    [[nodiscard]] bool truncated() const noexcept override { return truncated_; }
    [[nodiscard]] std::string_view reason() const noexcept override {
        return link_->reason();
    }
    /// What OpenSSL or the peer's alert said of the last failure; empty when none.
    [[nodiscard]] const std::string& last_reason() const noexcept {
        return link_->reason();
    }

 private:
    XFER_DECL std::error_code read_failed(int result);
    XFER_DECL std::error_code write_failed(int result);
    [[nodiscard]] direction wanted_below(direction d) const noexcept;

    std::unique_ptr<tls_link> link_;
    verified_peer peer_;
    std::error_code read_error_;  // how reading ended, when read_end_
    bool read_end_ = false;
    bool truncated_ = false;
    bool received_ = false;       // at least one byte
    bool write_pending_ = false;  // a record is encrypted and not written
    bool unread_;                 // a read would yield more, whatever comes
    direction wanted_by_read_ = direction::read;
    direction wanted_by_write_ = direction::write;
};

/// A client's handshake: call try_step until it says something other than would_block,
/// waiting with arm() in between; then finish().
///
/// The certificate is verified inside, before anything of use is sent to the server; a
/// handshake that did not make the verified_peer token has no transport to give.
class tls_handshake {
 public:
    /// `host` is a name or an address literal (with or without brackets), `alpn` the
    /// protocols to offer, best first. An earlier session with the same host, port and
    /// role in the context is resumed.
    XFER_DECL tls_handshake(
        std::unique_ptr<transport> lower,
        std::shared_ptr<tls_context> context,
        std::string host,
        std::uint16_t port,
        tls_role role,
        std::span<const std::string_view> alpn
    );

    /// One step, without blocking. True: done, call finish(). False with would_block:
    /// arm() and call again. False with any other code: it has failed, and reason()
    /// says why: error::certificate_*, error::pin_mismatch, error::tls_handshake_failed
    /// (no TLS there, alert, closed or reset), error::url_malformed (a host that no
    /// certificate can name).
    [[nodiscard]] XFER_DECL bool try_step(std::error_code& ec);

    /// Asks to be told when the next step may make progress.
    XFER_DECL void arm(waiter& w);
    XFER_DECL void disarm() noexcept;
    [[nodiscard]] XFER_DECL direction wants() const noexcept;

    /// The stream, once; null unless try_step returned true.
    [[nodiscard]] XFER_DECL std::unique_ptr<tls_transport> finish();

    /// One sentence on the failure: who, what, and what to do.
    [[nodiscard]] const std::string& reason() const noexcept { return why_; }

 private:
    XFER_DECL bool complete(std::error_code& ec);
    XFER_DECL bool fail(error e, std::string why, std::error_code& ec);
    XFER_DECL bool explain(tls_outcome outcome, std::error_code& ec);

    std::string host_;
    std::uint16_t port_;
    std::vector<std::string> offered_;
    std::unique_ptr<tls_link> link_;  // null: the host is impossible, or finished
    std::optional<verified_peer> verified_;
    std::error_code failed_;
    std::string why_;
    direction wanted_ = direction::write;
};

}  // namespace XFER_NAMESPACE::net

#ifndef XFER_SEPARATE_COMPILATION
#include <xfer/net/impl/tls_handshake.ipp>
#include <xfer/net/impl/tls_transport.ipp>
#endif
