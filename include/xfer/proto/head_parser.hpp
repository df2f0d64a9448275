// Parser of HTTP/1 response heads: status line, fields, empty line (RFC 9112 4 and 5).
#pragma once

#include <xfer/proto/field_section.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace XFER_NAMESPACE::proto {

/// What a response head says, its fields apart.
struct response_head {
    int version = 0;  ///< 9 for HTTP/0.9, 10 for HTTP/1.0, 11 for every later HTTP/1.x
    int status = 0;   ///< 100 to 999; 0 in HTTP/0.9
    std::uint32_t reason = 0;  ///< where the reason phrase begins in the head
    std::uint32_t reason_size = 0;
    std::size_t size = 0;  ///< octets of the head, its empty line included
    /// A line ended in a bare LF: the connection must not be reused.
    bool lf_only = false;
};

/// Reads one response head after another. parse() is given all octets of this head that
/// were received so far, each time the earlier ones as it left them (it may overwrite
/// line ends of folded fields by spaces) and more; octets after the head are not
/// touched. Its work is linear in the octets, however they come, and it allocates
/// nothing once its vector has grown to the usual number of fields.
///
/// error::weird_reply: the octets are no HTTP/1 response (told as soon as they cannot
/// become one: HTTP/0.9, HTTP/2, a leading empty line), the status is not three digits
/// from 100 on, or a line breaks RFC 9112 (see field_section_parser).
/// error::header_too_large: a limit was passed.
class response_head_parser {
 public:
    /// Limits above 1 GiB count as 1 GiB: offsets have 32 bits.
    XFER_DECL explicit response_head_parser(
        head_limits limits = {}, profile p = profile::interoperable
    ) noexcept;

    [[nodiscard]] XFER_DECL parse_status parse(std::span<char> so_far);

    /// After a failure that is_simple() explains: the head of a reply of HTTP/0.9,
    /// which has no octets.
    XFER_DECL void take_as_simple() noexcept;

    /// Makes ready for the next head; capacity is kept.
    XFER_DECL void reset() noexcept;

    /// Valid after parse_status::complete, until reset(); after a failure the version
    /// is that of a first line that begins as it should, and otherwise 0.
    [[nodiscard]] const response_head& head() const noexcept { return head_; }
    /// Offsets from the start of the head; as head().
    [[nodiscard]] std::span<const field_entry> entries() const noexcept {
        return section_.entries();
    }
    /// The fields, to be read in the buffer that holds the head.
    [[nodiscard]] fields_view fields(std::string_view head_block) const noexcept {
        return {head_block, section_.entries()};
    }
    /// Why parse() failed.
    [[nodiscard]] const refusal& failure() const noexcept { return failure_; }

 private:
    enum class state : std::uint8_t { status_line, fields, complete, failed };

    XFER_DECL parse_status parse_status_line(std::span<const char> so_far);
    XFER_DECL parse_status parse_fields(std::span<char> so_far);
    XFER_DECL parse_status fail(error e, std::string_view why) noexcept;

    head_limits limits_;
    bool strict_;
    state state_ = state::status_line;
    std::size_t searched_ = 0;  // no LF of the status line before here
    response_head head_;
    field_section_parser section_;
    refusal failure_;
};

/// What may be said of a reply that is no response, from its beginning on: `; it begins
/// "..."` with at most 64 octets, escaped. Of what is HTTP nothing but the status line,
/// as fields may be secrets. Empty if there is nothing.
[[nodiscard]] XFER_DECL std::string quoted_reply(std::string_view begin);

/// Whether a reply that begins so can only be one of HTTP/0.9, a body and nothing else
/// (a Simple-Response, RFC 1945 6). `ended`: nothing follows.
[[nodiscard]] XFER_DECL bool is_simple(std::string_view begin, bool ended) noexcept;

}  // namespace XFER_NAMESPACE::proto

#ifndef XFER_SEPARATE_COMPILATION
#include <xfer/proto/impl/head_parser.ipp>
#endif
