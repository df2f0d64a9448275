// Sending a request: head and body, and what an early answer does to it.
#pragma once

#include <xfer/config.hpp>
#include <xfer/engine/outgoing.hpp>
#include <xfer/engine/transfer.hpp>
#include <xfer/http/h1_exchange.hpp>
#include <xfer/net/transport.hpp>

namespace xfer::engine {

/// Sends head and body. No error either when the server answered before it had all, or
/// would take no more: its response is then to be read.
[[nodiscard]] XFER_DECL net::task<std::error_code> send_request(
    transfer& t, net::transport& stream, http::h1_exchange& x, outgoing& body
);

}  // namespace xfer::engine

#ifndef XFER_SEPARATE_COMPILATION
#include <xfer/engine/impl/h1_send.ipp>
#endif
