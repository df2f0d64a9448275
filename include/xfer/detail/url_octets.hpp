// What each octet may be in a URL (RFC 3986), as one table, and the scan over it.
#pragma once

#include <xfer/detail/octets.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace xfer::detail {

/// A set of octet classes, one bit each.
using url_octet_set = std::uint8_t;

inline constexpr url_octet_set url_octet_refused = 1;  ///< C0, space, DEL, backslash
inline constexpr url_octet_set url_octet_rewrite =
    2;                                              ///< '%', 8-bit, "<>[]^`{|}: not raw
inline constexpr url_octet_set url_octet_hash = 4;  ///< '#'
inline constexpr url_octet_set url_octet_question = 8;  ///< '?'
inline constexpr url_octet_set url_octet_slash = 16;    ///< '/'
inline constexpr url_octet_set url_octet_unreserved =
    32;                                                   ///< ALPHA DIGIT - . _ ~ (2.3)
inline constexpr url_octet_set url_octet_sub_delim = 64;  ///< !$&'()*+,;= (2.2)
inline constexpr url_octet_set url_octet_capital = 128;   ///< A to Z

[[nodiscard]] constexpr bool ascii_digit(char c) noexcept {
    return c >= '0' && c <= '9';
}

[[nodiscard]] constexpr bool ascii_alpha(char c) noexcept {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

[[nodiscard]] constexpr url_octet_set classify_url_octet(unsigned value) noexcept {
    if (value <= 0x20 || value == 0x7f || value == '\\') {
        return url_octet_refused;
    }
    if (value >= 0x80) {
        return url_octet_rewrite;
    }
    const char c = static_cast<char>(value);
    const auto among = [c](std::string_view set) {
        return set.find(c) != std::string_view::npos;
    };
    url_octet_set set = 0;
    if (ascii_alpha(c) || ascii_digit(c) || among("-._~")) {
        set |= url_octet_unreserved;
    }
    set |= c >= 'A' && c <= 'Z' ? url_octet_capital : url_octet_set{0};
    if (among("!$&'()*+,;=")) {
        set |= url_octet_sub_delim;
    }
    if (among("%\"<>[]^`{|}")) {
        set |= url_octet_rewrite;
    }
    set |= c == '#' ? url_octet_hash : url_octet_set{0};
    set |= c == '?' ? url_octet_question : url_octet_set{0};
    set |= c == '/' ? url_octet_slash : url_octet_set{0};
    return set;
}

inline constexpr auto url_octet_table = [] {
    std::array<url_octet_set, 256> table{};
    for (unsigned value = 0; value < table.size(); ++value) {
        table[value] = classify_url_octet(value);
    }
    return table;
}();

[[nodiscard]] constexpr url_octet_set url_octet_class(char c) noexcept {
    return url_octet_table[static_cast<unsigned char>(c)];
}

/// The octet that `%XX` at the start of the text stands for, or -1 when it is not one.
[[nodiscard]] constexpr int percent_value(std::string_view text) noexcept {
    if (text.size() < 3 || text[0] != '%') {
        return -1;
    }
    const int high = hex_value(text[1]);
    const int low = hex_value(text[2]);
    return high < 0 || low < 0 ? -1 : high * 16 + low;
}

/// Every class that occurs in the text. Eight octets a step and no way out in between:
/// here is where the time of parsing a URL goes.
[[nodiscard]] constexpr url_octet_set url_octets_in(std::string_view text) noexcept {
    url_octet_set seen = 0;
    std::size_t left = text.size();
    const char* p = text.data();
    for (; left >= 8; left -= 8, p += 8) {
        // One statement each, so that each is one `or` from memory.
        seen |= url_octet_class(p[0]);
        seen |= url_octet_class(p[1]);
        seen |= url_octet_class(p[2]);
        seen |= url_octet_class(p[3]);
        seen |= url_octet_class(p[4]);
        seen |= url_octet_class(p[5]);
        seen |= url_octet_class(p[6]);
        seen |= url_octet_class(p[7]);
    }
    for (; left > 0; --left) {
        seen |= url_octet_class(*p++);
    }
    return seen;
}

/// Where a search ended, and every class that occurs before that.
struct url_octet_run {
    std::size_t end;
    url_octet_set seen;
};

/// Goes from `from` to the first octet of a class in `stop`, or to the end of the text.
[[nodiscard]] constexpr url_octet_run find_url_octet(
    std::string_view text, std::size_t from, url_octet_set stop
) noexcept {
    url_octet_set seen = 0;
    for (; from < text.size(); ++from) {
        const url_octet_set one = url_octet_class(text[from]);
        if ((one & stop) != 0) {
            break;
        }
        seen |= one;
    }
    return {from, seen};
}

}  // namespace xfer::detail
