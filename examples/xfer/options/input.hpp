// Files that options name; "-" is standard input.
#pragma once

#include <cerrno>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

namespace tool {

/// Closes what is not standard input; errno stays that of an earlier failure.
struct file_closer {
    void operator()(std::FILE* f) const noexcept {
        const int before = errno;
        if (f != stdin) {
            std::fclose(f);
        }
        errno = before;
    }
};
using file_pointer = std::unique_ptr<std::FILE, file_closer>;

/// All of a file; false: it cannot be read, and errno says why.
[[nodiscard]] bool read_input(const std::string& name, std::string& content);

/// Whether a file can be opened, without opening it: what a pipe holds can be read only
/// once.
[[nodiscard]] bool is_readable(const std::string& name);

/// The lines of a text, without line ends, blank lines and those that begin with '#'.
[[nodiscard]] std::vector<std::string> lines_of(const std::string& content);

/// Leaves out CR, LF and NUL.
void join_lines(std::string& content);

}  // namespace tool
