// Dates of -z.
#include "options/dates.hpp"

#include "options/letters.hpp"
#include <xfer/proto/date.hpp>

#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>

namespace tool {

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

constexpr std::array<std::string_view, 12> months{
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
};
constexpr std::array<std::string_view, 7> weekdays{
    "sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"};

struct zone {
    std::string_view name;
    int minutes;  ///< east of Greenwich
};
constexpr std::array<zone, 14> zones{
    {{"gmt", 0},
     {"utc", 0},
     {"ut", 0},
     {"z", 0},
     {"wet", 0},
     {"bst", 60},
     {"cet", 60},
     {"cest", 120},
     {"est", -300},
     {"edt", -240},
     {"cst", -360},
     {"mst", -420},
     {"pst", -480},
     {"pdt", -420}}};

/// The three letters that a name begins with, or the whole name.
template <class Names>
std::optional<unsigned> place_of(const Names& names, std::string_view word) {
    constexpr std::size_t shortest = 3;
    const auto is_it = [word](std::string_view name) {
        return word == name || word == name.substr(0, shortest);
    };
    const auto found = std::ranges::find_if(names, is_it);
    if (found == names.end()) {
        return std::nullopt;
    }
    return static_cast<unsigned>(found - names.begin());
}

class date_reader {
 public:
    explicit date_reader(std::string_view text) : rest_(text) {}

    std::optional<std::chrono::sys_seconds> read() {
        while (skip_separators()) {
            const bool good = is_letter(rest_.front())  ? word()
                              : is_digit(rest_.front()) ? number()
                                                        : offset();
            if (!good) {
                return std::nullopt;
            }
        }
        return result();
    }

 private:
    /// False at the end. A sign in front of four digits, behind a time, begins an
    /// offset.
    bool skip_separators() {
        while (!rest_.empty()) {
            const char c = rest_.front();
            if (is_letter(c) || is_digit(c) || is_offset()) {
                return true;
            }
            rest_.remove_prefix(1);
        }
        return false;
    }

    [[nodiscard]] bool is_offset() const {
        constexpr std::size_t size = 5;
        const auto digits = rest_.substr(1, size - 1);
        const bool sign = rest_.front() == '+' || rest_.front() == '-';
        const bool placed = time_ || (year_ && month_ && day_);
        return sign && placed && digits.size() == size - 1 &&
               std::ranges::all_of(digits, is_digit) &&
               (rest_.size() == size || !is_digit(rest_[size]));
    }

    bool word() {
        const auto end = std::ranges::find_if_not(rest_, is_letter);
        const auto size = static_cast<std::size_t>(end - rest_.begin());
        const auto name = lower(rest_.substr(0, size));
        rest_.remove_prefix(size);
        if (const auto month = place_of(months, name); month && !month_) {
            month_ = *month + 1;
            return true;
        }
        if (place_of(weekdays, name)) {
            return true;
        }
        const auto found = std::ranges::find(zones, name, &zone::name);
        if (found == zones.end()) {
            return false;
        }
        offset_ = std::chrono::minutes(found->minutes);
        return true;
    }

    unsigned take_number(std::size_t& digits) {
        unsigned value = 0;
        const auto* const begin = rest_.data();
        const auto [end, ec] = std::from_chars(begin, begin + rest_.size(), value);
        digits = ec == std::errc() ? static_cast<std::size_t>(end - begin) : 0;
        rest_.remove_prefix(digits == 0 ? rest_.size() : digits);
        return value;
    }

    bool number() {
        std::size_t digits = 0;
        const auto value = take_number(digits);
        if (digits == 0) {
            return false;
        }
        if (!rest_.empty() && rest_.front() == ':' && !time_) {
            return clock(value);
        }
        constexpr std::size_t whole_date = 8;
        if (digits == whole_date && !year_ && !month_ && !day_) {
            year_ = value / 10000;
            month_ = value / 100 % 100;
            day_ = value % 100;
            return true;
        }
        return part_of_date(value, digits);
    }

    /// The order tells day and year. No month is a number of its own: to curl
    /// "2004-09-12" is no date.
    bool part_of_date(unsigned value, std::size_t digits) {
        constexpr unsigned most_days = 31;
        constexpr std::size_t year_digits = 4;
        if (digits == year_digits && !year_) {
            year_ = value;
        } else if (!day_ && value >= 1 && value <= most_days && digits <= 2) {
            day_ = value;
        } else if (!year_) {
            constexpr unsigned century = 100;
            constexpr unsigned first_of_last_century = 71;
            const bool is_short = value < century;
            const unsigned base = value >= first_of_last_century ? 1900 : 2000;
            year_ = is_short ? base + value : value;
        } else {
            return false;
        }
        return true;
    }

    bool clock(unsigned hours) {
        std::size_t digits = 0;
        rest_.remove_prefix(1);
        const auto minutes = take_number(digits);
        unsigned seconds = 0;
        if (digits != 0 && !rest_.empty() && rest_.front() == ':') {
            rest_.remove_prefix(1);
            seconds = take_number(digits);
        }
        if (digits == 0 || hours > 23 || minutes > 59 || seconds > 60) {
            return false;
        }
        time_ = std::chrono::hours(hours) + std::chrono::minutes(minutes) +
                std::chrono::seconds(seconds);
        return true;
    }

    bool offset() {
        const bool west = rest_.front() == '-';
        rest_.remove_prefix(1);
        std::size_t digits = 0;
        const auto value = take_number(digits);
        constexpr unsigned in_an_hour = 100;
        const auto minutes = std::chrono::hours(value / in_an_hour) +
                             std::chrono::minutes(value % in_an_hour);
        offset_ = west ? -minutes : minutes;
        return value <= 1400;
    }

    [[nodiscard]] std::optional<std::chrono::sys_seconds> result() const {
        constexpr unsigned most_months = 12;
        constexpr unsigned most_days = 31;
        if (!year_ || !month_ || !day_ || *month_ < 1 || *month_ > most_months ||
            *day_ < 1 || *day_ > most_days) {
            return std::nullopt;
        }
        // As in curl, 30 February is a day of March.
        const auto first_of_month =
            std::chrono::year(static_cast<int>(*year_)) / static_cast<int>(*month_) / 1;
        return std::chrono::sys_days(first_of_month) + std::chrono::days(*day_ - 1) +
               time_.value_or(std::chrono::seconds(0)) - offset_;
    }

    std::string_view rest_;
    std::optional<unsigned> year_, month_, day_;
    std::optional<std::chrono::seconds> time_;
    std::chrono::minutes offset_{0};
};

}  // namespace

std::optional<std::chrono::sys_seconds> parse_date(std::string_view text) {
    const auto now =
        std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
    if (const auto time = xfer::proto::parse_http_date(text, now)) {
        return time;
    }
    return date_reader(text).read();
}

std::optional<std::chrono::sys_seconds> time_of_file(const std::string& name) {
    struct stat what {};
    if (::stat(name.c_str(), &what) != 0) {
        return std::nullopt;
    }
    return std::chrono::sys_seconds(std::chrono::seconds(what.st_mtim.tv_sec));
}

}  // namespace tool
