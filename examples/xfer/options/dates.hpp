// Dates of -z: what people write, and the times of files.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace tool {

/// A date in any of curl's forms: those of HTTP, "12 Sep 2004 15:05:58 -0700",
/// "2004-09-12", "20040912 15:05:58", "Sep 12" with parts left out or in other order. A
/// time of day that is not there is midnight, a time zone UTC.
[[nodiscard]] std::optional<std::chrono::sys_seconds> parse_date(std::string_view text);

/// When a file was changed; nullopt: there is none.
[[nodiscard]] std::optional<std::chrono::sys_seconds> time_of_file(
    const std::string& name
);

}  // namespace tool
