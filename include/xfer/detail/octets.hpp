// What each octet may be in HTTP (RFC 9110 5.5, 5.6.2; RFC 9112 3.2), as one table, and
// the small helpers on ASCII text that every floor uses.
#pragma once

#include <xfer/config.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>

namespace XFER_NAMESPACE::detail {

/// Classes of octets, one bit each.
enum octet_class : std::uint8_t {
    token_octet = 1,   ///< tchar (RFC 9110 5.6.2)
    value_octet = 2,   ///< tab, space, visible ASCII and 8-bit: a field value's
    target_octet = 4,  ///< visible ASCII but '#': a request target's
    digit_octet = 8,   ///< 0-9
    hex_octet = 16,    ///< 0-9, a-f, A-F
    host_octet = 32,   ///< a target's but "/?@\\": that of a Host field
};

inline constexpr auto octet_classes = [] {
    constexpr std::string_view marks = "!#$%&'*+-.^_`|~";
    std::array<std::uint8_t, 256> table{};
    for (unsigned octet = 0; octet < table.size(); ++octet) {
        const bool visible = octet > 0x20 && octet < 0x7f;
        const bool digit = octet >= '0' && octet <= '9';
        const unsigned lower = octet | 0x20U;
        const bool alpha = lower >= 'a' && lower <= 'z' && octet < 0x80;
        const bool mark =
            octet < 0x80 && octet != 0 &&
            marks.find(static_cast<char>(octet)) != std::string_view::npos;
        const bool target = visible && octet != '#';
        const bool host =
            target && octet != '/' && octet != '?' && octet != '@' && octet != '\\';
        const bool value = visible || octet == ' ' || octet == '\t' || octet >= 0x80;
        table[octet] = static_cast<std::uint8_t>(
            (digit || alpha || mark ? token_octet : 0) | (value ? value_octet : 0) |
            (target ? target_octet : 0) | (digit ? digit_octet : 0) |
            (digit || (alpha && lower <= 'f') ? hex_octet : 0) | (host ? host_octet : 0)
        );
    }
    return table;
}();

[[nodiscard]] constexpr bool is(octet_class wanted, char c) noexcept {
    return (octet_classes[static_cast<unsigned char>(c)] & wanted) != 0;
}

[[nodiscard]] constexpr bool all_are(
    octet_class wanted, std::string_view text
) noexcept {
    // What is asked here is nearly always right, so there is no way out in between, and
    // four octets a step: a request head is looked at as a whole before it is written.
    unsigned common = wanted;
    const auto classes = [&](std::size_t i) {
        return octet_classes[static_cast<unsigned char>(text[i])];
    };
    std::size_t i = 0;
    for (; text.size() - i >= 4; i += 4) {
        common &= classes(i);
        common &= classes(i + 1);
        common &= classes(i + 2);
        common &= classes(i + 3);
    }
    for (; i < text.size(); ++i) common &= classes(i);
    return common != 0;
}

/// Whether the text is a token (RFC 9110 5.6.2): one or more tchar.
[[nodiscard]] constexpr bool is_token(std::string_view text) noexcept {
    return !text.empty() && all_are(token_octet, text);
}

/// Whether the text is of space and visible ASCII alone; eight octets a step, from 8
/// on.
[[nodiscard]] inline bool is_printable(std::string_view text) noexcept {
    constexpr std::uint64_t each = 0x0101010101010101;
    std::uint64_t odd = 0;  // bit 7 of an octet below 0x20 or above 0x7e
    const auto look_at = [&](std::size_t i) {
        std::uint64_t word;
        std::memcpy(&word, text.data() + i, sizeof word);
        odd |= word | (word - each * 0x20) | (word + each);
    };
    const std::size_t last = text.size() - 8;
    for (std::size_t i = 0; i < last; i += 8) look_at(i);
    look_at(last);
    return (odd & each * 0x80) == 0;
}

/// Whether the text may be a field value (RFC 9110 5.5): no control octet but tab.
[[nodiscard]] constexpr bool is_field_value(std::string_view text) noexcept {
    if (!std::is_constant_evaluated() && text.size() >= 8 && is_printable(text)) {
        return true;
    }
    return all_are(value_octet, text);
}

/// Whether the text may be a request target (RFC 9112 3.2): visible ASCII, not empty,
/// no fragment.
[[nodiscard]] constexpr bool is_request_target(std::string_view text) noexcept {
    return !text.empty() && all_are(target_octet, text);
}

/// Space or tab (OWS of RFC 9110 5.6.3).
[[nodiscard]] constexpr bool is_blank(char c) noexcept { return c == ' ' || c == '\t'; }

/// ASCII only, whatever the locale.
[[nodiscard]] constexpr char to_lower(char c) noexcept {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

/// Whether eight octets each, as numbers in either byte order, differ in the case of
/// ASCII letters alone. Not inline: texts mostly agree in case too, or in nothing.
[[nodiscard, gnu::noinline]] constexpr bool differ_in_case(
    std::uint64_t a, std::uint64_t b
) noexcept {
    constexpr std::uint64_t each = 0x0101010101010101;
    constexpr std::uint64_t case_bit = each * 0x20;
    const std::uint64_t differ = a ^ b;
    if ((differ & ~case_bit) != 0) return false;
    // The case may differ where letters are: there, bit 7 of the sum says "from a on",
    // and not "behind z". Seven bits are added, so no octet carries into the next.
    const std::uint64_t low = (a | case_bit) & (each * 0x7f);
    const std::uint64_t letters =
        (low + each * (0x80 - 'a')) & ~(low + each * (0x7f - 'z')) & ~a;
    return (differ & ~(letters >> 2U)) == 0;
}

/// iequals() of `size` octets, from 4 on: a word a step, the last one overlapping.
[[nodiscard, gnu::always_inline]] inline bool words_iequal(
    const char* a, const char* b, std::size_t size
) noexcept {
    const auto equal = [](std::uint64_t x, std::uint64_t y) {
        return x == y || differ_in_case(x, y);
    };
    const auto word = [](const char* from) {
        std::uint64_t out;
        std::memcpy(&out, from, sizeof out);
        return out;
    };
    const auto halves = [size](const char* from) {
        std::uint32_t first, last;
        std::memcpy(&first, from, sizeof first);
        std::memcpy(&last, from + size - sizeof last, sizeof last);
        return std::uint64_t{last} << 32U | first;
    };
    if (size < 8) return equal(halves(a), halves(b));
    const std::size_t last = size - 8;
    for (std::size_t i = 0; i < last; i += 8) {
        if (!equal(word(a + i), word(b + i))) return false;
    }
    return equal(word(a + last), word(b + last));
}

/// Equality without regard to the case of ASCII letters. Always inline, as one text
/// mostly is a literal: what is left then is a comparison of numbers or two.
[[nodiscard, gnu::always_inline]] constexpr bool iequals(
    std::string_view a, std::string_view b
) noexcept {
    if (a.size() != b.size()) return false;
    if (!std::is_constant_evaluated() && a.size() >= 4) {
        constexpr unsigned case_bit = 0x20;
        if ((static_cast<unsigned char>(a[0] ^ b[0]) & ~case_bit) != 0) return false;
        return words_iequal(a.data(), b.data(), a.size());
    }
    for (std::size_t i = 0; i < a.size(); ++i) {
        if (to_lower(a[i]) != to_lower(b[i])) return false;
    }
    return true;
}

/// The text without spaces and tabs at both ends.
[[nodiscard]] constexpr std::string_view trimmed(std::string_view text) noexcept {
    while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
    while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
    return text;
}

/// The value of a hexadecimal digit, or -1.
[[nodiscard]] constexpr int hex_value(char c) noexcept {
    if (c >= '0' && c <= '9') return c - '0';
    const char lower = to_lower(c);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/// Foreign text for a message: control and 8-bit octets as escapes, at most `limit`
/// octets of it, `...` when it was longer.
[[nodiscard]] XFER_DECL std::string escaped(
    std::string_view text, std::size_t limit = 64
);

}  // namespace XFER_NAMESPACE::detail

#ifndef XFER_SEPARATE_COMPILATION
#include <xfer/detail/impl/octets.ipp>
#endif
