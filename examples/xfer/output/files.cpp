// Reading files whole.
#include "output/files.hpp"

#include "options/input.hpp"

#include <cerrno>
#include <cstring>

namespace tool {

refusal read_file(const std::string& path, std::string& content) {
    if (!read_input(path, content)) {
        const std::string cause = std::strerror(errno);
        const auto what = path == "-" ? "read standard input" : "open " + path;
        return {exit_codes::read_error, "Failed to " + what + ": " + cause};
    }
    return {};
}

std::string file_part(const std::string& path) {
    const auto slash = path.find_last_of("/\\");
    return slash == std::string::npos ? path : path.substr(slash + 1);
}

}  // namespace tool
