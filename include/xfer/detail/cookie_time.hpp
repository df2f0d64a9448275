// When a cookie has had its time.
#pragma once

#include <xfer/config.hpp>

#include <chrono>
#include <optional>

namespace XFER_NAMESPACE::detail {

[[nodiscard]] inline std::chrono::sys_seconds whole_seconds(
    std::chrono::system_clock::time_point t
) {
    return std::chrono::floor<std::chrono::seconds>(t);
}

[[nodiscard]] inline bool is_expired(
    const std::optional<std::chrono::sys_seconds>& expires, std::chrono::sys_seconds now
) noexcept {
    return expires && *expires <= now;
}

}  // namespace XFER_NAMESPACE::detail
