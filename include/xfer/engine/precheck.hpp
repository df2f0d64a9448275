// Everything that can be wrong with a request is found here, before any traffic.
#pragma once

#include <xfer/config.hpp>
#include <xfer/engine/delivery.hpp>
#include <xfer/engine/outgoing.hpp>
#include <xfer/engine/transfer.hpp>

namespace xfer::engine {

/// Parses the URL, checks the request, opens source and sink, makes the TLS context
/// ready (off the loop, when it has to be made) and finds the endpoint.
[[nodiscard]] XFER_DECL net::task<std::error_code> precheck(
    transfer& t, outgoing& body, delivery& sink
);

}  // namespace xfer::engine

#ifndef XFER_SEPARATE_COMPILATION
#include <xfer/engine/impl/precheck.ipp>
#endif
