// What a socket is told before it connects.
#pragma once

#include <xfer/config.hpp>

#include <asio/ip/address.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <system_error>

namespace XFER_NAMESPACE::net {

struct connect_options {
    /// Small pieces leave at once (TCP_NODELAY), as curl does it.
    bool tcp_nodelay = true;
    /// Probes a silent connection (SO_KEEPALIVE); see the two times.
    bool keepalive = false;
    std::chrono::seconds keepalive_idle{60};      ///< before the first probe
    std::chrono::seconds keepalive_interval{60};  ///< between probes
    /// The address to connect from (CURLOPT_INTERFACE). Must be of the same family.
    std::optional<asio::ip::address> local_address;
    /// The interface to connect through; empty for any.
    std::string interface;
    std::uint16_t local_port = 0;        ///< the port to connect from; 0 for any
    std::uint16_t local_port_count = 1;  ///< or one of so many, from local_port on
    /// Called with the socket before it is bound and connects; an error ends the
    /// attempt. May be empty.
    std::function<std::error_code(int)> on_socket;
};

/// How far an attempt came.
enum class connect_step : std::uint8_t {
    open,     ///< a socket was made, or could not be
    hook,     ///< on_socket was called
    bind,     ///< it was bound to its local end
    connect,  ///< it connects
};

}  // namespace XFER_NAMESPACE::net
