// The status line; the field lines are field_section's.
#pragma once

#include <xfer/proto/head_parser.hpp>
#include <xfer/proto/octets.hpp>

#include <algorithm>
#include <cstring>

namespace XFER_NAMESPACE::proto {
namespace detail_head {

constexpr std::size_t fixed_part = 13;  // "HTTP/1.1 200 "

inline bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

/// What is wrong with the first octets of a response, as far as they are there.
inline std::string_view start_fault(const char* p, std::size_t n) noexcept {
    if (n >= fixed_part && std::memcmp(p, "HTTP/1.1 2", 10) == 0 && is_digit(p[10]) &&
        is_digit(p[11]) && p[12] == ' ') [[likely]] {
        return {};
    }
    constexpr char prefix[] = "HTTP/1.";
    if (std::memcmp(p, prefix, std::min<std::size_t>(n, 7)) != 0) {
        return "the reply is not HTTP/1";
    }
    if ((n > 7 && !is_digit(p[7])) || (n > 8 && p[8] != ' ')) {
        return "the reply has a malformed HTTP version";
    }
    const bool digits = (n <= 9 || (is_digit(p[9]) && p[9] != '0')) &&
                        (n <= 10 || is_digit(p[10])) && (n <= 11 || is_digit(p[11]));
    if (!digits || (n > 12 && p[12] != ' ' && p[12] != '\r' && p[12] != '\n')) {
        return "the status is not three digits from 100 on";
    }
    return {};
}

inline head_limits addressable(head_limits limits) noexcept {
    limits.bytes = std::min<std::size_t>(limits.bytes, 1u << 30);
    return limits;
}

}  // namespace detail_head

XFER_DECL response_head_parser::response_head_parser(
    head_limits limits, profile p
) noexcept
    : limits_(detail_head::addressable(limits)),
      strict_(p == profile::strict),
      section_(limits_, p) {}

XFER_DECL void response_head_parser::reset() noexcept {
    state_ = state::status_line;
    searched_ = 0;
    head_ = {};
    failure_ = {};
    section_.start(0);
}

XFER_DECL void response_head_parser::take_as_simple() noexcept {
    reset();
    head_.version = 9;
    state_ = state::complete;
}

XFER_DECL bool is_simple(std::string_view begin, bool ended) noexcept {
    constexpr std::string_view sign = "HTTP/";
    const auto common = std::min(begin.size(), sign.size());
    return begin.substr(0, common) != sign.substr(0, common) ||
           (ended && !begin.empty() && common < sign.size());
}

XFER_DECL std::string quoted_reply(std::string_view begin) {
    if (begin.empty()) return {};
    if (begin.starts_with("HTTP/"))
        begin = begin.substr(0, begin.find_first_of("\r\n"));
    return "; it begins \"" + detail::escaped(begin) + '"';
}

XFER_DECL parse_status
response_head_parser::fail(error e, std::string_view why) noexcept {
    state_ = state::failed;
    failure_ = {e, why};
    return parse_status::failed;
}

XFER_DECL parse_status response_head_parser::parse(std::span<char> so_far) {
    switch (state_) {
        case state::status_line: {
            const parse_status status = parse_status_line(so_far);
            if (status != parse_status::complete) return status;
            state_ = state::fields;
            return parse_fields(so_far);
        }
        case state::fields:
            return parse_fields(so_far);
        case state::complete:
            return parse_status::complete;
        case state::failed:
            break;
    }
    return parse_status::failed;
}

XFER_DECL parse_status
response_head_parser::parse_status_line(std::span<const char> so_far) {
    const char* const base = so_far.data();
    const std::size_t n = so_far.size();
    if (n == 0) return parse_status::partial;
    if (searched_ < detail_head::fixed_part) {
        const std::string_view fault = detail_head::start_fault(base, n);
        if (!fault.empty()) return fail(error::weird_reply, fault);
        if (n >= detail_head::fixed_part) head_.version = base[7] == '0' ? 10 : 11;
    }
    const char* const end = base + n;
    const char* p = base + std::min(n, std::max<std::size_t>(searched_, 12));
    p = skip_field_value(p, end);
    const bool cr = p != end && *p == '\r';
    const char* const line_end = cr ? p + 1 : p;
    // Only octets that are fine lie before p, so a longer buffer is read on from there.
    searched_ = static_cast<std::size_t>(p - base);
    if (searched_ > std::min(limits_.bytes, limits_.field_bytes)) {
        return fail(error::header_too_large, "the status line is too large");
    }
    if (line_end == end) return parse_status::partial;
    if (*line_end != '\n') {
        return fail(error::weird_reply, "the status line has a control octet");
    }
    if (!cr && strict_) {
        return fail(error::weird_reply, "the status line ends in a bare LF");
    }
    head_.lf_only = !cr;
    head_.status = (base[9] - '0') * 100 + (base[10] - '0') * 10 + (base[11] - '0');
    head_.reason = std::min<std::uint32_t>(static_cast<std::uint32_t>(searched_), 13);
    while (searched_ > head_.reason && is_blank(base[searched_ - 1])) --searched_;
    head_.reason_size = static_cast<std::uint32_t>(searched_) - head_.reason;
    section_.start(static_cast<std::size_t>(line_end + 1 - base));
    return parse_status::complete;
}

XFER_DECL parse_status response_head_parser::parse_fields(std::span<char> so_far) {
    const parse_status status = section_.parse(so_far);
    if (status == parse_status::failed) {
        return fail(
            static_cast<error>(section_.failure().ec.value()), section_.failure().why
        );
    }
    if (status == parse_status::complete) {
        state_ = state::complete;
        head_.size = section_.size();
        head_.lf_only = head_.lf_only || section_.lf_only();
    }
    return status;
}

}  // namespace XFER_NAMESPACE::proto
