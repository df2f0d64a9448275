// Line by line: which fields hold secrets, and where.
#pragma once

#include <xfer/proto/octets.hpp>
#include <xfer/proto/redaction.hpp>

#include <algorithm>

namespace XFER_NAMESPACE::proto {
namespace detail_redaction {

constexpr std::string_view in_place_of_it = "[redacted]";

inline bool is_one_of(
    std::string_view name, std::span<const std::string_view> names
) noexcept {
    return std::any_of(names.begin(), names.end(), [&](std::string_view n) {
        return iequals(name, n);
    });
}

inline bool is_secret(
    std::string_view name, std::span<const std::string_view> more
) noexcept {
    constexpr std::string_view always[] = {
        "Authorization", "Proxy-Authorization", "Cookie", "Set-Cookie"};
    return is_one_of(name, always) || is_one_of(name, more);
}

inline bool is_url(std::string_view name) noexcept {
    constexpr std::string_view names[] = {"Location", "Content-Location", "Referer"};
    return is_one_of(name, names);
}

/// Appends a reference to a URL (RFC 3986 4.1) without its userinfo.
inline void append_url(std::string& out, std::string_view text) {
    const auto slashes = text.find("//");
    const auto authority = slashes == text.npos ? text.size() : slashes + 2;
    // Behind these a double slash is part of a path, a query or a fragment.
    const bool is_authority = text.substr(0, slashes).find_first_of("/?#") == text.npos;
    const auto end = std::min(text.find_first_of("/?#\\", authority), text.size());
    const auto at = text.substr(0, end).rfind('@');
    if (!is_authority || at == text.npos || at < authority) {
        out += text;
        return;
    }
    out.append(text.substr(0, authority)).append(in_place_of_it);
    out += text.substr(at);
}

inline void append_line(
    std::string& out, std::string_view line, std::span<const std::string_view> more
) {
    const auto colon = line.find(':');
    const auto name = line.substr(0, std::min(colon, line.size()));
    const bool secret = is_secret(name, more);
    if (colon == line.npos || (!secret && !is_url(name))) {
        out += line;
        return;
    }
    const auto value = line.find_first_not_of(" \t", colon + 1);
    const auto end = line.find_last_not_of("\r\n") + 1;
    if (value >= end) {
        out += line;
        return;
    }
    out += line.substr(0, value);
    if (secret) {
        out += in_place_of_it;
    } else {
        append_url(out, line.substr(value, end - value));
    }
    out += line.substr(end);
}

}  // namespace detail_redaction

XFER_DECL std::string redacted(
    std::string_view head, std::span<const std::string_view> names
) {
    std::string out;
    out.reserve(head.size());
    bool hidden = false;
    while (!head.empty()) {
        const auto size = std::min(head.find('\n'), head.size() - 1) + 1;
        const auto line = head.substr(0, size);
        head.remove_prefix(size);
        // A folded line goes on with the value before it: not to be told from a secret,
        // or from a part of a URL.
        const bool folded = is_blank(line.front());
        const auto name = line.substr(0, line.find(':'));
        hidden = folded ? hidden
                        : detail_redaction::is_secret(name, names) ||
                              detail_redaction::is_url(name);
        if (!folded || !hidden) {
            detail_redaction::append_line(out, line, names);
        }
    }
    return out;
}

}  // namespace XFER_NAMESPACE::proto
