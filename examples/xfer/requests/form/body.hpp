// The body that -F makes: multipart/form-data.
#pragma once

#include "options/config.hpp"
#include "output/console.hpp"

#include <cstdint>
#include <optional>

namespace tool {

/// Puts the parts together. Files are looked at, and read as they are sent; those with
/// an encoder, and standard input, are read now.
[[nodiscard]] refusal form_body(
    const operation& op, const console& at, xfer::source& body
);

/// How long such a body is, as far as its files can be asked; none: it is not known.
[[nodiscard]] std::optional<std::uint64_t> form_size(const xfer::source& body);

}  // namespace tool
