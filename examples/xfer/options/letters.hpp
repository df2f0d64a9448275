// Letters whatever their case, and octets in hexadecimal.
#pragma once

#include <string>
#include <string_view>

namespace tool {

/// Only those of ASCII have a case here.
[[nodiscard]] constexpr char lower(char c) noexcept {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}
[[nodiscard]] std::string lower(std::string_view text);
/// Whether the texts are the same but for the case of letters.
[[nodiscard]] bool same_letters(std::string_view a, std::string_view b) noexcept;

/// Letters and digits.
[[nodiscard]] constexpr bool is_alphanumeric(char c) noexcept {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}
/// %XX for all but letters, digits and -._~ (RFC 3986 2.3).
[[nodiscard]] std::string percent_encoded(std::string_view text);
/// As in a JSON string, without the quotes around it.
[[nodiscard]] std::string json_escaped(std::string_view text);

}  // namespace tool
