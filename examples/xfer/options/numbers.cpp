// Numbers of a command line.
#include "options/numbers.hpp"

#include "options/reader.hpp"

#include <charconv>
#include <limits>

namespace tool {

namespace {

constexpr auto largest = std::uint64_t{std::numeric_limits<std::int64_t>::max()};
/// What std::chrono counts in nanoseconds ends after 292 years.
constexpr std::uint64_t most_seconds = 9'000'000'000;

/// Takes digits from the front of a text.
std::errc take_digits(std::string_view& text, std::uint64_t& value, int base = 10) {
    const auto [end, ec] =
        std::from_chars(text.data(), text.data() + text.size(), value, base);
    if (ec == std::errc() && value > largest) {
        return std::errc::result_out_of_range;
    }
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    return ec;
}

option_error read_in_base(
    std::string_view text, std::uint64_t max, std::uint64_t& value, int base
) {
    const bool minus = text.starts_with('-');
    if (minus) {
        text.remove_prefix(1);
    }
    std::uint64_t number = 0;
    const auto ec = take_digits(text, number, base);
    if (ec == std::errc::result_out_of_range) {
        return mistakes::too_large();
    }
    if (ec != std::errc() || !text.empty()) {
        return mistakes::not_a_number();
    }
    if (minus && number > 0) {
        return mistakes::negative();
    }
    if (number > max) {
        return mistakes::too_large();
    }
    value = number;
    return {};
}

}  // namespace

option_error read_number(
    std::string_view text, std::uint64_t max, std::uint64_t& value
) {
    return read_in_base(text, max, value, 10);
}

option_error read_octal(
    std::string_view text, std::uint64_t max, std::uint64_t& value
) {
    return read_in_base(text, max, value, 8);
}

option_error read_seconds(std::string_view text, std::chrono::milliseconds& value) {
    const bool minus = text.starts_with('-');
    if (minus) {
        text.remove_prefix(1);
    }
    std::uint64_t seconds = 0;
    const bool only_fraction = text.size() > 1 && text.starts_with('.');
    const auto ec = only_fraction ? std::errc() : take_digits(text, seconds);
    if (ec == std::errc::result_out_of_range) {
        return mistakes::too_large();
    }
    if (ec != std::errc()) {
        return mistakes::not_a_number();
    }
    std::uint64_t thousandths = 0;
    if (text.starts_with('.')) {
        text.remove_prefix(1);
        std::uint64_t weight = 100;
        while (!text.empty() && text.front() >= '0' && text.front() <= '9') {
            thousandths += weight * static_cast<std::uint64_t>(text.front() - '0');
            weight /= 10;
            text.remove_prefix(1);
        }
    }
    if (!text.empty()) {
        return mistakes::not_a_number();
    }
    if (minus && (seconds > 0 || thousandths > 0)) {
        return mistakes::negative();
    }
    if (seconds > most_seconds) {
        return mistakes::too_large();
    }
    value = std::chrono::milliseconds(seconds * 1000 + thousandths);
    return {};
}

size_problem read_size(std::string_view text, std::uint64_t& value) {
    std::uint64_t number = 0;
    if (take_digits(text, number) != std::errc()) {
        return size_problem::number;
    }
    const char unit = text.empty() ? 'b' : text.front();
    std::uint64_t factor = 1;
    switch (unit) {
        case 'k':
        case 'K':
            factor = 1024;
            break;
        case 'm':
        case 'M':
            factor = 1024 * 1024;
            break;
        case 'g':
        case 'G':
            factor = 1024 * 1024 * 1024;
            break;
        case 'b':
        case 'B':
            break;
        default:
            return size_problem::unit;
    }
    if (text.size() > 1) {
        return size_problem::unit;
    }
    if (number > largest / factor) {
        return size_problem::too_large;
    }
    value = number * factor;
    return size_problem::none;
}

rate_problem read_rate(std::string_view text, std::chrono::milliseconds& interval) {
    std::uint64_t starts = 0;
    const auto slash = text.find('/');
    const auto count = text.substr(0, slash);
    if (const auto wrong = read_number(count, largest, starts); wrong.code != 0) {
        return rate_problem::number;
    }
    if (starts == 0) {
        return rate_problem::use;
    }
    std::uint64_t unit = 60 * 60 * 1000;
    std::uint64_t units = 1;
    if (slash != std::string_view::npos) {
        auto rest = text.substr(slash + 1);
        if (take_digits(rest, units) == std::errc::result_out_of_range) {
            return rate_problem::too_large;
        }
        switch (rest.empty() ? '\0' : rest.front()) {
            case 's':
                unit = 1000;
                break;
            case 'm':
                unit = 60 * 1000;
                break;
            case 'h':
                break;
            case 'd':
                unit = 24 * 60 * 60 * 1000;
                break;
            default:
                return rate_problem::unit;
        }
    }
    if (units > largest / unit || starts > units * unit) {
        return rate_problem::too_large;
    }
    const auto between = units * unit / starts;
    if (between > most_seconds * 1000) {
        return rate_problem::too_large;
    }
    interval = std::chrono::milliseconds(between);
    return rate_problem::none;
}

}  // namespace tool
