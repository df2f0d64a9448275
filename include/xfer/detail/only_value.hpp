// A field that is to be there once, and may not be.
#pragma once

#include <xfer/fields.hpp>

#include <optional>
#include <string_view>

namespace XFER_NAMESPACE::detail {

/// The value that all lines of that name have, empty without one; nullopt if they
/// differ: others on the way may believe another of them.
[[nodiscard]] inline std::optional<std::string_view> only_value(
    fields_view fields, std::string_view name
) noexcept {
    std::optional<std::string_view> value;
    for (const auto& line : fields.all(name)) {
        if (value && line.value != *value) {
            return std::nullopt;
        }
        value = line.value;
    }
    return value.value_or(std::string_view());
}

}  // namespace XFER_NAMESPACE::detail
