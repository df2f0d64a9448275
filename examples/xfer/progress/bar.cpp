// The bar of -#, and the lines of -Z --progress-bar.
#include "progress/progress_lines.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <numbers>

namespace tool {

namespace {

constexpr std::string_view mark = "-=O=-";

/// A place that goes from 0 to `last` and back, one step a tick.
std::size_t to_and_fro(std::size_t tick, std::size_t last) {
    if (last == 0) return 0;
    const auto at = tick % (2 * last);
    return at <= last ? at : 2 * last - at;
}

std::size_t share(double part, std::size_t columns) {
    return static_cast<std::size_t>(
        std::clamp(part, 0.0, 1.0) * static_cast<double>(columns)
    );
}

/// "[####    ]", or the mark somewhere in it.
std::string small_bar(const transfer_numbers& n, std::size_t columns) {
    const auto inside = columns - 2;
    std::string text(inside, ' ');
    if (n.part) {
        const auto full = share(*n.part, inside);
        text.replace(0, full, full, '#');
    } else if (inside >= mark.size()) {
        const auto at = to_and_fro(n.tick, inside - mark.size());
        text.replace(at, mark.size(), mark);
    }
    return "[" + text + "]";
}

}  // namespace

std::string bar_line(std::uint64_t done, std::uint64_t total, std::size_t columns) {
    constexpr std::size_t percent_columns = 7;  // " 100.0%"
    total = std::max<std::uint64_t>(std::max(total, done), 1);
    const double part = static_cast<double>(done) / static_cast<double>(total);
    const auto room = columns > percent_columns ? columns - percent_columns : 0;
    std::string line(share(part, room), '#');
    line.resize(room, ' ');
    std::array<char, 16> percent{};
    std::snprintf(percent.data(), percent.size(), " %5.1f%%", part * 100);
    return line + percent.data();
}

std::string flying_bar::line(std::size_t columns, bool moved) {
    std::string text(std::max<std::size_t>(columns, mark.size()), ' ');
    const auto last = text.size() - mark.size();
    place_ = std::min(place_, last);
    text.replace(place_, mark.size(), mark);
    // Four waves, one behind the other, 200 ticks to and fro.
    for (std::size_t wave = 0; wave < 4; ++wave) {
        const double turn = static_cast<double>((tick_ + wave * 5) % 200) / 200;
        const double height = (std::sin(turn * 2 * std::numbers::pi) + 1) / 2;
        text[share(height, text.size() - 1)] = '#';
    }
    tick_ += 2;
    if (moved) {
        if (place_ == 0) backwards_ = false;
        if (place_ == last) backwards_ = true;
        if (last > 0) place_ = backwards_ ? place_ - 1 : place_ + 1;
    }
    return text;
}

std::string transfer_line(const transfer_numbers& n, std::size_t columns) {
    constexpr std::size_t name_columns = 12;  // that are left at least
    std::array<char, 8> percent{};
    if (n.part) {
        const double whole = std::floor(std::clamp(*n.part, 0.0, 1.0) * 100);
        std::snprintf(percent.data(), percent.size(), "%3.0f%%", whole);
    } else {
        std::snprintf(percent.data(), percent.size(), " --%%");
    }
    std::string tail;
    const auto add = [&](const std::string& piece) {
        if (tail.size() + 1 + piece.size() + name_columns <= columns) {
            tail += " " + piece;
        }
    };
    // Not each of them wherever there is room: columns stand below one another.
    add(percent.data());
    if (columns >= 36) add(amount_text(n.bytes));
    if (columns >= 46) add(amount_text(n.speed) + "/s");
    if (columns >= 56) add(clock_text(n.seconds_left.value_or(0)));
    if (columns >= 70) add(small_bar(n, columns / 4));
    const auto room = columns - std::min(columns, tail.size());
    const auto width = n.width != nullptr ? *n.width : column_width();
    return fitted_text(n.name, room, n.keep_begin, width) + tail;
}

}  // namespace tool
