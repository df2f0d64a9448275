// Telling UTF-8 from octets that a terminal would obey.
#include "output/printable.hpp"

#include <algorithm>
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

void replace_controls(std::string& text, std::string_view kept) {
    std::string out;
    out.reserve(text.size());
    for (std::string_view rest(text); !rest.empty();) {
        auto size = size_of(static_cast<unsigned char>(rest.front()));
        const auto more = rest.substr(1, size == 0 ? 0 : size - 1);
        if (size == 0 || more.size() + 1 != size ||
            !std::ranges::all_of(more, is_continuation)) {
            size = 1;  // an octet of its own
        }
        const auto character = rest.substr(0, size);
        rest.remove_prefix(size);
        if (is_control(character, kept)) {
            out += '?';
        } else {
            out += character;
        }
    }
    text = std::move(out);
}

}  // namespace tool
