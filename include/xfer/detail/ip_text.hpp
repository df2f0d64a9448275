// IP addresses as text: strict parsers and RFC 5952 output, without sockets.
#pragma once

#include <xfer/config.hpp>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace XFER_NAMESPACE::detail {

/// The eight groups of an IPv6 address, first group first, each in host byte order.
using ipv6_groups = std::array<std::uint16_t, 8>;

/// Whether the text is an IPv4 address in strict dotted decimal (RFC 3986 3.2.2): four
/// numbers from 0 to 255 without leading zeros. No octal, no hexadecimal, no short
/// form.
[[nodiscard]] XFER_DECL bool is_dotted_quad(std::string_view text) noexcept;

/// The four octets of such an address; false, with `out` unspecified, when it is none.
[[nodiscard]] XFER_DECL bool parse_dotted_quad(
    std::string_view text, std::array<std::uint8_t, 4>& out
) noexcept;

/// Whether some resolvers would take the name for a number: its last label is all
/// digits or 0x and hexadecimal digits, as in 127.1, 2130706433, 0x7f.1 or 0177.0.0.01.
[[nodiscard]] XFER_DECL bool ends_in_number(std::string_view name) noexcept;

/// Reads an IPv6 address (RFC 4291 2.2, also with a dotted quad at the end), without
/// brackets and without a zone. False when it is not one; `out` is then unspecified.
[[nodiscard]] XFER_DECL bool parse_ipv6(
    std::string_view text, ipv6_groups& out
) noexcept;

/// Appends the address in the one form of RFC 5952: lower case, the longest run of two
/// or more zero groups as `::`, IPv4-mapped addresses as ::ffff:192.0.2.1.
XFER_DECL void append_ipv6(std::string& to, const ipv6_groups& groups);

/// Octets in network order, as asio::ip::address_v4::to_bytes() and its like give them.
using ipv4_octets = std::array<std::uint8_t, 4>;
using ipv6_octets = std::array<std::uint8_t, 16>;
using ip_octets = std::variant<ipv4_octets, ipv6_octets>;

/// Reads an address of either kind, by the rules of the two parsers above.
[[nodiscard]] XFER_DECL std::optional<ip_octets> parse_ip(std::string_view text
) noexcept;

/// Appends an address in dotted decimal, or in the form of RFC 5952.
XFER_DECL void append_ip(std::string& to, const ip_octets& address);

}  // namespace XFER_NAMESPACE::detail

#ifndef XFER_SEPARATE_COMPILATION
#include <xfer/detail/impl/ip_text.ipp>
#endif
