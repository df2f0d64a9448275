// Numbers of a command line: counts, sizes, times and rates.
#pragma once

#include "options/options.hpp"

#include <chrono>
#include <cstdint>
#include <string_view>

namespace tool {

/// A decimal number up to `max`, and nothing behind it.
[[nodiscard]] option_error read_number(
    std::string_view text, std::uint64_t max, std::uint64_t& value
);
/// The same in octal.
[[nodiscard]] option_error read_octal(
    std::string_view text, std::uint64_t max, std::uint64_t& value
);
/// Seconds, which may have a fraction: "2.5".
[[nodiscard]] option_error read_seconds(
    std::string_view text, std::chrono::milliseconds& value
);

/// What may be wrong with a size.
enum class size_problem : std::uint8_t { none, number, unit, too_large };
/// Bytes, with one of k, M, G behind, which multiply by 1024 and its powers, or b.
[[nodiscard]] size_problem read_size(std::string_view text, std::uint64_t& value);

/// What may be wrong with a rate.
enum class rate_problem : std::uint8_t { none, number, use, unit, too_large };
/// "2/s", "3/m", "15/h", "14/d", "3/15s" or "15" (an hour): the time between two
/// starts.
[[nodiscard]] rate_problem read_rate(
    std::string_view text, std::chrono::milliseconds& interval
);

}  // namespace tool
