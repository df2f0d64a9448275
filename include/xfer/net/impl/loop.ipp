// Running fibers on an Asio loop.
#pragma once

#include <xfer/net/loop.hpp>

#include <asio/post.hpp>

#include <algorithm>
#include <chrono>
#include <utility>

namespace XFER_NAMESPACE::net {

XFER_DECL loop::loop(
    asio::any_io_executor executor, drive how, std::shared_ptr<time_source> clock
)
    : executor_(std::move(executor)),
      clock_(std::move(clock)),
      mail_(std::make_shared<mailbox>(executor_)),
      drive_(how) {
    if (clock_) {
        clock_->subscribe(*this);
    } else if (drive_ == drive::by_loop) {
        timer_.emplace(executor_);
    }
    refresh_now();
}

XFER_DECL loop::~loop() {
    if (clock_) {
        clock_->unsubscribe(*this);
    }
}

XFER_DECL time_point loop::refresh_now() noexcept {
    now_ = clock_ ? clock_->now() : std::chrono::steady_clock::now();
    return now_;
}

XFER_DECL std::span<char> loop::read_block() {
    if (!block_) {
        block_ = std::make_unique_for_overwrite<char[]>(read_block_size);
    }
    return {
        block_.get(),
        blocks_taken_ < most_blocks_taken ? read_block_size : small_read_size};
}

XFER_DECL void loop::turn(std::size_t budget) {
    if (in_turn_ || held_ || closed_) {
        return;
    }
    // A step may destroy the multi; this keeps the loop itself.
    const auto self = shared_from_this();
    {
        in_turn_ = true;
        const struct ending {
            bool& in_turn;
            ~ending() { in_turn = false; }
        } whatever_happens{in_turn_};
        ++turns_;
        ++age_;
        timers_.expire(refresh_now());
        while (!ready_.empty() && budget > 0 && steps_ < step_limit_ && !closed_) {
            --budget;
            ++steps_;
            ready_.pop_front().step();
            after_step();
        }
    }
    after_step();
    if (closed_) {
        return;
    }
    await_events();
}

template <class F>
void loop::if_possible(F f) noexcept {
    try {
        f();
    } catch (...) {
        unsettled_ = true;
    }
}

XFER_DECL void loop::settle() noexcept {
    if (turn_end_) {
        if_possible([this] { turn_end_->settle(); });
    }
}

/// Sees to it that whatever comes next makes a turn. What there is no memory for is
/// tried again by the next one.
inline void loop::await_events() noexcept {
    unsettled_ = false;
    settle();
    const bool jumped = std::exchange(time_jumped_, false);
    if (jumped || !ready_.empty()) {
        if_possible([this] { schedule_turn(); });
    }
    if_possible([this] { arm_timer(); });
}

XFER_DECL void loop::schedule_turn() {
    if (turn_posted_ || in_turn_ || closed_ || drive_ == drive::by_perform) {
        return;
    }
    asio::post(executor_, [self = shared_from_this()] {
        self->turn_posted_ = false;
        self->turn(steps_per_turn);
    });
    turn_posted_ = true;
}

XFER_DECL void loop::arm_timer() {
    if (!timer_) {
        return;
    }
    // Deadlines that lie close together share one wakeup.
    constexpr auto grain = std::chrono::milliseconds(16);
    auto earliest = timers_.earliest();
    if (unsettled_) {
        constexpr auto soon = std::chrono::milliseconds(10);
        earliest = std::min(earliest.value_or(time_point::max()), now_ + soon);
    }
    if (earliest && *earliest > time_point::max() - grain) {
        earliest.reset();  // the end of time: rounded up it would wrap around
    }
    if (!earliest) {
        if (armed_for_ != time_point::max()) {
            // A pending timer would keep the user's loop from running out of work.
            armed_for_ = time_point::max();
            timer_->cancel();
        }
        return;
    }
    const auto ticks = (earliest->time_since_epoch() + grain - duration(1)) / grain;
    const time_point wanted(ticks * grain);
    if (wanted >= armed_for_) {
        return;
    }
    armed_for_ = time_point::max();
    timer_->expires_at(wanted);
    timer_->async_wait([self = shared_from_this()](const std::error_code& ec) {
        if (!ec && !self->closed_) {
            self->armed_for_ = time_point::max();
            self->turn(steps_per_turn);
            // Held by wait(): the timers that are due fire in the next turn.
        }
    });
    armed_for_ = wanted;
}

XFER_DECL void loop::close() noexcept {
    closed_ = true;
    mail_->close();
    timer_.reset();
    block_.reset();
    if (turn_end_) {
        turn_end_->close();
    }
}

}  // namespace XFER_NAMESPACE::net
