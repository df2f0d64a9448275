// Texts, octet by octet.
#include "options/letters.hpp"

#include <algorithm>

namespace tool {

namespace {

void append_hexadecimal(std::string& to, char c, std::string_view digits) {
    const auto octet = static_cast<unsigned char>(c);
    to += digits[octet >> 4U];
    to += digits[octet & 15U];
}

}  // namespace

std::string lower(std::string_view text) {
    std::string out(text);
    for (auto& c : out) {
        c = lower(c);
    }
    return out;
}

bool same_letters(std::string_view a, std::string_view b) noexcept {
    return std::ranges::equal(a, b, [](char x, char y) {
        return lower(x) == lower(y);
    });
}

std::string percent_encoded(std::string_view text) {
    constexpr std::string_view unreserved = "-._~";
    std::string out;
    for (const char c : text) {
        if (is_alphanumeric(c) || unreserved.find(c) != std::string_view::npos) {
            out += c;
        } else {
            out += '%';
            append_hexadecimal(out, c, "0123456789ABCDEF");
        }
    }
    return out;
}

std::string json_escaped(std::string_view text) {
    constexpr std::string_view special = "\\\"\b\f\n\r\t";
    constexpr std::string_view letters = "\\\"bfnrt";
    constexpr unsigned char first_printable = 0x20;
    std::string out;
    for (const char c : text) {
        if (const auto at = special.find(c); at != std::string_view::npos) {
            out += '\\';
            out += letters[at];
        } else if (static_cast<unsigned char>(c) < first_printable) {
            out += "\\u00";
            append_hexadecimal(out, c, "0123456789abcdef");
        } else {
            out += c;
        }
    }
    return out;
}

}  // namespace tool
