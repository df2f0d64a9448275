// The Set-Cookie field and the rules about cookies that need no store (RFC 6265bis 5.1,
// 5.6, 5.7): pure functions on texts.
#pragma once

#include <xfer/cookie.hpp>

#include <chrono>
#include <cstddef>
#include <optional>
#include <string_view>

namespace XFER_NAMESPACE::proto {

/// Octets of name and value together; a cookie with more is ignored (5.6).
inline constexpr std::size_t max_cookie_size = 4096;
/// Octets of an attribute's value; an attribute with more is ignored (5.6).
inline constexpr std::size_t max_cookie_attribute = 1024;
/// No cookie lives longer (5.6.1, 5.6.2), whatever the server says.
inline constexpr std::chrono::days max_cookie_age{400};

/// What a Set-Cookie field says. The views point into its value.
struct set_cookie {
    std::string_view name;
    std::string_view value;
    /// The Domain attribute as it was sent, less one leading dot; empty: the cookie is
    /// for the host that sent it, and for no other.
    std::string_view domain;
    /// The Path attribute; empty: default_cookie_path() of the request.
    std::string_view path;
    /// Max-Age or else Expires, not later than max_cookie_age from now; the past may be
    /// as far back as the type goes. None: a session cookie.
    std::optional<std::chrono::sys_seconds> expires;
    xfer::same_site same_site = xfer::same_site::unset;
    bool secure = false;
    bool http_only = false;
};

/// Reads the value of a Set-Cookie field that was received at `now`. Nullopt for what
/// has to be ignored: a control octet other than tab anywhere, neither name nor value,
/// more than max_cookie_size, or a prefix that promises what is not so (see
/// cookie_prefix_holds).
[[nodiscard]] XFER_DECL std::optional<set_cookie> parse_set_cookie(
    std::string_view value, std::chrono::sys_seconds now
) noexcept;

/// The path of a cookie that names none (5.1.4): that of the request up to its last
/// slash. The result points into `request_path`, or is "/".
[[nodiscard]] XFER_DECL std::string_view default_cookie_path(
    std::string_view request_path
) noexcept;

/// Whether a cookie with that path is sent to a request for `request_path` (5.1.4):
/// the same, or above it at a slash. Octets are the same however they are written,
/// `%7e` and `~`: a URL is normalised, and the path of a cookie is not.
[[nodiscard]] XFER_DECL bool cookie_path_matches(
    std::string_view request_path, std::string_view cookie_path
) noexcept;

/// Whether the host is the domain or a name below it (5.1.3). Both as
/// cookie::domain has them; that an address has nothing below it is the caller's to
/// see to.
[[nodiscard]] XFER_DECL bool cookie_domain_matches(
    std::string_view host, std::string_view domain
) noexcept;

/// Whether a cookie is what its name's prefix promises (4.1.3): `__Secure-` that it is
/// secure, `__Host-` that it also is for one host and for the path "/". Prefixes count
/// without regard to case, and in the value of a cookie without a name none is allowed,
/// as servers could not tell it from a name.
[[nodiscard]] XFER_DECL bool cookie_prefix_holds(
    std::string_view name,
    std::string_view value,
    bool secure,
    bool host_only,
    std::string_view path
) noexcept;

/// The earlier of `expires` and max_cookie_age after `now`.
[[nodiscard]] XFER_DECL std::chrono::sys_seconds limited_cookie_expiry(
    std::chrono::sys_seconds expires, std::chrono::sys_seconds now
) noexcept;

}  // namespace XFER_NAMESPACE::proto

#ifndef XFER_SEPARATE_COMPILATION
#include <xfer/proto/impl/set_cookie.ipp>
#endif
