// Arithmetic and numbers from a peer: what overflows or is not a number is nullopt.
#pragma once

#include <xfer/detail/octets.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>
#include <type_traits>

namespace XFER_NAMESPACE::proto {

/// The largest length that a message may have, 2^63 - 1: fits a signed file offset.
inline constexpr std::uint64_t max_length =
    static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());

/// a + b, or nullopt when the type cannot hold it.
template <std::unsigned_integral T>
[[nodiscard]] constexpr std::optional<T> checked_add(
    T a, std::type_identity_t<T> b
) noexcept {
    if (b > std::numeric_limits<T>::max() - a) {
        return std::nullopt;
    }
    return static_cast<T>(a + b);
}

/// a * b, or nullopt when the type cannot hold it.
template <std::unsigned_integral T>
[[nodiscard]] constexpr std::optional<T> checked_mul(
    T a, std::type_identity_t<T> b
) noexcept {
    if (b != 0 && a > std::numeric_limits<T>::max() / b) {
        return std::nullopt;
    }
    return static_cast<T>(a * b);
}

/// The whole text as 1*DIGIT: no sign, no blank, nothing behind. Leading zeros are
/// allowed. Nullopt when it is anything else or more than `max`.
[[nodiscard]] constexpr std::optional<std::uint64_t> parse_decimal(
    std::string_view text, std::uint64_t max = max_length
) noexcept {
    std::uint64_t value = 0;
    for (const char c : text) {
        if (c < '0' || c > '9') {
            return std::nullopt;
        }
        const auto digit = static_cast<std::uint64_t>(c - '0');
        if (value > (max - digit) / 10 || digit > max) {
            return std::nullopt;
        }
        value = value * 10 + digit;
    }
    if (text.empty()) {
        return std::nullopt;
    }
    return value;
}

/// The whole text as 1*HEXDIG, at most 16 digits (leading zeros count, so that a peer
/// cannot send them without end): no sign, no 0x, no blank. Nullopt when it is anything
/// else or more than `max`.
[[nodiscard]] constexpr std::optional<std::uint64_t> parse_hex(
    std::string_view text, std::uint64_t max = max_length
) noexcept {
    constexpr std::size_t max_digits = 16;
    if (text.empty() || text.size() > max_digits) {
        return std::nullopt;
    }
    std::uint64_t value = 0;
    for (const char c : text) {
        const int digit = detail::hex_value(c);
        if (digit < 0) {
            return std::nullopt;
        }
        value = value << 4U | static_cast<std::uint64_t>(digit);
    }
    if (value > max) {
        return std::nullopt;
    }
    return value;
}

}  // namespace XFER_NAMESPACE::proto
