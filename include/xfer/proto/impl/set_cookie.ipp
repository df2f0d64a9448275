// Reading Set-Cookie, and matching cookies with requests.
#pragma once

#include <xfer/detail/url_octets.hpp>
#include <xfer/proto/checked.hpp>
#include <xfer/proto/cookie_date.hpp>
#include <xfer/proto/octets.hpp>
#include <xfer/proto/set_cookie.hpp>

#include <algorithm>
#include <cstdint>

namespace XFER_NAMESPACE::proto {
namespace detail_cookie {

using std::chrono::sys_seconds;

struct two_parts {
    std::string_view before;
    std::string_view after;
    bool divided;
};

/// The text before and after the first mark, each without blanks around it.
[[nodiscard]] inline two_parts divide(std::string_view text, char mark) noexcept {
    const std::size_t at = text.find(mark);
    if (at == std::string_view::npos) return {trimmed(text), {}, false};
    return {trimmed(text.substr(0, at)), trimmed(text.substr(at + 1)), true};
}

[[nodiscard]] inline bool starts_with_any_case(
    std::string_view text, std::string_view prefix
) noexcept {
    return text.size() >= prefix.size() &&
           iequals(text.substr(0, prefix.size()), prefix);
}

/// now + age, or the end of time.
[[nodiscard]] inline sys_seconds later(
    sys_seconds now, std::chrono::seconds age
) noexcept {
    return now > sys_seconds::max() - age ? sys_seconds::max() : now + age;
}

/// When a cookie with this Max-Age ends; nullopt for what is no number.
[[nodiscard]] inline std::optional<sys_seconds> end_of_age(
    std::string_view text, sys_seconds now
) noexcept {
    const bool negative = text.starts_with('-');
    if (negative) text.remove_prefix(1);
    if (text.empty() || !all_are(detail::digit_octet, text)) return std::nullopt;
    constexpr std::chrono::seconds limit = max_cookie_age;
    // What does not fit is more than the limit: a number it is.
    const auto age = parse_decimal(text, static_cast<std::uint64_t>(limit.count()));
    if (negative || age == 0u) return sys_seconds::min();
    if (!age) return later(now, limit);
    return later(now, std::chrono::seconds(static_cast<std::int64_t>(*age)));
}

[[nodiscard]] inline xfer::same_site same_site_named(std::string_view text) noexcept {
    if (iequals(text, "None")) return xfer::same_site::none;
    if (iequals(text, "Lax")) return xfer::same_site::lax;
    if (iequals(text, "Strict")) return xfer::same_site::strict;
    return xfer::same_site::unset;
}

/// The two attributes that say when a cookie ends, until all were seen.
struct ends {
    std::optional<sys_seconds> max_age;
    std::optional<sys_seconds> expires;
};

/// Of several attributes with one name the last counts.
inline void take_attribute(
    std::string_view name,
    std::string_view value,
    sys_seconds now,
    set_cookie& out,
    ends& end
) noexcept {
    if (iequals(name, "Expires")) {
        if (const auto date = parse_cookie_date(value)) end.expires = date;
    } else if (iequals(name, "Max-Age")) {
        if (const auto time = end_of_age(value, now)) end.max_age = time;
    } else if (iequals(name, "Domain")) {
        if (value.starts_with('.')) value.remove_prefix(1);
        out.domain = value;
    } else if (iequals(name, "Path")) {
        out.path = value.starts_with('/') ? value : std::string_view();
    } else if (iequals(name, "Secure")) {
        out.secure = true;
    } else if (iequals(name, "HttpOnly")) {
        out.http_only = true;
    } else if (iequals(name, "SameSite")) {
        out.same_site = same_site_named(value);
    }
}

}  // namespace detail_cookie

XFER_DECL std::optional<set_cookie> parse_set_cookie(
    std::string_view value, std::chrono::sys_seconds now
) noexcept {
    if (!is_field_value(value)) return std::nullopt;
    set_cookie out;
    const std::size_t semicolon = std::min(value.find(';'), value.size());
    const auto pair = detail_cookie::divide(value.substr(0, semicolon), '=');
    // Without '=' all of it is a value that has no name.
    out.name = pair.divided ? pair.before : std::string_view();
    out.value = pair.divided ? pair.after : pair.before;
    const std::size_t size = out.name.size() + out.value.size();
    if (size == 0 || size > max_cookie_size) return std::nullopt;

    detail_cookie::ends end;
    for (std::size_t at = semicolon; at < value.size();) {
        const std::size_t next = std::min(value.find(';', at + 1), value.size());
        const auto attribute =
            detail_cookie::divide(value.substr(at + 1, next - at - 1), '=');
        at = next;
        if (attribute.after.size() > max_cookie_attribute) continue;
        detail_cookie::take_attribute(attribute.before, attribute.after, now, out, end);
    }
    out.expires = end.max_age ? end.max_age : end.expires;
    if (out.expires) out.expires = limited_cookie_expiry(*out.expires, now);
    if (!cookie_prefix_holds(
            out.name, out.value, out.secure, out.domain.empty(), out.path
        )) {
        return std::nullopt;
    }
    return out;
}

XFER_DECL std::string_view default_cookie_path(std::string_view request_path) noexcept {
    const std::size_t last = request_path.rfind('/');
    if (!request_path.starts_with('/') || last == 0) return "/";
    return request_path.substr(0, last);
}

/// Takes the first octet of a path off, encoded or not. What may be written either way
/// is one number (RFC 3986 6.2.2), and differs from what means something else encoded.
[[nodiscard]] inline unsigned take_path_octet(std::string_view& path) noexcept {
    constexpr unsigned encoded = 0x100;
    const int value = detail::percent_value(path);
    const char c = value < 0 ? path.front() : static_cast<char>(value);
    path.remove_prefix(value < 0 ? 1 : 3);
    const auto octet = static_cast<unsigned char>(c);
    const auto classes = detail::url_octet_class(c);
    constexpr auto only_encoded = detail::url_octet_refused |
                                  detail::url_octet_rewrite | detail::url_octet_hash |
                                  detail::url_octet_question;
    const bool is_itself = value < 0 ? (classes & only_encoded) == 0
                                     : (classes & detail::url_octet_unreserved) != 0;
    return is_itself ? octet : octet | encoded;
}

XFER_DECL bool cookie_path_matches(
    std::string_view request_path, std::string_view cookie_path
) noexcept {
    bool at_slash = false;
    while (!cookie_path.empty()) {
        if (request_path.empty()) return false;
        const unsigned octet = take_path_octet(cookie_path);
        if (take_path_octet(request_path) != octet) return false;
        at_slash = octet == '/';
    }
    return at_slash || request_path.empty() || request_path.front() == '/';
}

XFER_DECL bool cookie_domain_matches(
    std::string_view host, std::string_view domain
) noexcept {
    if (domain.empty() || !host.ends_with(domain)) return false;
    return host.size() == domain.size() || host[host.size() - domain.size() - 1] == '.';
}

XFER_DECL bool cookie_prefix_holds(
    std::string_view name,
    std::string_view value,
    bool secure,
    bool host_only,
    std::string_view path
) noexcept {
    const std::string_view seen = name.empty() ? value : name;
    const bool for_host = detail_cookie::starts_with_any_case(seen, "__Host-");
    if (!for_host && !detail_cookie::starts_with_any_case(seen, "__Secure-"))
        return true;
    return !name.empty() && secure && (!for_host || (host_only && path == "/"));
}

XFER_DECL std::chrono::sys_seconds limited_cookie_expiry(
    std::chrono::sys_seconds expires, std::chrono::sys_seconds now
) noexcept {
    return std::min(expires, detail_cookie::later(now, max_cookie_age));
}

}  // namespace XFER_NAMESPACE::proto
