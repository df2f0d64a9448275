// Whether an answer is the rest of what is there already (-C).
#pragma once

#include <cstdint>
#include <string_view>

namespace tool {

/// What an answer is to who asked for the rest of a body.
enum class continuation : std::uint8_t {
    rest,      ///< it begins where the rest begins
    nothing,   ///< there is no rest: all of it is there
    unfitting  ///< it begins elsewhere, or is the whole, and cannot be appended
};

/// As curl decides it, `offset` being what is there: by the number that a Content-Range
/// begins with, whatever its unit. Without one that fits, a Content-Length that is the
/// offset, or a status of 416, means that there is nothing more.
[[nodiscard]] continuation continues(
    std::uint64_t offset,
    int status,
    std::string_view content_range,
    std::string_view content_length
);

}  // namespace tool
