// A connected socket in a readiness_set (Linux).
#pragma once

#ifdef __linux__

#include <xfer/config.hpp>
#include <xfer/net/readiness_set.hpp>
#include <xfer/net/transport.hpp>

#include <memory>
#include <utility>

namespace XFER_NAMESPACE::net {

/// Reads and writes the descriptor itself, without blocking; waits through the set.
class epoll_transport final : public transport {
 public:
    /// Takes over a stream socket, makes it non-blocking and registers it; it need not
    /// be connected yet. On error it is for nothing but closing.
    [[nodiscard]] XFER_DECL static std::unique_ptr<epoll_transport> begin(
        std::shared_ptr<readiness_set> set, int descriptor, std::error_code& ec
    );
    /// While connecting: wakes `who` when that has ended.
    XFER_DECL void wait_for_connect(waiter& who);
    /// Whether connecting has ended, and how.
    [[nodiscard]] XFER_DECL bool connect_ended(std::error_code& ec) noexcept;
    [[nodiscard]] int native_handle() const noexcept { return entry_.descriptor; }
    XFER_DECL ~epoll_transport() override;
    epoll_transport(const epoll_transport&) = delete;
    epoll_transport& operator=(const epoll_transport&) = delete;

    [[nodiscard]] XFER_DECL std::size_t try_read(
        std::span<char> to, std::error_code& ec
    ) override;
    /// At most 16 pieces leave with one call; the others are for the next.
    [[nodiscard]] XFER_DECL std::size_t try_write(
        std::span<const std::string_view> from, std::error_code& ec
    ) override;
    XFER_DECL void arm(direction d, waiter& w) override;
    XFER_DECL void disarm() noexcept override;
    /// Costs no system call of its own, where the set was told this moment of anything
    /// that came: see readiness_set::look().
    [[nodiscard]] XFER_DECL bool reusable() override;
    XFER_DECL void shutdown() noexcept override;
    XFER_DECL void close() noexcept override;

 private:
    explicit epoll_transport(std::shared_ptr<readiness_set> set)
        : set_(std::move(set)) {}

    std::shared_ptr<readiness_set> set_;
    readiness_set::entry entry_;
};

}  // namespace XFER_NAMESPACE::net

#ifndef XFER_SEPARATE_COMPILATION
#include <xfer/net/impl/epoll_transport.ipp>
#endif

#endif  // __linux__
