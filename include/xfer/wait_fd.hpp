// A descriptor of the caller's own, to be waited for together with the transfers.
#pragma once

#include <xfer/config.hpp>

#include <cstdint>

namespace XFER_NAMESPACE {

/// What to wait for, or what happened; values may be combined (CURL_WAIT_*).
enum class fd_events : std::uint8_t {
    none = 0,      ///< nothing
    in = 1,        ///< can be read
    priority = 2,  ///< urgent data
    out = 4,       ///< can be written
    error = 8,     ///< only in `ready`: an error, or the other side hung up
};

/// Both together.
[[nodiscard]] constexpr fd_events operator|(fd_events a, fd_events b) noexcept {
    return static_cast<fd_events>(
        static_cast<std::uint8_t>(a) | static_cast<std::uint8_t>(b)
    );
}
/// What both have.
[[nodiscard]] constexpr fd_events operator&(fd_events a, fd_events b) noexcept {
    return static_cast<fd_events>(
        static_cast<std::uint8_t>(a) & static_cast<std::uint8_t>(b)
    );
}
/// Whether there is any event in it.
[[nodiscard]] constexpr bool any(fd_events e) noexcept { return e != fd_events::none; }

/// One entry of multi::wait's span (struct curl_waitfd). POSIX.
struct wait_fd {
    /// The descriptor, which stays the caller's; a negative one is ignored.
    int fd = -1;
    /// What to wait for.
    fd_events events = fd_events::in;
    /// Set by wait(): what the descriptor is ready for.
    fd_events ready = fd_events::none;
};

}  // namespace XFER_NAMESPACE
