// One try to connect, by whatever the system does best.
#pragma once

#include <xfer/config.hpp>
#include <xfer/net/connect_attempt.hpp>
#include <xfer/net/loop.hpp>
#include <xfer/net/socket_transport.hpp>

#include <asio/ip/address.hpp>

#include <cstdint>
#include <memory>
#include <string_view>
#include <system_error>

namespace XFER_NAMESPACE::net {

/// A non-blocking connect that wakes its waiter when it has ended. Destroying it
/// cancels it at once. What fails at once is done() from the beginning, without a wake.
class attempt {
 public:
    virtual ~attempt() = default;
    [[nodiscard]] virtual bool done() = 0;
    /// How it ended: none, the system's code, or what on_socket returned.
    [[nodiscard]] virtual std::error_code error() const = 0;
    /// How far it came: the step that the error is of.
    [[nodiscard]] virtual connect_step step() const = 0;
    /// The connected stream, once, when done() without an error.
    [[nodiscard]] virtual std::unique_ptr<transport> release() = 0;
    /// The ends of the connection, when done() without an error.
    [[nodiscard]] virtual socket_name peer() const = 0;
    [[nodiscard]] virtual socket_name local() const = 0;
};

/// Begins to connect by TCP. On Linux the socket lives in the loop's readiness_set from
/// the start; elsewhere, and where there is none to be had, in Asio's reactor.
[[nodiscard]] XFER_DECL std::unique_ptr<attempt> begin_attempt(
    loop& owner,
    const asio::ip::address& address,
    std::uint16_t port,
    const connect_options& options,
    waiter& who
);
/// The same to a unix socket (Linux: with a leading NUL, of that abstract name), for
/// which of the options on_socket alone matters.
[[nodiscard]] XFER_DECL std::unique_ptr<attempt> begin_attempt(
    loop& owner, std::string_view unix_path, const connect_options& options, waiter& who
);

/// Begins an attempt within the loop's readiness_set, which is made when it is first
/// needed. Null where there is none: not on Linux, or no descriptor left for it.
[[nodiscard]] XFER_DECL std::unique_ptr<attempt> begin_system_attempt(
    loop& owner,
    const asio::ip::address& address,
    std::uint16_t port,
    const connect_options& options,
    waiter& who
);
[[nodiscard]] XFER_DECL std::unique_ptr<attempt> begin_system_attempt(
    loop& owner, std::string_view unix_path, const connect_options& options, waiter& who
);

}  // namespace XFER_NAMESPACE::net

#ifndef XFER_SEPARATE_COMPILATION
#include <xfer/net/impl/attempt.ipp>
#endif
