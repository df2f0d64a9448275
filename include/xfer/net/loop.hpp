// The part of a multi that runs fibers on the user's Asio loop: ready queue, deadlines,
// clock, recycled memory, and the mailbox for other threads.
#pragma once

#include <xfer/config.hpp>
#include <xfer/net/fiber.hpp>
#include <xfer/net/mailbox.hpp>
#include <xfer/net/timers.hpp>
#include <xfer/time_source.hpp>

#include <asio/any_io_executor.hpp>
#include <asio/steady_timer.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace XFER_NAMESPACE::net {

/// Who drives the steps: the user's loop by itself, or only perform().
enum class drive : std::uint8_t { by_loop, by_perform };

/// Something that wants to be asked at the end of each turn.
class turn_end {
 public:
    virtual void settle() = 0;
    virtual void close() noexcept = 0;

 protected:
    ~turn_end() = default;
};

class loop : public std::enable_shared_from_this<loop>, private time_observer {
 public:
    loop(asio::any_io_executor executor, drive how, std::shared_ptr<time_source> clock);
    loop(const loop&) = delete;
    loop& operator=(const loop&) = delete;
    virtual ~loop();

    [[nodiscard]] const asio::any_io_executor& executor() const noexcept {
        return executor_;
    }
    [[nodiscard]] xfer::detail::frame_pool& frames() noexcept { return frames_; }
    [[nodiscard]] timer_queue& timers() noexcept { return timers_; }
    /// The time at which this turn began: one look at the clock per turn.
    [[nodiscard]] time_point now() const noexcept { return now_; }
    time_point refresh_now() noexcept;
    [[nodiscard]] const std::shared_ptr<mailbox>& mail() noexcept { return mail_; }

    /// Number of turns begun so far.
    [[nodiscard]] std::uint64_t turns() const noexcept { return turns_; }
    /// Grows with each turn, and with each call of the user's in it, which may have
    /// taken any time: what was learned from the kernel before may be old.
    [[nodiscard]] std::uint64_t age() const noexcept { return age_; }
    void grow_older() noexcept { ++age_; }
    /// Who is asked at the end of each turn, and told when the loop closes.
    void at_turn_end(std::shared_ptr<turn_end> t) noexcept { turn_end_ = std::move(t); }
    [[nodiscard]] const std::shared_ptr<turn_end>& turn_end_hook() const noexcept {
        return turn_end_;
    }

    /// Number of fiber steps run so far.
    [[nodiscard]] std::uint64_t steps() const noexcept { return steps_; }
    /// Whether a step is running now, on this thread's stack.
    [[nodiscard]] bool in_turn() const noexcept { return in_turn_; }
    [[nodiscard]] bool anything_ready() const noexcept { return !ready_.empty(); }
    /// Whether there was no memory to wait for events: only another turn begins again.
    [[nodiscard]] bool unsettled() const noexcept { return unsettled_; }
    [[nodiscard]] bool closed() const noexcept { return closed_; }
    /// Whether the user's loop is being destroyed, or was.
    [[nodiscard]] bool gone() const noexcept { return gone_; }

    /// From now on no turn goes past this number of steps().
    void limit_steps(std::uint64_t most) noexcept { step_limit_ = most; }
    static constexpr std::uint64_t no_step_limit = ~std::uint64_t(0);

    /// While held, handlers only note what became ready and run no step (wait()).
    void hold(bool on) noexcept { held_ = on; }
    /// Runs due timers and at most `budget` steps that are ready. Not recursive.
    void turn(std::size_t budget);
    /// Sees to it that a turn comes: posts one, unless one is due or perform() drives.
    void schedule_turn();
    /// The same, where nothing may be thrown: without memory for it the turn comes with
    /// whatever happens next.
    void schedule_turn_if_possible() noexcept {
        try {
            schedule_turn();
        } catch (...) {  // NOLINT(bugprone-empty-catch)
        }
    }
    /// Work that wants to run at the end of the turn, outside every step.
    void after_step() {
        if (needs_tidy_) {
            needs_tidy_ = false;
            tidy();
        }
    }
    void request_tidy() noexcept { needs_tidy_ = true; }
    /// The end of a turn again, outside of one: see turn_end.
    XFER_DECL void settle() noexcept;

    /// A block for reading, shared by all steps of this loop: what is in it stays valid
    /// until the step suspends, unless the block is taken. It is smaller while many
    /// blocks are taken, so that slow consumers cannot make memory grow without bound.
    [[nodiscard]] std::span<char> read_block();
    /// Hands the present block over, for bytes that must outlive the step.
    [[nodiscard]] std::unique_ptr<char[]> take_block() noexcept {
        ++blocks_taken_;
        return std::move(block_);
    }
    void give_block(std::unique_ptr<char[]> b) noexcept {
        --blocks_taken_;
        if (!block_ && !closed_) {
            block_ = std::move(b);
        }
    }
    [[nodiscard]] bool in_block(const char* p) const noexcept {
        return block_ && p >= block_.get() && p < block_.get() + read_block_size;
    }

    static constexpr std::size_t steps_per_turn = 256;
    static constexpr std::size_t read_block_size = std::size_t{256} * 1024;
    /// Pieces up to this size are copied rather than holding a whole block.
    static constexpr std::size_t small_read_size = std::size_t{16} * 1024;
    static constexpr std::size_t most_blocks_taken = 64;

 protected:
    /// Stops everything for good: no step runs any more, nothing is posted.
    void close() noexcept;
    /// Whoever keeps this must not keep anything of the loop's.
    void loop_is_gone() noexcept {
        gone_ = true;
        executor_ = asio::any_io_executor();
    }
    /// Called after a step that asked for it, outside every step.
    virtual void tidy() {}

 private:
    friend class fiber;
    friend class alarm;
    void make_ready(fiber& f) noexcept { ready_.push_back(f); }
    void time_changed() noexcept override {
        time_jumped_ = in_turn_;  // looked at when the turn ends
        schedule_turn_if_possible();
    }
    void arm_timer();
    void await_events() noexcept;
    template <class F>
    void if_possible(F f) noexcept;

    asio::any_io_executor executor_;
    std::shared_ptr<time_source> clock_;
    std::shared_ptr<mailbox> mail_;
    // Declared before everything that may hold frames, so that it is destroyed last.
    xfer::detail::frame_pool frames_;
    timer_queue timers_;
    xfer::detail::intrusive_list<fiber, ready_tag> ready_;
    std::optional<asio::steady_timer> timer_;
    std::unique_ptr<char[]> block_;
    std::size_t blocks_taken_ = 0;
    time_point now_;
    time_point armed_for_ = time_point::max();
    std::shared_ptr<turn_end> turn_end_;
    std::uint64_t turns_ = 0;
    std::uint64_t age_ = 0;
    std::uint64_t steps_ = 0;
    std::uint64_t step_limit_ = no_step_limit;
    drive drive_;
    bool in_turn_ = false;
    bool held_ = false;
    bool closed_ = false;
    bool gone_ = false;
    bool turn_posted_ = false;
    bool time_jumped_ = false;
    bool needs_tidy_ = false;
    bool unsettled_ = false;
};

inline xfer::detail::frame_pool& fiber::frames() noexcept { return loop_->frames(); }

inline void fiber::start(task<void> root) {
    root_ = std::move(root);
    resume_point_ = root_.handle();
    loop_->make_ready(*this);
    loop_->schedule_turn();
}

inline void fiber::wake() noexcept {
    if (resume_point_ && !linked()) {
        loop_->make_ready(*this);
        loop_->turn(loop::steps_per_turn);
    }
}

inline void fiber::note() noexcept {
    if (resume_point_ && !linked()) {
        loop_->make_ready(*this);
    }
}

inline void fiber::wake_later() noexcept {
    if (resume_point_ && !linked()) {
        loop_->make_ready(*this);
        loop_->schedule_turn_if_possible();
    }
}

inline alarm::alarm(fiber& who, time_point at) : who_(who) {
    who.owner().timers().schedule(*this, at);
}

}  // namespace XFER_NAMESPACE::net

#ifndef XFER_SEPARATE_COMPILATION
#include <xfer/net/impl/loop.ipp>
#endif
