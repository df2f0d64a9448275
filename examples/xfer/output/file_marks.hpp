// What a response says about a file, kept with the file: -R and --xattr.
#pragma once

#include "options/parse.hpp"
#include "output/console.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace tool {

/// A time as HTTP writes it: "Sun, 06 Nov 1994 08:49:37 GMT".
[[nodiscard]] std::optional<std::chrono::sys_seconds> http_time(std::string_view text);

/// Gives the file the time of a Last-Modified field, if that is one.
void set_time_of_file(
    const std::string& path, std::string_view last_modified, const console& at
);

/// Origin, type and maker as extended attributes, as far as the file system has them.
void set_attributes_of_file(
    const std::string& path, const xfer::response& r, persona who, const console& at
);

}  // namespace tool
