// The chunk decoder's states, and the encoder.
#pragma once

#include <xfer/proto/chunked.hpp>
#include <xfer/proto/octets.hpp>

#include <algorithm>
#include <iterator>
#include <limits>

namespace XFER_NAMESPACE::proto {

XFER_DECL void chunked_decoder::fail(error e, std::string_view why) noexcept {
    state_ = state::failed;
    failure_ = {e, why};
}

XFER_DECL chunked_decoder::step chunked_decoder::feed(std::span<const char> in) {
    std::size_t at = 0;
    while (state_ != state::complete && state_ != state::failed) {
        if (at == in.size()) return {chunk_status::more, at, {}};
        if (state_ == state::data) {
            const auto run =
                static_cast<std::size_t>(std::min<std::uint64_t>(left_, in.size() - at)
                );
            left_ -= run;
            if (left_ == 0) state_ = state::data_cr;
            return {chunk_status::data, at + run, in.subspan(at, run)};
        }
        take(in[at++]);
    }
    const bool complete = state_ == state::complete;
    return {complete ? chunk_status::complete : chunk_status::failed, at, {}};
}

XFER_DECL void chunked_decoder::take(char c) {
    switch (state_) {
        case state::size:
            return take_size(c);
        case state::blank:
        case state::extension:
        case state::quoted:
        case state::quoted_pair:
            return take_extension(c);
        case state::size_lf:
            if (c == '\n') return begin_chunk();
            return fail(error::weird_reply, "a chunk size line has a CR without LF");
        case state::data_cr:
            if (c != '\r') break;
            state_ = state::data_lf;
            return;
        case state::data_lf:
            if (c != '\n') break;
            state_ = state::size;
            return;
        case state::trailer:
            return take_trailer(c);
        default:
            return;
    }
    fail(error::weird_reply, "chunk data is not followed by CRLF");
}

XFER_DECL void chunked_decoder::take_size(char c) {
    const int digit = hex_value(c);
    if (digit >= 0) {
        // Sixteen digits hold every size; more are a flood of zeros or an overflow.
        if (++digits_ > 16) {
            return fail(error::weird_reply, "a chunk size has too many digits");
        }
        left_ = left_ << 4 | static_cast<unsigned>(digit);
    } else if (digits_ == 0) {
        fail(error::weird_reply, "a chunk size has no digits");
    } else if (c == '\r') {
        state_ = state::size_lf;
    } else if (c == ';' || is_blank(c)) {
        state_ = state::blank;
        take_extension(c);
    } else {
        fail(error::weird_reply, "a chunk size is not hexadecimal");
    }
}

/// Skips extensions (RFC 9112 7.1.1), minding quoted strings. Blanks may stand before
/// the ';' (state blank), but not before the line end.
XFER_DECL void chunked_decoder::take_extension(char c) {
    if (c == '\r' && state_ == state::extension) {
        state_ = state::size_lf;
        return;
    }
    if (!is_field_value({&c, 1})) {
        return fail(error::weird_reply, "a chunk extension is malformed");
    }
    if (extension_budget_ == 0) {
        return fail(error::weird_reply, "too many octets of chunk extensions");
    }
    --extension_budget_;
    switch (state_) {
        case state::blank:
            if (c == ';') {
                state_ = state::extension;
            } else if (!is_blank(c)) {
                fail(error::weird_reply, "a chunk size is not hexadecimal");
            }
            break;
        case state::extension:
            if (c == '"') state_ = state::quoted;
            break;
        case state::quoted:
            if (c == '"') state_ = state::extension;
            if (c == '\\') state_ = state::quoted_pair;
            break;
        default:
            state_ = state::quoted;
            break;
    }
}

XFER_DECL void chunked_decoder::begin_chunk() {
    constexpr auto most =
        static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
    if (left_ > most) return fail(error::weird_reply, "a chunk size is past 2^63 - 1");
    digits_ = 0;
    state_ = left_ == 0 ? state::trailer : state::data;
    if (state_ == state::trailer) trailer_parser_.start(0);
}

XFER_DECL void chunked_decoder::take_trailer(char c) {
    trailer_text_ += c;
    // Only a line's end can end the section, or break it in a way worth looking for;
    // the parser's own limits hold for a line that never ends.
    if (c != '\n' && trailer_text_.size() % 1024 != 0) return;
    switch (trailer_parser_.parse(trailer_text_)) {
        case parse_status::partial:
            return;
        case parse_status::complete:
            return finish_trailers();
        case parse_status::failed:
            state_ = state::failed;
            failure_ = trailer_parser_.failure();
            return;
    }
}

XFER_DECL void chunked_decoder::finish_trailers() {
    state_ = state::complete;
    for (const auto [name, value] :
         fields_view(trailer_text_, trailer_parser_.entries())) {
        if (is_allowed_in_trailers(name)) trailers_.add(name, value);
    }
}

XFER_DECL bool is_allowed_in_trailers(std::string_view name) noexcept {
    constexpr std::string_view refused[] = {
        // Framing, routing and the connection.
        "Transfer-Encoding",
        "Content-Length",
        "Host",
        "Trailer",
        "TE",
        "Connection",
        "Keep-Alive",
        "Proxy-Connection",
        "Upgrade",
        "Max-Forwards",
        "Via",
        // Request modifiers.
        "Expect",
        "Range",
        "If-Match",
        "If-None-Match",
        "If-Modified-Since",
        "If-Unmodified-Since",
        "If-Range",
        // Authentication and state.
        "Authorization",
        "Proxy-Authorization",
        "WWW-Authenticate",
        "Proxy-Authenticate",
        "Authentication-Info",
        "Proxy-Authentication-Info",
        "Cookie",
        "Set-Cookie",
        "Strict-Transport-Security",
        "Alt-Svc",
        // Content format and response control.
        "Content-Encoding",
        "Content-Type",
        "Content-Range",
        "Location",
        "Retry-After",
        "Cache-Control",
        "Pragma",
        "Age",
        "Expires",
        "Date",
        "Vary",
        "Warning",
    };
    return std::none_of(
        std::begin(refused),
        std::end(refused),
        [&](std::string_view r) { return iequals(name, r); }
    );
}

XFER_DECL chunk_head::chunk_head(std::uint64_t size) noexcept : text_{} {
    if (size == 0) return;
    text_[16] = '\r';
    text_[17] = '\n';
    start_ = 16;
    for (; size != 0; size >>= 4) text_[--start_] = "0123456789abcdef"[size & 15];
}

XFER_DECL void append_last_chunk(std::string& out, const fields& trailers) {
    out += "0\r\n";
    for (const auto [name, value] : trailers) {
        const bool valid = is_token(name) && is_field_value(value);
        if (!valid || !is_allowed_in_trailers(name)) continue;
        out.append(name).append(": ").append(value).append("\r\n");
    }
    out += "\r\n";
}

}  // namespace XFER_NAMESPACE::proto
