// The loopback server's TLS configuration, as OpenSSL has it.
#pragma once

#include <xfer/config.hpp>
#include <xfer/testing/server_options.hpp>

#include <openssl/ssl.h>

#include <memory>

namespace XFER_NAMESPACE::testing::detail {

/// Builds the context of a server; its ALPN callback reads options.alpn, so `options`
/// must outlive it. Throws std::invalid_argument on a certificate, key or CA that
/// cannot be used.
[[nodiscard]] XFER_DECL std::shared_ptr<SSL_CTX> make_tls_context(
    const server_options& options
);

/// Replaces the keys of the session tickets with random ones.
XFER_DECL void rotate_ticket_keys(SSL_CTX& context);

/// What a finished handshake agreed upon.
[[nodiscard]] XFER_DECL seen_connection describe(const SSL& session);

}  // namespace XFER_NAMESPACE::testing::detail

#ifndef XFER_SEPARATE_COMPILATION
#include <xfer/testing/detail/impl/tls_context.ipp>
#endif
