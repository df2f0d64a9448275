// Parser of field lines up to the empty line: the rest of a head, or a trailer section
// (RFC 9112 5). It works in place and reads each octet a bounded number of times.
#pragma once

#include <xfer/fields.hpp>
#include <xfer/proto/limits.hpp>
#include <xfer/proto/refusal.hpp>

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

namespace XFER_NAMESPACE::proto {

enum class parse_status {
    partial,   ///< right so far; call again with more octets
    complete,  ///< the empty line was found
    failed,    ///< see failure()
};

/// Reads field lines. Every call of parse() is given all octets received so far, as the
/// call before left them; they may have moved. Offsets count from the start of that
/// span.
///
/// Names are tokens directly followed by ':', values hold no control octet but tab
/// (error::weird_reply). A folded line (RFC 9112 5.2) is joined by overwriting its line
/// end with spaces, but is weird_reply as the first line and in fields that decide over
/// framing, connection, credentials or the next request. A line that ends in a bare LF
/// is taken, and told by lf_only(), or weird_reply under profile::strict; a CR without
/// LF is weird_reply always. What is wrong in a line is told at the latest when it is
/// complete.
class field_section_parser {
 public:
    explicit field_section_parser(
        head_limits limits = {}, profile p = profile::interoperable
    ) noexcept
        : limits_(limits), strict_(p == profile::strict) {}

    /// Begins a section whose first line is at `offset`, forgetting all but capacity.
    XFER_DECL void start(std::size_t offset) noexcept;

    [[nodiscard]] XFER_DECL parse_status parse(std::span<char> so_far);

    /// The fields; complete after parse_status::complete.
    [[nodiscard]] std::span<const field_entry> entries() const noexcept {
        return entries_;
    }
    /// Where the section ends, its empty line included.
    [[nodiscard]] std::size_t size() const noexcept { return line_; }
    [[nodiscard]] bool lf_only() const noexcept { return lf_only_; }
    [[nodiscard]] const refusal& failure() const noexcept { return failure_; }

 private:
    enum class line_result { field, section_end, incomplete, failed };

    XFER_DECL line_result parse_lines(char* base, const char* end);
    XFER_DECL line_result parse_fold(char* base, const char* end);
    XFER_DECL line_result parse_section_end(const char* base, const char* end);
    XFER_DECL line_result end_line(const char* base, const char* at, const char* end);
    XFER_DECL line_result wait_at(const char* base, const char* at, bool name) noexcept;
    XFER_DECL line_result
    check_limits(std::size_t end, std::size_t field_start) noexcept;
    // Out of the way of the lines that are right: this loop is the hot path of a reply.
    [[gnu::cold]] XFER_DECL line_result fail(error e, std::string_view why) noexcept;
    [[gnu::cold]] XFER_DECL line_result
    fail_at(const char* base, const char* at, std::string_view why) noexcept;
    [[nodiscard]] XFER_DECL std::size_t field_begin(const char* base, std::size_t end)
        const noexcept;

    head_limits limits_;
    bool strict_;
    bool lf_only_ = false;
    std::size_t line_ = 0;  // where the line being read starts
    // Where reading stopped inside an incomplete line, if past line_: nothing before it
    // needs to be looked at until something other than the rest of its name or value
    // comes.
    std::size_t stopped_ = 0;
    bool stopped_in_name_ = false;
    std::vector<field_entry> entries_;
    refusal failure_;
};

}  // namespace XFER_NAMESPACE::proto

#ifndef XFER_SEPARATE_COMPILATION
#include <xfer/proto/impl/field_section.ipp>
#endif
