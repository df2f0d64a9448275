// Reading the dates of cookies.
#pragma once

#include <xfer/proto/cookie_date.hpp>
#include <xfer/proto/octets.hpp>

#include <cstddef>

namespace XFER_NAMESPACE::proto {
namespace detail_cookie_date {

/// What stands between the tokens: printable marks but ':', space and tab.
[[nodiscard]] inline bool is_delimiter(char c) noexcept {
    if (c == '\t') return true;
    const auto octet = static_cast<unsigned char>(c);
    return octet >= 0x20 && octet < 0x7f && c != ':' &&
           !detail::is(detail::digit_octet, c) &&
           !(to_lower(c) >= 'a' && to_lower(c) <= 'z');
}

/// Takes a number of `least` to `most` digits from the front; -1, and nothing taken,
/// when there are fewer or more.
[[nodiscard]] inline int take_number(
    std::string_view& from, std::size_t least, std::size_t most
) noexcept {
    int value = 0;
    std::size_t digits = 0;
    while (digits < from.size() && detail::is(detail::digit_octet, from[digits])) {
        if (digits == most) return -1;
        value = value * 10 + (from[digits++] - '0');
    }
    if (digits < least) return -1;
    from.remove_prefix(digits);
    return value;
}

/// The parts of a date; negative while they were not found.
struct parts {
    int hour = -1, minute = -1, second = -1;
    int day = -1;
    int month = -1;
    int year = -1;

    /// hour:minute:second of one or two digits each; what follows does not matter,
    /// unless it is a digit.
    bool take_time(std::string_view token) noexcept {
        int value[3];
        for (int i = 0; i < 3; ++i) {
            if (i > 0) {
                if (token.empty() || token[0] != ':') return false;
                token.remove_prefix(1);
            }
            value[i] = take_number(token, 1, 2);
            if (value[i] < 0) return false;
        }
        hour = value[0];
        minute = value[1];
        second = value[2];
        return true;
    }

    bool take_month(std::string_view token) noexcept {
        constexpr std::string_view names = "janfebmaraprmayjunjulaugsepoctnovdec";
        if (token.size() < 3) return false;
        for (std::size_t i = 0; i < names.size(); i += 3) {
            if (iequals(token.substr(0, 3), names.substr(i, 3))) {
                month = static_cast<int>(i / 3 + 1);
                return true;
            }
        }
        return false;
    }

    /// The token is the first thing of these that it can be and that is not yet there.
    void take(std::string_view token) noexcept {
        if (hour < 0 && take_time(token)) return;
        std::string_view rest = token;
        if (day < 0 && (day = take_number(rest, 1, 2)) >= 0) return;
        if (month < 0 && take_month(token)) return;
        rest = token;
        if (year < 0) year = take_number(rest, 2, 4);
    }
};

}  // namespace detail_cookie_date

XFER_DECL std::optional<std::chrono::sys_seconds> parse_cookie_date(
    std::string_view text
) noexcept {
    namespace chrono = std::chrono;
    detail_cookie_date::parts found;
    for (std::size_t at = 0; at < text.size();) {
        std::size_t end = at;
        while (end < text.size() && !detail_cookie_date::is_delimiter(text[end])) ++end;
        if (end > at) found.take(text.substr(at, end - at));
        at = end + 1;
    }
    if (found.year >= 70 && found.year <= 99) found.year += 1900;
    if (found.year >= 0 && found.year <= 69) found.year += 2000;
    if (found.hour < 0 || found.day < 0 || found.month < 0 || found.year < 1601 ||
        found.hour > 23 || found.minute > 59 || found.second > 59) {
        return std::nullopt;
    }
    const chrono::year_month_day date(
        chrono::year(found.year),
        chrono::month(static_cast<unsigned>(found.month)),
        chrono::day(static_cast<unsigned>(found.day))
    );
    if (!date.ok()) return std::nullopt;
    return chrono::sys_days(date) + chrono::hours(found.hour) +
           chrono::minutes(found.minute) + chrono::seconds(found.second);
}

}  // namespace XFER_NAMESPACE::proto
