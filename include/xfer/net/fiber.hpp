// One thread of control: a chain of task coroutines that parks, is woken, and can be
// interrupted wherever it waits.
#pragma once

#include <xfer/detail/intrusive_list.hpp>
#include <xfer/detail/task.hpp>
#include <xfer/net/timers.hpp>
#include <xfer/net/transport.hpp>

#include <coroutine>
#include <system_error>
#include <utility>

namespace XFER_NAMESPACE::net {

using xfer::detail::task;

class loop;
struct ready_tag;

/// Every wait of a transfer is of one form: arm what is to wake the fiber, park, look
/// again. Readiness, time, a queue slot, a resolver's answer and a user's awaitable
/// differ only in who calls wake(). Being woken for nothing is allowed.
///
/// interrupt() is the one way to end a wait early, for cancellation and timeouts alike:
/// it costs O(1), and from then on every wait of this fiber ends at once with the
/// reason given, so that the coroutines return in an orderly way.
class fiber : public waiter,
              private xfer::detail::trampoline,
              public xfer::detail::list_hook<ready_tag> {
 public:
    explicit fiber(loop& owner) noexcept : loop_(&owner) {}
    fiber(const fiber&) = delete;
    fiber& operator=(const fiber&) = delete;

    /// Gives the fiber its work; it begins in the next turn of the loop.
    void start(task<void> root);

    /// From a handler of the loop: the handler must end with this call, since the
    /// fiber may run in it.
    void wake() noexcept override;
    void note() noexcept override;
    /// From anywhere on the multi's thread: the fiber goes on in a later step.
    void wake_later() noexcept;

    void interrupt(std::error_code reason) noexcept {
        if (!interrupted_) {
            interrupted_ = reason;
        }
        wake_later();
    }
    /// Why every wait ends at once; none while the fiber goes its way.
    [[nodiscard]] const std::error_code& interrupted() const noexcept {
        return interrupted_;
    }

    /// Ends the work where it stands, destroying its frames. Not from inside a step of
    /// this fiber.
    void destroy_frames() noexcept {
        unlink();
        resume_point_ = nullptr;
        root_.reset();
    }

    /// Whether a step of this fiber is on the stack.
    [[nodiscard]] bool is_running() const noexcept { return running_; }

    /// Suspends until woken; co_await yields the reason of an interrupt, or none.
    auto park() noexcept { return awaiter{*this, nullptr, direction::read, false}; }
    /// Lets others have their turn, then goes on.
    auto yield() noexcept { return awaiter{*this, nullptr, direction::read, true}; }
    /// Arms the transport for d and parks; disarms it again when interrupted.
    auto ready(transport& t, direction d) noexcept {
        return awaiter{*this, &t, d, false};
    }

    [[nodiscard]] loop& owner() noexcept { return *loop_; }
    [[nodiscard]] xfer::detail::frame_pool& frames() noexcept;
    [[nodiscard]] xfer::detail::trampoline& runner() noexcept { return *this; }

 protected:
    ~fiber() = default;

 private:
    friend class loop;
    /// One type for every wait, so that a function may choose among them, and a frame
    /// has room for one.
    struct awaiter {
        fiber& self;
        transport* stream;  // to be armed; null: none
        direction wanted;
        bool in_turn;  // goes on in a later step by itself

        bool await_ready() const noexcept { return bool(self.interrupted_); }
        void await_suspend(std::coroutine_handle<> h) const {
            self.resume_point_ = h;
            if (stream != nullptr) {
                stream->arm(wanted, self);
            } else if (in_turn) {
                self.wake_later();
            }
        }
        std::error_code await_resume() const noexcept {
            if (self.interrupted_ && stream != nullptr) {
                stream->disarm();
            }
            return self.interrupted_;
        }
    };

    /// One step: runs until the next park, or the end.
    void step() {
        go_to(std::exchange(resume_point_, nullptr));
        running_ = true;
        run();
        running_ = false;
        if (root_ && root_.done()) {
            returned(ended_well());
        }
    }
    /// The root has returned; with_memory is false if it ran out of memory on the way.
    virtual void returned(bool with_memory) = 0;
    [[nodiscard]] bool ended_well() noexcept {
        try {
            root_.result();
            return true;
        } catch (...) {
            return false;
        }
    }

    loop* loop_;
    std::coroutine_handle<> resume_point_;
    task<void> root_;
    std::error_code interrupted_;
    bool running_ = false;
};

/// Wakes a fiber at a time; lives in the frame of the coroutine that waits.
class alarm final : public timer {
 public:
    alarm(fiber& who, time_point at);

 private:
    void expired() override { who_.wake_later(); }
    fiber& who_;
};

}  // namespace XFER_NAMESPACE::net
