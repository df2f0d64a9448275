// The terminal that a display is drawn on, and the clock.
#include "progress/progress.hpp"
#include "progress/progress_lines.hpp"

#include <langinfo.h>
#include <locale.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <wchar.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <string_view>
#include <type_traits>

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

/// Of the locale that the environment names, if its letters are UTF-8.
column_width width_of_locale() {
    const auto made = ::newlocale(LC_CTYPE_MASK, "", nullptr);
    if (made == nullptr) return nullptr;
    using contents = std::remove_pointer_t<locale_t>;
    const std::shared_ptr<contents> locale(made, ::freelocale);
    if (std::string_view(::nl_langinfo_l(CODESET, made)) != "UTF-8") return nullptr;
    return [locale](char32_t c) {
        // For this question alone: what else is written does not know locales.
        const auto before = ::uselocale(locale.get());
        const int columns = ::wcwidth(static_cast<wchar_t>(c));
        ::uselocale(before);
        return columns;
    };
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
    around.width = width_of_locale();
    around.now = [] { return clock::now(); };
    return around;
}

}  // namespace tool
