// The lines of a cookie file in Netscape's format, which curl, wget and browsers'
// exports share.
#pragma once

#include <xfer/cookie.hpp>

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace XFER_NAMESPACE::proto {

/// No longer line is read; every cookie that a jar holds has a shorter one.
inline constexpr std::size_t max_cookie_line = 8192;

/// Reads one line, without its LF (a CR before that is dropped): seven columns that are
/// divided by tabs. Domain; TRUE if names below it get the cookie too; path; TRUE if
/// secure; seconds since 1970, 0 for a session cookie; name; value, which goes on to
/// the end of the line and may be missing. `#HttpOnly_` may stand before the domain.
///
/// A line may also be a Set-Cookie field, as in a header that was saved (curl reads
/// those too): only if it has a Domain attribute, as nobody knows who sent it. Its path
/// is then "/" unless it says another.
///
/// Nullopt for comments, empty lines, and everything else. What the cookie says is not
/// checked here: it is read as somebody wrote it.
[[nodiscard]] XFER_DECL std::optional<cookie> parse_cookie_line(
    std::string_view line, std::chrono::sys_seconds now
);

/// Whether the line is a comment or empty, and so no failed attempt at a cookie.
[[nodiscard]] XFER_DECL bool is_cookie_file_comment(std::string_view line) noexcept;

/// Appends the line of a cookie, its LF included. False, and nothing is appended, for
/// one that the format cannot hold: with a tab in its name or path.
[[nodiscard]] XFER_DECL bool append_cookie_line(std::string& to, const cookie& c);

}  // namespace XFER_NAMESPACE::proto

#ifndef XFER_SEPARATE_COMPILATION
#include <xfer/proto/impl/cookie_file.ipp>
#endif
