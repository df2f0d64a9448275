// The format of ~/.netrc (CURLOPT_NETRC): who logs in where.
#pragma once

#include <xfer/detail/secret.hpp>
#include <xfer/proto/refusal.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace XFER_NAMESPACE::proto {

/// curl's bounds, in octets; a text that goes past one is refused as a whole.
struct netrc_limits {
    std::size_t file = std::size_t{128} * 1024;
    std::size_t line = 16384;  ///< without its line end
    std::size_t token = 4096;
};

/// What one entry says. What it does not say is missing, and taken from nowhere else.
struct netrc_login {
    std::optional<std::string> login;
    std::optional<detail::secret> password;
    bool of_default = false;  ///< a `default` says so, and no entry of the host
};

/// What is wrong with a text; of one that passes, netrc_lookup() answers from every
/// entry. error::invalid_option: a NUL, a quoted string that does not end in its line
/// or has something right behind it, a keyword whose value is missing, or a limit.
///
/// The text is a list of tokens with blanks or line ends between them:
/// - `machine` NAME begins an entry, `default` one for all hosts that no entry names;
/// - `login` NAME, `password` TEXT, in any order; `account` TEXT, which is not used;
/// - `macdef` NAME and all lines up to an empty one are skipped;
/// - `#` where a keyword may stand begins a comment, which ends with the line; in a
///   value it is part of it;
/// - a value may be quoted: `"` TEXT `"`, with \n, \r, \t, and \ before any other
///   octet for that octet;
/// - keywords may be in upper case; words that are none are skipped.
[[nodiscard]] XFER_DECL refusal
check_netrc(std::string_view text, const netrc_limits& limits = {}) noexcept;

/// The login for a host. Total and pure: nullopt if no entry is for the host, or the
/// text is one that check_netrc() refuses.
///
/// Without a user, the first entry of the host decides. With one, the first entry of
/// the host that says that login, case included: an entry without a login is nobody's
/// in particular, and its password is not given to a name that a URL brought along.
/// Only if no entry at all is of the host, the first `default` is asked, in the same
/// way. Host names compare without regard to case, and else as text: an IPv6 address
/// without brackets, in the form of RFC 5952, as url::host() has it.
[[nodiscard]] XFER_DECL std::optional<netrc_login> netrc_lookup(
    std::string_view text,
    std::string_view host,
    std::optional<std::string_view> user = std::nullopt,
    const netrc_limits& limits = {}
);

}  // namespace XFER_NAMESPACE::proto

#ifndef XFER_SEPARATE_COMPILATION
#include <xfer/proto/impl/netrc.ipp>
#endif
