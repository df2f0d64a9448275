// Byte ranges (RFC 9110 14): what may be asked for, and what a response says it is.
#pragma once

#include <xfer/config.hpp>

#include <cstdint>
#include <optional>
#include <string_view>

namespace XFER_NAMESPACE::proto {

/// Whether the text is a set of byte ranges as a Range field has it behind `bytes=`
/// (14.1.2): "0-499", "500-", "-500", or several with commas between; numbers below
/// 2^63, no range that ends before it begins, none that is empty, at most 64.
[[nodiscard]] XFER_DECL bool is_range_set(std::string_view text) noexcept;

/// The value of a Content-Range field (14.4).
struct content_range {
    /// First and last octet; absent in an answer of 416, which has the length alone.
    std::optional<std::uint64_t> first;
    std::optional<std::uint64_t> last;
    /// Of the whole; absent where the server does not know it.
    std::optional<std::uint64_t> complete;
};

/// Nullopt for what is no Content-Range of bytes: another unit, numbers of 2^63 and
/// above, last before first, a length that the range does not fit into.
[[nodiscard]] XFER_DECL std::optional<content_range> parse_content_range(
    std::string_view value
) noexcept;

}  // namespace XFER_NAMESPACE::proto

#ifndef XFER_SEPARATE_COMPILATION
#include <xfer/proto/impl/range.ipp>
#endif
