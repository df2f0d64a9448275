// Files as options name them: "-" is standard input.
#pragma once

#include "output/console.hpp"

#include <string>

namespace tool {

/// All of a file. What cannot be read is curl's error 26.
[[nodiscard]] refusal read_file(const std::string& path, std::string& content);

/// What stands behind the last '/' or '\' of a path.
[[nodiscard]] std::string file_part(const std::string& path);

}  // namespace tool
