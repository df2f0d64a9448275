// The stages of a transfer's life, as an observer sees them.
#pragma once

#include <xfer/config.hpp>

#include <cstdint>
#include <string_view>

namespace XFER_NAMESPACE {

/// Where a transfer is. A failure keeps the stage in which it happened.
enum class stage : std::uint8_t {
    queued,      ///< added; waits for its turn, a free slot or a connection
    resolving,   ///< waits for the addresses of the host (or of the proxy)
    connecting,  ///< waits for a socket to connect
    proxying,    ///< talks to a proxy: SOCKS or CONNECT
    securing,    ///< TLS handshake
    sending,     ///< request head or body is being written
    waiting,     ///< request sent, no byte of the response yet
    receiving,   ///< response head or body is being read
    done,        ///< completed, with or without an error
};

/// The stage's name, as in the enumeration.
[[nodiscard]] constexpr std::string_view to_string(stage s) noexcept {
    switch (s) {
        case stage::queued:
            return "queued";
        case stage::resolving:
            return "resolving";
        case stage::connecting:
            return "connecting";
        case stage::proxying:
            return "proxying";
        case stage::securing:
            return "securing";
        case stage::sending:
            return "sending";
        case stage::waiting:
            return "waiting";
        case stage::receiving:
            return "receiving";
        case stage::done:
            return "done";
    }
    return "unknown";
}

}  // namespace XFER_NAMESPACE
