// Lines for people.
#include "output/console.hpp"

#include "options/reader.hpp"
#include "output/printable.hpp"
#include "texts/texts.hpp"

#include <string>
#include <utility>

namespace tool {

console::console(
    const command& settings,
    persona who,
    std::FILE* err,
    std::function<void()> before_line
)
    : settings_(settings), who_(who), err_(err), before_line_(std::move(before_line)) {}

void console::say(std::string_view prefix, std::string_view text) const {
    if (settings_.silent) {
        return;
    }
    before_line_();
    std::string shown(text);
    replace_controls(shown, "\t");
    std::fputs(wrapped_lines(prefix, shown).c_str(), err_);
    std::fflush(err_);
}

void console::warn(std::string_view text) const { say("Warning: ", text); }

void console::note(std::string_view text) const {
    if (settings_.verbose || !settings_.trace_file.empty()) {
        say("Note: ", text);
    }
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
