// One try to connect to one address.
#pragma once

#include <xfer/config.hpp>
#include <xfer/net/socket_transport.hpp>
#include <xfer/net/transport.hpp>

#include <asio/any_io_executor.hpp>
#include <asio/ip/address.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <system_error>

namespace XFER_NAMESPACE::net {

struct connect_options {
    /// Small pieces leave at once (TCP_NODELAY), as curl does it.
    bool tcp_nodelay = true;
    /// Probes a silent connection (SO_KEEPALIVE); see the two times.
    bool keepalive = false;
    std::chrono::seconds keepalive_idle{60};      ///< before the first probe
    std::chrono::seconds keepalive_interval{60};  ///< between probes
    /// The address to connect from (CURLOPT_INTERFACE). Must be of the same family.
    std::optional<asio::ip::address> local_address;
    std::uint16_t local_port = 0;  ///< the port to connect from; 0 for any
};

/// A non-blocking connect that wakes its waiter when it has ended, one way or the
/// other. Destroying the attempt cancels it at once, without a wake. A movable handle;
/// an empty one (moved from, released) may only be destroyed or assigned to. All calls
/// on the executor's thread or strand.
///
///     connect_attempt attempt(executor, address, 443, {}, fiber);
///     while (!attempt.done()) { ... park ... }
///     if (!attempt.error()) { stream = attempt.release(); }
class connect_attempt {
 public:
    /// Begins to connect by TCP. What fails before there is anything to wait for (no
    /// descriptor left, the local address cannot be had) is done() at once, and the
    /// waiter is not woken: ask done() before waiting. The waiter is never woken
    /// inline.
    XFER_DECL connect_attempt(
        const asio::any_io_executor& executor,
        const asio::ip::address& address,
        std::uint16_t port,
        const connect_options& options,
        waiter& who
    );
    /// Likewise to the unix socket of that path (Linux: with a leading NUL, of that
    /// abstract name). A path too long is std::errc::filename_too_long.
    [[nodiscard]] XFER_DECL static connect_attempt to_unix(
        const asio::any_io_executor& executor, std::string_view path, waiter& who
    );
    XFER_DECL ~connect_attempt();
    XFER_DECL connect_attempt(connect_attempt&& other) noexcept;
    XFER_DECL connect_attempt& operator=(connect_attempt&& other) noexcept;

    [[nodiscard]] XFER_DECL bool done() const noexcept;
    /// How it ended: none, or the system's code as it came (ECONNREFUSED; EMFILE and
    /// ENFILE stand for error::no_descriptors, which is for the caller to say).
    [[nodiscard]] XFER_DECL std::error_code error() const noexcept;
    /// Whether the error came from binding to local_address or local_port
    /// (curl: CURLE_INTERFACE_FAILED).
    [[nodiscard]] bool bind_failed() const noexcept { return bind_failed_; }
    /// The connected stream. Only once, when done() without error.
    [[nodiscard]] XFER_DECL std::unique_ptr<socket_transport> release();

 private:
    XFER_DECL explicit connect_attempt(const asio::any_io_executor& executor);
    XFER_DECL std::error_code open(int family);
    XFER_DECL std::error_code bind_local(bool is_v6, const connect_options& options);

    detail::socket_state* state_ = nullptr;  // one share of it
    std::error_code early_;                  // why there is nothing to wait for
    bool bind_failed_ = false;
};

}  // namespace XFER_NAMESPACE::net

#ifndef XFER_SEPARATE_COMPILATION
#include <xfer/net/impl/connect_attempt.ipp>
#endif
