// The date of a cookie's Expires attribute (RFC 6265bis 5.1.1), which is whatever
// servers have ever sent: pure, without locale or time zone.
#pragma once

#include <xfer/config.hpp>

#include <chrono>
#include <optional>
#include <string_view>

namespace XFER_NAMESPACE::proto {

/// Reads a cookie-date: the first tokens that look like a time (`8:49:37`), a day of
/// the month, a month (its first three letters) and a year, in any order, between
/// whatever else there is. Of years with two digits, 70 to 99 are of the last century,
/// 0 to 69 of this. Years before 1601, and days and times that do not exist, are
/// refused, and so is a date that lacks one of the four: nullopt, and the attribute
/// counts as absent.
///
/// The forms of HTTP-date (see date.hpp) are among what it reads, but this is not for
/// other fields: it is far too tolerant.
[[nodiscard]] XFER_DECL std::optional<std::chrono::sys_seconds> parse_cookie_date(
    std::string_view text
) noexcept;

}  // namespace XFER_NAMESPACE::proto

#ifndef XFER_SEPARATE_COMPILATION
#include <xfer/proto/impl/cookie_date.ipp>
#endif
