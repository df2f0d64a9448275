// Sending by script: pieces, pauses and faults at any byte of a reply.
#pragma once

#include <xfer/testing/detail/connection.hpp>

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <iterator>
#include <limits>
#include <vector>

namespace XFER_NAMESPACE::testing::detail {

/// How far a reply has been sent, and what is still to happen to it.
struct connection::progress {
    const reply* script = nullptr;
    std::uint64_t sent = 0;
    std::size_t writes = 0;
    std::vector<cut> cuts;  // by place, from the start of the reply

    /// How many bytes may go in the next write, of `left` that are there.
    [[nodiscard]] std::size_t next_write(std::size_t left) const {
        std::size_t size = left;
        if (writes < script->pieces.size()) {
            size = std::max<std::size_t>(script->pieces[writes], 1);
        } else if (script->piece_size > 0) {
            size = script->piece_size;
        }
        if (!cuts.empty()) {
            std::uint64_t room = cuts.front().at - sent;
            if (room < size) size = static_cast<std::size_t>(room);
        }
        return std::min(size, left);
    }
};

/// The places of the cuts as distances from the start of the reply, in order.
[[nodiscard]] inline std::vector<cut> absolute_cuts(
    std::vector<cut> cuts, std::uint64_t head_size
) {
    for (cut& c : cuts) {
        if (c.origin != from::body) continue;
        c.origin = from::start;
        auto most = std::numeric_limits<std::uint64_t>::max() - head_size;
        c.at = std::min(c.at, most) + head_size;
    }
    // Not std::stable_sort: libstdc++ 12's uses a function that it deprecates itself,
    // which clang reports to whoever includes this. There are few of them.
    const auto earlier = [](const cut& a, const cut& b) { return a.at < b.at; };
    for (auto next = cuts.begin(); next != cuts.end(); ++next) {
        const auto place = std::upper_bound(cuts.begin(), next, *next, earlier);
        std::rotate(place, next, std::next(next));
    }
    return cuts;
}

/// The length of the body before chunking.
[[nodiscard]] inline std::uint64_t body_length(const reply& r) {
    if (!r.file.empty()) return r.file_size;
    return r.repeated_size > 0 ? r.repeated_size : r.body.size();
}

/// Sends the reply; false if the connection is not to be used any more.
XFER_DECL asio::awaitable<bool> connection::send(reply r, bool head_only, bool last) {
    co_await sleep(r.wait_before);
    if (r.held) co_await await_release();
    bool raw = r.framing == body_framing::raw;
    std::string head = raw ? std::string() : head_of(r, body_length(r), last);
    progress p;
    p.script = &r;
    p.cuts = absolute_cuts(r.cuts, head.size());

    bool open = true;
    bool silent_body = !raw && (head_only || bodiless(r.status));
    bool streamed = !r.file.empty() || r.repeated_size > 0;
    if (silent_body || streamed) {
        open = co_await send_block(head, p);
        if (open && !silent_body) open = co_await send_body(r, p);
    } else {
        head += raw ? r.body : framed_body(r);
        open = co_await send_block(head, p);
    }
    // The end of the reply is the place of every cut beyond it.
    for (std::size_t i = 0; open && i < p.cuts.size(); ++i) {
        open = co_await suffer(p.cuts[i].what);
    }
    if (open && last) co_await end_politely();
    co_return open && !last;
}

XFER_DECL asio::awaitable<bool> connection::send_body(reply& r, progress& p) {
    bool open = false;
    if (r.file.empty()) {
        open = co_await send_repeated(r, p);
    } else {
        open = co_await send_file(r, p);
    }
    if (open && r.framing == body_framing::chunked) {
        std::string end;
        append_last_chunk(end, r.trailers);
        open = co_await send_block(end, p);
    }
    co_return open;
}

/// An open file.
struct descriptor {
    int fd;
    explicit descriptor(const char* path) : fd(::open(path, O_RDONLY | O_CLOEXEC)) {}
    descriptor(const descriptor&) = delete;
    descriptor& operator=(const descriptor&) = delete;
    ~descriptor() {
        if (fd >= 0) ::close(fd);
    }
};

/// Streams the file. A file that has shrunk meanwhile ends the connection.
XFER_DECL asio::awaitable<bool> connection::send_file(reply& r, progress& p) {
    descriptor file(r.file.c_str());
    std::vector<char> block(
        static_cast<std::size_t>(std::min<std::uint64_t>(r.file_size, 256 << 10))
    );
    std::string chunk;
    for (std::uint64_t at = 0; at < r.file_size;) {
        auto size = static_cast<std::size_t>(
            std::min<std::uint64_t>(r.file_size - at, block.size())
        );
        auto offset = static_cast<::off_t>(r.file_offset + at);
        ::ssize_t n = ::pread(file.fd, block.data(), size, offset);
        if (n <= 0) co_return false;
        std::string_view part(block.data(), static_cast<std::size_t>(n));
        at += part.size();
        if (r.framing == body_framing::chunked) {
            chunk.clear();
            append_chunk(chunk, part);
            part = chunk;
        }
        bool open = co_await send_block(part, p);
        if (!open) co_return false;
    }
    co_return true;
}

XFER_DECL asio::awaitable<bool> connection::send_repeated(reply& r, progress& p) {
    // Whole units, so that the body goes on where the last block ended.
    constexpr std::size_t enough = std::size_t(256) << 10;
    std::string block = r.body;
    block.reserve(enough + r.body.size());
    while (block.size() < enough && block.size() < r.repeated_size) block += r.body;
    std::string chunk;
    for (std::uint64_t at = 0; at < r.repeated_size;) {
        std::string_view part = block;
        std::uint64_t left = r.repeated_size - at;
        if (left < part.size()) part = part.substr(0, static_cast<std::size_t>(left));
        at += part.size();
        if (r.framing == body_framing::chunked) {
            chunk.clear();
            append_chunk(chunk, part);
            part = chunk;
        }
        bool open = co_await send_block(part, p);
        if (!open) co_return false;
    }
    co_return true;
}

/// Sends the block in the script's pieces, and lets the script's faults happen.
XFER_DECL asio::awaitable<bool> connection::send_block(
    std::string_view block, progress& p
) {
    while (!block.empty()) {
        if (!p.cuts.empty() && p.cuts.front().at <= p.sent) {
            fault what = p.cuts.front().what;
            p.cuts.erase(p.cuts.begin());
            bool open = co_await suffer(what);
            if (!open) co_return false;
            continue;
        }
        if (p.writes > 0) co_await sleep(p.script->wait_between);
        std::size_t size = p.next_write(block.size());
        bool open = co_await send_bytes(block.substr(0, size));
        if (!open) co_return false;
        block.remove_prefix(size);
        p.sent += size;
        ++p.writes;
    }
    co_return true;
}

XFER_DECL asio::awaitable<bool> connection::send_bytes(std::string_view bytes) {
    std::error_code ec;
    co_await wire_.write(bytes, ec);
    if (!ec) shared_.seen.sent(number_, bytes.size());
    co_return !ec;
}

/// Lets a fault happen; false if the connection is over.
XFER_DECL asio::awaitable<bool> connection::suffer(fault what) {
    switch (what) {
        case fault::close:
            wire_.close();
            break;
        case fault::close_notify:
            co_await wire_.shut_down();
            wire_.close();
            break;
        case fault::reset:
            wire_.reset();
            break;
        case fault::half_close:
            co_await wire_.shut_down();
            co_await await_end(clock::time_point::max());
            break;
        case fault::stall:
            co_await await_release();
            co_return !ended_;
    }
    co_return false;
}

/// Sleeps, unless the connection ends.
XFER_DECL asio::awaitable<void> connection::sleep(std::chrono::nanoseconds d) {
    if (d.count() <= 0) co_return;
    auto until = clock::now() + d;
    while (!ended_ && clock::now() < until) co_await bell_.wait(until);
}

/// Waits for a release() that comes after the current request, or for the end.
XFER_DECL asio::awaitable<void> connection::await_release() {
    while (!ended_ && shared_.seen.releases() == releases_seen_) co_await bell_.wait();
}

/// Drops what comes until the peer ends the connection.
XFER_DECL asio::awaitable<void> connection::await_end(clock::time_point until) {
    discarding_ = true;
    inbox_.clear();
    wire_.resume.ring();
    while (!ended_ && clock::now() < until) co_await bell_.wait(until);
}

/// Ends the sending side and gives the peer a second to end its own: closing with bytes
/// unread would reset the connection and could destroy the reply.
XFER_DECL asio::awaitable<void> connection::end_politely() {
    co_await wire_.shut_down();
    co_await await_end(clock::now() + std::chrono::seconds(1));
}

}  // namespace XFER_NAMESPACE::testing::detail
