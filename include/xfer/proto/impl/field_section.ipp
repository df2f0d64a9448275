// Field lines, folds and their limits.
#pragma once

#include <xfer/proto/field_section.hpp>
#include <xfer/proto/octets.hpp>

#include <algorithm>
#include <cstring>

namespace xfer::proto {
namespace detail_section {

/// Fields in which a fold could hide what two readers would understand differently.
inline bool may_fold(std::string_view name) noexcept {
    constexpr std::string_view never[] = {
        "Content-Length",
        "Transfer-Encoding",
        "Connection",
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
    searched_ = offset;
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

XFER_DECL parse_status field_section_parser::parse(std::span<char> so_far) {
    if (failure_) return parse_status::failed;
    char* const base = so_far.data();
    const char* const end = base + so_far.size();
    // A line that was incomplete is read again only once its end is there, so that a
    // head that comes octet by octet costs no more than twice.
    if (searched_ > line_ && searched_ < so_far.size() &&
        std::memchr(base + searched_, '\n', so_far.size() - searched_) != nullptr) {
        searched_ = line_;
    }
    line_result result = line_result::incomplete;
    if (searched_ <= line_) {
        do {
            result = parse_line(base, end);
        } while (result == line_result::field);
    }
    if (result == line_result::incomplete) {
        searched_ = so_far.size();
        result = within_limits(so_far.size(), line_);
        if (result == line_result::field) return parse_status::partial;
    }
    return result == line_result::section_end ? parse_status::complete
                                              : parse_status::failed;
}

XFER_DECL field_section_parser::line_result field_section_parser::parse_line(
    char* base, const char* end
) {
    const char* p = base + line_;
    if (p == end) return line_result::incomplete;
    if (is_blank(*p)) return parse_fold(base, end);

    const char* const name = p;
    p = skip_token(p, end);
    if (p == end) return line_result::incomplete;
    if (*p != ':') {
        if (p != name || (*p != '\r' && *p != '\n')) {
            return fail(
                error::weird_reply, "a header line has no valid name and colon"
            );
        }
        const line_result ended = end_line(base, p, end);
        if (ended != line_result::field) return ended;
        const line_result fits = within_limits(line_, line_);
        return fits == line_result::field ? line_result::section_end : fits;
    }
    if (p == name) return fail(error::weird_reply, "a header has an empty name");
    const auto name_size = p - name;

    do {
        ++p;
    } while (p != end && is_blank(*p));
    const char* const value = p;
    p = skip_field_value(p, end);
    const auto start = static_cast<std::uint32_t>(line_);
    const line_result ended = end_line(base, p, end);
    if (ended != line_result::field) return ended;

    while (p != value && is_blank(p[-1])) --p;
    if (entries_.size() >= limits_.fields) {
        return fail(error::header_too_large, "too many header fields");
    }
    entries_.push_back(
        {start,
         static_cast<std::uint32_t>(name_size),
         static_cast<std::uint32_t>(value - base),
         static_cast<std::uint32_t>(p - value)}
    );
    return within_limits(line_, start);
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
    return within_limits(line_, e.name);
}

/// Takes the line end at `at`, so that line_ is the next line.
XFER_DECL field_section_parser::line_result field_section_parser::end_line(
    const char* base, const char* at, const char* end
) {
    if (at == end) return line_result::incomplete;
    if (*at == '\r') {
        if (++at == end) return line_result::incomplete;
        if (*at != '\n')
            return fail(error::weird_reply, "a header has a CR without LF");
    } else if (*at != '\n') {
        return fail(error::weird_reply, "a header has a control octet");
    } else {
        if (strict_) return fail(error::weird_reply, "a header line ends in a bare LF");
        lf_only_ = true;
    }
    line_ = static_cast<std::size_t>(at + 1 - base);
    searched_ = line_;
    return line_result::field;
}

/// field if `end` octets of head, the last field beginning at `field_start`, are
/// allowed.
XFER_DECL field_section_parser::line_result field_section_parser::within_limits(
    std::size_t end, std::size_t field_start
) {
    if (end > limits_.bytes) {
        return fail(error::header_too_large, "the header is too large");
    }
    if (end - field_start > limits_.field_bytes) {
        return fail(error::header_too_large, "a header field is too large");
    }
    return line_result::field;
}

}  // namespace xfer::proto
