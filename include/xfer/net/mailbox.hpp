// How other threads reach a multi: messages are posted only while its loop is open.
#pragma once

#include <xfer/config.hpp>

#include <asio/any_io_executor.hpp>
#include <asio/post.hpp>

#include <functional>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace XFER_NAMESPACE::net {

/// Thread-safe. The multi closes it before anything of it is destroyed; from then on
/// deliver() refuses. Posting happens under the mutex, so that a loop is never posted
/// to after its destruction has begun.
class mailbox : public std::enable_shared_from_this<mailbox> {
 public:
    using letter = std::function<void()>;

    explicit mailbox(asio::any_io_executor executor) : executor_(std::move(executor)) {}

    /// Has the letter run on the multi's executor; false when the multi is gone.
    bool deliver(letter l) {
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

    /// Runs what has arrived. On the multi's thread.
    void empty() {
        std::vector<letter> arrived;
        {
            std::lock_guard lock(mutex_);
            if (!open_) {
                return;
            }
            arrived.swap(letters_);
        }
        for (auto& l : arrived) {
            l();
        }
    }

    void close() noexcept {
        std::vector<letter> dropped;
        std::lock_guard lock(mutex_);
        open_ = false;
        dropped.swap(letters_);
    }

 private:
    std::mutex mutex_;
    bool open_ = true;
    asio::any_io_executor executor_;
    std::vector<letter> letters_;
};

}  // namespace XFER_NAMESPACE::net
