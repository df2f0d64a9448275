// What each octet may be in HTTP (RFC 9110 5.5, 5.6.2; RFC 9112 3.2), as one table, and
// the small helpers on ASCII text that every floor uses.
#pragma once

#include <xfer/config.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace xfer::detail {

/// Classes of octets, one bit each.
enum octet_class : std::uint8_t {
    token_octet = 1,   ///< tchar (RFC 9110 5.6.2)
    value_octet = 2,   ///< tab, space, visible ASCII and 8-bit: a field value's
    target_octet = 4,  ///< visible ASCII but '#': a request target's
    digit_octet = 8,   ///< 0-9
    hex_octet = 16,    ///< 0-9, a-f, A-F
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
        const bool value = visible || octet == ' ' || octet == '\t' || octet >= 0x80;
        table[octet] = static_cast<std::uint8_t>(
            (digit || alpha || mark ? token_octet : 0) | (value ? value_octet : 0) |
            (visible && octet != '#' ? target_octet : 0) | (digit ? digit_octet : 0) |
            (digit || (alpha && lower <= 'f') ? hex_octet : 0)
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
    for (const char c : text) {
        if (!is(wanted, c)) return false;
    }
    return true;
}

/// Whether the text is a token (RFC 9110 5.6.2): one or more tchar.
[[nodiscard]] constexpr bool is_token(std::string_view text) noexcept {
    return !text.empty() && all_are(token_octet, text);
}

/// Whether the text may be a field value (RFC 9110 5.5): no control octet but tab.
[[nodiscard]] constexpr bool is_field_value(std::string_view text) noexcept {
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

/// Equality without regard to the case of ASCII letters.
[[nodiscard]] constexpr bool iequals(std::string_view a, std::string_view b) noexcept {
    if (a.size() != b.size()) return false;
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

}  // namespace xfer::detail

#ifndef XFER_SEPARATE_COMPILATION
#include <xfer/detail/impl/octets.ipp>
#endif
