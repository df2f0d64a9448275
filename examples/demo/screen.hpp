// What the demo shows while it works: a screen of its own on a terminal, plain lines
// anywhere else.
#pragma once

#include <string>
#include <vector>

namespace demo {

/// Writes to the standard output. On a terminal, the live display stands on the
/// alternate screen, so that it leaves nothing behind, whatever its size becomes.
class screen {
 public:
    screen();
    /// Leaves the live display.
    ~screen();
    screen(const screen&) = delete;
    screen& operator=(const screen&) = delete;

    /// Whether there is a terminal for a live display.
    [[nodiscard]] bool live() const noexcept { return live_; }
    /// False once the reader of the output is gone (`demo | head`).
    [[nodiscard]] bool usable() const noexcept { return usable_; }
    /// The terminal's size now, in characters; it may change at any time.
    struct size {
        std::size_t columns;
        std::size_t rows;
    };
    [[nodiscard]] size measure() const noexcept;

    /// Shows these lines, none longer than the terminal is wide, in place of the last.
    void draw(const std::vector<std::string>& lines);
    /// Ends the live display until the next draw(): the terminal is as it was.
    void leave() noexcept;
    /// Prints a line that stays; ends the live display.
    void print(const std::string& line);

 private:
    void write(const std::string& text) noexcept;

    bool live_;
    bool usable_ = true;
    bool drawing_ = false;
    size drawn_for_{};
};

}  // namespace demo
