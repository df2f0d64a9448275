// Deadlines of a transfer.
#pragma once

#include <xfer/engine/watch.hpp>
#include <xfer/error.hpp>

#include <algorithm>

namespace XFER_NAMESPACE::engine {

/// Whether a connection is being made.
inline bool sets_up(stage s) noexcept {
    return s == stage::resolving || s == stage::connecting || s == stage::proxying ||
           s == stage::securing;
}

XFER_DECL void watch::begin(const options& o, time_point added) {
    options_ = &o;
    stage_since_ = added;
    if (o.total_includes_queue && o.total_timeout > duration::zero()) {
        total_ = detail::later(added, o.total_timeout);
    }
    if (total_ != time_point::max() || o.queue_timeout > duration::zero()) {
        rearm();  // seldom: nothing else limits the time in the queue
    }
}

XFER_DECL void watch::started(time_point now) {
    if (total_ == time_point::max() && options_->total_timeout > duration::zero()) {
        total_ = detail::later(now, options_->total_timeout);
        rearm();
    }
}

XFER_DECL void watch::enter(stage s, time_point now) {
    if (!moving()) {
        window_since_ = now;
        window_bytes_ = bytes();
    }
    // What had begun to come was an interim response: the wait goes on.
    const bool again = s == stage::waiting && stage_ == stage::receiving;
    if (!sets_up(stage_)) {
        setup_since_ = now;
    }
    stage_ = s;
    stage_since_ = again ? waiting_since_ : now;
    if (s == stage::waiting) {
        waiting_since_ = stage_since_;
    }
    rearm();
}

XFER_DECL void watch::suspend(reason why, bool on, time_point now) {
    const bool before = suspended();
    (why == reason::paused ? paused_ : user_at_work_) = on;
    if (suspended() == before) {
        return;
    }
    if (suspended()) {
        suspended_since_ = now;
    } else {
        // All clocks but the total one stood still meanwhile.
        if (moving()) {
            stage_since_ = quiet_since();
        }
        for (auto* since :
             {&stage_since_, &setup_since_, &waiting_since_, &window_since_}) {
            *since += now - std::max(*since, suspended_since_);
        }
    }
    rearm();
}

inline time_point watch::stage_deadline() const noexcept {
    duration limit{};
    switch (stage_) {
        case stage::queued:
            limit = options_->queue_timeout;
            break;
        case stage::resolving:
            limit = options_->resolve_timeout;
            break;
        case stage::connecting:
            limit = options_->connect_timeout;
            break;
        case stage::proxying:
            limit = options_->proxy_timeout;
            break;
        case stage::securing:
            limit = options_->tls_timeout;
            break;
        case stage::waiting:
            limit = options_->first_byte_timeout;
            break;
        default:
            break;
    }
    auto deadline = time_point::max();
    if (limit > duration::zero()) {
        deadline = detail::later(stage_since_, limit);
    }
    if (sets_up(stage_) && options_->setup_timeout > duration::zero()) {
        deadline =
            std::min(deadline, detail::later(setup_since_, options_->setup_timeout));
    }
    return deadline;
}

XFER_DECL void watch::rearm() {
    auto next = total_;
    if (moving()) {
        if (options_->idle_timeout > duration::zero()) {
            next = std::min(next, detail::later(quiet_since(), options_->idle_timeout));
        }
        if (limits_speed()) {
            next =
                std::min(next, detail::later(window_since_, options_->low_speed_time));
        }
    } else if (!suspended()) {
        next = std::min(next, stage_deadline());
    }
    auto& timers = who_.owner().timers();
    if (next == time_point::max()) {
        timers.cancel(*this);
        return;
    }
    // Left where it is if it would only move to later: it looks again when it expires.
    // A suspended transfer is to cause no wakeup, so its timer does move.
    const auto armed = timers.time_of(*this);
    if (!armed || next < *armed || suspended()) {
        timers.schedule(*this, next);
    }
}

XFER_DECL void watch::expired() {
    const auto now = who_.owner().now();
    if (total_ <= now) {
        who_.interrupt(error::timeout_total);
        return;
    }
    if (!suspended() && stage_deadline() <= now) {
        switch (stage_) {
            case stage::queued:
                return who_.interrupt(error::timeout_queue);
            case stage::resolving:
                return who_.interrupt(error::timeout_resolve);
            case stage::connecting:
                return who_.interrupt(error::timeout_connect);
            case stage::proxying:
                return who_.interrupt(error::timeout_proxy);
            case stage::securing:
                return who_.interrupt(error::timeout_tls);
            default:
                return who_.interrupt(error::timeout_first_byte);
        }
    }
    if (moving()) {
        if (options_->idle_timeout > duration::zero() &&
            detail::later(quiet_since(), options_->idle_timeout) <= now) {
            return who_.interrupt(error::timeout_idle);
        }
        if (limits_speed() &&
            detail::later(window_since_, options_->low_speed_time) <= now) {
            const std::chrono::duration<double> window = now - window_since_;
            const auto moved = static_cast<double>(bytes() - window_bytes_);
            if (moved <
                window.count() * static_cast<double>(options_->low_speed_limit)) {
                return who_.interrupt(error::timeout_low_speed);
            }
            window_since_ = now;
            window_bytes_ = bytes();
        }
    }
    rearm();
}

}  // namespace XFER_NAMESPACE::engine
