// Responses that set cookies, and a time at which the tests of cookies take place.
#pragma once

#include <xfer/cookie_jar.hpp>

#include <chrono>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace support {

/// 2026-03-15 12:00:00 UTC.
inline constexpr std::chrono::sys_seconds cookie_time =
    std::chrono::sys_days(std::chrono::year(2026) / 3 / 15) + std::chrono::hours(12);

inline xfer::url url_of(std::string_view text) {
    xfer::parsed_url parsed;
    if (xfer::url::parse(text, parsed))
        throw std::runtime_error(std::string(parsed.why));
    return parsed.target;
}

/// What a server at the URL says in Set-Cookie lines; answers how many were followed.
inline std::size_t respond(
    xfer::cookie_jar& jar,
    std::string_view from,
    const std::vector<std::string>& lines,
    std::chrono::sys_seconds now = cookie_time
) {
    xfer::fields response;
    for (const auto& line : lines) response.add("Set-Cookie", line);
    return jar.store(url_of(from), response, now);
}

inline std::string sent(
    xfer::cookie_jar& jar,
    std::string_view to,
    std::chrono::sys_seconds now = cookie_time
) {
    return jar.header(url_of(to), now);
}

}  // namespace support
