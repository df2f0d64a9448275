// multipart/byteranges: several ranges in one response (RFC 9110 14.6, RFC 2046 5.1.1).
#pragma once

#include <xfer/fields.hpp>
#include <xfer/proto/field_section.hpp>
#include <xfer/proto/limits.hpp>
#include <xfer/proto/range.hpp>
#include <xfer/proto/refusal.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace XFER_NAMESPACE::proto {

/// The bounds of one body of multipart/byteranges.
struct byteranges_limits {
    /// Parts; one more is error::weird_reply.
    std::size_t parts = 1000;
    /// Octets up to the end of the first boundary, and blanks behind boundaries, all
    /// together; more is error::weird_reply.
    std::size_t ignored_bytes = std::size_t{16} * 1024;
    /// The fields of one part.
    head_limits head{
        .bytes = std::size_t{64} * 1024,
        .fields = 100,
        .field_bytes = std::size_t{16} * 1024};
};

/// Whether the value of a Content-Type field is multipart/byteranges, whatever its
/// parameters.
[[nodiscard]] XFER_DECL bool is_byteranges(std::string_view content_type) noexcept;

/// The boundary of such a value, 1 to 70 octets. Nullopt without one, and for one that
/// breaks RFC 2046 5.1.1.
[[nodiscard]] XFER_DECL std::optional<std::string> byteranges_boundary(
    std::string_view content_type
);

/// Reads the parts span by span, without copying their data and without holding any
/// octet but those of one part's fields. How long a part is its Content-Range says; its
/// data is not searched, and a boundary has to follow it.
///
///     while (!in.empty()) {
///         auto step = decoder.feed(in);
///         in = in.subspan(step.consumed);
///         if (step.status == part_status::part) begin(decoder.range());
///         else if (step.status == part_status::data) deliver(step.data);
///         else if (step.status != part_status::more) break;  // complete or failed
///     }
///
/// error::weird_reply: a part without exactly one Content-Range of bytes, or whose
/// length of the whole differs from that of a part before; malformed fields; a line
/// that ends in other than CRLF; data not followed by a boundary; no part at all; more
/// than the limits allow around the boundaries, or of parts.
/// error::header_too_large: the fields of a part beyond their limits.
class byteranges_decoder {
 public:
    enum class part_status {
        more,      ///< all of the span was consumed; feed what comes next
        part,      ///< a part begins: range(), part_fields(); feed the rest of the span
        data,      ///< step::data is of that part; feed the rest of the span
        complete,  ///< the last boundary has come; whatever follows has no meaning
        failed,    ///< see failure()
    };

    struct step {
        part_status status;
        std::size_t consumed;        ///< octets of the span that are done with
        std::span<const char> data;  ///< lies in the span; empty unless status is data
    };

    /// The boundary is one that byteranges_boundary() found.
    XFER_DECL explicit byteranges_decoder(
        std::string_view boundary, const byteranges_limits& limits = {}
    );

    /// Consumes up to and including the next part's fields, or run of data. Feeding it
    /// after complete or failed consumes nothing.
    [[nodiscard]] XFER_DECL step feed(std::span<const char> in);

    [[nodiscard]] bool complete() const noexcept { return state_ == state::complete; }
    /// Of the part that began last: first and last are there.
    [[nodiscard]] const content_range& range() const noexcept { return range_; }
    /// The fields of the part that began last, until the next call of feed() after the
    /// part's end.
    [[nodiscard]] fields_view part_fields() const noexcept {
        return {head_text_, head_parser_.entries()};
    }
    [[nodiscard]] const refusal& failure() const noexcept { return failure_; }

 private:
    enum class state : std::uint8_t {
        preamble,
        boundary,
        padding,
        closing,
        line_end,
        head,
        data,
        complete,
        failed
    };

    XFER_DECL void take(char c);
    XFER_DECL void take_preamble(char c);
    XFER_DECL void take_boundary(char c);
    XFER_DECL void take_padding(char c);
    XFER_DECL void take_closing(char c);
    XFER_DECL void take_line_end(char c);
    XFER_DECL void take_head(char c);
    XFER_DECL void begin_part();
    XFER_DECL void ignore();
    XFER_DECL void fail(error e, std::string_view why) noexcept;

    state state_ = state::preamble;
    bool padded_ = false;
    // A body begins where a line does: as if a CRLF had come before.
    std::size_t matched_ = 2;
    std::size_t parts_left_;
    std::size_t ignored_budget_;
    bool any_part_ = false;
    std::uint64_t left_ = 0;  // of the data
    content_range range_;
    std::optional<std::uint64_t> whole_;  // as parts before have said
    std::string delimiter_;
    std::string head_text_;
    field_section_parser head_parser_;
    refusal failure_;
};

using part_status = byteranges_decoder::part_status;

}  // namespace XFER_NAMESPACE::proto

#ifndef XFER_SEPARATE_COMPILATION
#include <xfer/proto/impl/byteranges.ipp>
#endif
