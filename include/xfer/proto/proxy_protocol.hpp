// The first line that a load balancer reads: HAProxy's PROXY protocol, version 1.
#pragma once

#include <xfer/config.hpp>
#include <xfer/detail/ip_text.hpp>

#include <cstddef>
#include <cstdint>
#include <string>

namespace XFER_NAMESPACE::proto {

/// One end of a connection.
struct ip_endpoint {
    detail::ip_octets address;
    std::uint16_t port = 0;
};

/// The longest line there is, its CRLF included.
inline constexpr std::size_t max_proxy_protocol_line = 107;

/// Appends `PROXY TCP4 source destination port port` or the same with TCP6: who speaks,
/// and to whom, as the server behind the balancer shall see it
/// (CURLOPT_HAPROXYPROTOCOL, CURLOPT_HAPROXY_CLIENT_IP). It is the first that is sent
/// on a connection, before TLS. IPv4 addresses in IPv6 form are written as IPv4 if both
/// are. Where the kinds differ, `PROXY UNKNOWN`.
XFER_DECL void append_proxy_protocol(
    std::string& out, const ip_endpoint& source, const ip_endpoint& destination
);

/// Appends `PROXY UNKNOWN`: for a connection without addresses, as over a unix socket.
XFER_DECL void append_proxy_protocol_unknown(std::string& out);

}  // namespace XFER_NAMESPACE::proto

#ifndef XFER_SEPARATE_COMPILATION
#include <xfer/proto/impl/proxy_protocol.ipp>
#endif
