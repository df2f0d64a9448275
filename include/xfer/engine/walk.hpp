// The way of one transfer, from top to bottom.
#pragma once

#include <xfer/config.hpp>
#include <xfer/engine/transfer.hpp>
#include <xfer/net/fiber.hpp>

namespace XFER_NAMESPACE::engine {

/// Walks a transfer from its request to its result, which is left in the transfer.
/// Every wait ends at once when the transfer is interrupted; destroying the walk in the
/// middle gives everything back that it holds.
[[nodiscard]] XFER_DECL net::task<void> walk(transfer& t);

}  // namespace XFER_NAMESPACE::engine

#ifndef XFER_SEPARATE_COMPILATION
#include <xfer/engine/impl/walk.ipp>
#endif
