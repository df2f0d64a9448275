// Heads for a terminal.
#pragma once

#include <string>
#include <string_view>

namespace tool {

/// A head with the names of its fields in bold.
[[nodiscard]] std::string styled_head(std::string_view text);

}  // namespace tool
