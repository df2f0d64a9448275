// Where a multi gets the time from: the steady clock, or a test's own.
#pragma once

#include <xfer/config.hpp>

#include <chrono>

namespace XFER_NAMESPACE {

/// All of xfer's deadlines are measured on the steady clock.
using time_point = std::chrono::steady_clock::time_point;
/// Time spans, in the unit of the steady clock (nanoseconds on Linux).
using duration = std::chrono::steady_clock::duration;

namespace detail {

/// The time `d` after `t`, or the end of time: duration::max() does not wrap around.
[[nodiscard]] constexpr time_point later(time_point t, duration d) noexcept {
    return d > time_point::max() - t ? time_point::max() : t + d;
}

}  // namespace detail

/// Told when a time_source has jumped.
class time_observer {
 public:
    /// On the multi's thread; it may call now() and nothing else of the source.
    virtual void time_changed() noexcept = 0;

 protected:
    ~time_observer() = default;
};

/// Replaces the steady clock of a multi (settings.clock), so that a test can let an
/// hour pass in no time: see testing::manual_clock. Must outlive the multi, which a
/// shared_ptr sees to. Called on the multi's thread only.
class time_source {
 public:
    /// Nobody is subscribed any more.
    virtual ~time_source() = default;
    /// The time; it never goes back.
    [[nodiscard]] virtual time_point now() const noexcept = 0;
    /// The observer is called after each jump, until unsubscribed.
    virtual void subscribe(time_observer& observer) = 0;
    /// Ends that; harmless for one who is not subscribed.
    virtual void unsubscribe(time_observer& observer) noexcept = 0;
};

}  // namespace XFER_NAMESPACE
