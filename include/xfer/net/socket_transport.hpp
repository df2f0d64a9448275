// The transport over a connected socket, TCP or unix.
#pragma once

#include <xfer/config.hpp>
#include <xfer/net/transport.hpp>

#include <asio/any_io_executor.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <system_error>

namespace XFER_NAMESPACE::net {

namespace detail {
class socket_owner;
class socket_state;
}  // namespace detail

/// One end of a connection, in words.
struct socket_name {
    std::string address;     ///< an IP address, or the path of a unix socket
    std::uint16_t port = 0;  ///< 0 for a unix socket

    /// "127.0.0.1:80", "[::1]:80", or the path.
    [[nodiscard]] XFER_DECL std::string text() const;
};

/// Reads and writes through Asio's non-blocking calls; waits through async_wait. All
/// calls on the executor's thread or strand; must be destroyed before its
/// execution_context. Error codes are of std::system_category.
///
/// A pending wait counts as work of the loop. One that ended leaves nothing behind, so
/// a transport that is idle after its last read keeps no loop alive. disarm() cancels
/// what is pending: no system call, but a handler more for the loop to run.
/// cancelled_waits() counts those, so that they can be seen to be rare.
class socket_transport final : public transport {
 public:
    /// Takes over a connected stream socket, TCP or unix, and makes it non-blocking.
    /// On error the result is null and the descriptor was closed.
    [[nodiscard]] XFER_DECL static std::unique_ptr<socket_transport> adopt(
        const asio::any_io_executor& executor, int descriptor, std::error_code& ec
    );

    XFER_DECL explicit socket_transport(detail::socket_owner&& connected) noexcept;
    XFER_DECL ~socket_transport() override;
    socket_transport(const socket_transport&) = delete;
    socket_transport& operator=(const socket_transport&) = delete;

    [[nodiscard]] XFER_DECL std::size_t try_read(
        std::span<char> to, std::error_code& ec
    ) override;
    /// At most 16 pieces leave with one call; the others are for the next.
    [[nodiscard]] XFER_DECL std::size_t try_write(
        std::span<const std::string_view> from, std::error_code& ec
    ) override;
    XFER_DECL void arm(direction d, waiter& w) override;
    XFER_DECL void disarm() noexcept override;
    /// By a peek that does not block.
    [[nodiscard]] XFER_DECL bool reusable() override;
    /// Sends a FIN; what the peer still sends can be read.
    XFER_DECL void shutdown() noexcept override;
    /// Cancels pending waits without waking their waiter.
    XFER_DECL void close() noexcept override;

    /// Whose socket this is and with whom it is connected; empty once closed.
    [[nodiscard]] XFER_DECL socket_name peer() const;
    [[nodiscard]] XFER_DECL socket_name local() const;
    /// The descriptor, -1 once closed; for options that xfer does not know.
    [[nodiscard]] XFER_DECL int native_handle() const noexcept;
    /// How many disarm() calls found a wait pending.
    [[nodiscard]] XFER_DECL std::uint64_t cancelled_waits() const noexcept;

 private:
    detail::socket_state* state_;  // one share of it
};

}  // namespace XFER_NAMESPACE::net

#ifndef XFER_SEPARATE_COMPILATION
#include <xfer/net/impl/socket_transport.ipp>
#endif
