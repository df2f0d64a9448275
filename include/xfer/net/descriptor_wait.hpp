// Waiting for descriptors that belong to the caller of wait().
#pragma once

#include <xfer/config.hpp>
#include <xfer/wait_fd.hpp>

#include <asio/io_context.hpp>

#include <cstddef>
#include <memory>
#include <span>

namespace XFER_NAMESPACE::net {

/// While it lives, a handler of the loop runs when one of the descriptors is ready.
/// Duplicates are waited for, so that the caller's may be registered with the same loop
/// already, and stay the caller's. POSIX.
class descriptor_wait {
 public:
    /// `stale` becomes true when a handler runs that an earlier wait has left behind.
    XFER_DECL descriptor_wait(
        asio::io_context& loop,
        std::span<wait_fd> fds,
        const std::shared_ptr<bool>& stale
    );
    XFER_DECL ~descriptor_wait();
    descriptor_wait(const descriptor_wait&) = delete;
    descriptor_wait& operator=(const descriptor_wait&) = delete;

    /// Whether one was ready without waiting.
    [[nodiscard]] bool any_ready() const noexcept { return any_ready_; }
    /// Whether one could not be waited for, because descriptors have run out.
    [[nodiscard]] bool blind() const noexcept { return blind_; }
    /// Looks once more at all of them and fills `ready`.
    XFER_DECL void finish() noexcept;

 private:
    struct watched;
    void look() noexcept;

    std::span<wait_fd> fds_;
    std::unique_ptr<watched[]> watched_;
    bool any_ready_ = false;
    bool blind_ = false;
};

}  // namespace XFER_NAMESPACE::net

#ifndef XFER_SEPARATE_COMPILATION
#include <xfer/net/impl/descriptor_wait.ipp>
#endif
