// What the demo shows while it works: a screen of its own on a terminal, plain lines
// anywhere else.
#include "screen.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <string_view>

namespace demo {

namespace {

// ECMA-48 and DEC private modes, as every terminal of today knows them.
constexpr const char* enter_alternate_screen = "\033[?1049h\033[?25l\033[H\033[2J";
constexpr const char* leave_alternate_screen = "\033[?25h\033[?1049l";
constexpr const char* home = "\033[H";
constexpr const char* clear_screen = "\033[2J";
constexpr const char* clear_to_end_of_line = "\033[K";
constexpr const char* clear_to_end_of_screen = "\033[J";

bool is_terminal() noexcept {
    const char* kind = std::getenv("TERM");
    return ::isatty(STDOUT_FILENO) == 1 && kind != nullptr && *kind != '\0' &&
           std::string_view(kind) != "dumb";
}

}  // namespace

screen::screen() : live_(is_terminal()) {}

screen::~screen() { leave(); }

screen::size screen::measure() const noexcept {
    winsize w{};
    if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &w) != 0 || w.ws_col == 0 || w.ws_row == 0) {
        return {80, 24};
    }
    return {w.ws_col, w.ws_row};
}

void screen::draw(const std::vector<std::string>& lines) {
    const auto now = measure();
    std::string frame;
    if (!drawing_) {
        frame += enter_alternate_screen;
        drawing_ = true;
    } else if (now.columns != drawn_for_.columns || now.rows != drawn_for_.rows) {
        frame += clear_screen;
    }
    drawn_for_ = now;
    // Lines are overwritten, never cleared first, and go out in one write: no flicker.
    frame += home;
    for (std::size_t i = 0; i < lines.size() && i < now.rows; ++i) {
        if (i > 0) frame += "\r\n";
        frame += lines[i];
        if (lines[i].size() < now.columns) frame += clear_to_end_of_line;
    }
    frame += clear_to_end_of_screen;
    write(frame);
}

void screen::leave() noexcept {
    if (drawing_) {
        drawing_ = false;
        write(leave_alternate_screen);
    }
}

void screen::print(const std::string& line) {
    leave();
    write(line + "\n");
}

void screen::write(const std::string& text) noexcept {
    std::size_t done = 0;
    while (usable_ && done < text.size()) {
        const auto n = ::write(STDOUT_FILENO, text.data() + done, text.size() - done);
        if (n > 0) {
            done += static_cast<std::size_t>(n);
        } else if (errno != EINTR && errno != EAGAIN) {
            usable_ = false;
        }
    }
}

}  // namespace demo
