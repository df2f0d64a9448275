// The order in which the addresses of a host are tried.
#pragma once

#include <xfer/config.hpp>

#include <asio/ip/address.hpp>

#include <vector>

namespace XFER_NAMESPACE::net {

/// Interleaves the families (RFC 8305 section 4, with a First Address Family Count of
/// 1): the family of the first address begins, then they alternate as long as both
/// last. Within a family the resolver's order (RFC 6724) is kept; repeated addresses
/// are left out. A pure function.
[[nodiscard]] XFER_DECL std::vector<asio::ip::address> address_order(
    std::vector<asio::ip::address> addresses
);

}  // namespace XFER_NAMESPACE::net

#ifndef XFER_SEPARATE_COMPILATION
#include <xfer/net/impl/address_order.ipp>
#endif
