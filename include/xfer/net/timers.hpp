// All deadlines of one multi in one heap: exact, O(log n), no allocation per deadline.
#pragma once

#include <xfer/time_source.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace XFER_NAMESPACE::net {

class timer_queue;

/// Something that is to happen at a time. Unscheduled by its destructor.
class timer {
 public:
    timer() noexcept = default;
    timer(const timer&) = delete;
    timer& operator=(const timer&) = delete;
    [[nodiscard]] bool scheduled() const noexcept { return queue_ != nullptr; }

 protected:
    ~timer();

 private:
    friend class timer_queue;
    /// Called once when the time has come; the timer is unscheduled by then and may
    /// schedule itself again.
    virtual void expired() = 0;

    timer_queue* queue_ = nullptr;
    std::uint32_t index_ = 0;
};

/// A four-way heap of timers: an insertion in order of time, the usual case, costs one
/// comparison; the earliest deadline is always known exactly.
class timer_queue {
 public:
    timer_queue() = default;
    timer_queue(const timer_queue&) = delete;
    timer_queue& operator=(const timer_queue&) = delete;
    ~timer_queue() {
        for (auto& e : heap_) {
            e.who->queue_ = nullptr;
        }
    }

    /// Schedules the timer for `at`, or moves it there.
    void schedule(timer& t, time_point at) {
        if (t.queue_ == nullptr) {
            heap_.push_back(entry{at, &t});
            t.queue_ = this;
            t.index_ = static_cast<std::uint32_t>(heap_.size() - 1);
            sift_up(t.index_);
            return;
        }
        const bool earlier = at < heap_[t.index_].at;
        heap_[t.index_].at = at;
        earlier ? sift_up(t.index_) : sift_down(t.index_);
    }

    void cancel(timer& t) noexcept {
        if (t.queue_ == nullptr) {
            return;
        }
        t.queue_ = nullptr;
        const std::size_t hole = t.index_;
        const entry last = heap_.back();
        heap_.pop_back();
        if (hole < heap_.size()) {
            place(hole, last);
            sift_up(hole);
            sift_down(last.who->index_);
        }
    }

    [[nodiscard]] std::optional<time_point> earliest() const noexcept {
        return heap_.empty() ? std::nullopt : std::optional(heap_.front().at);
    }
    [[nodiscard]] std::optional<time_point> time_of(const timer& t) const noexcept {
        return t.queue_ == nullptr ? std::nullopt : std::optional(heap_[t.index_].at);
    }

    /// Calls expired() of every timer whose time has come.
    void expire(time_point now) {
        while (!heap_.empty() && heap_.front().at <= now) {
            auto& t = *heap_.front().who;
            cancel(t);
            t.expired();
        }
    }

 private:
    struct entry {
        time_point at;
        timer* who;
    };

    void place(std::size_t index, entry e) noexcept {
        heap_[index] = e;
        e.who->index_ = static_cast<std::uint32_t>(index);
    }
    void sift_up(std::size_t index) noexcept {
        const entry moving = heap_[index];
        while (index > 0) {
            const auto parent = (index - 1) / 4;
            if (heap_[parent].at <= moving.at) {
                break;
            }
            place(index, heap_[parent]);
            index = parent;
        }
        place(index, moving);
    }
    void sift_down(std::size_t index) noexcept {
        const entry moving = heap_[index];
        for (;;) {
            const auto first = index * 4 + 1;
            auto best = first;
            for (auto child = first; child < first + 4 && child < heap_.size();
                 ++child) {
                if (heap_[child].at < heap_[best].at) {
                    best = child;
                }
            }
            if (first >= heap_.size() || heap_[best].at >= moving.at) {
                break;
            }
            place(index, heap_[best]);
            index = best;
        }
        place(index, moving);
    }

    std::vector<entry> heap_;
};

inline timer::~timer() {
    if (queue_ != nullptr) {
        queue_->cancel(*this);
    }
}

}  // namespace XFER_NAMESPACE::net
