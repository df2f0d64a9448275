// What is said to people beside the data: warnings, notes and error lines.
#pragma once

#include "options/exit_codes.hpp"
#include "options/parse.hpp"

#include <cstdio>
#include <functional>
#include <string_view>

namespace tool {

/// Why something was not done: an exit code of curl's, and a line about it.
struct refusal {
    int code = 0;         ///< 0: nothing was wrong
    std::string message;  ///< empty: all was said
    [[nodiscard]] explicit operator bool() const noexcept { return code != 0; }
};

/// Writes lines to standard error, in front of them the tool's name where curl has its
/// own; what -s silences stays unwritten. What a server has said may stand in them:
/// control characters are replaced.
class console {
 public:
    /// `before_line` takes the progress display from the screen.
    console(
        const command& settings,
        persona who,
        std::FILE* err,
        std::function<void()> before_line
    );

    /// "Warning: ...", wrapped at 79 columns as curl does.
    void warn(std::string_view text) const;
    /// "Note: ...", likewise; with -v and --trace only.
    void note(std::string_view text) const;
    /// "xfer: (6) ...".
    void error(int code, std::string_view message) const;
    /// Where the lines go.
    [[nodiscard]] std::FILE* stream() const noexcept { return err_; }

 private:
    void say(std::string_view prefix, std::string_view text) const;

    const command& settings_;
    persona who_;
    std::FILE* err_;
    std::function<void()> before_line_;
};

}  // namespace tool
