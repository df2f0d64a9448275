// Addresses as the system has them.
#pragma once

#include <xfer/config.hpp>

#include <asio/ip/address.hpp>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cstring>
#include <optional>

namespace XFER_NAMESPACE::net::detail {

/// Nothing for any other family.
inline std::optional<asio::ip::address> address_of(const ::sockaddr* from) {
    if (from->sa_family == AF_INET) {
        ::sockaddr_in in;
        std::memcpy(&in, from, sizeof in);
        asio::ip::address_v4::bytes_type bytes;
        std::memcpy(bytes.data(), &in.sin_addr, bytes.size());
        return asio::ip::address_v4(bytes);
    }
    if (from->sa_family == AF_INET6) {
        ::sockaddr_in6 in;
        std::memcpy(&in, from, sizeof in);
        asio::ip::address_v6::bytes_type bytes;
        std::memcpy(bytes.data(), &in.sin6_addr, bytes.size());
        return asio::ip::address_v6(bytes, in.sin6_scope_id);
    }
    return std::nullopt;
}

}  // namespace XFER_NAMESPACE::net::detail
