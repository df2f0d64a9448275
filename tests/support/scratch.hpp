// A directory of the test's own that is gone afterwards.
#pragma once

#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace support {

class scratch {
 public:
    scratch() {
        std::string name = std::filesystem::temp_directory_path() / "xfer-test-XXXXXX";
        if (!::mkdtemp(name.data())) throw std::runtime_error("no scratch directory");
        directory_ = name;
    }
    scratch(scratch&&) = delete;
    ~scratch() {
        std::error_code ignored;
        std::filesystem::remove_all(directory_, ignored);
    }

    std::string operator/(std::string_view name) const { return directory_ / name; }

    /// The names in it.
    std::vector<std::string> names() const {
        std::vector<std::string> found;
        for (const auto& entry : std::filesystem::directory_iterator(directory_)) {
            found.push_back(entry.path().filename());
        }
        return found;
    }

 private:
    std::filesystem::path directory_;
};

inline void write_file(const std::string& path, std::string_view content) {
    std::ofstream(path, std::ios::binary) << content;
}

inline std::string read_file(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace support
