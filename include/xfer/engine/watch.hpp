// All timeouts of one transfer behind one timer.
#pragma once

#include <xfer/config.hpp>
#include <xfer/http/h1_exchange.hpp>
#include <xfer/net/loop.hpp>
#include <xfer/net/timers.hpp>
#include <xfer/options.hpp>
#include <xfer/stage.hpp>

#include <algorithm>
#include <cstdint>
#include <system_error>

namespace XFER_NAMESPACE::engine {

/// Knows what may take how long, and interrupts the fiber with the timeout of whatever
/// took longer. Bytes that move arm nothing: the timer looks, when it expires, at when
/// the last of them did.
class watch final : private net::timer {
 public:
    watch(net::fiber& who, const http::activity& moved) noexcept
        : who_(who), moved_(moved) {}

    /// Keeps the options' limits from now on; `added` begins the queue's time.
    XFER_DECL void begin(const options& o, time_point added);
    /// The transfer left the queue: the total time runs.
    XFER_DECL void started(time_point now);
    XFER_DECL void enter(stage s, time_point now);
    enum class reason : std::uint8_t {
        paused,        ///< by pause()
        user_at_work,  ///< a sink, source or reader takes its time
    };
    /// While suspended, for one reason or both, only the total time counts.
    XFER_DECL void suspend(reason why, bool on, time_point now);
    void end() noexcept { who_.owner().timers().cancel(*this); }

 private:
    XFER_DECL void expired() override;
    XFER_DECL void rearm();
    [[nodiscard]] time_point stage_deadline() const noexcept;
    [[nodiscard]] bool moving() const noexcept {
        return !suspended() && (stage_ == stage::sending || stage_ == stage::receiving);
    }
    [[nodiscard]] bool suspended() const noexcept { return paused_ || user_at_work_; }
    [[nodiscard]] std::uint64_t bytes() const noexcept {
        return moved_.written + moved_.received;
    }
    /// Since when no byte has moved.
    [[nodiscard]] time_point quiet_since() const noexcept {
        return std::max(moved_.last, stage_since_);
    }
    [[nodiscard]] bool limits_speed() const noexcept {
        return options_->low_speed_limit != 0 &&
               options_->low_speed_time > duration::zero();
    }

    net::fiber& who_;
    const http::activity& moved_;
    const options* options_ = nullptr;
    time_point total_ = time_point::max();
    time_point stage_since_{};
    time_point setup_since_{};
    time_point waiting_since_{};
    time_point window_since_{};
    time_point suspended_since_{};
    std::uint64_t window_bytes_ = 0;
    stage stage_ = stage::queued;
    bool paused_ = false;
    bool user_at_work_ = false;
};

}  // namespace XFER_NAMESPACE::engine

#ifndef XFER_SEPARATE_COMPILATION
#include <xfer/engine/impl/watch.ipp>
#endif
