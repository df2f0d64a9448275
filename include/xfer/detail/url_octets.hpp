// What each octet may be in a URL (RFC 3986), as one table, and the scan over it.
#pragma once

#include <xfer/detail/octets.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace XFER_NAMESPACE::detail {

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

/// Whether a path or query is of octets that are neither refused nor rewritten nor '#'.
/// It may be false of marks that are fine but seldom, such as '!' and '~': sixteen
/// octets are told by five comparisons on x86-64, where SSE2 is part of the machine.
[[nodiscard]] inline bool is_plain_url_tail(std::string_view text) noexcept {
    const char* p = text.data();
    std::size_t left = text.size();
#ifdef __SSE2__
    // Plain are 0x26 to 0x7a, without 0x5b to 0x60 but '_', and without '<' and '>'.
    __m128i odd = _mm_setzero_si128();
    for (; left >= 16; left -= 16, p += 16) {
        const __m128i octets = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
        const __m128i low = _mm_cmplt_epi8(octets, _mm_set1_epi8(0x26));  // 8-bit too
        // With 0x20 set, 0x5b to 0x5f are among them.
        const __m128i high = _mm_cmpgt_epi8(
            _mm_or_si128(octets, _mm_set1_epi8(0x20)), _mm_set1_epi8(0x7a)
        );
        const __m128i line = _mm_cmpeq_epi8(octets, _mm_set1_epi8('_'));
        const __m128i tick = _mm_cmpeq_epi8(octets, _mm_set1_epi8('`'));
        const __m128i angle =
            _mm_cmpeq_epi8(_mm_or_si128(octets, _mm_set1_epi8(2)), _mm_set1_epi8('>'));
        odd = _mm_or_si128(odd, _mm_or_si128(low, _mm_andnot_si128(line, high)));
        odd = _mm_or_si128(odd, _mm_or_si128(angle, tick));
    }
    if (_mm_movemask_epi8(odd) != 0) return false;
#endif
    constexpr url_octet_set other =
        url_octet_refused | url_octet_rewrite | url_octet_hash;
    return (url_octets_in({p, left}) & other) == 0;
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

}  // namespace XFER_NAMESPACE::detail
