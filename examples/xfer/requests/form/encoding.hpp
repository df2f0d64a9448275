// Encodings of a part's content (;encoder= of -F, RFC 2045 6).
#pragma once

#include "output/console.hpp"

#include <string>
#include <string_view>

namespace tool {

/// By one of curl's names: binary, 8bit, 7bit, base64, quoted-printable; empty for
/// none. Another name is error 2; an octet above 127 in 7bit is error 26.
[[nodiscard]] refusal encode_content(
    std::string_view text, std::string_view encoder, std::string& out
);

}  // namespace tool
