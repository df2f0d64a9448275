// A clock that stands still until a test moves it.
#pragma once

#include <xfer/time_source.hpp>

#include <algorithm>
#include <vector>

namespace XFER_NAMESPACE::testing {

/// Give it to a multi as settings.clock; advance() lets time pass, and the multi's
/// next turn (or perform) sees every deadline that was reached. Not thread-safe.
class manual_clock final : public time_source {
 public:
    /// Starts at an hour past the epoch of the steady clock.
    manual_clock() = default;

    /// Where advance() has moved it.
    [[nodiscard]] time_point now() const noexcept override { return now_; }

    /// Moves the clock forward by d (not negative) and tells every multi that uses it.
    void advance(duration d) {
        now_ += d;
        const auto observers = observers_;
        for (auto* observer : observers) {
            observer->time_changed();
        }
    }

    /// Called by the multi, as time_source says.
    void subscribe(time_observer& observer) override {
        observers_.push_back(&observer);
    }
    /// Called by the multi when it ends.
    void unsubscribe(time_observer& observer) noexcept override {
        observers_.erase(
            std::remove(observers_.begin(), observers_.end(), &observer),
            observers_.end()
        );
    }

 private:
    time_point now_{std::chrono::hours(1)};
    std::vector<time_observer*> observers_;
};

}  // namespace XFER_NAMESPACE::testing
