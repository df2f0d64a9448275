// TLS on a connected stream, to an origin or to a proxy.
#pragma once

#include <xfer/config.hpp>
#include <xfer/engine/transfer.hpp>
#include <xfer/net/tls_transport.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <system_error>

namespace XFER_NAMESPACE::engine {

/// Takes the handshake to its end, leaves the TLS stream in the place of the other, and
/// says what was negotiated.
[[nodiscard]] XFER_DECL net::task<std::error_code> secure_stream(
    transfer& t,
    std::unique_ptr<net::transport>& stream,
    std::shared_ptr<net::tls_context> context,
    std::string host,
    std::uint16_t port,
    net::tls_role role,
    tls_info& negotiated
);

}  // namespace XFER_NAMESPACE::engine

#ifndef XFER_SEPARATE_COMPILATION
#include <xfer/engine/impl/tls_step.ipp>
#endif
