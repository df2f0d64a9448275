// What clients choose at random, or what depends on the time, replaced by what stays
// the same.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace differential {

/// Whose answers to Digest challenges are known to be right.
inline constexpr const char* digest_user = "user";
inline constexpr const char* digest_password = "open sesame";

/// A request without its chance:
/// - the answer to a Digest challenge is computed, and says `right` or `wrong` in its
///   place; its cnonce is gone;
/// - the boundary of a multipart body is `<boundary>`, and the Content-Length what it
///   would be with that; chunks, whose sizes depend on it, are put together.
[[nodiscard]] std::string without_chance(std::string request);

/// The talk of a client with a SOCKS proxy, readable, the port by its name.
[[nodiscard]] std::string readable_socks(const std::string& octets, std::uint16_t port);

/// The lines of a cookie file, in alphabetical order; times that are not at midnight
/// are counted from `now`, to ten seconds.
[[nodiscard]] std::string normal_cookie_file(
    const std::string& text, std::chrono::system_clock::time_point now
);

}  // namespace differential
