// Lines at the bottom of a terminal that are redrawn where they stand.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace tool {

/// A terminal's size, in characters.
struct terminal_size {
    std::size_t columns = 80;
    std::size_t rows = 24;
    [[nodiscard]] bool operator==(const terminal_size&) const = default;
};

/// Says what has to be written so that lines stand where older ones stood. Between two
/// drawings the cursor is at the beginning of the first line, so that everything of
/// ours is behind it: whatever a terminal makes of long lines when it is resized, what
/// is erased from there on is all of it and nothing else.
class live_lines {
 public:
    /// The lines are shorter than the terminal is wide, and fewer than it has rows.
    /// Only what has changed is written; all of it, if the size has.
    [[nodiscard]] std::string draw(std::vector<std::string> lines, terminal_size size);
    /// Erases them.
    [[nodiscard]] std::string clear();
    /// Leaves them on the screen, and goes to the line below.
    [[nodiscard]] std::string keep();
    /// Whether any stand there.
    [[nodiscard]] bool empty() const noexcept { return shown_.empty(); }

 private:
    std::vector<std::string> shown_;
    terminal_size size_;
};

}  // namespace tool
