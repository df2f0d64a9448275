// Base64 (RFC 4648): for credentials, keys and tokens.
#pragma once

#include <xfer/config.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace XFER_NAMESPACE::proto {

/// The octets in the alphabet of section 4, with padding, in one line.
[[nodiscard]] XFER_DECL std::string base64_encode(std::string_view octets);

/// The octets in the URL-safe alphabet of section 5, without padding, as
/// HTTP2-Settings, JWT and PKCE have it.
[[nodiscard]] XFER_DECL std::string base64_url_encode(std::string_view octets);

/// The octets that a text in the alphabet of section 4 stands for. Strict: full
/// padding, no blanks or line breaks, and the bits that no octet uses are zero, so that
/// each value has one text. Nullopt otherwise.
[[nodiscard]] XFER_DECL std::optional<std::string> base64_decode(std::string_view text);

}  // namespace XFER_NAMESPACE::proto

#ifndef XFER_SEPARATE_COMPILATION
#include <xfer/proto/impl/base64.ipp>
#endif
