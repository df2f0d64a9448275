// Lines at the bottom of a terminal that are redrawn where they stand.
#include "progress/live_lines.hpp"

#include <algorithm>
#include <utility>

namespace tool {

namespace {

// ECMA-48, as every terminal of today knows it.
constexpr const char* erase_line_end = "\033[K";
constexpr const char* erase_screen_end = "\033[J";

std::string move(std::size_t rows, char direction) {
    return rows == 0 ? std::string() : "\033[" + std::to_string(rows) + direction;
}

}  // namespace

std::string live_lines::draw(std::vector<std::string> lines, terminal_size size) {
    std::string out;
    if (size != size_ || shown_.empty()) {
        out = std::string("\r") + erase_screen_end;
        shown_.clear();
        size_ = size;
    }
    std::size_t row = 0;
    const auto common = std::min(shown_.size(), lines.size());
    for (std::size_t i = 0; i < common; ++i) {
        if (lines[i] == shown_[i]) continue;
        out += "\r" + move(i - row, 'B') + lines[i] + erase_line_end;
        row = i;
    }
    if (shown_.size() > common) {
        out += "\r" + move(common - row, 'B') + erase_screen_end;
        row = common;
    }
    for (std::size_t i = common; i < lines.size(); ++i) {
        if (i > 0) {
            // A line feed, unlike a move, makes room at the bottom of the screen.
            out += "\r" + move(i - 1 - row, 'B') + "\n";
        }
        out += lines[i];
        row = i;
    }
    if (!out.empty()) out += "\r" + move(row, 'A');
    shown_ = std::move(lines);
    return out;
}

std::string live_lines::clear() {
    if (shown_.empty()) return {};
    shown_.clear();
    return std::string("\r") + erase_screen_end;
}

std::string live_lines::keep() {
    if (shown_.empty()) return {};
    const auto rows = shown_.size();
    shown_.clear();
    return "\r" + move(rows - 1, 'B') + "\n";
}

}  // namespace tool
