// A token bucket: how many bytes may move now, and when more may.
#pragma once

#include <xfer/time_source.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>

namespace XFER_NAMESPACE::engine {

/// Lets `rate` bytes per second pass in portions of a refill interval, so that a
/// limited transfer wakes at most once per interval. A rate of 0 lets everything pass.
class pacer {
 public:
    explicit pacer(std::uint64_t rate) noexcept
        : rate_(rate),
          // Rates below a byte per interval get an interval of one byte.
          refill_(
              rate == 0 || rate >= 20
                  ? duration(std::chrono::milliseconds(50))
                  : duration(std::chrono::seconds(1)) / static_cast<duration::rep>(rate)
          ) {}

    [[nodiscard]] bool limited() const noexcept { return rate_ != 0; }

    /// How many bytes may move now; 0: none before next().
    [[nodiscard]] std::size_t allowance(time_point now) noexcept {
        if (rate_ == 0) {
            return std::numeric_limits<std::size_t>::max();
        }
        if (now >= next_) {
            // Time that was not used is not saved up beyond one second's worth.
            const auto intervals =
                next_ == time_point()
                    ? std::int64_t{1}
                    : std::min<std::int64_t>(1 + (now - next_) / refill_, 20);
            left_ = std::min(
                left_ + portion() * static_cast<std::uint64_t>(intervals),
                std::max(rate_, portion())
            );
            next_ = now + refill_;
        }
        return static_cast<std::size_t>(left_);
    }
    void used(std::size_t bytes) noexcept {
        if (rate_ != 0) {
            left_ -= std::min<std::uint64_t>(left_, bytes);
        }
    }
    /// When the bucket is filled again.
    [[nodiscard]] time_point next() const noexcept { return next_; }

 private:
    [[nodiscard]] std::uint64_t portion() const noexcept {
        return std::max<std::uint64_t>(rate_ / 20, 1);
    }
    std::uint64_t rate_;
    duration refill_;
    std::uint64_t left_ = 0;
    time_point next_{};
};

}  // namespace XFER_NAMESPACE::engine
