// Reading files whole.
#include "output/files.hpp"

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

namespace tool {

namespace {

struct closer {
    void operator()(std::FILE* f) const noexcept {
        if (f != stdin) {
            std::fclose(f);
        }
    }
};

}  // namespace

refusal read_file(const std::string& path, std::string& content) {
    const std::unique_ptr<std::FILE, closer> file(
        path == "-" ? stdin : std::fopen(path.c_str(), "rbe")
    );
    if (!file) {
        return {
            exit_codes::read_error,
            "Failed to open " + path + ": " + std::strerror(errno)};
    }
    content.clear();
    std::array<char, 16384> space;
    std::size_t n = 0;
    while ((n = std::fread(space.data(), 1, space.size(), file.get())) > 0) {
        content.append(space.data(), n);
    }
    if (std::ferror(file.get()) != 0) {
        return {
            exit_codes::read_error,
            "Failed to read " + path + ": " + std::strerror(errno)};
    }
    return {};
}

std::string file_part(const std::string& path) {
    const auto slash = path.find_last_of("/\\");
    return slash == std::string::npos ? path : path.substr(slash + 1);
}

}  // namespace tool
