// On the way through proxies to where the origin is spoken to.
#pragma once

#include <xfer/config.hpp>
#include <xfer/engine/journey.hpp>
#include <xfer/engine/transfer.hpp>
#include <xfer/net/transport.hpp>

#include <memory>
#include <system_error>

namespace XFER_NAMESPACE::engine {

/// Speaks to the proxies of the endpoint, the first of which the stream is connected
/// to, until the origin is at its other end. `again`: an HTTP proxy asked who the user
/// is and closed the connection; the answer is in `login`, for a new one.
[[nodiscard]] XFER_DECL net::task<std::error_code> pass_proxies(
    transfer& t,
    std::unique_ptr<net::transport>& stream,
    const connection_facts& facts,
    login& l,
    bool& again
);

/// Sends the line of the PROXY protocol that the endpoint begins with.
[[nodiscard]] XFER_DECL net::task<std::error_code> send_proxy_protocol(
    transfer& t, net::transport& stream, const connection_facts& facts
);

}  // namespace XFER_NAMESPACE::engine

#ifndef XFER_SEPARATE_COMPILATION
#include <xfer/engine/impl/proxying.ipp>
#endif
