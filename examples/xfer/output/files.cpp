// Reading files whole.
#include "output/files.hpp"

#include "options/input.hpp"

#include <cerrno>
#include <cstring>

namespace tool {

refusal read_file(const std::string& path, std::string& content) {
    if (!read_input(path, content)) {
        return {
            exit_codes::read_error,
            "Failed to open " + path + ": " + std::strerror(errno)};
    }
    return {};
}

std::string file_part(const std::string& path) {
    const auto slash = path.find_last_of("/\\");
    return slash == std::string::npos ? path : path.substr(slash + 1);
}

}  // namespace tool
