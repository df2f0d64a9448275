// One octet after the other.
#pragma once

#include <xfer/detail/percent.hpp>
#include <xfer/detail/url_octets.hpp>

#include <cstddef>

namespace XFER_NAMESPACE::detail {

inline void append_escape(std::string& out, char c) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    const auto octet = static_cast<unsigned char>(c);
    const char escape[] = {'%', digits[octet >> 4U], digits[octet & 15U]};
    out.append(escape, sizeof escape);
}

XFER_DECL void append_percent_encoded(std::string& out, std::string_view text) {
    for (const char c : text) {
        if ((url_octet_class(c) & url_octet_unreserved) != 0) {
            out += c;
        } else {
            append_escape(out, c);
        }
    }
}

XFER_DECL std::string percent_encode(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    append_percent_encoded(out, text);
    return out;
}

XFER_DECL std::optional<std::string> percent_decode(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            out += text[i];
            continue;
        }
        const int octet = percent_value(text.substr(i));
        if (octet < 0) {
            return std::nullopt;
        }
        out += static_cast<char>(octet);
        i += 2;
    }
    return out;
}

XFER_DECL void append_form_encoded(std::string& out, std::string_view text) {
    for (const char c : text) {
        const bool plain = ascii_alpha(c) || ascii_digit(c) || c == '*' || c == '-' ||
                           c == '.' || c == '_';
        if (plain) {
            out += c;
        } else if (c == ' ') {
            out += '+';
        } else {
            append_escape(out, c);
        }
    }
}

XFER_DECL std::string form_decode(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        const int octet = percent_value(text.substr(i));
        if (octet >= 0) {
            out += static_cast<char>(octet);
            i += 2;
        } else {
            out += text[i] == '+' ? ' ' : text[i];
        }
    }
    return out;
}

XFER_DECL void append_quoted_name(std::string& out, std::string_view text) {
    for (const char c : text) {
        if (c == '"' || c == '\r' || c == '\n') {
            append_escape(out, c);
        } else {
            out += c;
        }
    }
}

}  // namespace XFER_NAMESPACE::detail
