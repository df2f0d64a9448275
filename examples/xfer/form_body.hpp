// The body that -F makes: multipart/form-data.
#pragma once

#include "config.hpp"
#include "console.hpp"

namespace tool {

/// Puts the parts together. Files are looked at, and read as they are sent; those with
/// an encoder, and standard input, are read now.
[[nodiscard]] refusal form_body(
    const operation& op, const console& at, xfer::source& body
);

}  // namespace tool
