// Options that cannot be obeyed together.
#pragma once

#include "options/config.hpp"

#include <optional>
#include <string_view>

namespace tool {

/// Two options that contradict each other, by their long names.
struct contradiction {
    std::string_view one;
    std::string_view other;
};

/// The first one among the options of an operation, wherever they stand.
[[nodiscard]] std::optional<contradiction> find_contradiction(const operation& op);

}  // namespace tool
