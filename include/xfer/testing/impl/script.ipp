// The bodies of xfer/testing/script.hpp.
#pragma once

#include <xfer/testing/script.hpp>

#include <algorithm>
#include <charconv>
#include <memory>
#include <stdexcept>

namespace XFER_NAMESPACE::testing {

namespace detail {

XFER_DECL bool same_name(std::string_view a, std::string_view b) noexcept {
    auto lower = [](char c) {
        return c >= 'A' && c <= 'Z' ? char(c + ('a' - 'A')) : c;
    };
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [&](char x, char y) {
        return lower(x) == lower(y);
    });
}

XFER_DECL bool bodiless(int status) noexcept {
    return status < 200 || status == 204 || status == 304;
}

/// The phrase that goes with a status when the test names none.
[[nodiscard]] inline std::string_view usual_reason(int status) noexcept {
    struct entry {
        int status;
        std::string_view text;
    };
    static constexpr entry table[] = {
        {100, "Continue"},
        {101, "Switching Protocols"},
        {103, "Early Hints"},
        {200, "OK"},
        {201, "Created"},
        {202, "Accepted"},
        {204, "No Content"},
        {206, "Partial Content"},
        {301, "Moved Permanently"},
        {302, "Found"},
        {303, "See Other"},
        {304, "Not Modified"},
        {307, "Temporary Redirect"},
        {308, "Permanent Redirect"},
        {400, "Bad Request"},
        {401, "Unauthorized"},
        {403, "Forbidden"},
        {404, "Not Found"},
        {405, "Method Not Allowed"},
        {407, "Proxy Authentication Required"},
        {413, "Content Too Large"},
        {416, "Range Not Satisfiable"},
        {417, "Expectation Failed"},
        {429, "Too Many Requests"},
        {500, "Internal Server Error"},
        {502, "Bad Gateway"},
        {503, "Service Unavailable"},
        {504, "Gateway Timeout"},
    };
    for (const entry& e : table) {
        if (e.status == status) return e.text;
    }
    return "Status";
}

inline void append_lines(std::string& to, const field_lines& lines) {
    for (const auto& [name, value] : lines) {
        to.append(name).append(": ").append(value).append("\r\n");
    }
}

inline void append_status_line(std::string& to, int status, std::string_view reason) {
    to.append("HTTP/1.1 ").append(std::to_string(status)).append(" ");
    to.append(reason.empty() ? usual_reason(status) : reason).append("\r\n");
}

XFER_DECL std::string head_of(const reply& r, std::uint64_t length, bool last) {
    std::string head = r.interim;
    append_status_line(head, r.status, r.reason);
    append_lines(head, r.fields);
    bool framed = r.framing != body_framing::none;
    if (r.framing == body_framing::chunked && !bodiless(r.status)) {
        head += "Transfer-Encoding: chunked\r\n";
    } else if (r.framing == body_framing::content_length && !bodiless(r.status)) {
        head.append("Content-Length: ").append(std::to_string(length)).append("\r\n");
    }
    if (framed && (last || r.framing == body_framing::until_close)) {
        head += "Connection: close\r\n";
    }
    head += "\r\n";
    return head;
}

XFER_DECL void append_chunk(std::string& to, std::string_view data) {
    char size[20];
    auto end = std::to_chars(size, size + sizeof size, data.size(), 16).ptr;
    to.append(size, end).append("\r\n").append(data).append("\r\n");
}

XFER_DECL void append_last_chunk(std::string& to, const field_lines& trailers) {
    to += "0\r\n";
    append_lines(to, trailers);
    to += "\r\n";
}

XFER_DECL std::string framed_body(const reply& r) {
    if (r.framing != body_framing::chunked) return r.body;
    std::string out;
    std::string_view rest = r.body;
    for (std::size_t i = 0; !rest.empty(); ++i) {
        std::size_t size = rest.size();
        if (!r.chunk_sizes.empty()) {
            size = r.chunk_sizes[std::min(i, r.chunk_sizes.size() - 1)];
        }
        // A chunk of size 0 would end the body.
        size = std::clamp<std::size_t>(size, 1, rest.size());
        append_chunk(out, rest.substr(0, size));
        rest.remove_prefix(size);
    }
    append_last_chunk(out, r.trailers);
    return out;
}

}  // namespace detail

XFER_DECL std::string_view seen_request::field(std::string_view name) const noexcept {
    for (const auto& line : fields) {
        if (detail::same_name(line.first, name)) return line.second;
    }
    return {};
}

XFER_DECL std::size_t seen_request::count(std::string_view name) const noexcept {
    auto same = [&](const auto& line) { return detail::same_name(line.first, name); };
    return static_cast<std::size_t>(std::count_if(fields.begin(), fields.end(), same));
}

XFER_DECL std::string_view seen_request::path() const noexcept {
    std::string_view path = target;
    path = path.substr(0, path.find('?'));
    auto scheme = path.find("://");
    if (scheme != path.npos && path.front() != '/') {
        auto slash = path.find('/', scheme + 3);
        path = slash == path.npos ? std::string_view("/") : path.substr(slash);
    }
    return path;
}

XFER_DECL std::string_view seen_request::query() const noexcept {
    std::string_view whole = target;
    auto mark = whole.find('?');
    return mark == whole.npos ? std::string_view() : whole.substr(mark + 1);
}

XFER_DECL reply reply::exactly(std::string bytes) {
    reply r(200, std::move(bytes));
    r.framing = body_framing::raw;
    return r;
}

XFER_DECL reply reply::repeating(std::string unit, std::uint64_t size, int status) {
    reply r(status, unit.empty() ? std::string(1, 'x') : std::move(unit));
    if (size == 0) r.body.clear();
    r.repeated_size = size;
    return r;
}

XFER_DECL reply& reply::with_field(std::string name, std::string value) {
    fields.emplace_back(std::move(name), std::move(value));
    return *this;
}

XFER_DECL reply& reply::with_reason(std::string text) {
    reason = std::move(text);
    return *this;
}

XFER_DECL reply& reply::with_interim(int code, const field_lines& lines) {
    detail::append_status_line(interim, code, {});
    detail::append_lines(interim, lines);
    interim += "\r\n";
    return *this;
}

XFER_DECL reply& reply::chunked(std::vector<std::size_t> sizes) {
    framing = body_framing::chunked;
    chunk_sizes = std::move(sizes);
    return *this;
}

XFER_DECL reply& reply::with_trailer(std::string name, std::string value) {
    framing = body_framing::chunked;
    trailers.emplace_back(std::move(name), std::move(value));
    return *this;
}

XFER_DECL reply& reply::until_close() {
    framing = body_framing::until_close;
    last = true;
    return *this;
}

XFER_DECL reply& reply::unframed() {
    framing = body_framing::none;
    return *this;
}

XFER_DECL reply& reply::closing() {
    last = true;
    return *this;
}

XFER_DECL reply& reply::delay(std::chrono::nanoseconds d) {
    wait_before = d;
    return *this;
}

XFER_DECL reply& reply::hold() {
    held = true;
    return *this;
}

XFER_DECL reply& reply::split(
    std::vector<std::size_t> sizes, std::chrono::nanoseconds pause
) {
    pieces = std::move(sizes);
    wait_between = pause;
    return *this;
}

XFER_DECL reply& reply::split_every(std::size_t n, std::chrono::nanoseconds pause) {
    piece_size = std::max<std::size_t>(n, 1);
    wait_between = pause;
    return *this;
}

XFER_DECL reply& reply::drip(std::size_t n, std::chrono::nanoseconds d) {
    return split_every(n, d);
}

XFER_DECL reply& reply::cut_after(fault what, std::uint64_t n, from origin) {
    cut c;
    c.at = n;
    c.origin = origin;
    c.what = what;
    cuts.push_back(c);
    return *this;
}

XFER_DECL reply& reply::close_after(std::uint64_t n, from origin) {
    return cut_after(fault::close, n, origin);
}

XFER_DECL reply& reply::reset_after(std::uint64_t n, from origin) {
    return cut_after(fault::reset, n, origin);
}

XFER_DECL reply& reply::stall_after(std::uint64_t n, from origin) {
    return cut_after(fault::stall, n, origin);
}

XFER_DECL reply& reply::half_close_after(std::uint64_t n, from origin) {
    return cut_after(fault::half_close, n, origin);
}

XFER_DECL reply_function in_turn(std::vector<reply> replies) {
    if (replies.empty()) throw std::invalid_argument("in_turn: no reply");
    auto next = std::make_shared<std::size_t>(0);
    return [all = std::move(replies), next](const seen_request&) {
        const reply& r = all[*next];
        if (*next + 1 < all.size()) ++*next;
        return r;
    };
}

}  // namespace XFER_NAMESPACE::testing
