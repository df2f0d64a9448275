// Encoding and strict decoding of base64.
#pragma once

#include <xfer/proto/base64.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace XFER_NAMESPACE::proto {
namespace detail_base64 {

inline constexpr std::string_view standard =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
inline constexpr std::string_view url_safe =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// The six bits of each octet of the standard alphabet, or `foreign`.
inline constexpr std::uint8_t foreign = 0xff;
inline constexpr auto values = [] {
    std::array<std::uint8_t, 256> table{};
    table.fill(foreign);
    for (std::size_t i = 0; i < standard.size(); ++i) {
        table[static_cast<unsigned char>(standard[i])] = static_cast<std::uint8_t>(i);
    }
    return table;
}();

/// Without padding.
[[nodiscard]] inline std::string encode(
    std::string_view octets, std::string_view alphabet
) {
    std::string text;
    text.reserve((octets.size() + 2) / 3 * 4);
    std::uint32_t bits = 0;
    unsigned count = 0;
    for (const char c : octets) {
        bits = bits << 8U | static_cast<unsigned char>(c);
        for (count += 8; count >= 6;) {
            count -= 6;
            text += alphabet[bits >> count & 63U];
        }
    }
    if (count > 0) {
        text += alphabet[bits << (6 - count) & 63U];
    }
    return text;
}

}  // namespace detail_base64

XFER_DECL std::string base64_encode(std::string_view octets) {
    std::string text = detail_base64::encode(octets, detail_base64::standard);
    text.append((4 - text.size() % 4) % 4, '=');
    return text;
}

XFER_DECL std::string base64_url_encode(std::string_view octets) {
    return detail_base64::encode(octets, detail_base64::url_safe);
}

XFER_DECL std::optional<std::string> base64_decode(std::string_view text) {
    if (text.size() % 4 != 0) {
        return std::nullopt;
    }
    for (int padding = 0; padding < 2 && text.ends_with('='); ++padding) {
        text.remove_suffix(1);
    }
    std::string octets;
    octets.reserve(text.size() / 4 * 3 + 2);
    std::uint32_t bits = 0;
    unsigned count = 0;
    for (const char c : text) {
        const std::uint8_t value = detail_base64::values[static_cast<unsigned char>(c)];
        if (value == detail_base64::foreign) {
            return std::nullopt;
        }
        bits = bits << 6U | value;
        count += 6;
        if (count >= 8) {
            count -= 8;
            octets += static_cast<char>(bits >> count & 0xffU);
        }
    }
    const std::uint32_t unused = bits & ((1U << count) - 1U);
    return unused == 0 ? std::optional<std::string>(std::move(octets)) : std::nullopt;
}

}  // namespace XFER_NAMESPACE::proto
