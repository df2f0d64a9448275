// Reading and writing HTTP dates.
#pragma once

#include <xfer/proto/date.hpp>

#include <array>
#include <cstddef>

namespace XFER_NAMESPACE::proto {
namespace detail_date {

inline constexpr std::array<std::string_view, 7> weekdays = {
    "Sunday",
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
};
inline constexpr std::array<std::string_view, 12> months = {
    "Jan",
    "Feb",
    "Mar",
    "Apr",
    "May",
    "Jun",
    "Jul",
    "Aug",
    "Sep",
    "Oct",
    "Nov",
    "Dec",
};

/// Reads a date piece by piece. After the first piece that is not there everything
/// fails, so one look at done() at the end suffices.
class scanner {
 public:
    explicit scanner(std::string_view text) noexcept : rest_(text) {}

    [[nodiscard]] bool done() const noexcept { return !failed_ && rest_.empty(); }

    /// Steps over the text if it is next.
    bool skip(std::string_view text) noexcept {
        if (failed_ || !rest_.starts_with(text)) {
            return false;
        }
        rest_.remove_prefix(text.size());
        return true;
    }

    void expect(std::string_view text) noexcept { failed_ = !skip(text); }

    /// Exactly so many digits.
    [[nodiscard]] int number(std::size_t digits) noexcept {
        int value = 0;
        for (std::size_t i = 0; i < digits; ++i) {
            if (failed_ || rest_.empty() || rest_[0] < '0' || rest_[0] > '9') {
                failed_ = true;
                return 0;
            }
            value = value * 10 + (rest_[0] - '0');
            rest_.remove_prefix(1);
        }
        return value;
    }

    [[nodiscard]] std::chrono::month month() noexcept {
        for (std::size_t i = 0; i < months.size(); ++i) {
            if (skip(months[i])) {
                return std::chrono::month(static_cast<unsigned>(i + 1));
            }
        }
        failed_ = true;
        return std::chrono::month(0);
    }

    /// hour:minute:second, 60 being the leap second.
    [[nodiscard]] std::chrono::seconds time_of_day() noexcept {
        const int hour = number(2);
        expect(":");
        const int minute = number(2);
        expect(":");
        const int second = number(2);
        failed_ = failed_ || hour > 23 || minute > 59 || second > 60;
        return std::chrono::hours(hour) + std::chrono::minutes(minute) +
               std::chrono::seconds(second);
    }

 private:
    std::string_view rest_;
    bool failed_ = false;
};

struct moment {
    std::chrono::year_month_day day{};
    std::chrono::seconds time{};

    [[nodiscard]] std::chrono::sys_seconds seconds() const noexcept {
        return std::chrono::sys_days(day) + time;
    }
};

/// The year with these last two digits that RFC 9110 5.6.7 means.
[[nodiscard]] inline std::chrono::year full_year(
    int two_digits, moment of, std::chrono::sys_seconds now
) noexcept {
    using namespace std::chrono;
    const year_month_day today(floor<days>(now));
    const int century = static_cast<int>(today.year()) / 100 * 100;
    // The latest candidate that is not more than 50 years ahead of now.
    const year_month_day limit_day(
        today.year() + years(50), today.month(), today.day()
    );
    const auto limit = sys_days(limit_day) + (now - floor<days>(now));
    int candidate = century + 100 + two_digits;
    for (; candidate > century - 100; candidate -= 100) {
        of.day = year_month_day(year(candidate), of.day.month(), of.day.day());
        if (of.seconds() <= limit) {
            break;
        }
    }
    return year(candidate);
}

/// What stands behind the weekday and its comma: `06 Nov 1994 08:49:37 GMT` or, with
/// dashes and a short year, that of RFC 850.
[[nodiscard]] inline moment read_day_first(
    scanner& in, bool rfc850, std::chrono::sys_seconds now
) noexcept {
    const std::string_view separator = rfc850 ? "-" : " ";
    in.expect(" ");
    const std::chrono::day day(static_cast<unsigned>(in.number(2)));
    in.expect(separator);
    const std::chrono::month month = in.month();
    in.expect(separator);
    const int year = in.number(rfc850 ? 2 : 4);
    in.expect(" ");
    moment result{{std::chrono::year(year), month, day}, in.time_of_day()};
    in.expect(" GMT");
    if (rfc850) {
        result.day = {full_year(year, result, now), month, day};
    }
    return result;
}

/// What stands behind the weekday of asctime: ` Nov  6 08:49:37 1994`.
[[nodiscard]] inline moment read_month_first(scanner& in) noexcept {
    in.expect(" ");
    const std::chrono::month month = in.month();
    in.expect(" ");
    const std::chrono::day day(static_cast<unsigned>(in.number(in.skip(" ") ? 1 : 2)));
    in.expect(" ");
    const std::chrono::seconds time = in.time_of_day();
    in.expect(" ");
    const std::chrono::year year(in.number(4));
    return {{year, month, day}, time};
}

inline void append_digits(std::string& to, unsigned value, unsigned digits) {
    unsigned scale = 1;
    for (unsigned i = 1; i < digits; ++i) {
        scale *= 10;
    }
    for (; scale > 0; scale /= 10) {
        to += static_cast<char>('0' + value / scale % 10);
    }
}

}  // namespace detail_date

XFER_DECL std::optional<std::chrono::sys_seconds> parse_http_date(
    std::string_view text, std::chrono::sys_seconds now
) noexcept {
    for (const std::string_view name : detail_date::weekdays) {
        const std::string_view abbreviation = name.substr(0, 3);
        if (!text.starts_with(abbreviation)) {
            continue;
        }
        detail_date::scanner in(text);
        detail_date::moment result;
        if (in.skip(name)) {
            in.expect(",");
            result = detail_date::read_day_first(in, true, now);
        } else {
            in.expect(abbreviation);
            result = in.skip(",") ? detail_date::read_day_first(in, false, now)
                                  : detail_date::read_month_first(in);
        }
        if (in.done() && result.day.ok()) {
            return result.seconds();
        }
        return std::nullopt;
    }
    return std::nullopt;
}

XFER_DECL std::string format_http_date(std::chrono::sys_seconds time) {
    using namespace std::chrono;
    const sys_days midnight = floor<days>(time);
    const year_month_day day(midnight);
    const hh_mm_ss clock(time - midnight);
    const int year = static_cast<int>(day.year());
    std::string text;
    if (year < 0 || year > 9999) {
        return text;
    }
    const auto number = [&text](auto value, unsigned digits) {
        detail_date::append_digits(text, static_cast<unsigned>(value), digits);
    };
    text = detail_date::weekdays[weekday(midnight).c_encoding()].substr(0, 3);
    text += ", ";
    number(static_cast<unsigned>(day.day()), 2);
    text += ' ';
    text += detail_date::months[static_cast<unsigned>(day.month()) - 1];
    text += ' ';
    number(year, 4);
    text += ' ';
    number(clock.hours().count(), 2);
    text += ':';
    number(clock.minutes().count(), 2);
    text += ':';
    number(clock.seconds().count(), 2);
    text += " GMT";
    return text;
}

}  // namespace XFER_NAMESPACE::proto
