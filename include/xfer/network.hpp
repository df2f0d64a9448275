// How a transfer reaches the network: which addresses, from where, over which sockets.
#pragma once

#include <xfer/config.hpp>
#include <xfer/detail/callable.hpp>
#include <xfer/detail/returning_code.hpp>
#include <xfer/detail/shared_function.hpp>
#include <xfer/ip_address.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <type_traits>
#include <utility>
#include <vector>

namespace XFER_NAMESPACE {

/// All that can be set, as plain data.
struct network_settings {
    /// The addresses of a host; see network::resolve().
    struct known_addresses {
        std::string host;                   ///< in lower case; empty: any
        std::uint16_t port = 0;             ///< 0: any
        std::vector<ip_address> addresses;  ///< in the order in which they are tried
        /// Whether all is the same.
        [[nodiscard]] XFER_DECL bool operator==(const known_addresses&) const;
    };
    /// Another place to connect to; see network::connect_to().
    struct detour {
        std::string host;           ///< in lower case; empty: any
        std::uint16_t port = 0;     ///< 0: any
        std::string to_host;        ///< in lower case; empty: the same host
        std::string to_zone;        ///< of an IPv6 address; usually empty
        std::uint16_t to_port = 0;  ///< 0: the same port
        /// Whether all is the same.
        [[nodiscard]] XFER_DECL bool operator==(const detour&) const;
    };

    std::vector<known_addresses> known;        ///< of network::resolve()
    std::vector<detour> detours;               ///< of network::connect_to()
    std::optional<ip_address> local_address;   ///< of network::local_address()
    std::string interface;                     ///< of network::interface(); empty: any
    std::optional<ip_address> proxied_client;  ///< of network::proxied_client()
    std::uint16_t first_local_port = 0;        ///< of network::local_ports(); 0: any
    std::uint16_t local_port_count = 1;        ///< of network::local_ports()
    bool tcp_nodelay = true;                   ///< of network::tcp_nodelay()
    bool tcp_keepalive = false;                ///< of network::tcp_keepalive()
    std::chrono::seconds keepalive_idle{60};   ///< of network::tcp_keepalive()
    std::chrono::seconds keepalive_interval{60};  ///< of network::tcp_keepalive()
    /// Of network::on_socket().
    detail::shared_function<std::error_code(int)> on_socket;
    /// Of network::address_filter().
    detail::shared_function<bool(const ip_address&, std::uint16_t)> address_filter;
    /// What is wrong with what was set, and empty if nothing is.
    std::string first_error;

    /// The addresses to use for that host and port; null: it is to be looked up.
    [[nodiscard]] XFER_DECL const std::vector<ip_address>* addresses_of(
        std::string_view host, std::uint16_t port
    ) const noexcept;
    /// Where to go for that host and port; null: there.
    [[nodiscard]] XFER_DECL const detour* detour_of(
        std::string_view host, std::uint16_t port
    ) const noexcept;

    /// Whether both say the same; functions are the same if one was copied from the
    /// other, or both are one plain function.
    [[nodiscard]] XFER_DECL bool operator==(const network_settings&) const;
};

/// Where connections go and where they come from, for one request
/// (`request::network()`) or for all of a multi (`settings.network`): what shapes the
/// way to a server, and nothing of what is said to it. Host field, TLS name,
/// verification and cookies are those of the URL, whatever is set here, and each URL of
/// a redirect is looked up here anew.
///
///     auto n = xfer::network();
///     n.resolve("www.example.com", 443, "192.0.2.7");
///     n.local_address("192.0.2.99");
///     xfer::multi m({.network = n});
///
/// A value: copies are independent and cost a reference count, a default one nothing.
/// Only their functions are one: what these change has to bear the threads of all
/// multis that it is given to. It is part of what a connection is: requests whose
/// networks differ in anything never share one. Functions are compared by identity, so
/// build such a network once and copy it; plain functions are equal to themselves.
/// Setters never throw on bad input: the transfer completes with error::invalid_option
/// before any traffic, or with error::interface_failed if this machine has no such
/// interface, address or free port.
class network {
 public:
    /// Uses these addresses of a host instead of looking it up (CURLOPT_RESOLVE). Host:
    /// a name or an address; empty for any. Port: that of the URL, or of connect_to();
    /// 0 for any. Addresses: IPv4 and IPv6, separated by commas, tried in that order
    /// within the rules of RFC 8305. Once more for the same host and port: the last
    /// call counts. Of several that match the first one does.
    XFER_DECL network& resolve(
        std::string_view host, std::uint16_t port, std::string_view addresses
    );
    /// Connects to another host and port (CURLOPT_CONNECT_TO): for an empty host or
    /// port 0 from any, to an empty host or port 0 to the same. The first that matches
    /// counts.
    XFER_DECL network& connect_to(
        std::string_view host,
        std::uint16_t port,
        std::string_view to_host,
        std::uint16_t to_port
    );

    /// Connects from this address of this machine (CURLOPT_INTERFACE), and so to
    /// addresses of its family only.
    XFER_DECL network& local_address(std::string_view address);
    /// Connects through the interface of this name, as "eth0" (CURLOPT_INTERFACE). The
    /// socket is bound to the device where the system permits it (Linux), and otherwise
    /// to an address of the interface.
    XFER_DECL network& interface(std::string name);
    /// The address that options.haproxy_protocol names as the one who connects, in
    /// place of this machine's (CURLOPT_HAPROXY_CLIENT_IP): a balancer's own client.
    /// Nothing without that option.
    XFER_DECL network& proxied_client(std::string_view address);
    /// Connects from one of `count` ports, the first that is free (CURLOPT_LOCALPORT,
    /// CURLOPT_LOCALPORTRANGE). A port is taken for a minute after its connection, too.
    XFER_DECL network& local_ports(std::uint16_t first, std::uint16_t count = 1);

    /// Whether small pieces leave at once (CURLOPT_TCP_NODELAY). Default: true.
    XFER_DECL network& tcp_nodelay(bool on);
    /// Sends probes over a connection that was silent for `idle`, every `interval`
    /// (CURLOPT_TCP_KEEPALIVE, _KEEPIDLE, _KEEPINTVL); 1 s to 32767 s each. The times
    /// of options.tcp_keepalive are 60 s.
    XFER_DECL network& tcp_keepalive(
        std::chrono::seconds idle, std::chrono::seconds interval
    );

    /// Called with each new socket before it is bound and connects
    /// (CURLOPT_SOCKOPTFUNCTION): `f(int descriptor)`, to set what xfer does not. On
    /// the multi's thread; the descriptor is xfer's, not to be closed. It returns
    /// nothing, or false or an error_code to end the transfer with
    /// error::aborted_by_callback, as does what it throws.
    template <class F>
    network& on_socket(F&& f) {
        detail::check_callable<F>();
        const auto origin = decayed_function(f);
        change().on_socket = {detail::returning_code<int>(std::forward<F>(f)), origin};
        return *this;
    }
    /// Asked before each attempt to connect to an address, whoever named it: a URL, a
    /// name server, a redirect, resolve(). `f(const ip_address&)` or
    /// `f(const ip_address&, std::uint16_t port)` says whether it may be. Refused ones
    /// are left out, and when none is left the transfer fails with
    /// error::connect_failed. It sees the address that the socket would connect to,
    /// never a text; an IPv4-mapped address as the IPv4 address that it is. What it
    /// throws is error::aborted_by_callback. A proxy's addresses are asked for, and the
    /// origin's where it is looked up here for a proxy (socks4, socks5); what any other
    /// proxy connects to cannot be. Unix sockets have no address. See
    /// is_public_address().
    template <class F>
    network& address_filter(F&& f) {
        detail::check_callable<F>();
        const auto origin = decayed_function(f);
        std::function<bool(const ip_address&, std::uint16_t)> call;
        if constexpr (std::is_invocable_v<
                          std::decay_t<F>&,
                          const ip_address&,
                          std::uint16_t>) {
            call = std::forward<F>(f);
        } else {
            call = [g = std::forward<F>(f)](
                       const ip_address& address, std::uint16_t
                   ) mutable -> bool { return g(address); };
        }
        change().address_filter = {std::move(call), origin};
        return *this;
    }

    /// Whether nothing was set.
    [[nodiscard]] bool empty() const noexcept { return settings_ == nullptr; }
    /// What was set. Valid until the next setter, or the end of this value.
    [[nodiscard]] XFER_DECL const network_settings& settings() const noexcept;

    /// Whether both say the same.
    [[nodiscard]] XFER_DECL bool operator==(const network& other) const;

 private:
    /// The function itself, or null for other callables.
    template <class F>
    static auto decayed_function(const F& f) noexcept {
        if constexpr (std::is_function_v<std::remove_pointer_t<std::decay_t<F>>>) {
            return +f;
        } else {
            return nullptr;
        }
    }
    XFER_DECL network_settings& change();
    XFER_DECL network& refuse(std::string why);

    std::shared_ptr<const network_settings> settings_;  // null: nothing was set
};

}  // namespace XFER_NAMESPACE

#ifndef XFER_SEPARATE_COMPILATION
#include <xfer/impl/network.ipp>
#endif
