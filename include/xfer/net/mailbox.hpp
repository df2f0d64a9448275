// How other threads reach a multi: letters are posted only while its loop is open.
#pragma once

#include <xfer/config.hpp>

#include <asio/any_io_executor.hpp>
#include <asio/post.hpp>

#include <chrono>
#include <concepts>
#include <exception>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace XFER_NAMESPACE::net {

/// What is to be done on the multi's thread.
class letter {
 public:
    virtual ~letter() = default;
    virtual void read() = 0;
};

/// A letter that calls a function.
template <std::invocable F>
class written_letter final : public letter {
 public:
    explicit written_letter(F f) : function_(std::move(f)) {}
    void read() override { function_(); }

 private:
    F function_;
};

template <std::invocable F>
[[nodiscard]] std::shared_ptr<letter> write_letter(F f) {
    return std::make_shared<written_letter<F>>(std::move(f));
}

/// Thread-safe. The multi closes it before anything of it is destroyed; from then on
/// deliver() refuses. Posting happens under the mutex, so that a loop is never posted
/// to after its destruction has begun.
class mailbox : public std::enable_shared_from_this<mailbox> {
 public:
    explicit mailbox(asio::any_io_executor executor) : executor_(std::move(executor)) {}

    /// Has the letter read on the multi's executor; false when the multi is gone.
    bool deliver(std::shared_ptr<letter> l) {
        std::lock_guard lock(mutex_);
        if (!open_) {
            return false;
        }
        letters_.push_back(std::move(l));
        if (letters_.size() == 1) {
            try {
                asio::post(executor_, [self = shared_from_this()] { self->empty(); });
            } catch (...) {
                letters_.pop_back();  // or nobody would ever post again
                throw;
            }
        }
        return true;
    }

    /// The same, from a thread that may block, with what somebody waits for: while it
    /// cannot be posted, without memory, it is tried again.
    void deliver_at_last(const std::shared_ptr<letter>& l) noexcept {
        constexpr auto pause = std::chrono::milliseconds(5);
        for (;;) {
            try {
                deliver(l);
                return;
            } catch (...) {
                std::this_thread::sleep_for(pause);
            }
        }
    }

    /// Reads what has arrived. On the multi's thread. What a letter throws, the last of
    /// several, comes after all have been read.
    void empty() {
        std::vector<std::shared_ptr<letter>> arrived;
        {
            std::lock_guard lock(mutex_);
            if (!open_) {
                return;
            }
            arrived.swap(letters_);
        }
        std::exception_ptr thrown;
        for (const auto& l : arrived) {
            try {
                l->read();
            } catch (...) {
                thrown = std::current_exception();
            }
        }
        if (thrown) {
            std::rethrow_exception(thrown);
        }
    }

    /// Gives the executor back too: a worker may keep this longer than the loop lives.
    void close() noexcept {
        std::vector<std::shared_ptr<letter>> dropped;
        asio::any_io_executor released;
        std::lock_guard lock(mutex_);
        open_ = false;
        dropped.swap(letters_);
        released.swap(executor_);
    }

 private:
    std::mutex mutex_;
    bool open_ = true;
    asio::any_io_executor executor_;
    std::vector<std::shared_ptr<letter>> letters_;
};

}  // namespace XFER_NAMESPACE::net
