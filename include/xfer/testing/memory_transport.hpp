// A connected stream in memory: a transport on one side, a test's script on the other.
#pragma once

#include <xfer/config.hpp>
#include <xfer/net/transport.hpp>

#include <asio/any_io_executor.hpp>

#include <cstddef>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <system_error>

namespace XFER_NAMESPACE::testing {

/// Makes one operation fail: the n-th (from 0) of all transports that share it,
/// counting try_read, try_write and arm. A test runs its scenario with n = 0, 1, 2, ...
/// until blown() stays false: then every operation of the scenario has failed once.
class fuse {
 public:
    /// The n-th operation, from 0, fails with `ec`.
    explicit fuse(
        std::size_t n,
        std::error_code ec = std::make_error_code(std::errc::connection_reset)
    ) noexcept
        : left_(n), ec_(ec) {}

    /// Counts an operation; true for the one that is to fail.
    [[nodiscard]] bool burn(std::error_code& ec) noexcept {
        ++operations_;
        if (blown_ || left_-- > 0) {
            return false;
        }
        blown_ = true;
        ec = ec_;
        return true;
    }
    /// Whether an operation has failed by it.
    [[nodiscard]] bool blown() const noexcept { return blown_; }
    /// Operations counted so far, the failed one included.
    [[nodiscard]] std::size_t operations() const noexcept { return operations_; }

 private:
    std::size_t left_;
    std::size_t operations_ = 0;
    bool blown_ = false;
    std::error_code ec_;
};

/// How a memory_transport behaves.
struct memory_options {
    /// No limit.
    static constexpr std::size_t unlimited = std::numeric_limits<std::size_t>::max();

    std::size_t max_read = unlimited;   ///< bytes that one try_read returns at most
    std::size_t max_write = unlimited;  ///< bytes that one try_write accepts at most
    /// After each read, and each write, that moved something the next one says
    /// would_block once. With max_read and max_write of 1: the cruellest network.
    bool block_between = false;
    std::shared_ptr<fuse> breaker;  ///< may be shared; none: nothing fails
};

namespace detail {
struct memory_stream;
}

/// The test's side. Owned by std::shared_ptr; outlives the transport if it likes.
/// Everything on the transport's thread.
class memory_peer {
 public:
    /// For make_memory_pair().
    XFER_DECL explicit memory_peer(std::shared_ptr<detail::memory_stream> s) noexcept;

    /// The transport can read these, after what was provided before.
    XFER_DECL void provide(std::string_view bytes);
    /// The transport reads the end of the stream once it has read what was provided.
    XFER_DECL void end();
    /// Reads fail once what was provided is read, writes fail at once.
    XFER_DECL void reset(
        std::error_code ec = std::make_error_code(std::errc::connection_reset)
    );
    /// From now on writes accept n bytes in all, then block until this is called again.
    XFER_DECL void accept(std::size_t n);

    /// What the transport wrote and take_written() has not taken.
    [[nodiscard]] XFER_DECL const std::string& written() const noexcept;
    /// The same, and forgets it.
    [[nodiscard]] XFER_DECL std::string take_written();
    /// Called after each write that moved something, after the transport is shut down,
    /// and, for the last time, once it is closed: a fake server goes on from here. The
    /// stream keeps the function, so the peer need not be captured: the argument is
    /// one. It may call anything of the peer, and must not touch the transport.
    XFER_DECL void on_activity(std::function<void(memory_peer&)> f);

    [[nodiscard]] XFER_DECL bool shut_down() const noexcept;  ///< by the transport
    [[nodiscard]] XFER_DECL bool closed() const noexcept;     ///< or destroyed
    /// Whether the transport waits in that direction.
    [[nodiscard]] XFER_DECL bool armed(net::direction d) const noexcept;
    /// Bytes provided that the transport has not read.
    [[nodiscard]] XFER_DECL std::size_t unread() const noexcept;

    /// Wakes the waiter for each armed direction that is ready. Needed only by
    /// transports without an executor; harmless otherwise. True when it woke anyone.
    XFER_DECL bool pump();

 private:
    std::shared_ptr<detail::memory_stream> stream_;
};

/// The transport's side. Waiters are woken by a handler posted to the executor or, if
/// there is none, by memory_peer::pump(): never from inside arm(). Like a socket, an
/// armed transport counts as outstanding work of its executor.
class memory_transport final : public net::transport {
 public:
    /// For make_memory_pair().
    explicit memory_transport(std::shared_ptr<detail::memory_stream> s) noexcept
        : stream_(std::move(s)) {}
    /// close().
    XFER_DECL ~memory_transport() override;
    /// Not copied: it is one end.
    memory_transport(const memory_transport&) = delete;
    /// Not copied.
    memory_transport& operator=(const memory_transport&) = delete;

    /// What the peer provided, at most `to` and memory_options::max_read; 0 without an
    /// error at the end, would_block when nothing is there.
    [[nodiscard]] XFER_DECL std::size_t try_read(
        std::span<char> to, std::error_code& ec
    ) override;
    /// Hands as much to the peer as accept() and memory_options::max_write let through;
    /// would_block when that is nothing.
    [[nodiscard]] XFER_DECL std::size_t try_write(
        std::span<const std::string_view> from, std::error_code& ec
    ) override;
    /// The waiter is woken once when that direction is ready.
    XFER_DECL void arm(net::direction d, net::waiter& w) override;
    /// The waiter is not woken any more.
    XFER_DECL void disarm() noexcept override;
    /// False when data or the end waits to be read, after a failure, and once closed.
    [[nodiscard]] XFER_DECL bool reusable() override;
    /// The peer sees it as memory_peer::shut_down(); writes fail from then on.
    XFER_DECL void shutdown() noexcept override;
    /// The peer sees it as memory_peer::closed(). Again: nothing.
    XFER_DECL void close() noexcept override;

 private:
    std::shared_ptr<detail::memory_stream> stream_;
};

/// Both ends of a connection in memory.
struct memory_pair {
    std::unique_ptr<memory_transport> transport;  ///< the client's end
    std::shared_ptr<memory_peer> peer;            ///< the test's end
};

/// A connected pair. Without an executor the test wakes waiters by memory_peer::pump().
[[nodiscard]] XFER_DECL memory_pair make_memory_pair(
    std::optional<asio::any_io_executor> executor = std::nullopt,
    memory_options options = {}
);

}  // namespace XFER_NAMESPACE::testing

#ifndef XFER_SEPARATE_COMPILATION
#include <xfer/testing/impl/memory_transport.ipp>
#endif
