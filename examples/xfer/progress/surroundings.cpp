// The terminal that a display is drawn on, and the clock.
#include "progress/progress.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <string_view>

namespace tool {

namespace {

/// A number of the environment that can be a width; 0: none.
std::size_t columns_of_environment() {
    const char* text = std::getenv("COLUMNS");
    const unsigned long n = text != nullptr ? std::strtoul(text, nullptr, 10) : 0;
    return n > 20 && n < 10'000 ? n : 0;
}

terminal_size measure(int descriptor, bool terminal) {
    // What curl takes for the width where it cannot ask.
    terminal_size size{80, 24};
    winsize w{};
    const bool known =
        terminal && ::ioctl(descriptor, TIOCGWINSZ, &w) == 0 && w.ws_col > 0;
    if (known) size = {w.ws_col, std::max<std::size_t>(w.ws_row, 2)};
    const auto wanted = columns_of_environment();
    // The variable may be older than the terminal's size.
    if (wanted != 0) size.columns = known ? std::min(wanted, size.columns) : wanted + 1;
    return size;
}

}  // namespace

progress_display::surroundings progress_display::of(std::FILE* err) {
    const int descriptor = ::fileno(err);
    const char* kind = std::getenv("TERM");
    const bool capable = kind != nullptr && std::string_view(kind) != "dumb";
    surroundings around;
    around.terminal = capable && ::isatty(descriptor) == 1;
    around.measure = [descriptor, terminal = around.terminal] {
        return tool::measure(descriptor, terminal);
    };
    around.now = [] { return clock::now(); };
    return around;
}

}  // namespace tool
