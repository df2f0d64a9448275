// Lines for people.
#include "output/console.hpp"

#include "texts/texts.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace tool {

namespace {

constexpr std::string_view warning = "Warning: ";
constexpr std::size_t columns = 79;

/// How much of the text fits into a line: up to a blank, if there is one.
std::size_t line_of(std::string_view text) {
    constexpr std::size_t room = columns - warning.size();
    if (text.size() <= room) {
        return text.size();
    }
    const auto blank = text.find_last_of(" \t", room - 1);
    return blank == std::string_view::npos || blank == 0 ? room : blank + 1;
}

/// How many octets a control character of a UTF-8 terminal has that begins here: C0,
/// DEL or C1; 0: there is none.
std::size_t control_size(std::string_view text) noexcept {
    const auto first = static_cast<unsigned char>(text[0]);
    const auto second = text.size() > 1 ? static_cast<unsigned char>(text[1]) : 0U;
    if (first < 0x20 || first == 0x7f) {
        return first == '\t' ? 0 : 1;
    }
    return first == 0xc2 && second >= 0x80 && second < 0xa0 ? 2 : 0;
}

/// What a server or a file name says cannot steer the terminal that shows it.
std::string harmless(std::string_view text) {
    std::string out;
    while (!text.empty()) {
        const auto size = control_size(text);
        out += size == 0 ? text[0] : '?';
        text.remove_prefix(std::max<std::size_t>(size, 1));
    }
    return out;
}

}  // namespace

console::console(
    const command& settings,
    persona who,
    std::FILE* err,
    std::function<void()> before_line
)
    : settings_(settings), who_(who), err_(err), before_line_(std::move(before_line)) {}

void console::warn(std::string_view message) const {
    if (settings_.silent) {
        return;
    }
    before_line_();
    const auto shown = harmless(message);
    std::string_view text(shown);
    while (!text.empty()) {
        const auto size = line_of(text);
        std::string line(warning);
        line.append(text.substr(0, size)).append("\n");
        std::fputs(line.c_str(), err_);
        text.remove_prefix(size);
    }
    std::fflush(err_);
}

void console::error(int code, std::string_view message) const {
    if (settings_.silent && !settings_.show_error) {
        return;
    }
    before_line_();
    std::string line(name_of(who_));
    line.append(": (")
        .append(std::to_string(code))
        .append(") ")
        .append(harmless(message));
    line += '\n';
    constexpr int not_verified = 60;
    if (code == not_verified && who_ == persona::curl) {
        line +=
            "More details here: https://curl.se/docs/sslcerts.html\n\n"
            "The server could not prove who it is, so nothing was sent to it.\n";
    }
    std::fputs(line.c_str(), err_);
    std::fflush(err_);
}

}  // namespace tool
