// One try to connect to one address.
#pragma once

#include <xfer/config.hpp>
#include <xfer/net/connect_options.hpp>
#include <xfer/net/socket_transport.hpp>
#include <xfer/net/transport.hpp>

#include <asio/any_io_executor.hpp>
#include <asio/ip/address.hpp>

#include <cstdint>
#include <memory>
#include <string_view>
#include <system_error>

namespace XFER_NAMESPACE::net {

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
    /// Of the options on_socket alone matters.
    [[nodiscard]] XFER_DECL static connect_attempt to_unix(
        const asio::any_io_executor& executor,
        std::string_view path,
        const connect_options& options,
        waiter& who
    );
    XFER_DECL ~connect_attempt();
    XFER_DECL connect_attempt(connect_attempt&& other) noexcept;
    XFER_DECL connect_attempt& operator=(connect_attempt&& other) noexcept;

    [[nodiscard]] XFER_DECL bool done() const noexcept;
    /// How it ended: none, or the system's code as it came (ECONNREFUSED; EMFILE and
    /// ENFILE stand for error::no_descriptors, which is for the caller to say); or
    /// what on_socket returned.
    [[nodiscard]] XFER_DECL std::error_code error() const noexcept;
    /// How far it came: the step that the error is of.
    [[nodiscard]] connect_step step() const noexcept { return step_; }
    /// The connected stream. Only once, when done() without error.
    [[nodiscard]] XFER_DECL std::unique_ptr<socket_transport> release();

 private:
    XFER_DECL explicit connect_attempt(const asio::any_io_executor& executor);
    XFER_DECL std::error_code open(int family);
    XFER_DECL void show(const connect_options& options);

    detail::socket_state* state_ = nullptr;  // one share of it
    std::error_code early_;                  // why there is nothing to wait for
    connect_step step_ = connect_step::open;
};

}  // namespace XFER_NAMESPACE::net

#ifndef XFER_SEPARATE_COMPILATION
#include <xfer/net/impl/connect_attempt.ipp>
#endif
