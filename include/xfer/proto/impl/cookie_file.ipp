// Lines of cookie files.
#pragma once

#include <xfer/proto/checked.hpp>
#include <xfer/proto/cookie_file.hpp>
#include <xfer/proto/octets.hpp>
#include <xfer/proto/set_cookie.hpp>

#include <array>
#include <cstdint>

namespace XFER_NAMESPACE::proto {
namespace detail_cookie_file {

inline constexpr std::string_view http_only_mark = "#HttpOnly_";
inline constexpr std::string_view field_name = "Set-Cookie:";

[[nodiscard]] inline bool is_field(std::string_view line) noexcept {
    return line.size() >= field_name.size() &&
           iequals(line.substr(0, field_name.size()), field_name);
}

[[nodiscard]] inline std::string_view without_cr(std::string_view line) noexcept {
    if (line.ends_with('\r')) line.remove_suffix(1);
    return line;
}

[[nodiscard]] inline std::optional<cookie> from_field(
    std::string_view value, std::chrono::sys_seconds now
) {
    const auto set = parse_set_cookie(trimmed(value), now);
    if (!set || set->domain.empty()) return std::nullopt;
    cookie c;
    c.name = set->name;
    c.value = set->value;
    c.domain = set->domain;
    c.host_only = false;
    if (!set->path.empty()) c.path = set->path;
    c.expires = set->expires;
    c.same_site = set->same_site;
    c.secure = set->secure;
    c.http_only = set->http_only;
    return c;
}

/// TRUE or FALSE; nullopt for any other word.
[[nodiscard]] inline std::optional<bool> truth(std::string_view text) noexcept {
    if (iequals(text, "TRUE")) return true;
    if (iequals(text, "FALSE")) return false;
    return std::nullopt;
}

/// Takes the text up to the next tab, and the tab; false when there is none.
[[nodiscard]] inline bool take_column(
    std::string_view& rest, std::string_view& column
) noexcept {
    const std::size_t tab = rest.find('\t');
    if (tab == std::string_view::npos) return false;
    column = rest.substr(0, tab);
    rest.remove_prefix(tab + 1);
    return true;
}

}  // namespace detail_cookie_file

XFER_DECL bool is_cookie_file_comment(std::string_view line) noexcept {
    line = trimmed(detail_cookie_file::without_cr(line));
    return line.empty() || (line.starts_with('#') &&
                            !line.starts_with(detail_cookie_file::http_only_mark));
}

XFER_DECL std::optional<cookie> parse_cookie_line(
    std::string_view line, std::chrono::sys_seconds now
) {
    using namespace detail_cookie_file;
    line = without_cr(line);
    if (line.size() > max_cookie_line || is_cookie_file_comment(line)) {
        return std::nullopt;
    }
    if (is_field(line)) return from_field(line.substr(field_name.size()), now);
    cookie c;
    if (line.starts_with(http_only_mark)) {
        line.remove_prefix(http_only_mark.size());
        c.http_only = true;
    }
    std::array<std::string_view, 5> column;
    for (auto& text : column) {
        if (!take_column(line, text)) return std::nullopt;
    }
    std::string_view name;
    if (take_column(line, name)) {
        c.value = line;
    } else {
        name = line;
    }
    c.name = name;
    c.domain = column[0];
    const auto below = truth(column[1]);
    const auto secure = truth(column[3]);
    if (!below || !secure || column[4].empty() ||
        !all_are(detail::digit_octet, column[4])) {
        return std::nullopt;
    }
    c.host_only = !*below;
    c.path = column[2];
    c.secure = *secure;
    // A number that is too large is one that is far away.
    const std::uint64_t expires = parse_decimal(column[4]).value_or(max_length);
    if (expires != 0) {
        c.expires = std::chrono::sys_seconds(
            std::chrono::seconds(static_cast<std::int64_t>(expires))
        );
    }
    return c;
}

XFER_DECL bool append_cookie_line(std::string& to, const cookie& c) {
    if (c.name.find('\t') != std::string::npos ||
        c.path.find('\t') != std::string::npos) {
        return false;
    }
    if (c.http_only) to += detail_cookie_file::http_only_mark;
    if (!c.host_only) to += '.';
    to.append(c.domain).append(c.host_only ? "\tFALSE\t" : "\tTRUE\t");
    to.append(c.path).append(c.secure ? "\tTRUE\t" : "\tFALSE\t");
    to += std::to_string(c.expires ? c.expires->time_since_epoch().count() : 0);
    to.append("\t").append(c.name).append("\t").append(c.value).append("\n");
    return true;
}

}  // namespace XFER_NAMESPACE::proto
