// Files that options name.
#include "options/input.hpp"

#include "run/stop_signals.hpp"

#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <string_view>

namespace tool {

namespace {

/// It may be a terminal: then the first end is the end, and Ctrl-C is heeded.
bool read_standard_input(std::string& content) {
    std::array<char, 16384> space;
    while (wait_until_ready(STDIN_FILENO, POLLIN)) {
        const auto n = read_what_is_there(space);
        if (n >= 0) {
            content.append(space.data(), static_cast<std::size_t>(n));
        }
        if (n == 0 || (n < 0 && errno != EINTR && errno != EAGAIN)) {
            return n == 0;
        }
    }
    errno = EINTR;
    return false;
}

}  // namespace

bool read_input(const std::string& name, std::string& content) {
    content.clear();
    if (name == "-") {
        return read_standard_input(content);
    }
    const file_pointer file(std::fopen(name.c_str(), "rbe"));
    if (!file) {
        return false;
    }
    std::array<char, 16384> space;
    std::size_t n = 0;
    do {
        n = std::fread(space.data(), 1, space.size(), file.get());
        content.append(space.data(), n);
    } while (n == space.size());
    return std::ferror(file.get()) == 0;
}

bool is_readable(const std::string& name) {
    struct stat what {};
    return name == "-" || (::stat(name.c_str(), &what) == 0 && !S_ISDIR(what.st_mode) &&
                           ::access(name.c_str(), R_OK) == 0);
}

std::vector<std::string> lines_of(const std::string& content) {
    std::vector<std::string> lines;
    std::string_view rest = content;
    while (!rest.empty()) {
        const auto end = rest.find('\n');
        auto line = rest.substr(0, end);
        rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
        if (line.ends_with('\r')) {
            line.remove_suffix(1);
        }
        if (line.find_first_not_of(" \t") != std::string_view::npos &&
            !line.starts_with('#')) {
            lines.emplace_back(line);
        }
    }
    return lines;
}

void join_lines(std::string& content) {
    std::erase_if(content, [](char c) { return c == '\r' || c == '\n' || c == '\0'; });
}

}  // namespace tool
