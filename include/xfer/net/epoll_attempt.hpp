// Connecting within a readiness_set (Linux).
#pragma once

#include <xfer/config.hpp>
#include <xfer/net/attempt.hpp>

#include <memory>

namespace xfer::net {

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
    loop& owner, std::string_view unix_path, waiter& who
);

}  // namespace xfer::net

#ifndef XFER_SEPARATE_COMPILATION
#include <xfer/net/impl/epoll_attempt.ipp>
#endif
