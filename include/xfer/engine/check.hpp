// Everything that can be wrong with a request is found here, before any traffic.
#pragma once

#include <xfer/config.hpp>
#include <xfer/engine/transfer.hpp>

namespace XFER_NAMESPACE::engine {

/// Parses the URL, checks the request and finds its endpoint.
[[nodiscard]] XFER_DECL std::error_code check(transfer& t);

/// Finds the endpoint of the present URL: where a connection goes, and through what.
[[nodiscard]] XFER_DECL std::error_code find_endpoint(transfer& t);

/// Whether a file is to be read first: a netrc file, or those of TLS, to the origin or
/// to a proxy, by a configuration that was not read yet.
[[nodiscard]] XFER_DECL bool lacks_files(const transfer& t) noexcept;
/// Has them read, off the loop, those of TLS once per configuration, and waits for
/// that.
[[nodiscard]] XFER_DECL net::task<std::error_code> read_files(transfer& t);

}  // namespace XFER_NAMESPACE::engine

#ifndef XFER_SEPARATE_COMPILATION
#include <xfer/engine/impl/check.ipp>
#endif
