// Field lines, folds and their limits.
#pragma once

#include <xfer/proto/field_section.hpp>
#include <xfer/proto/octets.hpp>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <iterator>

namespace XFER_NAMESPACE::proto {
namespace detail_section {

/// Fields in which a fold could hide what two readers would understand differently.
inline bool may_fold(std::string_view name) noexcept {
    constexpr std::string_view never[] = {
        "Content-Length",
        "Transfer-Encoding",
        "Connection",
        "Proxy-Connection",
        "Upgrade",
        "Location",
        "Set-Cookie",
        "WWW-Authenticate",
        "Proxy-Authenticate",
    };
    return std::none_of(
        std::begin(never),
        std::end(never),
        [&](std::string_view other) { return iequals(name, other); }
    );
}

}  // namespace detail_section

XFER_DECL void field_section_parser::start(std::size_t offset) noexcept {
    line_ = offset;
    stopped_ = offset;
    lf_only_ = false;
    entries_.clear();
    failure_ = {};
}

XFER_DECL field_section_parser::line_result field_section_parser::fail(
    error e, std::string_view why
) noexcept {
    failure_ = {e, why};
    return line_result::failed;
}

/// A fault at `at`, unless a limit had been passed before it came: however a line is
/// cut, the same is wrong with it.
XFER_DECL field_section_parser::line_result field_section_parser::fail_at(
    const char* base, const char* at, std::string_view why
) noexcept {
    const auto before = static_cast<std::size_t>(at - base);
    const line_result result = check_limits(before, field_begin(base, before));
    return result == line_result::field ? fail(error::weird_reply, why) : result;
}

/// Where the field begins that the line being read is of, of which there are octets up
/// to `end`.
XFER_DECL std::size_t field_section_parser::field_begin(
    const char* base, std::size_t end
) const noexcept {
    const bool folded = line_ < end && is_blank(base[line_]) && !entries_.empty();
    return folded ? entries_.back().name : line_;
}

XFER_DECL parse_status field_section_parser::parse(std::span<char> so_far) {
    if (failure_) return parse_status::failed;
    char* const base = so_far.data();
    const char* const end = base + so_far.size();
    line_result result = line_result::field;
    if (stopped_ > line_) {
        // The line is read again only when its name, or the line itself, has ended: a
        // head that comes octet by octet is read three times at most.
        const char* const from = base + stopped_;
        const char* const p =
            stopped_in_name_ ? skip_token(from, end) : skip_field_value(from, end);
        if (p == end) result = wait_at(base, p, stopped_in_name_);
    }
    if (result == line_result::field) result = parse_lines(base, end);
    if (result == line_result::incomplete) {
        result = check_limits(so_far.size(), field_begin(base, so_far.size()));
    }
    switch (result) {
        case line_result::field:
            return parse_status::partial;
        case line_result::section_end:
            return parse_status::complete;
        default:
            return parse_status::failed;
    }
}

/// Reads lines until something other than a complete field stops it. One loop with its
/// state in registers: this is where the octets of a reply are looked at.
XFER_DECL field_section_parser::line_result field_section_parser::parse_lines(
    char* base, const char* end
) {
    line_result result = line_result::field;
    auto room = limits_.fields - entries_.size();
    while (result == line_result::field) {
        const char* const name = base + line_;
        const char* p = skip_token(name, end);
        if (p == end) return wait_at(base, p, true);
        if (*p != ':' || p == name) [[unlikely]] {
            if (p != name || *p == ':') {
                return fail_at(base, p, "a header line has no name and colon");
            }
            result =
                is_blank(*p) ? parse_fold(base, end) : parse_section_end(base, end);
            continue;
        }
        const auto name_size = static_cast<std::uint32_t>(p - name);

        ++p;
        if (end - p >= 2 && p[0] == ' ' && p[1] > ' ') [[likely]] {
            ++p;
        } else {
            while (p != end && is_blank(*p)) ++p;
        }
        const char* const value = p;
        p = skip_field_value(p, end);
        if (end - p >= 2 && std::memcmp(p, "\r\n", 2) == 0) [[likely]] {
            line_ = static_cast<std::size_t>(p + 2 - base);
        } else {
            result = end_line(base, p, end);
            if (result != line_result::field) break;
        }

        while (p != value && is_blank(p[-1])) --p;
        const auto start = static_cast<std::uint32_t>(name - base);
        if (room-- == 0) [[unlikely]] {
            result = check_limits(line_, start);
            return result == line_result::field
                       ? fail(error::header_too_large, "too many header fields")
                       : result;
        }
        entries_.push_back(
            {start,
             name_size,
             static_cast<std::uint32_t>(value - base),
             static_cast<std::uint32_t>(p - value)}
        );
        result = check_limits(line_, start);
    }
    return result;
}

/// A line that begins with neither a name nor a blank is the empty line, or wrong.
XFER_DECL field_section_parser::line_result field_section_parser::parse_section_end(
    const char* base, const char* end
) {
    const char* const line = base + line_;
    if (*line != '\r' && *line != '\n') {
        return fail_at(base, line, "a header line has no name and colon");
    }
    line_result result = end_line(base, line, end);
    if (result == line_result::field) result = check_limits(line_, line_);
    return result == line_result::field ? line_result::section_end : result;
}

/// A line that begins with a blank belongs to the value before it.
XFER_DECL field_section_parser::line_result field_section_parser::parse_fold(
    char* base, const char* end
) {
    if (entries_.empty()) {
        return fail(error::weird_reply, "the first header line begins with a blank");
    }
    field_entry& e = entries_.back();
    if (!detail_section::may_fold({base + e.name, e.name_size})) {
        return fail(error::weird_reply, "a header that must not be folded is folded");
    }
    const char* p = base + line_;
    while (p != end && is_blank(*p)) ++p;
    const char* const more = p;
    p = skip_field_value(p, end);
    const line_result ended = end_line(base, p, end);
    if (ended != line_result::field) return ended;

    while (p != more && is_blank(p[-1])) --p;
    if (p != more) {
        const auto more_at = static_cast<std::uint32_t>(more - base);
        if (e.value_size == 0) e.value = more_at;
        char* const gap = base + e.value + e.value_size;
        std::fill(gap, base + more_at, ' ');
        e.value_size = static_cast<std::uint32_t>(p - base) - e.value;
    }
    return check_limits(line_, e.name);
}

/// Takes the line end at `at`, so that line_ is the next line.
XFER_DECL field_section_parser::line_result field_section_parser::end_line(
    const char* base, const char* at, const char* end
) {
    if (end - at >= 2 && at[0] == '\r' && at[1] == '\n') [[likely]] {
        line_ = static_cast<std::size_t>(at + 2 - base);
        return line_result::field;
    }
    if (at == end || (*at == '\r' && at + 1 == end)) return wait_at(base, at, false);
    if (*at == '\r') return fail_at(base, at + 1, "a header has a CR without LF");
    if (*at != '\n') return fail_at(base, at, "a header has a control octet");
    if (strict_) return fail_at(base, at, "a header line ends in a bare LF");
    lf_only_ = true;
    line_ = static_cast<std::size_t>(at + 1 - base);
    return line_result::field;
}

/// The line is right up to `at`, where a name or else a value goes on.
XFER_DECL field_section_parser::line_result field_section_parser::wait_at(
    const char* base, const char* at, bool name
) noexcept {
    stopped_ = static_cast<std::size_t>(at - base);
    stopped_in_name_ = name;
    return line_result::incomplete;
}

/// field if `end` octets of head, the last field beginning at `field_start`, are
/// allowed.
XFER_DECL field_section_parser::line_result field_section_parser::check_limits(
    std::size_t end, std::size_t field_start
) noexcept {
    if (end <= limits_.bytes && end - field_start <= limits_.field_bytes) [[likely]] {
        return line_result::field;
    }
    // Of both, the one that was passed first.
    const bool whole =
        end > limits_.bytes &&
        limits_.bytes - std::min(limits_.bytes, field_start) <= limits_.field_bytes;
    return fail(
        error::header_too_large,
        whole ? "the header is too large" : "a header field is too large"
    );
}

}  // namespace XFER_NAMESPACE::proto
