// The bodies of xfer/testing/detail/request_reader.hpp.
#pragma once

#include <xfer/testing/detail/request_reader.hpp>

#include <algorithm>
#include <charconv>
#include <utility>

namespace XFER_NAMESPACE::testing::detail {

[[nodiscard]] inline std::string_view trimmed(std::string_view s) noexcept {
    auto blank = [](char c) { return c == ' ' || c == '\t'; };
    while (!s.empty() && blank(s.front())) s.remove_prefix(1);
    while (!s.empty() && blank(s.back())) s.remove_suffix(1);
    return s;
}

XFER_DECL bool parse_number(
    std::string_view text, int base, std::uint64_t& number
) noexcept {
    auto [end, ec] =
        std::from_chars(text.data(), text.data() + text.size(), number, base);
    return ec == std::errc() && end == text.data() + text.size();
}

/// "Name: value" to lines; false if it is no field line.
[[nodiscard]] inline bool append_field(field_lines& lines, std::string_view line) {
    auto colon = line.find(':');
    if (colon == 0 || colon == line.npos) return false;
    lines.emplace_back(line.substr(0, colon), trimmed(line.substr(colon + 1)));
    return true;
}

XFER_DECL void request_reader::reset() {
    request_ = seen_request();
    scanned_ = 0;
    chunked_ = false;
    part_ = chunk_part::size;
    length_ = 0;
}

XFER_DECL void request_reader::keep_raw(std::string_view bytes) {
    std::size_t limit = head_limit_ + body_limit_;
    std::size_t room = limit - std::min(limit, request_.raw.size());
    request_.raw.append(bytes.substr(0, room));
}

XFER_DECL verdict request_reader::read_head(std::string& inbox) {
    if (scanned_ == 0) {
        // Empty lines before a request are tolerated (RFC 9112 2.2).
        inbox.erase(0, std::min(inbox.size(), inbox.find_first_not_of("\r\n")));
    }
    auto end = inbox.find("\r\n\r\n", scanned_ < 3 ? 0 : scanned_ - 3);
    if (end == inbox.npos || end + 4 > head_limit_) {
        scanned_ = inbox.size();
        bool big = end != inbox.npos || inbox.size() > head_limit_;
        return big ? verdict::too_big : verdict::incomplete;
    }
    keep_raw(std::string_view(inbox).substr(0, end + 4));
    verdict v = parse_head(std::string_view(inbox).substr(0, end + 2));
    inbox.erase(0, end + 4);
    return v;
}

XFER_DECL verdict request_reader::parse_head(std::string_view head) {
    auto next_line = [&head] {
        auto end = head.find("\r\n");
        std::string_view line = head.substr(0, end);
        head.remove_prefix(end + 2);
        return line;
    };
    std::string_view line = next_line();
    auto first = line.find(' ');
    auto last = line.rfind(' ');
    if (first == line.npos || first == 0 || last == first) return verdict::bad;
    request_.method = line.substr(0, first);
    request_.target = line.substr(first + 1, last - first - 1);
    request_.version = line.substr(last + 1);
    if (!request_.version.starts_with("HTTP/1.")) return verdict::bad;
    while (!head.empty()) {
        if (!append_field(request_.fields, next_line())) return verdict::bad;
    }
    return parse_framing() ? verdict::complete : verdict::bad;
}

XFER_DECL bool request_reader::parse_framing() {
    // A test of a client wants to hear of framing that a strict server refuses.
    if (request_.count("Transfer-Encoding") > 0) {
        chunked_ = same_name(request_.field("Transfer-Encoding"), "chunked");
        return chunked_ && request_.count("Transfer-Encoding") == 1 &&
               request_.count("Content-Length") == 0;
    }
    if (request_.count("Content-Length") == 0) return true;
    return request_.count("Content-Length") == 1 &&
           parse_number(request_.field("Content-Length"), 10, length_);
}

XFER_DECL verdict request_reader::read_body(std::string& inbox) {
    std::string_view rest = inbox;
    verdict v = chunked_ ? read_chunks(rest) : read_data(rest);
    std::size_t used = inbox.size() - rest.size();
    keep_raw(std::string_view(inbox).substr(0, used));
    inbox.erase(0, used);
    return v;
}

/// Takes what there is of `length_` bytes of data.
XFER_DECL verdict request_reader::read_data(std::string_view& rest) {
    auto n = static_cast<std::size_t>(std::min<std::uint64_t>(length_, rest.size()));
    std::size_t room = body_limit_ - std::min(body_limit_, request_.body.size());
    request_.body.append(rest.substr(0, std::min(n, room)));
    request_.body_size += n;
    rest.remove_prefix(n);
    length_ -= n;
    return length_ == 0 ? verdict::complete : verdict::incomplete;
}

XFER_DECL verdict request_reader::read_chunks(std::string_view& rest) {
    for (;;) {
        if (part_ == chunk_part::data) {
            if (read_data(rest) == verdict::incomplete) return verdict::incomplete;
            part_ = chunk_part::data_end;
        }
        auto end = rest.find("\r\n");
        if (end == rest.npos) {
            bool long_line = rest.size() > head_limit_;
            return long_line ? verdict::bad : verdict::incomplete;
        }
        verdict v = read_chunk_line(rest.substr(0, end));
        rest.remove_prefix(end + 2);
        if (v != verdict::incomplete) return v;
    }
}

/// A line between the data of chunks; complete when it is the one that ends the body.
XFER_DECL verdict request_reader::read_chunk_line(std::string_view line) {
    switch (part_) {
        case chunk_part::size: {
            auto size = trimmed(line.substr(0, line.find(';')));
            if (!parse_number(size, 16, length_)) return verdict::bad;
            part_ = length_ == 0 ? chunk_part::trailer : chunk_part::data;
            return verdict::incomplete;
        }
        case chunk_part::data_end:
            part_ = chunk_part::size;
            return line.empty() ? verdict::incomplete : verdict::bad;
        default:
            if (line.empty()) return verdict::complete;
            bool good = append_field(request_.trailers, line);
            return good ? verdict::incomplete : verdict::bad;
    }
}

}  // namespace XFER_NAMESPACE::testing::detail
