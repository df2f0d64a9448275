// Binding to a device, to an address of an interface, and to the first free port.
#pragma once

#include <xfer/net/detail/socket_address.hpp>
#include <xfer/net/local_end.hpp>

#include <asio/ip/tcp.hpp>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <memory>
#include <optional>

namespace XFER_NAMESPACE::net {
namespace detail {

/// False where the system does not know or not permit it. Linux permits it to everyone
/// since 5.7, if the socket is not bound yet.
inline bool bind_to_device(int descriptor, const std::string& interface) noexcept {
#ifdef SO_BINDTODEVICE
    return ::setsockopt(
               descriptor,
               SOL_SOCKET,
               SO_BINDTODEVICE,
               interface.c_str(),
               static_cast<::socklen_t>(interface.size() + 1)
           ) == 0;
#else
    static_cast<void>(descriptor);
    static_cast<void>(interface);
    return false;
#endif
}

/// How well an address suits as the source for another; 0: not at all. Link-local
/// addresses reach their own link only.
inline int suits(const asio::ip::address& from, const asio::ip::address& to) noexcept {
    if (from.is_v6() != to.is_v6()) {
        return 0;
    }
    return !to.is_v6() || from.to_v6().is_link_local() == to.to_v6().is_link_local()
               ? 2
               : 1;
}

/// Binds to the first port of the range that can be had.
inline std::error_code bind_to_port(
    int descriptor, const asio::ip::address& from, const connect_options& options
) noexcept {
#ifdef IP_BIND_ADDRESS_NO_PORT
    if (options.local_port == 0) {
        // The port is chosen with the peer in view: else they would run out sooner.
        const int on = 1;
        static_cast<void>(::setsockopt(
            descriptor, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on
        ));
    }
#endif
    std::error_code ec;
    for (std::uint32_t i = 0; i < options.local_port_count; ++i) {
        const auto port = static_cast<std::uint16_t>(options.local_port + i);
        const asio::ip::tcp::endpoint local(from, port);
        if (::bind(descriptor, local.data(), static_cast<::socklen_t>(local.size())) ==
            0) {
            return {};
        }
        ec = {errno, std::system_category()};
        // Taken, or kept for the administrator: the next one may be free.
        if (ec != std::errc::address_in_use && ec != std::errc::permission_denied) {
            break;
        }
    }
    return ec;
}

}  // namespace detail

XFER_DECL std::error_code address_of_interface(
    const std::string& interface,
    const asio::ip::address& to,
    std::optional<asio::ip::address>& wanted
) {
    ::ifaddrs* list = nullptr;
    if (::getifaddrs(&list) != 0) {
        return {errno, std::system_category()};
    }
    const std::unique_ptr<::ifaddrs, void (*)(::ifaddrs*)> owned(list, &::freeifaddrs);
    std::optional<asio::ip::address> best;
    bool exists = false;
    for (const auto* i = list; i != nullptr; i = i->ifa_next) {
        if (interface != i->ifa_name) {
            continue;
        }
        exists = true;
        const auto address =
            i->ifa_addr == nullptr ? std::nullopt : detail::address_of(i->ifa_addr);
        if (!address) {
            continue;
        }
        if (wanted && wanted->is_v6() == address->is_v6() &&
            (wanted->is_v4()
                 ? *wanted == *address
                 : wanted->to_v6().to_bytes() == address->to_v6().to_bytes())) {
            wanted = address;
            return {};
        }
        if (detail::suits(*address, to) > (best ? detail::suits(*best, to) : 0)) {
            best = address;
        }
    }
    if (!exists) {
        return std::make_error_code(std::errc::no_such_device);
    }
    if (wanted) {
        return std::make_error_code(std::errc::address_not_available);
    }
    wanted = best;
    return best ? std::error_code()
                : std::make_error_code(std::errc::address_family_not_supported);
}

XFER_DECL std::error_code bind_local_end(
    int descriptor, const asio::ip::address& to, const connect_options& options
) {
    auto from = options.local_address;
    if (from && from->is_v6() != to.is_v6()) {
        return std::make_error_code(std::errc::address_family_not_supported);
    }
    const bool by_interface = !options.interface.empty() &&
                              !detail::bind_to_device(descriptor, options.interface);
    // The scope of a link-local address is that of its interface.
    const bool lacks_scope = from && from->is_v6() && from->to_v6().is_link_local() &&
                             !options.interface.empty();
    if (by_interface || lacks_scope) {
        if (const auto ec = address_of_interface(options.interface, to, from)) {
            return ec;
        }
    }
    if (!from && options.local_port == 0) {
        return {};
    }
    const auto any = to.is_v6() ? asio::ip::address(asio::ip::address_v6())
                                : asio::ip::address(asio::ip::address_v4());
    return detail::bind_to_port(descriptor, from.value_or(any), options);
}

XFER_DECL std::error_code find_interface(const std::string& name) {
    return ::if_nametoindex(name.c_str()) != 0
               ? std::error_code()
               : std::error_code(errno, std::system_category());
}

}  // namespace XFER_NAMESPACE::net
