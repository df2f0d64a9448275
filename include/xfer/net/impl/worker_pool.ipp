// The pool's shared state, and the life of one of its threads.
#pragma once

#include <xfer/net/worker_pool.hpp>

#include <signal.h>

#include <algorithm>
#include <condition_variable>
#include <iterator>
#include <list>
#include <mutex>
#include <new>
#include <thread>

namespace XFER_NAMESPACE::net {

struct worker_pool::state {
    /// Goes from `queue` to `running` as it is, which needs no memory.
    struct entry {
        ticket id;
        job work;
        bool written_off = false;
    };
    using entries = std::list<entry>;

    explicit state(const limits& l) : limit(l) {
        limit.max_threads = std::max<std::size_t>(limit.max_threads, 1);
    }

    /// Whether a job waits that no idle thread will take. Under the mutex.
    bool wants_thread() const {
        return queue.size() > idle && threads < limit.max_threads;
    }

    /// Starts one counted thread. Under the mutex.
    static std::error_code start_thread(const std::shared_ptr<state>& self) noexcept;
    /// The body of a thread: takes jobs until idle for too long, or closed.
    static void serve(const std::shared_ptr<state>& self) noexcept;

    /// Takes up the next job; false when the thread must end. Under the lock, which it
    /// may release meanwhile.
    bool next(std::unique_lock<std::mutex>& lock, entries::iterator& taken);
    /// Runs a job that was taken up with the lock released; false if it was written
    /// off meanwhile.
    bool run(entries::iterator taken, std::unique_lock<std::mutex>& lock) noexcept;
    static entries::iterator find(entries& among, ticket t) noexcept {
        return std::find_if(among.begin(), among.end(), [t](const entry& e) {
            return e.id == t;
        });
    }

    limits limit;
    std::mutex mutex;
    std::condition_variable work_came;
    entries queue;
    entries running;
    std::size_t threads = 0;
    std::size_t idle = 0;
    std::size_t written_off = 0;
    std::uint64_t started = 0;
    ticket last_ticket = 0;
    bool closed = false;
};

namespace detail {

/// Blocks every signal for the calling thread, and so for threads that it starts.
class signal_block {
 public:
    signal_block() noexcept {
        sigset_t all;
        sigfillset(&all);
        pthread_sigmask(SIG_SETMASK, &all, &before_);
    }
    ~signal_block() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
    signal_block(const signal_block&) = delete;
    signal_block& operator=(const signal_block&) = delete;

 private:
    sigset_t before_;
};

}  // namespace detail

XFER_DECL std::error_code worker_pool::state::start_thread(
    const std::shared_ptr<state>& self
) noexcept {
    try {
        detail::signal_block blocked;
        std::thread([self] { serve(self); }).detach();
    } catch (const std::system_error& e) {
        return e.code();
    } catch (const std::bad_alloc&) {
        return std::make_error_code(std::errc::not_enough_memory);
    }
    ++self->threads;
    ++self->started;
    return {};
}

XFER_DECL bool worker_pool::state::next(
    std::unique_lock<std::mutex>& lock, entries::iterator& taken
) {
    if (queue.empty() && !closed) {
        ++idle;
        work_came.wait_for(lock, limit.idle, [this] {
            return closed || !queue.empty();
        });
        --idle;
    }
    if (queue.empty()) {
        return false;
    }
    running.splice(running.end(), queue, queue.begin());
    taken = std::prev(running.end());
    return true;
}

XFER_DECL bool worker_pool::state::run(
    entries::iterator taken, std::unique_lock<std::mutex>& lock
) noexcept {
    lock.unlock();
    {
        // What the job captured is destroyed outside the lock too.
        job work = std::move(taken->work);
        try {
            work();
        } catch (...) {  // NOLINT(bugprone-empty-catch): the contract of job
        }
    }
    lock.lock();
    const bool counted = !taken->written_off;
    running.erase(taken);
    return counted;
}

XFER_DECL void worker_pool::state::serve(const std::shared_ptr<state>& self) noexcept {
    std::unique_lock lock(self->mutex);
    entries::iterator taken;
    while (self->next(lock, taken)) {
        if (!self->run(taken, lock)) {
            --self->written_off;
            if (self->closed || self->threads >= self->limit.max_threads) {
                return;
            }
            ++self->threads;
        }
    }
    --self->threads;
}

XFER_DECL worker_pool::worker_pool() : worker_pool(limits()) {}

XFER_DECL worker_pool::worker_pool(const limits& l)
    : state_(std::make_shared<state>(l)) {}

XFER_DECL worker_pool::~worker_pool() {
    state::entries dropped;
    {
        std::lock_guard lock(state_->mutex);
        state_->closed = true;
        dropped.swap(state_->queue);
    }
    state_->work_came.notify_all();
}

XFER_DECL auto worker_pool::submit(job j, std::error_code& ec) -> ticket {
    ec.clear();
    state::entries submitted;  // outlives the lock
    try {
        submitted.push_back({0, std::move(j)});
    } catch (const std::bad_alloc&) {
        ec = std::make_error_code(std::errc::not_enough_memory);
        return 0;
    }
    ticket id = 0;
    {
        std::lock_guard lock(state_->mutex);
        id = ++state_->last_ticket;
        submitted.front().id = id;
        state_->queue.splice(state_->queue.end(), submitted);
        if (state_->wants_thread()) {
            ec = state::start_thread(state_);
            if (ec && state_->threads > 0) {
                ec.clear();  // a busy thread will come to it
            }
            if (ec) {
                const auto refused = std::prev(state_->queue.end());
                submitted.splice(submitted.end(), state_->queue, refused);
                return 0;
            }
        }
    }
    state_->work_came.notify_one();
    return id;
}

XFER_DECL bool worker_pool::write_off(ticket t) noexcept {
    state::entries dropped;  // outlives the lock
    std::lock_guard lock(state_->mutex);
    const auto queued = state::find(state_->queue, t);
    if (queued != state_->queue.end()) {
        dropped.splice(dropped.end(), state_->queue, queued);
        return true;
    }
    const auto found = state::find(state_->running, t);
    if (found == state_->running.end() || found->written_off ||
        state_->written_off >= state_->limit.max_written_off) {
        return false;
    }
    found->written_off = true;
    ++state_->written_off;
    --state_->threads;
    if (state_->wants_thread()) {
        // If no thread can be had now, the next submit tries again.
        static_cast<void>(state::start_thread(state_));
    }
    return true;
}

XFER_DECL auto worker_pool::count() const -> counts {
    std::lock_guard lock(state_->mutex);
    return {
        .threads = state_->threads,
        .idle = state_->idle,
        .written_off = state_->written_off,
        .queued = state_->queue.size(),
        .started = state_->started,
    };
}

}  // namespace XFER_NAMESPACE::net
