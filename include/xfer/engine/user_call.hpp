// The bridge between a fiber and a coroutine of the user's.
#pragma once

#include <xfer/config.hpp>
#include <xfer/http/h1_exchange.hpp>
#include <xfer/net/loop.hpp>

#include <asio/awaitable.hpp>
#include <asio/cancellation_signal.hpp>

#include <cstddef>
#include <exception>
#include <functional>
#include <memory>
#include <system_error>
#include <utility>
#include <vector>

namespace XFER_NAMESPACE::engine {

/// Counts the coroutines of users that have not returned, for async_shutdown.
struct user_calls {
    std::size_t running = 0;
    std::function<void()> ended;  ///< called after each that returned; may be empty
};

/// One coroutine of the user's at work. Shared between the fiber that waits for it and
/// Asio, which runs it: an abandoned one is cancelled and may run on, so it owns the
/// memory that it looks at.
struct user_call {
    net::fiber* waiter = nullptr;
    bool done = true;  ///< nothing of it runs: also before it has begun
    std::size_t value = 0;
    std::exception_ptr thrown;
    http::h1_exchange::memory piece;
    std::vector<char> space;
    std::shared_ptr<const void> owner;  ///< of memory that is neither of these
    /// The callable: a coroutine refers to the captures of the closure it came from.
    std::shared_ptr<const void> callable;
    asio::cancellation_signal cancel;
    std::shared_ptr<user_calls> count;
};

XFER_DECL void start(
    const std::shared_ptr<user_call>& call, net::loop& loop, asio::awaitable<void> work
);
XFER_DECL void start(
    const std::shared_ptr<user_call>& call,
    net::loop& loop,
    asio::awaitable<std::size_t> work
);

/// In the frame of the coroutine that waits: gives the call up when that frame ends
/// first, whatever the reason.
class user_call_guard {
 public:
    user_call_guard(std::shared_ptr<user_call> call, net::fiber& who)
        : call_(std::move(call)), loop_(who.owner()) {
        call_->waiter = &who;
    }
    user_call_guard(const user_call_guard&) = delete;
    user_call_guard& operator=(const user_call_guard&) = delete;
    ~user_call_guard() {
        call_->waiter = nullptr;
        if (!call_->done && !loop_.gone()) {
            try {
                call_->cancel.emit(asio::cancellation_type::terminal);
            } catch (...) {  // NOLINT(bugprone-empty-catch)
                // The call goes on, and nobody waits for it.
            }
        }
    }
    [[nodiscard]] user_call& call() noexcept { return *call_; }

 private:
    std::shared_ptr<user_call> call_;
    net::loop& loop_;
};

}  // namespace XFER_NAMESPACE::engine

#ifndef XFER_SEPARATE_COMPILATION
#include <xfer/engine/impl/user_call.ipp>
#endif
