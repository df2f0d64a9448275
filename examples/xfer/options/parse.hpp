// From a command line to what it asks for.
#pragma once

#include "options/config.hpp"

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace tool {

/// The name that the tool was started under, and so speaks of itself by: "xfer", or
/// "curl" (docs/cli.md).
enum class persona { xfer, curl };

/// How a command line was read.
struct parsed {
    command asked;
    /// Set: nothing is to be run, the program ends with this code after the texts were
    /// written (help, version, manual, and mistakes).
    std::optional<int> exit_code;
    std::string out;  ///< for standard output
    std::string err;  ///< for standard error: whole lines, the tool's name in front

    /// What no other user is to see in the list of processes: from this octet of this
    /// argument to its end.
    struct secret {
        std::size_t argument = 0;
        std::size_t from = 0;
    };
    std::vector<secret> secrets;
};

/// Reads arguments (without the program's name) and the default config file, which `-q`
/// as the first argument leaves out. `environment` answers what getenv() would.
[[nodiscard]] parsed parse(
    const std::vector<std::string>& arguments,
    persona who,
    const std::function<const char*(const char*)>& environment
);

}  // namespace tool
