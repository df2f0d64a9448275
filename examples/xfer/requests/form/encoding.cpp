// base64 and quoted-printable in lines of 76.
#include "requests/form/encoding.hpp"

#include <xfer/proto/base64.hpp>

#include <algorithm>

namespace tool {

namespace {

constexpr std::size_t longest_line = 76;

std::string base64(std::string_view text) {
    const auto line = xfer::proto::base64_encode(text);
    std::string out;
    for (std::size_t at = 0; at < line.size(); at += longest_line) {
        out.append(at > 0 ? "\r\n" : "").append(line, at, longest_line);
    }
    return out;
}

/// Whether a line ends at this place of the text.
bool at_line_end(std::string_view text, std::size_t at) noexcept {
    return at >= text.size() || text.substr(at).starts_with("\r\n");
}

std::string quoted_printable(std::string_view text) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string out;
    std::size_t column = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto octet = static_cast<unsigned char>(text[i]);
        if (text.substr(i).starts_with("\r\n")) {
            out += "\r\n";
            ++i;
            column = 0;
            continue;
        }
        const bool blank = octet == ' ' || octet == '\t';
        const bool plain = (octet > ' ' && octet < 127 && octet != '=') ||
                           (blank && !at_line_end(text, i + 1));
        const std::size_t width = plain ? 1 : 3;
        // Room for the '=' of a soft line break, unless the line ends here.
        const std::size_t room =
            at_line_end(text, i + 1) ? longest_line : longest_line - 1;
        if (column + width > room) {
            out += "=\r\n";
            column = 0;
        }
        if (plain) {
            out += text[i];
        } else {
            out += '=';
            out += digits[octet >> 4U];
            out += digits[octet & 15U];
        }
        column += width;
    }
    return out;
}

}  // namespace

refusal encode_content(
    std::string_view text, std::string_view encoder, std::string& out
) {
    if (encoder.empty() || encoder == "binary" || encoder == "8bit") {
        out = text;
    } else if (encoder == "base64") {
        out = base64(text);
    } else if (encoder == "quoted-printable") {
        out = quoted_printable(text);
    } else if (encoder == "7bit") {
        const auto wide = [](char c) { return static_cast<unsigned char>(c) > 127; };
        if (std::any_of(text.begin(), text.end(), wide)) {
            return {
                exit_codes::read_error,
                "a part of the form is not in 7 bits, as encoder says"};
        }
        out = text;
    } else {
        return {
            exit_codes::bad_use, "unknown encoder of a form: " + std::string(encoder)};
    }
    return {};
}

}  // namespace tool
