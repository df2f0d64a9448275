// Writing the PROXY line.
#pragma once

#include <xfer/proto/proxy_protocol.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <variant>

namespace XFER_NAMESPACE::proto {
namespace detail_proxy_protocol {

/// The IPv4 address that it is, or that ::ffff:0:0/96 holds.
inline std::optional<detail::ipv4_octets> as_ipv4(const detail::ip_octets& address) {
    if (const auto* const v4 = std::get_if<detail::ipv4_octets>(&address)) return *v4;
    constexpr std::array<std::uint8_t, 12> mapped{
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255};
    const auto& v6 = std::get<detail::ipv6_octets>(address);
    if (!std::equal(mapped.begin(), mapped.end(), v6.begin())) return std::nullopt;
    return detail::ipv4_octets{v6[12], v6[13], v6[14], v6[15]};
}

inline void append_port(std::string& out, std::uint16_t port) {
    char digits[5];
    const auto end = std::to_chars(digits, digits + sizeof digits, port).ptr;
    out += ' ';
    out.append(digits, end);
}

}  // namespace detail_proxy_protocol

XFER_DECL void append_proxy_protocol(
    std::string& out, const ip_endpoint& source, const ip_endpoint& destination
) {
    detail::ip_octets from = source.address;
    detail::ip_octets to = destination.address;
    const auto from4 = detail_proxy_protocol::as_ipv4(from);
    const auto to4 = detail_proxy_protocol::as_ipv4(to);
    if (from4 && to4) {
        from = *from4;
        to = *to4;
    }
    if (from.index() != to.index()) return append_proxy_protocol_unknown(out);
    out += from4 && to4 ? "PROXY TCP4 " : "PROXY TCP6 ";
    detail::append_ip(out, from);
    out += ' ';
    detail::append_ip(out, to);
    detail_proxy_protocol::append_port(out, source.port);
    detail_proxy_protocol::append_port(out, destination.port);
    out += "\r\n";
}

XFER_DECL void append_proxy_protocol_unknown(std::string& out) {
    out += "PROXY UNKNOWN\r\n";
}

}  // namespace XFER_NAMESPACE::proto
