// Totals as text.
#include "output/statistics.hpp"

#include "progress/progress_lines.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <system_error>

namespace tool {

namespace {

template <class... Args>
std::string formatted(const char* format, Args... args) {
    std::array<char, 160> text{};
    std::snprintf(text.data(), text.size(), format, args...);
    return text.data();
}

std::string transfers_line(const totals& t) {
    const auto interrupted =
        t.interrupted == 0 ? "" : formatted(", %zu interrupted", t.interrupted);
    return formatted(
        "transfers    %zu (%zu failed%s, %u retries) in %s\n",
        t.transfers,
        t.failed,
        interrupted.c_str(),
        t.retries,
        seconds_text(t.time).c_str()
    );
}

/// "received     5000 bytes (4.88 KiB), 1.20 KiB/s".
std::string bytes_line(const char* name, std::uint64_t bytes, const totals& t) {
    constexpr std::uint64_t kib = 1024;
    const std::chrono::duration<double> time = t.time;
    const auto amount = static_cast<double>(bytes);
    const auto in_units = bytes < kib ? "" : " (" + bytes_text(amount) + ")";
    const auto rate = time.count() > 0 ? amount / time.count() : 0.0;
    return formatted(
        "%-12s %llu bytes%s, %s/s\n",
        name,
        static_cast<unsigned long long>(bytes),
        in_units.c_str(),
        bytes_text(rate).c_str()
    );
}

/// The time that this share of the transfers did not exceed (nearest rank).
std::string percentile(const totals& t, double share) {
    auto times = t.times;
    const auto count = static_cast<double>(times.size());
    const auto rank = std::max(std::ceil(share * count), 1.0);
    const auto at = times.begin() + (static_cast<std::ptrdiff_t>(rank) - 1);
    std::nth_element(times.begin(), at, times.end());
    return seconds_text(*at);
}

std::string times_line(const totals& t) {
    if (t.times.empty()) {
        return {};
    }
    return "time each    p50 " + percentile(t, 0.50) + ", p99 " + percentile(t, 0.99) +
           "\n";
}

}  // namespace

void totals::add(const outcome& ended, bool was_interrupted) {
    retries += ended.retries;
    if (was_interrupted) {
        ++interrupted;
    } else if (ended.exit_code != 0) {
        ++failed;
    } else if (ended.time.count() != 0) {
        times.push_back(ended.time);
    }
    if (ended.left == left_behind::whole) {
        ++files;
    } else if (ended.left == left_behind::part) {
        std::error_code ec;
        const auto size = std::filesystem::file_size(ended.file, ec);
        if (!ec && size > 0) {
            partial.emplace_back(ended.file, size);
        }
    }
}

std::string statistics_text(const totals& t, const xfer::stats& of) {
    auto text = transfers_line(t);
    text += formatted("files        %zu written\n", t.files);
    text += formatted(
        "connections  %llu opened, %llu reused\n",
        static_cast<unsigned long long>(of.connections_opened),
        static_cast<unsigned long long>(of.connections_reused)
    );
    text += bytes_line("received", of.bytes_received, t);
    text += bytes_line("sent", of.bytes_sent, t);
    text += times_line(t);
    for (const auto& [file, size] : t.partial) {
        text += "partial      " + visible_text(file) + ", ";
        text += bytes_text(static_cast<double>(size)) + " kept\n";
    }
    return text;
}

std::string bytes_text(double bytes) {
    static constexpr std::array units{"B", "KiB", "MiB", "GiB", "TiB"};
    std::size_t unit = 0;
    // What would be shown as 1024 of a unit is 1 of the next.
    while (bytes >= 1023.5 && unit + 1 < units.size()) {
        bytes /= 1024;
        ++unit;
    }
    const int digits = unit == 0 || bytes >= 99.95 ? 0 : bytes >= 9.995 ? 1 : 2;
    return formatted("%.*f %s", digits, bytes, units[unit]);
}

std::string seconds_text(std::chrono::duration<double> t) {
    const double seconds = t.count();
    if (seconds < 9.9995) return formatted("%.3f s", seconds);
    if (seconds < 59.95) return formatted("%.1f s", seconds);
    if (seconds >= 100 * 3600.0) return "> 99 h";
    const auto whole = std::lround(seconds);
    if (whole < 3600) return formatted("%ld:%02ld", whole / 60, whole % 60);
    return formatted("%ld:%02ld:%02ld", whole / 3600, whole / 60 % 60, whole % 60);
}

}  // namespace tool
