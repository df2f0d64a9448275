// Which versions, ciphers, groups and signatures a TLS client offers: what the settings
// say, or a sentence on why that cannot be.
#pragma once

#include <xfer/config.hpp>
#include <xfer/net/openssl_ptr.hpp>
#include <xfer/tls.hpp>

#include <string>

namespace XFER_NAMESPACE::net {

/// Makes a context offer what the settings name, and nothing else. False, and `why`
/// says which option and what of it, when OpenSSL does not know a name, when the
/// versions or the security level (2, or what the system asks for) rule one out, or
/// when nothing is left to offer: OpenSSL itself would leave such names out, or fail in
/// each handshake.
///
/// That groups and signatures are offered is seen in a ClientHello, made for each name.
[[nodiscard]] XFER_DECL bool apply_choices(
    SSL_CTX* context, const tls_settings& settings, std::string& why
);

}  // namespace XFER_NAMESPACE::net

#ifndef XFER_SEPARATE_COMPILATION
#include <xfer/net/impl/tls_choices.ipp>
#endif
