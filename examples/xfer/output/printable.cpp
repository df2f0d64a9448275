// Telling UTF-8 from octets that a terminal would obey.
#include "output/printable.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

namespace tool {

namespace {

bool is_continuation(char c) noexcept {
    return (static_cast<unsigned char>(c) & 0xc0U) == 0x80U;
}

/// How many octets a character of UTF-8 takes that begins so; 0: none does.
std::size_t size_of(unsigned char first) noexcept {
    if (first < 0x80U) {
        return 1;
    }
    if (first >= 0xc2U && first <= 0xdfU) {
        return 2;
    }
    if (first >= 0xe0U && first <= 0xefU) {
        return 3;
    }
    return first >= 0xf0U && first <= 0xf4U ? 4 : 0;
}

bool is_control(std::string_view character, std::string_view kept) noexcept {
    const auto first = static_cast<unsigned char>(character.front());
    if (character.size() == 1) {
        const bool c0 = first < 0x20U || first == 0x7fU;
        const bool c1 = first >= 0x80U && first <= 0x9fU;
        return c1 || (c0 && kept.find(character.front()) == std::string_view::npos);
    }
    return first == 0xc2U && static_cast<unsigned char>(character[1]) <= 0x9fU;
}

}  // namespace

first_character first_of(std::string_view text) noexcept {
    const auto first = static_cast<unsigned char>(text.front());
    const auto size = size_of(first);
    const auto more = text.substr(1, size == 0 ? 0 : size - 1);
    if (size == 0 || more.size() + 1 != size ||
        !std::ranges::all_of(more, is_continuation)) {
        return {text.substr(0, 1)};
    }
    // Of the first octet the bits behind its length.
    char32_t code = size == 1 ? first : first & (0x7fU >> size);
    for (const char c : more) {
        code = code << 6U | (static_cast<unsigned char>(c) & 0x3fU);
    }
    constexpr std::array<char32_t, 5> least{0, 0, 0x80, 0x800, 0x10000};
    if (code < least[size]) {
        return {text.substr(0, 1)};  // longer than it has to be: not for decoders
    }
    return {text.substr(0, size), code, true};
}

void replace_controls(std::string& text, std::string_view kept) {
    std::string out;
    out.reserve(text.size());
    for (std::string_view rest(text); !rest.empty();) {
        const auto character = first_of(rest).octets;
        rest.remove_prefix(character.size());
        if (is_control(character, kept)) {
            out += '?';
        } else {
            out += character;
        }
    }
    text = std::move(out);
}

}  // namespace tool
