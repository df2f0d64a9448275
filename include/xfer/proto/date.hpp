// The dates of HTTP fields (RFC 9110 5.6.7): pure, without locale or time zone.
#pragma once

#include <xfer/config.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace XFER_NAMESPACE::proto {

/// Reads one of the three forms of HTTP-date: IMF-fixdate `Sun, 06 Nov 1994 08:49:37
/// GMT`, RFC 850 `Sunday, 06-Nov-94 08:49:37 GMT`, asctime `Sun Nov  6 08:49:37 1994`.
/// The day must exist; the name of the weekday must be one but is not compared with it,
/// as servers get it wrong. A leap second is the second after :59.
///
/// `now` decides the century of a two-digit year: a time more than 50 years later than
/// `now` is taken for the last year in the past with these digits.
///
/// Nullopt for any other text; Expires and its like then count as in the past, which is
/// the caller's to say.
[[nodiscard]] XFER_DECL std::optional<std::chrono::sys_seconds> parse_http_date(
    std::string_view text, std::chrono::sys_seconds now
) noexcept;

/// The time as IMF-fixdate, for If-Modified-Since; empty for years outside 0 to 9999.
[[nodiscard]] XFER_DECL std::string format_http_date(std::chrono::sys_seconds time);

}  // namespace XFER_NAMESPACE::proto

#ifndef XFER_SEPARATE_COMPILATION
#include <xfer/proto/impl/date.ipp>
#endif
