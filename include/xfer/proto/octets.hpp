// Octet classes for the protocol floor, and the wire types: text that was checked once
// and cannot hold CR, LF or NUL.
#pragma once

#include <xfer/detail/octets.hpp>

#include <bit>
#include <cassert>
#include <optional>
#include <string_view>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace XFER_NAMESPACE::proto {

using detail::all_are;
using detail::escaped;
using detail::hex_value;
using detail::iequals;
using detail::is_blank;
using detail::is_field_value;
using detail::is_request_target;
using detail::is_token;
using detail::octet_class;
using detail::to_lower;
using detail::trimmed;

/// Whether the text may stand in a Host field: visible ASCII without the marks that end
/// an authority or carry credentials; may be empty (RFC 9110 7.2).
[[nodiscard]] constexpr bool is_host_field(std::string_view text) noexcept {
    return all_are(detail::host_octet, text);
}

/// The first octet in [p, end) that is no tchar, or end; names of letters, digits and
/// hyphens sixteen octets at a time on x86-64.
[[nodiscard]] inline const char* skip_token(const char* p, const char* end) noexcept {
#ifdef __SSE2__
    const auto below = [](__m128i octets, char first, char count) {
        const __m128i offset = _mm_sub_epi8(octets, _mm_set1_epi8(first));
        const __m128i last = _mm_set1_epi8(static_cast<char>(count - 1));
        return _mm_cmpeq_epi8(_mm_min_epu8(offset, last), offset);
    };
    while (end - p >= 16) {
        const __m128i octets = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
        const __m128i lower = _mm_or_si128(octets, _mm_set1_epi8(0x20));
        const __m128i usual = _mm_or_si128(
            _mm_or_si128(below(lower, 'a', 26), below(octets, '0', 10)),
            _mm_cmpeq_epi8(octets, _mm_set1_epi8('-'))
        );
        const auto others = static_cast<unsigned>(_mm_movemask_epi8(usual)) ^ 0xffffU;
        if (others == 0) {
            p += 16;
            continue;
        }
        p += std::countr_zero(others);
        if (!detail::is(detail::token_octet, *p)) return p;
        ++p;
    }
#endif
    const auto is_tchar = [](char c) { return detail::is(detail::token_octet, c); };
    for (; end - p >= 4; p += 4) {
        if (!is_tchar(p[0])) return p;
        if (!is_tchar(p[1])) return p + 1;
        if (!is_tchar(p[2])) return p + 2;
        if (!is_tchar(p[3])) return p + 3;
    }
    while (p != end && is_tchar(*p)) ++p;
    return p;
}

/// The first octet in [p, end) that may not stand in a field value, or end; sixteen
/// octets at a time on x86-64, where SSE2 is part of the machine.
[[nodiscard]] inline const char* skip_field_value(
    const char* p, const char* end
) noexcept {
#ifdef __SSE2__
    const __m128i last_control = _mm_set1_epi8(0x1f);
    const __m128i del = _mm_set1_epi8(0x7f);
    while (end - p >= 16) {
        const __m128i octets = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
        const __m128i control =
            _mm_cmpeq_epi8(_mm_min_epu8(octets, last_control), octets);
        const __m128i stop = _mm_or_si128(control, _mm_cmpeq_epi8(octets, del));
        const auto marked = static_cast<unsigned>(_mm_movemask_epi8(stop));
        if (marked == 0) {
            p += 16;
            continue;
        }
        p += std::countr_zero(marked);
        if (*p != '\t') return p;
        ++p;
    }
#endif
    while (p != end && detail::is(detail::value_octet, *p)) ++p;
    return p;
}

/// A view of text that `Valid` accepted. One is made by from(), or by trusted() of what
/// a type guarantees, so what is written to the wire from it was checked. It owns
/// nothing: the text must outlive it.
template <bool (*Valid)(std::string_view) noexcept>
class wire_text {
 public:
    /// nullopt if the text is not valid.
    [[nodiscard]] static constexpr std::optional<wire_text> from(std::string_view text
    ) noexcept {
        if (!Valid(text)) return std::nullopt;
        return wire_text(text);
    }

    /// Without a look at the text, which must be valid. Only for what was checked when
    /// its owner was made: target() and authority() of a url, name() of a method that
    /// is valid(). Anything else is for from().
    [[nodiscard]] static constexpr wire_text trusted(std::string_view text) noexcept {
        assert(Valid(text));
        return wire_text(text);
    }

    [[nodiscard]] constexpr std::string_view view() const noexcept { return text_; }

 private:
    explicit constexpr wire_text(std::string_view text) noexcept : text_(text) {}

    std::string_view text_;
};

using wire_token = wire_text<detail::is_token>;            ///< a method, a field name
using wire_value = wire_text<detail::is_field_value>;      ///< a field value
using wire_target = wire_text<detail::is_request_target>;  ///< a request target
using wire_host = wire_text<is_host_field>;                ///< the value of Host

}  // namespace XFER_NAMESPACE::proto
