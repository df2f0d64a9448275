// One cookie (RFC 6265bis), as a cookie_jar keeps it.
#pragma once

#include <xfer/config.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace XFER_NAMESPACE {

/// The SameSite attribute of a cookie. Kept as data: xfer loads no documents, so every
/// request of its own accord is one that the user made.
enum class same_site : std::uint8_t {
    unset,   ///< absent, or a word that is not known
    none,    ///< None
    lax,     ///< Lax
    strict,  ///< Strict
};

/// A cookie as a plain value. Times are those of the system clock, in whole seconds.
struct cookie {
    std::string name;   ///< may be empty: the value is then sent alone
    std::string value;  ///< as it was received, quotes and all

    /// The host that the cookie is for, as url::server_name() writes it: lower case,
    /// without a dot at either end, an IPv6 address without brackets.
    std::string domain;

    /// The cookie is sent to requests at this path and below. Begins with a slash.
    std::string path = "/";

    /// None for a session cookie, which cookie_jar::clear_session() ends.
    std::optional<std::chrono::sys_seconds> expires;

    std::chrono::sys_seconds creation{};     ///< when it was first set
    std::chrono::sys_seconds last_access{};  ///< when it was last sent or set

    /// The SameSite attribute.
    xfer::same_site same_site = xfer::same_site::unset;
    bool host_only = true;   ///< sent to `domain` itself only, not to names below it
    bool secure = false;     ///< sent over TLS only (and to this very machine)
    bool http_only = false;  ///< kept as data: there are no scripts to hide it from

    /// Whether all of it is equal, times included.
    [[nodiscard]] XFER_DECL bool operator==(const cookie&) const;
};

}  // namespace XFER_NAMESPACE
