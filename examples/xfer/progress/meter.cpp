// curl's two meters, and the numbers in them.
#include "progress/progress_lines.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

namespace tool {

namespace {

using seconds_number = std::int64_t;

template <class... Args>
std::string formatted(const char* format, Args... args) {
    std::array<char, 160> text{};
    std::snprintf(text.data(), text.size(), format, args...);
    return text.data();
}

seconds_number whole_seconds(std::chrono::nanoseconds t) {
    return std::chrono::duration_cast<std::chrono::seconds>(t).count();
}

std::uint64_t rate(std::uint64_t bytes, std::chrono::nanoseconds t) {
    const std::chrono::duration<double> seconds = t;
    return seconds.count() > 0 ? static_cast<std::uint64_t>(
                                     static_cast<double>(bytes) / seconds.count()
                                 )
                               : 0;
}

/// Of large numbers without an overflow.
std::uint64_t percentage(std::uint64_t done, std::uint64_t total) {
    if (total > 10000) return done / (total / 100);
    return total > 0 ? done * 100 / total : 0;
}

/// One direction's share of the line.
struct direction {
    std::uint64_t percent = 0;
    std::uint64_t speed = 0;
    seconds_number estimate = 0;
};

direction estimate(
    std::uint64_t done, std::uint64_t total, std::chrono::nanoseconds spent
) {
    direction d;
    d.speed = rate(done, spent);
    if (total > 0 && d.speed > 0) {
        d.estimate = static_cast<seconds_number>(total / d.speed);
        d.percent = percentage(done, total);
    }
    return d;
}

}  // namespace

std::string amount_text(std::uint64_t bytes) {
    constexpr std::uint64_t kilo = 1024;
    constexpr std::string_view units = "kMGTPE";
    if (bytes < 100'000)
        return formatted("%5llu", static_cast<unsigned long long>(bytes));
    for (const char unit : units) {
        const auto whole = static_cast<unsigned long long>(bytes / kilo);
        // The first unit has no decimals, as 97k and less never get here.
        if (whole < 100 && unit != 'k') {
            const auto tenths =
                static_cast<unsigned long long>(bytes % kilo * 10 / kilo);
            return formatted("%2llu.%llu%c", whole, tenths, unit);
        }
        if (whole < 10'000) return formatted("%4llu%c", whole, unit);
        bytes /= kilo;
    }
    return " huge";
}

std::string clock_text(std::int64_t seconds) {
    if (seconds <= 0) return "--:--:--";
    const auto s = static_cast<long long>(seconds);
    const auto hours = s / 3600;
    if (hours <= 99)
        return formatted("%2lld:%02lld:%02lld", hours, s / 60 % 60, s % 60);
    const auto days = hours / 24;
    if (days <= 999) return formatted("%3lldd %02lldh", days, hours % 24);
    return formatted("%7lldd", days);
}

void speed_window::record(progress_time now, std::uint64_t amount) {
    past_.emplace_back(now, amount);
    if (past_.size() > records_) past_.pop_front();
}

std::uint64_t speed_window::per_second() const {
    if (past_.empty()) return 0;
    const auto& [now, amount] = past_.back();
    if (past_.size() == 1) return rate(amount, now - start_);
    const auto& [then, before] = past_.front();
    // A transfer that begins anew counts from 0 again.
    return amount > before ? rate(amount - before, now - then) : 0;
}

std::string_view meter_header() noexcept {
    return "  % Total    % Received % Xferd  Average Speed   Time    Time     Time  "
           "Current\n"
           "                                 Dload  Upload   Total   Spent    Left  "
           "Speed\n";
}

std::string meter_line(const meter_numbers& n) {
    const auto down = estimate(n.received, n.receive_total, n.spent);
    const auto up = estimate(n.sent, n.send_total, n.spent);
    const auto total = (n.receive_total > 0 ? n.receive_total : n.received) +
                       (n.send_total > 0 ? n.send_total : n.sent);
    const auto spent = whole_seconds(n.spent);
    // Both ways are used at the same time.
    const auto whole = std::max(down.estimate, up.estimate);
    const auto number = [](std::uint64_t x) {
        return static_cast<unsigned long long>(x);
    };
    return formatted(
        "%3llu %s  %3llu %s  %3llu %s  %s  %s %s %s %s %s",
        number(percentage(n.received + n.sent, total)),
        amount_text(total).c_str(),
        number(down.percent),
        amount_text(n.received).c_str(),
        number(up.percent),
        amount_text(n.sent).c_str(),
        amount_text(down.speed).c_str(),
        amount_text(up.speed).c_str(),
        clock_text(whole).c_str(),
        clock_text(spent).c_str(),
        clock_text(whole > 0 ? whole - spent : 0).c_str(),
        amount_text(n.speed).c_str()
    );
}

std::string_view summary_header() noexcept {
    return "DL% UL%  Dled  Uled  Xfers  Live Total     Current  Left    Speed\n";
}

std::string summary_line(const summary_numbers& n) {
    const auto percent = [](std::uint64_t done, std::uint64_t total) -> std::string {
        if (total == 0) return "-- ";
        const auto p = percentage(done, total);
        return formatted("%3llu", static_cast<unsigned long long>(p));
    };
    seconds_number whole = 0;
    seconds_number left = 0;
    if (n.receive_total > 0 && n.speed > 0) {
        whole = static_cast<seconds_number>(n.receive_total / n.speed);
        const auto missing = n.receive_total - std::min(n.receive_total, n.received);
        left = static_cast<seconds_number>(missing / n.speed);
    }
    return formatted(
        "%s %s %s %s %5llu %5llu  %s %s %s %s",
        percent(n.received, n.receive_total).c_str(),
        percent(n.sent, n.send_total).c_str(),
        amount_text(n.received).c_str(),
        amount_text(n.sent).c_str(),
        static_cast<unsigned long long>(n.transfers),
        static_cast<unsigned long long>(n.live),
        clock_text(whole).c_str(),
        clock_text(whole_seconds(n.spent)).c_str(),
        clock_text(left).c_str(),
        amount_text(n.speed).c_str()
    );
}

}  // namespace tool
