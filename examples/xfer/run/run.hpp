// Running what the command line asks for.
#pragma once

#include "options/parse.hpp"

#include <cstdio>
#include <functional>

namespace tool {

/// Runs all operations, and returns the exit code. Standard output and error are given
/// so that tests can look at them; `environment` answers what getenv() would.
[[nodiscard]] int run(
    const command& asked,
    persona who,
    const std::function<const char*(const char*)>& environment,
    std::FILE* out,
    std::FILE* err
);

}  // namespace tool
