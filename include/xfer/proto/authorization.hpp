// The values of Authorization and Proxy-Authorization that need no challenge: Basic
// (RFC 7617) and Bearer (RFC 6750); and whether credentials can be sent at all.
#pragma once

#include <xfer/auth.hpp>
#include <xfer/proto/refusal.hpp>

#include <string>
#include <string_view>

namespace XFER_NAMESPACE::proto {

/// error::invalid_option for what credentials says cannot be sent; empty ones are fine.
/// For the check before any traffic.
[[nodiscard]] XFER_DECL refusal check_credentials(const credentials& who);

/// Appends `Basic ` and the base64 of user, colon and password, as the octets they are
/// given in, which are meant to be UTF-8. error::invalid_option, and nothing appended,
/// for a user with a colon, which the server would take for the end of the name, and
/// for control octets in either (RFC 7617 2).
[[nodiscard]] XFER_DECL refusal
append_basic(std::string& out, std::string_view user, std::string_view password);

/// Appends `Bearer ` and the token. error::invalid_option, and nothing appended, if the
/// token is no b64token (RFC 6750 2.1): letters, digits and -._~+/, then any number of
/// equals signs.
[[nodiscard]] XFER_DECL refusal append_bearer(std::string& out, std::string_view token);

}  // namespace XFER_NAMESPACE::proto

#ifndef XFER_SEPARATE_COMPILATION
#include <xfer/proto/impl/authorization.ipp>
#endif
