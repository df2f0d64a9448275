// The local end of a connection: interface, address and port to connect from.
#pragma once

#include <xfer/config.hpp>
#include <xfer/net/connect_options.hpp>

#include <asio/ip/address.hpp>

#include <optional>
#include <string>
#include <system_error>

namespace XFER_NAMESPACE::net {

/// Binds a socket that is about to connect to `to`, as far as the options ask for it.
/// The error is the system's: of an address that is not here, of a port that is taken,
/// std::errc::address_family_not_supported if there is no address of the family of
/// `to`.
[[nodiscard]] XFER_DECL std::error_code bind_local_end(
    int descriptor, const asio::ip::address& to, const connect_options& options
);

/// The address of an interface to connect to `to` from: `wanted`, which has to be one
/// of its own and gets its scope, or the one that suits best. Errors as above;
/// std::errc::no_such_device without such an interface.
[[nodiscard]] XFER_DECL std::error_code address_of_interface(
    const std::string& interface,
    const asio::ip::address& to,
    std::optional<asio::ip::address>& wanted
);

/// None, or why there is no interface of that name.
[[nodiscard]] XFER_DECL std::error_code find_interface(const std::string& name);

}  // namespace XFER_NAMESPACE::net

#ifndef XFER_SEPARATE_COMPILATION
#include <xfer/net/impl/local_end.ipp>
#endif
