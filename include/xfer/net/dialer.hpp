// How a connection comes about: from a host and a port to a connected transport.
#pragma once

#include <xfer/ip_address.hpp>
#include <xfer/net/fiber.hpp>
#include <xfer/net/transport.hpp>
#include <xfer/network.hpp>
#include <xfer/options.hpp>
#include <xfer/stage.hpp>

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

namespace XFER_NAMESPACE::net {

/// Where to connect to. The views must live until dial() has returned.
struct dial_target {
    std::string_view host;  ///< normalised name or address literal
    std::string_view zone;  ///< of an IPv6 literal; usually empty
    std::uint16_t port = 0;
    std::string_view unix_socket;  ///< if not empty: this instead of host and port
    ip_version ip = ip_version::any;
    bool tcp_keepalive = false;
    /// What else was asked for: addresses instead of a lookup, the local end, sockets.
    /// Null: nothing.
    const network_settings* network = nullptr;
};

/// The addresses to use instead of a lookup; null: there are none.
[[nodiscard]] inline const std::vector<ip_address>* known_addresses(
    const dial_target& target
) noexcept {
    return target.network == nullptr
               ? nullptr
               : target.network->addresses_of(target.host, target.port);
}

/// The path of the target's unix socket, with an '@' in front of an abstract name.
[[nodiscard]] inline std::string unix_text(const dial_target& target) {
    std::string text(target.unix_socket);
    for (char& c : text) {
        c = c == '\0' ? '@' : c;
    }
    return text;
}

/// Told of what dial() is about to do. Returning an error ends it.
class dial_observer {
 public:
    [[nodiscard]] virtual std::error_code resolving(std::string_view host) = 0;
    [[nodiscard]] virtual std::error_code connecting() = 0;
    /// A socket was made, and does not connect yet. Only with network->on_socket.
    [[nodiscard]] virtual std::error_code made_socket(int descriptor) {
        static_cast<void>(descriptor);
        return {};
    }
    /// Asks whether that address may be connected to. Only with
    /// network->address_filter.
    [[nodiscard]] virtual std::error_code admit(
        const ip_address& address, std::uint16_t port, bool& admitted
    ) {
        static_cast<void>(address);
        static_cast<void>(port);
        admitted = true;
        return {};
    }

    /// Whether anybody wants to know what follows. It is a narration: nothing of it
    /// ends the dialing but an interrupt of the fiber.
    [[nodiscard]] virtual bool watches() const noexcept { return false; }
    /// The addresses that are tried, in this order.
    virtual void found(std::string_view host, std::span<const std::string> addresses) {
        static_cast<void>(host);
        static_cast<void>(addresses);
    }
    /// One of them, or the path of a unix socket, is connected to.
    virtual void trying(std::string_view address, std::uint16_t port) {
        static_cast<void>(address);
        static_cast<void>(port);
    }
    /// That came to nothing.
    virtual void failed(
        std::string_view address, std::uint16_t port, std::error_code cause
    ) {
        static_cast<void>(address);
        static_cast<void>(port);
        static_cast<void>(cause);
    }

 protected:
    ~dial_observer() = default;
};

/// What came of it.
struct dial_result {
    std::unique_ptr<transport> stream;  ///< null: failed
    std::error_code ec;                 ///< a value of xfer::error, or an interrupt
    std::error_code cause;              ///< the operating system's word
    std::string message;                ///< a sentence for failure::message
    std::vector<std::string> tried;     ///< "address:port: what it answered"
    std::string remote_address;
    std::uint16_t remote_port = 0;
    std::string local_address;
    std::uint16_t local_port = 0;
};

/// Sockets, or a test's in-memory network (settings.dialer).
class dialer {
 public:
    virtual ~dialer() = default;
    /// Connects, and leaves in `result` what came of it. The fiber is the one that
    /// waits; an interrupt of it ends the dialing. What is given by reference must live
    /// until the task has ended.
    [[nodiscard]] virtual task<void> dial(
        fiber& f,
        const dial_target& target,
        dial_observer& observer,
        dial_result& result
    ) = 0;
    /// Looks a name up without connecting, for a proxy that takes addresses alone. The
    /// addresses are in the order in which they should be tried.
    [[nodiscard]] XFER_DECL virtual task<std::error_code> look_up(
        fiber& f, std::string host, std::vector<std::string>& addresses
    );
};

}  // namespace XFER_NAMESPACE::net

#ifndef XFER_SEPARATE_COMPILATION
#include <xfer/net/impl/dialer.ipp>
#endif
