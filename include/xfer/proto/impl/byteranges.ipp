// The states of a body of several parts.
#pragma once

#include <xfer/detail/parameters.hpp>
#include <xfer/proto/byteranges.hpp>
#include <xfer/proto/octets.hpp>

#include <algorithm>

namespace XFER_NAMESPACE::proto {

XFER_DECL bool is_byteranges(std::string_view content_type) noexcept {
    const auto type = content_type.substr(0, content_type.find(';'));
    return iequals(trimmed(type), "multipart/byteranges");
}

/// Whether the text may be a boundary (RFC 2046 5.1.1).
inline bool is_boundary(std::string_view text) noexcept {
    constexpr std::size_t most = 70;
    constexpr std::string_view marks = "'()+_,-./:=? ";
    const auto fits = [&](char c) {
        const char lower = to_lower(c);
        return (c >= '0' && c <= '9') || (lower >= 'a' && lower <= 'z') ||
               marks.find(c) != marks.npos;
    };
    return !text.empty() && text.size() <= most && text.back() != ' ' &&
           std::ranges::all_of(text, fits);
}

XFER_DECL std::optional<std::string> byteranges_boundary(std::string_view content_type
) {
    const auto semicolon = content_type.find(';');
    if (!is_byteranges(content_type) || semicolon == content_type.npos) {
        return std::nullopt;
    }
    std::optional<std::string> boundary;
    const bool good = detail::for_each_parameter(
        content_type.substr(semicolon),
        [&](std::string_view name, std::string_view value) {
            if (iequals(name, "boundary")) {
                boundary = value;
            }
        }
    );
    if (!good || !boundary || !is_boundary(*boundary)) {
        return std::nullopt;
    }
    return boundary;
}

XFER_DECL byteranges_decoder::byteranges_decoder(
    std::string_view boundary, const byteranges_limits& limits
)
    : parts_left_(limits.parts),
      ignored_budget_(limits.ignored_bytes),
      delimiter_("\r\n--"),
      head_parser_(limits.head, profile::strict) {
    delimiter_ += boundary;
}

XFER_DECL void byteranges_decoder::fail(error e, std::string_view why) noexcept {
    state_ = state::failed;
    failure_ = {e, why};
}

XFER_DECL byteranges_decoder::step byteranges_decoder::feed(std::span<const char> in) {
    std::size_t at = 0;
    while (state_ != state::complete && state_ != state::failed) {
        if (at == in.size()) {
            return {part_status::more, at, {}};
        }
        if (state_ == state::data) {
            const auto run =
                static_cast<std::size_t>(std::min<std::uint64_t>(left_, in.size() - at)
                );
            left_ -= run;
            if (left_ == 0) {
                state_ = state::boundary;
                matched_ = 0;
            }
            return {part_status::data, at + run, in.subspan(at, run)};
        }
        take(in[at++]);
        if (state_ == state::data) {
            return {part_status::part, at, {}};
        }
    }
    const bool complete = state_ == state::complete;
    return {complete ? part_status::complete : part_status::failed, at, {}};
}

XFER_DECL void byteranges_decoder::take(char c) {
    switch (state_) {
        case state::preamble:
            return take_preamble(c);
        case state::boundary:
            return take_boundary(c);
        case state::padding:
            return take_padding(c);
        case state::closing:
            return take_closing(c);
        case state::line_end:
            return take_line_end(c);
        default:
            return take_head(c);
    }
}

/// Counts an octet that means nothing.
XFER_DECL void byteranges_decoder::ignore() {
    if (ignored_budget_ == 0) {
        return fail(error::weird_reply, "too much stands around the boundaries");
    }
    --ignored_budget_;
}

/// Looks for the first boundary; servers put a line end or two in front of it.
XFER_DECL void byteranges_decoder::take_preamble(char c) {
    if (c == delimiter_[matched_]) {
        ++matched_;
    } else {
        // CR stands at the delimiter's start only: nothing else of it can be its
        // beginning anew.
        matched_ = c == '\r' ? 1 : 0;
    }
    if (matched_ == delimiter_.size()) {
        state_ = state::padding;
        return;
    }
    ignore();
}

XFER_DECL void byteranges_decoder::take_boundary(char c) {
    if (c != delimiter_[matched_]) {
        return fail(
            error::weird_reply, "a part does not end where its Content-Range says"
        );
    }
    if (++matched_ == delimiter_.size()) {
        state_ = state::padding;
    }
}

/// What stands behind a boundary: blanks and a line end, or two hyphens if it is the
/// last.
XFER_DECL void byteranges_decoder::take_padding(char c) {
    if (c == '-' && !padded_) {
        state_ = state::closing;
    } else if (c == '\r') {
        state_ = state::line_end;
    } else if (is_blank(c)) {
        padded_ = true;
        ignore();
    } else {
        fail(error::weird_reply, "something stands behind a boundary");
    }
}

XFER_DECL void byteranges_decoder::take_closing(char c) {
    if (c != '-') {
        return fail(error::weird_reply, "something stands behind a boundary");
    }
    if (!any_part_) {
        return fail(error::weird_reply, "a multipart body has no part");
    }
    state_ = state::complete;
}

XFER_DECL void byteranges_decoder::take_line_end(char c) {
    if (c != '\n') {
        return fail(error::weird_reply, "the line of a boundary has a CR without LF");
    }
    if (parts_left_ == 0) {
        return fail(error::weird_reply, "too many parts");
    }
    --parts_left_;
    padded_ = false;
    head_text_.clear();
    head_parser_.start(0);
    state_ = state::head;
}

XFER_DECL void byteranges_decoder::take_head(char c) {
    head_text_ += c;
    // Only a line's end can end the fields; the parser's own limits hold for a line
    // that never ends.
    if (c != '\n' && head_text_.size() % 1024 != 0) {
        return;
    }
    switch (head_parser_.parse(head_text_)) {
        case parse_status::partial:
            return;
        case parse_status::complete:
            return begin_part();
        case parse_status::failed:
            state_ = state::failed;
            failure_ = head_parser_.failure();
            return;
    }
}

XFER_DECL void byteranges_decoder::begin_part() {
    constexpr std::string_view name = "Content-Range";
    const auto fields = part_fields();
    if (fields.count(name) != 1) {
        return fail(error::weird_reply, "a part has not one Content-Range");
    }
    const auto range = parse_content_range(*fields.find(name));
    if (!range || !range->first) {
        return fail(error::weird_reply, "the Content-Range of a part is malformed");
    }
    if (whole_ && range->complete && whole_ != range->complete) {
        return fail(error::weird_reply, "two parts are of wholes of different lengths");
    }
    if (range->complete) {
        whole_ = range->complete;
    }
    range_ = *range;
    left_ = *range->last - *range->first + 1;
    any_part_ = true;
    state_ = state::data;
}

}  // namespace XFER_NAMESPACE::proto
