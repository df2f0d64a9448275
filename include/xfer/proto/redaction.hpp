// Heads that may be shown: without what says who the user is.
#pragma once

#include <xfer/config.hpp>

#include <span>
#include <string>
#include <string_view>

namespace XFER_NAMESPACE::proto {

/// A copy of a request's or a response's head, or of the beginning of one, with
/// "[redacted]" in the place of the values of Authorization, Proxy-Authorization,
/// Cookie, Set-Cookie and of those of these names, and of user and password in the URLs
/// of Location, Content-Location and Referer. All else is as it was, line ends
/// included.
[[nodiscard]] XFER_DECL std::string redacted(
    std::string_view head, std::span<const std::string_view> names = {}
);

}  // namespace XFER_NAMESPACE::proto

#ifndef XFER_SEPARATE_COMPILATION
#include <xfer/proto/impl/redaction.ipp>
#endif
