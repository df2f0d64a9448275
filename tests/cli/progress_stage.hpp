// A progress display on a terminal, or a pipe, of the test's own.
#pragma once

#include "cli/screen_model.hpp"
#include "progress/progress.hpp"

#include <catch2/catch.hpp>

#include <chrono>
#include <cstdio>
#include <string>
#include <utility>
#include <vector>

namespace cli {

using namespace std::chrono_literals;
using tool::progress_display;

/// A stream that keeps what is written, and counts how often.
class recorder {
 public:
    recorder() {
        cookie_io_functions_t functions{};
        functions.write = [](void* self, const char* data, std::size_t size) {
            auto& r = *static_cast<recorder*>(self);
            r.text.append(data, size);
            ++r.writes;
            return static_cast<ssize_t>(size);
        };
        file = ::fopencookie(this, "w", functions);
        std::setvbuf(file, nullptr, _IONBF, 0);  // as stderr is
    }
    ~recorder() { std::fclose(file); }
    recorder(const recorder&) = delete;
    recorder& operator=(const recorder&) = delete;

    /// What came since the last call.
    std::string take() {
        writes = 0;
        return std::exchange(text, std::string());
    }

    std::FILE* file;
    std::string text;
    int writes = 0;
};

/// A display with a clock and a terminal of the test's own.
struct stage {
    explicit stage(
        const tool::command& settings, bool terminal, tool::terminal_size s = {}
    )
        : size(s),
          screen(s.columns, s.rows),
          display(settings, out.file, around(terminal)) {}

    progress_display::surroundings around(bool terminal) {
        progress_display::surroundings a;
        a.terminal = terminal;
        a.measure = [this] { return size; };
        a.now = [this] { return now; };
        return a;
    }
    /// Lets time pass, draws, and shows it on the screen.
    std::string draw(std::chrono::milliseconds later) {
        now += later;
        out.writes = 0;
        display.draw(now);
        CHECK(out.writes <= 1);
        return show();
    }
    std::string show() {
        auto octets = out.take();
        screen.write(octets);
        return octets;
    }

    tool::terminal_size size;
    progress_display::clock::time_point now{1000s};
    recorder out;
    test::screen_model screen;
    progress_display display;
};

inline tool::command settings_of(bool parallel, bool bar) {
    tool::command c;
    c.parallel = parallel;
    c.progress_bar = bar;
    return c;
}

inline const std::string header =
    "  % Total    % Received % Xferd  Average Speed   Time    Time     Time  Current\n"
    "                                 Dload  Upload   Total   Spent    Left  Speed\n";
inline const std::string nothing_yet =
    "\r  0     0    0     0    0     0      0      0 --:--:-- --:--:-- --:--:--     0";

/// Whether each line is on the screen, and nothing else.
inline void check_screen(
    const test::screen_model& s, const std::vector<std::string>& begins
) {
    const auto lines = s.lines();
    CAPTURE(lines);
    REQUIRE(lines.size() == begins.size());
    for (std::size_t i = 0; i < begins.size(); ++i) {
        CHECK(lines[i].starts_with(begins[i]));
    }
}

}  // namespace cli
