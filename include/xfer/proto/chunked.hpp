// The chunked transfer coding, both ways (RFC 9112 7.1).
#pragma once

#include <xfer/fields.hpp>
#include <xfer/proto/field_section.hpp>
#include <xfer/proto/limits.hpp>
#include <xfer/proto/refusal.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace XFER_NAMESPACE::proto {

/// Decodes a chunked body span by span, without copying its data and without holding
/// any octet but those of the trailer section.
///
///     while (!in.empty()) {
///         auto step = decoder.feed(in);
///         in = in.subspan(step.consumed);
///         if (step.status == chunk_status::data) deliver(step.data);
///         else if (step.status != chunk_status::more) break;   // complete or failed
///     }
///
/// error::weird_reply: a size that is not 1 to 16 hexadecimal digits or is past 2^63 -
/// 1, extensions that are malformed or, over the whole body, beyond their budget, a
/// line that ends in other than CRLF, data not followed by CRLF, a malformed trailer.
/// error::header_too_large: a trailer section beyond its limits.
class chunked_decoder {
 public:
    enum class chunk_status {
        more,      ///< all of the span was consumed; feed what comes next
        data,      ///< step::data is to be delivered; feed the rest of the span
        complete,  ///< the body has ended; what was not consumed belongs to nobody
        failed,    ///< see failure()
    };

    struct step {
        chunk_status status;
        std::size_t consumed;        ///< octets of the span that are done with
        std::span<const char> data;  ///< lies in the span; empty unless status is data
    };

    explicit chunked_decoder(const message_limits& limits = {}) noexcept
        : extension_budget_(limits.chunk_extension_bytes),
          trailer_parser_(limits.trailers, profile::strict) {}

    /// Consumes up to and including the next run of data. Feeding it after complete or
    /// failed consumes nothing.
    [[nodiscard]] XFER_DECL step feed(std::span<const char> in);

    [[nodiscard]] bool complete() const noexcept { return state_ == state::complete; }
    /// The trailer fields, once complete: without those that a trailer must not change,
    /// that is of framing, routing, authentication, cookies, content format and control
    /// (RFC 9110 6.5.1).
    [[nodiscard]] const fields& trailers() const noexcept { return trailers_; }
    /// The trailer section as it came, forbidden fields and the empty line included,
    /// once complete.
    [[nodiscard]] std::string_view trailer_text() const noexcept {
        return trailer_text_;
    }
    [[nodiscard]] const refusal& failure() const noexcept { return failure_; }

 private:
    enum class state : std::uint8_t {
        size,
        blank,
        extension,
        quoted,
        quoted_pair,
        size_lf,
        data,
        data_cr,
        data_lf,
        trailer,
        complete,
        failed
    };

    XFER_DECL void take(char c);
    XFER_DECL void take_size(char c);
    XFER_DECL void take_extension(char c);
    XFER_DECL void begin_chunk();
    XFER_DECL void take_trailer(char c);
    XFER_DECL void finish_trailers();
    XFER_DECL void fail(error e, std::string_view why) noexcept;

    state state_ = state::size;
    unsigned digits_ = 0;
    std::uint64_t left_ = 0;  // of the size so far, then of the data
    std::size_t extension_budget_;
    std::string trailer_text_;
    field_section_parser trailer_parser_;
    fields trailers_;
    refusal failure_;
};

using chunk_status = chunked_decoder::chunk_status;

/// Whether a trailer field of that name may be kept (RFC 9110 6.5.1).
[[nodiscard]] XFER_DECL bool is_allowed_in_trailers(std::string_view name) noexcept;

/// What stands before the data of one chunk: "1f4\r\n". After the data goes chunk_end.
/// The view is empty for a size of 0, which would end the body: see
/// append_last_chunk().
class chunk_head {
 public:
    XFER_DECL explicit chunk_head(std::uint64_t size) noexcept;
    [[nodiscard]] std::string_view view() const noexcept {
        return {text_.data() + start_, text_.size() - start_};
    }

 private:
    std::array<char, 18> text_;  // 16 digits and CRLF, filled from the end
    std::size_t start_ = 18;
};

inline constexpr std::string_view chunk_end = "\r\n";

/// The end of a body without trailers.
inline constexpr std::string_view last_chunk = "0\r\n\r\n";

/// Appends the end of a body with these trailers; those that is_allowed_in_trailers()
/// refuses are left out.
XFER_DECL void append_last_chunk(std::string& out, const fields& trailers);

}  // namespace XFER_NAMESPACE::proto

#ifndef XFER_SEPARATE_COMPILATION
#include <xfer/proto/impl/chunked.ipp>
#endif
