// Reading a line that is not shown.
#pragma once

#include <string>

namespace tool {

/// Asks on standard error and reads a line from the terminal, or from standard input
/// where there is none, without showing what is typed. A signal that ends or stops the
/// tool meanwhile finds the terminal as it was.
[[nodiscard]] std::string read_hidden_line(const std::string& prompt);

}  // namespace tool
