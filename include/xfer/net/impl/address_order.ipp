// Interleaving of address families.
#pragma once

#include <xfer/net/address_order.hpp>

#include <cstddef>
#include <set>

namespace XFER_NAMESPACE::net {

XFER_DECL std::vector<asio::ip::address> address_order(
    std::vector<asio::ip::address> addresses
) {
    if (addresses.size() < 2) {
        return addresses;
    }
    const bool first_is_v6 = addresses.front().is_v6();
    std::vector<asio::ip::address> first, second;
    std::set<asio::ip::address> seen;
    for (const auto& a : addresses) {
        if (seen.insert(a).second) {
            (a.is_v6() == first_is_v6 ? first : second).push_back(a);
        }
    }
    std::vector<asio::ip::address> ordered;
    ordered.reserve(seen.size());
    for (std::size_t i = 0; i < first.size() || i < second.size(); ++i) {
        if (i < first.size()) {
            ordered.push_back(first[i]);
        }
        if (i < second.size()) {
            ordered.push_back(second[i]);
        }
    }
    return ordered;
}

}  // namespace XFER_NAMESPACE::net
