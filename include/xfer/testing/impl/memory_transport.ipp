// What both ends of an in-memory stream share.
#pragma once

#include <xfer/testing/memory_transport.hpp>

#include <asio/execution/outstanding_work.hpp>
#include <asio/post.hpp>
#include <asio/prefer.hpp>

#include <algorithm>
#include <utility>

namespace XFER_NAMESPACE::testing {
namespace detail {

struct memory_stream : std::enable_shared_from_this<memory_stream> {
    memory_stream(std::optional<asio::any_io_executor> ex, memory_options o)
        : executor(std::move(ex)), options(std::move(o)) {}

    /// Whether a try_read (or try_write) would do anything but block.
    bool ready(net::direction d) const noexcept {
        if (closed || failure) {
            return true;
        }
        return d == net::direction::read ? !inbox.empty() || ended : acceptable > 0;
    }
    bool& armed(net::direction d) noexcept {
        return d == net::direction::read ? read_armed : write_armed;
    }

    void forget_waiter() noexcept {
        waiter = nullptr;
        read_armed = false;
        write_armed = false;
        work.reset();
    }
    void close();
    /// Sees to it that the waiter is woken if it has reason to be.
    void changed();
    bool wake(net::direction d);
    bool pump() {
        const bool read = wake(net::direction::read);
        const bool write = wake(net::direction::write);
        return read || write;
    }
    /// Lets the script go on.
    void tell() {
        if (const auto f = activity) {
            memory_peer self(shared_from_this());
            (*f)(self);
        }
    }
    /// Counts an operation; the stream fails for good at the one that the fuse names.
    void burn() noexcept {
        std::error_code ec;
        if (options.breaker && options.breaker->burn(ec)) {
            failure = ec;
            inbox.clear();
        }
    }

    const std::optional<asio::any_io_executor> executor;
    const memory_options options;

    std::string inbox;    // peer to transport
    std::string outbox;   // transport to peer
    bool ended = false;   // by the peer
    bool closed = false;  // by the transport
    bool shut_down = false;
    std::error_code failure;
    std::size_t acceptable = memory_options::unlimited;
    bool read_pause = false;  // block_between: the next one blocks
    bool write_pause = false;
    /// Shared, since it may be replaced while it runs.
    std::shared_ptr<const std::function<void(memory_peer&)>> activity;

    net::waiter* waiter = nullptr;
    bool read_armed = false;
    bool write_armed = false;
    bool posted = false;
    std::optional<asio::any_io_executor> work;  // while armed
};

XFER_DECL void memory_stream::close() {
    if (std::exchange(closed, true)) {
        return;
    }
    forget_waiter();
    tell();
    activity = nullptr;
}

XFER_DECL void memory_stream::changed() {
    const bool due = (read_armed && ready(net::direction::read)) ||
                     (write_armed && ready(net::direction::write));
    if (!due || !executor || std::exchange(posted, true)) {
        return;
    }
    asio::post(*executor, [self = shared_from_this()] {
        self->posted = false;
        self->pump();
    });
}

XFER_DECL bool memory_stream::wake(net::direction d) {
    if (!armed(d) || !ready(d)) {
        return false;
    }
    armed(d) = false;
    net::waiter* const who = waiter;
    if (!read_armed && !write_armed) {
        forget_waiter();
    }
    who->wake();  // may destroy the transport
    return true;
}

}  // namespace detail

XFER_DECL memory_peer::memory_peer(std::shared_ptr<detail::memory_stream> s) noexcept
    : stream_(std::move(s)) {}

XFER_DECL void memory_peer::provide(std::string_view bytes) {
    stream_->inbox.append(bytes);
    stream_->changed();
}

XFER_DECL void memory_peer::end() {
    stream_->ended = true;
    stream_->changed();
}

XFER_DECL void memory_peer::reset(std::error_code ec) {
    stream_->failure = ec;
    stream_->changed();
}

XFER_DECL void memory_peer::accept(std::size_t n) {
    stream_->acceptable = n;
    stream_->changed();
}

XFER_DECL const std::string& memory_peer::written() const noexcept {
    return stream_->outbox;
}

XFER_DECL std::string memory_peer::take_written() {
    return std::exchange(stream_->outbox, {});
}

XFER_DECL void memory_peer::on_activity(std::function<void(memory_peer&)> f) {
    using function = const std::function<void(memory_peer&)>;
    stream_->activity = f ? std::make_shared<function>(std::move(f)) : nullptr;
}

XFER_DECL bool memory_peer::shut_down() const noexcept { return stream_->shut_down; }
XFER_DECL bool memory_peer::closed() const noexcept { return stream_->closed; }
XFER_DECL bool memory_peer::armed(net::direction d) const noexcept {
    return stream_->armed(d);
}
XFER_DECL std::size_t memory_peer::unread() const noexcept {
    return stream_->inbox.size();
}

XFER_DECL bool memory_peer::pump() {
    const auto alive = stream_;
    return alive->pump();
}

XFER_DECL memory_transport::~memory_transport() { stream_->close(); }

XFER_DECL std::size_t memory_transport::try_read(
    std::span<char> to, std::error_code& ec
) {
    detail::memory_stream& s = *stream_;
    s.burn();
    ec.clear();
    const std::size_t size = std::min({to.size(), s.inbox.size(), s.options.max_read});
    if (s.closed) {
        ec = std::make_error_code(std::errc::bad_file_descriptor);
    } else if (size > 0) {
        if (!std::exchange(s.read_pause, false)) {
            s.inbox.copy(to.data(), size);
            s.inbox.erase(0, size);
            s.read_pause = s.options.block_between;
            return size;
        }
        ec = std::make_error_code(std::errc::operation_would_block);
    } else if (s.failure) {
        ec = s.failure;
    } else if (!s.ended && !to.empty()) {
        ec = std::make_error_code(std::errc::operation_would_block);
    }
    return 0;
}

XFER_DECL std::size_t memory_transport::try_write(
    std::span<const std::string_view> from, std::error_code& ec
) {
    detail::memory_stream& s = *stream_;
    s.burn();
    ec.clear();
    std::size_t wanted = 0;
    for (const auto& piece : from) {
        wanted += piece.size();
    }
    if (s.closed) {
        ec = std::make_error_code(std::errc::bad_file_descriptor);
    } else if (s.failure) {
        ec = s.failure;
    } else if (s.shut_down) {
        ec = std::make_error_code(std::errc::broken_pipe);
    } else if (wanted > 0 && (s.acceptable == 0 || std::exchange(s.write_pause, false))) {
        ec = std::make_error_code(std::errc::operation_would_block);
    }
    if (ec || wanted == 0) {
        return 0;
    }
    const std::size_t size = std::min({wanted, s.acceptable, s.options.max_write});
    std::size_t left = size;
    for (const auto& piece : from) {
        s.outbox.append(piece.substr(0, left));
        left -= std::min(left, piece.size());
    }
    if (s.acceptable != memory_options::unlimited) {
        s.acceptable -= size;
    }
    s.write_pause = s.options.block_between;
    s.tell();
    return size;
}

XFER_DECL void memory_transport::arm(net::direction d, net::waiter& w) {
    stream_->burn();
    stream_->waiter = &w;
    stream_->armed(d) = true;
    if (stream_->executor && !stream_->work) {
        stream_->work =
            asio::prefer(*stream_->executor, asio::execution::outstanding_work.tracked);
    }
    stream_->changed();
}

XFER_DECL void memory_transport::disarm() noexcept { stream_->forget_waiter(); }

XFER_DECL bool memory_transport::reusable() {
    return !stream_->closed && !stream_->failure && !stream_->ended &&
           stream_->inbox.empty();
}

XFER_DECL void memory_transport::shutdown() noexcept {
    if (!std::exchange(stream_->shut_down, true)) {
        stream_->tell();
    }
}

XFER_DECL void memory_transport::close() noexcept { stream_->close(); }

XFER_DECL memory_pair make_memory_pair(
    std::optional<asio::any_io_executor> executor, memory_options options
) {
    auto stream = std::make_shared<detail::memory_stream>(
        std::move(executor), std::move(options)
    );
    return {
        std::make_unique<memory_transport>(stream),
        std::make_shared<memory_peer>(stream)};
}

}  // namespace XFER_NAMESPACE::testing
