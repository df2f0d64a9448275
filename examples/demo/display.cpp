// The pictures that the demo draws of a download in progress.
#include "display.hpp"

#include "text.hpp"

#include <algorithm>
#include <cstdio>

namespace demo {

namespace {

std::string right(const std::string& text, std::size_t columns) {
    return text.size() >= columns ? text
                                  : std::string(columns - text.size(), ' ') + text;
}

std::string bar(double part, std::size_t columns) {
    std::string text(columns, '.');
    text.replace(
        0,
        static_cast<std::size_t>(part * static_cast<double>(columns)),
        static_cast<std::size_t>(part * static_cast<double>(columns)),
        '#'
    );
    return text;
}

/// "  name   receiving   1.23 MiB /  64.0 MiB ####....", exactly this wide.
std::string transfer_line(const active_transfer& a, std::size_t columns) {
    const bool wide = columns >= 76;
    std::string tail =
        "  " + fitted(a.stage, 10) + right(bytes_text(double(a.bytes)), 9);
    if (a.expected != 0) {
        const double part =
            std::min(1.0, double(a.bytes) / static_cast<double>(a.expected));
        tail += " /" + right(bytes_text(double(a.expected)), 9);
        if (wide) tail += "  " + bar(part, columns / 6);
    }
    // The columns stand below one another, whatever is known.
    constexpr std::size_t numbers = 2 + 10 + 9 + 2 + 9;
    tail = fitted(tail, numbers + (wide ? 2 + columns / 6 : 0));
    const auto name = plain_ascii(a.what->url);
    if (tail.size() + 8 > columns) {
        return fitted(name, columns);
    }
    const auto room = columns - tail.size();
    // The end of a URL tells files apart, the beginning only hosts.
    const auto shown =
        name.size() <= room ? name : "..." + name.substr(name.size() - (room - 3));
    return fitted(shown, room) + tail;
}

}  // namespace

double display::rate(const state_of_things& now) {
    constexpr double window = 3.0;
    const double time = now.time.count();
    past_.emplace_back(time, now.bytes);
    while (past_.size() > 2 && past_.front().first < time - window) {
        past_.pop_front();
    }
    const auto& oldest = past_.front();
    const double seconds = time - oldest.first;
    if (past_.size() < 2 || seconds <= 0) {
        return time > 0 ? static_cast<double>(now.bytes) / time : 0;
    }
    const auto moved = now.bytes > oldest.second ? now.bytes - oldest.second : 0;
    return static_cast<double>(moved) / seconds;
}

std::string display::total_line(const state_of_things& now) {
    const double speed = rate(now);
    char counts[80];
    std::snprintf(counts, sizeof counts, "%zu of %zu files", now.ended, now.files);
    std::string line = counts + std::string(", ") + bytes_text(double(now.bytes));
    if (now.size_known) line += " of " + bytes_text(double(now.expected));
    line += ", " + bytes_text(speed) + "/s, ETA ";
    if (now.size_known && speed > 0) {
        const auto left = now.expected - std::min(now.expected, now.bytes);
        line += time_text(std::chrono::duration<double>(double(left) / speed));
    } else {
        line += "unknown";
    }
    if (now.failed != 0) line += ", " + std::to_string(now.failed) + " failed";
    return line;
}

void display::draw(const state_of_things& now) {
    const auto size = out_.measure();
    // The last column stays free: a full line would leave the cursor in limbo.
    const auto columns = std::max<std::size_t>(size.columns, 2) - 1;
    const auto room = size.rows > 2 ? size.rows - 2 : 0;
    std::vector<std::string> lines;
    const bool all = now.active.size() <= room;
    const auto shown = all ? now.active.size() : room - std::min<std::size_t>(room, 1);
    for (std::size_t i = 0; i < shown; ++i) {
        lines.push_back(transfer_line(now.active[i], columns));
    }
    if (!all && room > 0) {
        lines.push_back(fitted(
            "... and " + std::to_string(now.active.size() - shown) + " more", columns
        ));
    }
    if (size.rows > 2) lines.emplace_back();
    lines.push_back(fitted(total_line(now), columns));
    out_.draw(lines);
}

void display::print_total(const state_of_things& now) { out_.print(total_line(now)); }

void display::print_ended(const job& j, std::size_t number, std::size_t files) {
    std::string line = std::to_string(number) + "/" + std::to_string(files) + "  ";
    if (j.result == job::outcome::arrived) {
        line += bytes_text(double(j.bytes)) + " in " + time_text(j.time) + "  " +
                plain_ascii(j.url);
    } else {
        line += plain_ascii(j.url) + ": " + plain_ascii(j.trouble);
    }
    out_.print(line);
}

}  // namespace demo
