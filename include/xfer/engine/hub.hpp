// What a multi, its remote handles and its loop share: the engine and the loop's doors.
#pragma once

#include <xfer/config.hpp>
#include <xfer/engine/state.hpp>
#include <xfer/wait_fd.hpp>

#include <asio/execution_context.hpp>
#include <asio/io_context.hpp>

#include <atomic>
#include <memory>
#include <mutex>
#include <span>
#include <system_error>
#include <vector>

namespace XFER_NAMESPACE::engine {

/// Registered with the loop's execution context, so that a multi learns when its loop
/// is destroyed first. Made before any socket of the multi, after the services that
/// sockets and timers need: those are shut down after it.
class loop_service final : public asio::execution_context::service {
 public:
    static inline asio::execution_context::id id;

    XFER_DECL explicit loop_service(asio::execution_context& context);
    /// To be told until it is no more: what outlives its multi asks whether the loop
    /// is gone.
    XFER_DECL void enrol(std::weak_ptr<state> s);

 private:
    XFER_DECL void shutdown() noexcept override;

    std::mutex mutex_;
    std::vector<std::weak_ptr<state>> states_;
};

/// Drives the engine the way curl's multi is driven.
class hub {
 public:
    /// Owns a loop.
    XFER_DECL explicit hub(const settings& s);
    XFER_DECL hub(asio::io_context& loop, const settings& s);
    XFER_DECL hub(asio::any_io_executor executor, const settings& s);
    XFER_DECL ~hub();

    [[nodiscard]] state& engine() noexcept { return *state_; }
    [[nodiscard]] const std::shared_ptr<state>& shared_engine() const noexcept {
        return state_;
    }

    XFER_DECL std::size_t perform(std::error_code& ec);
    XFER_DECL bool wait(duration d, std::span<wait_fd> fds, std::error_code& ec);
    /// From any thread; false when the engine is closed.
    XFER_DECL bool wakeup();
    XFER_DECL void close() noexcept;

 private:
    hub(const std::shared_ptr<asio::io_context>& owned, const settings& s, int);
    XFER_DECL hub(
        std::shared_ptr<asio::io_context> owned,
        asio::io_context* loop,
        asio::any_io_executor executor,
        net::drive how,
        const settings& s
    );
    [[nodiscard]] std::error_code enter_loop();
    [[nodiscard]] time_point wait_until(duration d);

    std::shared_ptr<asio::io_context> owned_;
    asio::io_context* loop_;
    std::size_t max_steps_;
    bool manual_clock_;
    std::shared_ptr<state> state_;
    std::shared_ptr<net::mailbox> mail_;
    std::atomic<bool> woken_{false};
    /// Set by the handler that wakeup() posts; on the multi's thread.
    const std::shared_ptr<bool> letter_ran_ = std::make_shared<bool>(false);
};

}  // namespace XFER_NAMESPACE::engine

#ifndef XFER_SEPARATE_COMPILATION
#include <xfer/engine/impl/hub.ipp>
#endif
