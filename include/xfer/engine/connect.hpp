// From the right to open a connection to an open one.
#pragma once

#include <xfer/config.hpp>
#include <xfer/engine/lease.hpp>
#include <xfer/engine/transfer.hpp>

namespace XFER_NAMESPACE::engine {

/// Dials, and secures the stream where the scheme asks for it.
[[nodiscard]] XFER_DECL net::task<std::error_code> connect(transfer& t, lease& to);

}  // namespace XFER_NAMESPACE::engine

#ifndef XFER_SEPARATE_COMPILATION
#include <xfer/engine/impl/connect.ipp>
#endif
