// Lines for people.
#include "output/console.hpp"

#include "output/printable.hpp"
#include "texts/texts.hpp"

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

}  // namespace

console::console(
    const command& settings,
    persona who,
    std::FILE* err,
    std::function<void()> before_line
)
    : settings_(settings), who_(who), err_(err), before_line_(std::move(before_line)) {}

void console::warn(std::string_view text) const {
    if (settings_.silent) {
        return;
    }
    before_line_();
    std::string shown(text);
    replace_controls(shown, "\t");
    for (std::string_view rest(shown); !rest.empty();) {
        const auto size = line_of(rest);
        std::string line(warning);
        line.append(rest.substr(0, size)).append("\n");
        std::fputs(line.c_str(), err_);
        rest.remove_prefix(size);
    }
    std::fflush(err_);
}

void console::error(int code, std::string_view message) const {
    if (settings_.silent && !settings_.show_error) {
        return;
    }
    before_line_();
    std::string line(name_of(who_));
    line.append(": (").append(std::to_string(code)).append(") ").append(message);
    replace_controls(line, "\n\t");  // a glob is shown with a mark below it
    line += '\n';
    if (code == exit_codes::not_verified && who_ == persona::curl) {
        line +=
            "More details here: https://curl.se/docs/sslcerts.html\n\n"
            "The server could not prove who it is, so nothing was sent to it.\n";
    }
    std::fputs(line.c_str(), err_);
    std::fflush(err_);
}

}  // namespace tool
