// Files that options name; "-" is standard input.
#pragma once

#include <string>
#include <vector>

namespace tool {

/// All of a file; false: it cannot be read.
[[nodiscard]] bool read_input(const std::string& name, std::string& content);

/// Whether a file can be opened, without opening it: what a pipe holds can be read only
/// once.
[[nodiscard]] bool is_readable(const std::string& name);

/// The lines of a text, without line ends, blank lines and those that begin with '#'.
[[nodiscard]] std::vector<std::string> lines_of(const std::string& content);

/// Leaves out CR, LF and NUL.
void join_lines(std::string& content);

}  // namespace tool
