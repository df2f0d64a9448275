// Percent-encoding (RFC 3986 2.1), and that of HTML forms.
#pragma once

#include <xfer/config.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace XFER_NAMESPACE::detail {

/// Appends the text with every octet but the unreserved ones (RFC 3986 2.3: letters,
/// digits, `-._~`) as `%XX`: fit for any part of a URL, as curl_easy_escape() makes it.
XFER_DECL void append_percent_encoded(std::string& out, std::string_view text);
[[nodiscard]] XFER_DECL std::string percent_encode(std::string_view text);

/// The octets that the text stands for. Nullopt if a '%' is not followed by two
/// hexadecimal digits. The result may hold anything, NUL and line ends too: what is to
/// be valid has to be looked at after decoding, never before.
[[nodiscard]] XFER_DECL std::optional<std::string> percent_decode(std::string_view text
);

/// Appends the text as a name or value of application/x-www-form-urlencoded (URL
/// Standard 5.2): letters, digits and `*-._` stay, a space is '+', all else is `%XX`.
XFER_DECL void append_form_encoded(std::string& out, std::string_view text);

/// The octets that such a name or value stands for (URL Standard 5.1): '+' is a space,
/// and a '%' that is not followed by two hexadecimal digits is itself.
[[nodiscard]] XFER_DECL std::string form_decode(std::string_view text);

/// Appends the text as it stands between the quotes of name="" and filename="" in a
/// multipart/form-data body (HTML Standard 4.10.21.8): `"`, CR and LF are `%22`, `%0D`,
/// `%0A`, all else, UTF-8 and '%' too, is itself.
XFER_DECL void append_quoted_name(std::string& out, std::string_view text);

}  // namespace XFER_NAMESPACE::detail

#ifndef XFER_SEPARATE_COMPILATION
#include <xfer/detail/impl/percent.ipp>
#endif
