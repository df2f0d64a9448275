// Static files as replies: ranges, validators, and no way out of the directory.
#pragma once

#include <xfer/config.hpp>
#include <xfer/testing/script.hpp>

#include <filesystem>
#include <string>
#include <string_view>

namespace XFER_NAMESPACE::testing::detail {

/// The reply to a GET or HEAD for the file that `path`, percent-encoded and relative to
/// the directory, names. RFC 9110: 14 (ranges), 13.1 (If-None-Match, If-Range).
[[nodiscard]] XFER_DECL reply file_reply(
    const std::filesystem::path& directory, std::string_view path, const seen_request& r
);

}  // namespace XFER_NAMESPACE::testing::detail

#ifndef XFER_SEPARATE_COMPILATION
#include <xfer/testing/detail/impl/files.ipp>
#endif
