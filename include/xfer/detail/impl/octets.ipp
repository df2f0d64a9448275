// Escaping of foreign text for messages.
#pragma once

#include <xfer/detail/octets.hpp>

namespace XFER_NAMESPACE::detail {

XFER_DECL std::string escaped(std::string_view text, std::size_t limit) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string out;
    for (const char c : text.substr(0, limit)) {
        const auto octet = static_cast<unsigned char>(c);
        switch (c) {
            case '\r':
                out += "\\r";
                break;
            case '\n':
                out += "\\n";
                break;
            case '\t':
                out += "\\t";
                break;
            case '\\':
                out += "\\\\";
                break;
            default:
                if (octet >= 0x20 && octet < 0x7f) {
                    out += c;
                } else {
                    out += "\\x";
                    out += digits[octet >> 4];
                    out += digits[octet & 15];
                }
        }
    }
    if (text.size() > limit) out += "...";
    return out;
}

}  // namespace XFER_NAMESPACE::detail
