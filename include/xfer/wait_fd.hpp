// A descriptor of the caller's own, to be waited for together with the transfers.
#pragma once

#include <xfer/config.hpp>

#include <cstdint>

namespace XFER_NAMESPACE {

/// What to wait for, or what happened; values may be combined (CURL_WAIT_*).
enum class fd_events : std::uint8_t {
    none = 0,
    in = 1,        ///< can be read
    priority = 2,  ///< urgent data
    out = 4,       ///< can be written
    error = 8,     ///< only in `ready`: an error, or the other side hung up
};

[[nodiscard]] constexpr fd_events operator|(fd_events a, fd_events b) noexcept {
    return static_cast<fd_events>(
        static_cast<std::uint8_t>(a) | static_cast<std::uint8_t>(b)
    );
}
[[nodiscard]] constexpr fd_events operator&(fd_events a, fd_events b) noexcept {
    return static_cast<fd_events>(
        static_cast<std::uint8_t>(a) & static_cast<std::uint8_t>(b)
    );
}
[[nodiscard]] constexpr bool any(fd_events e) noexcept { return e != fd_events::none; }

/// One entry of multi::wait's span (struct curl_waitfd). POSIX.
struct wait_fd {
    int fd = -1;
    fd_events events = fd_events::in;
    /// Set by wait(): what the descriptor is ready for.
    fd_events ready = fd_events::none;
};

}  // namespace XFER_NAMESPACE
