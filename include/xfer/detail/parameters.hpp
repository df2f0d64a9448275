// Parameters behind a field's value: `; name=value; name="quoted value"` (RFC 9110
// 5.6.6).
#pragma once

#include <xfer/config.hpp>
#include <xfer/detail/octets.hpp>

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace XFER_NAMESPACE::detail {

/// Reads a quoted string at the start of the text and removes it; false if it does not
/// end or holds a control octet. A backslash makes the octet behind it plain.
inline bool take_quoted(std::string_view& text, std::string& value) {
    for (std::size_t i = 1; i < text.size(); ++i) {
        if (text[i] == '"') {
            text.remove_prefix(i + 1);
            return is_field_value(value);
        }
        if (text[i] == '\\' && ++i == text.size()) {
            return false;
        }
        value += text[i];
    }
    return false;
}

/// Calls f(name, value) for each parameter of a text that begins with its first
/// semicolon. False, with some already told of, for what breaks the syntax, a name that
/// comes twice, or more than 64 of them. Empty parameters (";;") are passed over.
template <class F>
[[nodiscard]] bool for_each_parameter(std::string_view text, F f) {
    constexpr std::size_t most = 64;
    std::vector<std::string_view> seen;
    for (text = trimmed(text); !text.empty(); text = trimmed(text)) {
        if (text.front() != ';') {
            return false;
        }
        text = trimmed(text.substr(1));
        if (text.empty() || text.front() == ';') {
            continue;
        }
        const auto end = text.find_first_of("=;");
        const auto name = trimmed(text.substr(0, end));
        if (!is_token(name) || end == text.npos || text[end] != '=' ||
            seen.size() == most ||
            std::ranges::any_of(seen, [&](auto s) { return iequals(s, name); })) {
            return false;
        }
        seen.push_back(name);
        text = trimmed(text.substr(end + 1));
        std::string value;
        if (!text.empty() && text.front() == '"') {
            if (!take_quoted(text, value)) {
                return false;
            }
        } else {
            const auto stop = std::min(text.find(';'), text.size());
            value = trimmed(text.substr(0, stop));
            text.remove_prefix(stop);
        }
        f(name, std::string_view(value));
    }
    return true;
}

}  // namespace XFER_NAMESPACE::detail
