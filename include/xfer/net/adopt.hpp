// The best transport that the system has for a connected socket.
#pragma once

#include <xfer/config.hpp>
#include <xfer/net/loop.hpp>
#include <xfer/net/socket_transport.hpp>

#include <memory>

namespace xfer::net {

/// On Linux the socket moves from Asio's reactor into the loop's readiness_set, where
/// waiting costs no system call; elsewhere, and when that cannot be had, it stays.
[[nodiscard]] XFER_DECL std::unique_ptr<transport> adopt(
    loop& owner, std::unique_ptr<socket_transport> connected
);

}  // namespace xfer::net

#ifndef XFER_SEPARATE_COMPILATION
#include <xfer/net/impl/adopt.ipp>
#endif
