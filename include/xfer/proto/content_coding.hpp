// Which codings a body went through, as Content-Encoding and Transfer-Encoding say
// (RFC 9110 8.4, RFC 9112 6.1).
#pragma once

#include <xfer/fields.hpp>
#include <xfer/proto/refusal.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace XFER_NAMESPACE::proto {

/// A coding that can be undone, if its library was built in.
enum class content_coding : std::uint8_t {
    gzip,     ///< RFC 1952; x-gzip is the same (RFC 9110 8.4.1.3)
    deflate,  ///< RFC 1950, or RFC 1951 as some servers send it
    br,       ///< RFC 7932
    zstd,     ///< RFC 8878
};

/// So many codings a body may have. Each can make its input a thousand times larger.
inline constexpr std::size_t max_codings = 5;

/// The codings of one body.
struct coding_list {
    std::array<content_coding, max_codings> codings{};
    std::size_t count = 0;
    /// Set if the body cannot be decoded: error::bad_encoding.
    refusal failure;

    /// Adds codings that were applied after these; together no more than max_codings.
    XFER_DECL void append(const coding_list& later) noexcept;
    /// In the order in which they were applied: the last one is undone first.
    [[nodiscard]] std::span<const content_coding> view() const noexcept {
        return {codings.data(), count};
    }
};

/// The codings of all lines of Content-Encoding together. `identity`, and `none` as
/// some servers say, are skipped but count. error::bad_encoding: more than max_codings
/// members, a coding that is unknown, or one that was not built in.
[[nodiscard]] XFER_DECL coding_list parse_content_codings(fields_view fields) noexcept;

/// The codings of all lines of Transfer-Encoding together, without the one `chunked`,
/// which has to be there and last. error::bad_encoding: a `chunked` missing, elsewhere
/// or twice; more than max_codings; one that transfer_codings() does not ask for, even
/// `identity`. Empty without such a field.
[[nodiscard]] XFER_DECL coding_list parse_transfer_codings(fields_view fields) noexcept;

/// Whether the coding's library was built in (XFER_WITH_ZLIB, _BROTLI, _ZSTD).
[[nodiscard]] constexpr bool is_built_in([[maybe_unused]] content_coding c) noexcept {
#ifdef XFER_HAS_ZLIB
    if (c == content_coding::gzip || c == content_coding::deflate) return true;
#endif
#ifdef XFER_HAS_BROTLI
    if (c == content_coding::br) return true;
#endif
#ifdef XFER_HAS_ZSTD
    if (c == content_coding::zstd) return true;
#endif
    return false;
}

/// The value of a TE that asks for the transfer codings that can be undone; empty if
/// there are none. Only gzip: of deflate two forms are sent (RFC 9112 7.2), and a
/// server that knows one of them knows gzip.
[[nodiscard]] constexpr std::string_view transfer_codings() noexcept {
    return is_built_in(content_coding::gzip) ? "gzip" : "";
}

/// The value of an Accept-Encoding that asks for everything that was built in; empty,
/// so that no such field is sent, if that is nothing.
[[nodiscard]] constexpr std::string_view accept_encoding() noexcept {
    constexpr std::string_view each =
#ifdef XFER_HAS_ZLIB
        ", gzip, deflate"
#endif
#ifdef XFER_HAS_BROTLI
        ", br"
#endif
#ifdef XFER_HAS_ZSTD
        ", zstd"
#endif
        "";
    return each.empty() ? each : each.substr(2);
}

}  // namespace XFER_NAMESPACE::proto

#ifndef XFER_SEPARATE_COMPILATION
#include <xfer/proto/impl/content_coding.ipp>
#endif
