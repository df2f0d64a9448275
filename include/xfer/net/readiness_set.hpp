// Readiness of all sockets of a multi behind one descriptor (Linux): an edge-triggered
// epoll set that itself sits in the user's loop.
#pragma once

#ifdef __linux__

#include <xfer/config.hpp>
#include <xfer/net/loop.hpp>
#include <xfer/net/transport.hpp>

#include <asio/posix/stream_descriptor.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <system_error>

namespace XFER_NAMESPACE::net {

/// Sockets are registered once, for everything, and cost no system call afterwards: the
/// kernel reports each change once, the set remembers it, and a wait only looks at what
/// is remembered. One pending wait of Asio's stands for the waits of all sockets, and
/// exists only while there is one, so that an idle set keeps no loop alive.
class readiness_set final : public turn_end,
                            public std::enable_shared_from_this<readiness_set> {
 public:
    /// One socket of the set. Not movable; removed by its owner before it ends.
    struct entry {
        int descriptor = -1;
        waiter* who = nullptr;
        bool readable = false;
        bool writable = false;
        bool hung_up = false;  ///< an end or an error has come: a read will tell
        bool read_armed = false;
        bool write_armed = false;
    };

    XFER_DECL explicit readiness_set(loop& owner, std::error_code& ec);
    readiness_set(const readiness_set&) = delete;
    readiness_set& operator=(const readiness_set&) = delete;

    /// The descriptor must be open and non-blocking, and in no other set.
    XFER_DECL std::error_code add(entry& e) noexcept;
    XFER_DECL void remove(entry& e) noexcept;

    XFER_DECL void arm(entry& e, direction d, waiter& who);
    XFER_DECL void disarm(entry& e) noexcept;

    /// Asks the kernel for news, unless it was asked at this age() of the loop already;
    /// without waiting.
    XFER_DECL void look();
    /// At the end of each turn: begins or ends Asio's wait as it is needed.
    XFER_DECL void settle() override;
    /// The loop is closed: nothing is waited for any more.
    void close() noexcept override { descriptor_.reset(); }

 private:
    void collect() noexcept;
    void begin_wait();
    void woken(const std::error_code& ec);

    loop* owner_;
    std::unique_ptr<asio::posix::stream_descriptor> descriptor_;
    std::size_t armed_ = 0;
    std::uint64_t looked_at_age_ = 0;
    bool waiting_ = false;
};

}  // namespace XFER_NAMESPACE::net

#ifndef XFER_SEPARATE_COMPILATION
#include <xfer/net/impl/readiness_set.ipp>
#endif

#endif  // __linux__
