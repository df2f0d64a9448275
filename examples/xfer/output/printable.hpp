// Text of strangers, made fit for a terminal.
#pragma once

#include <string>
#include <string_view>

namespace tool {

/// Puts '?' in place of each control character: C0 but for those in `kept`, DEL, and
/// C1, as single octets and as UTF-8 (U+009B alone begins what steers a terminal).
void replace_controls(std::string& text, std::string_view kept);

/// The first character of a text that is not empty.
struct first_character {
    std::string_view octets;
    char32_t code = 0;     ///< if it is one
    bool is_utf8 = false;  ///< false: an octet that is no part of one
};
[[nodiscard]] first_character first_of(std::string_view text) noexcept;

}  // namespace tool
