// The pool's shared state, and the life of one of its threads.
#pragma once

#include <xfer/net/worker_pool.hpp>

#include <signal.h>

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <new>
#include <optional>
#include <thread>
#include <unordered_map>

namespace XFER_NAMESPACE::net {

struct worker_pool::state {
    struct entry {
        ticket id;
        job work;
    };
    enum class standing : bool { counted, written_off };

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

    /// The next job, or none when the thread must end. Under the lock, which it may
    /// release meanwhile.
    std::optional<entry> next(std::unique_lock<std::mutex>& lock);
    /// Runs one job with the lock released, and tells how the thread stands after it.
    standing run(entry&& e, std::unique_lock<std::mutex>& lock) noexcept;

    limits limit;
    std::mutex mutex;
    std::condition_variable work_came;
    std::deque<entry> queue;
    std::unordered_map<ticket, standing> running;
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

XFER_DECL auto worker_pool::state::next(std::unique_lock<std::mutex>& lock)
    -> std::optional<entry> {
    if (queue.empty() && !closed) {
        ++idle;
        work_came.wait_for(lock, limit.idle, [this] {
            return closed || !queue.empty();
        });
        --idle;
    }
    if (queue.empty()) {
        return std::nullopt;
    }
    std::optional<entry> first(std::move(queue.front()));
    queue.pop_front();
    return first;
}

XFER_DECL auto worker_pool::state::run(
    entry&& e, std::unique_lock<std::mutex>& lock
) noexcept -> standing {
    const ticket id = e.id;
    running.emplace(id, standing::counted);
    lock.unlock();
    {
        // What the job captured is destroyed outside the lock too.
        job work = std::move(e.work);
        try {
            work();
        } catch (...) {  // NOLINT(bugprone-empty-catch): the contract of job
        }
    }
    lock.lock();
    const auto found = running.find(id);
    const standing result = found->second;
    running.erase(found);
    return result;
}

XFER_DECL void worker_pool::state::serve(const std::shared_ptr<state>& self) noexcept {
    std::unique_lock lock(self->mutex);
    while (std::optional<entry> e = self->next(lock)) {
        if (self->run(std::move(*e), lock) == standing::written_off) {
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
    std::deque<state::entry> dropped;
    {
        std::lock_guard lock(state_->mutex);
        state_->closed = true;
        dropped.swap(state_->queue);
    }
    state_->work_came.notify_all();
}

XFER_DECL auto worker_pool::submit(job j, std::error_code& ec) -> ticket {
    ec.clear();
    std::optional<state::entry> refused;  // outlives the lock
    ticket id = 0;
    {
        std::lock_guard lock(state_->mutex);
        id = ++state_->last_ticket;
        state_->queue.push_back({id, std::move(j)});
        if (state_->wants_thread()) {
            ec = state::start_thread(state_);
            if (ec && state_->threads > 0) {
                ec.clear();  // a busy thread will come to it
            }
            if (ec) {
                refused.emplace(std::move(state_->queue.back()));
                state_->queue.pop_back();
                return 0;
            }
        }
    }
    state_->work_came.notify_one();
    return id;
}

XFER_DECL bool worker_pool::write_off(ticket t) noexcept {
    std::optional<state::entry> dropped;  // outlives the lock
    std::lock_guard lock(state_->mutex);
    const auto queued = std::find_if(
        state_->queue.begin(),
        state_->queue.end(),
        [t](const state::entry& e) { return e.id == t; }
    );
    if (queued != state_->queue.end()) {
        dropped.emplace(std::move(*queued));
        state_->queue.erase(queued);
        return true;
    }
    const auto found = state_->running.find(t);
    if (found == state_->running.end() ||
        found->second == state::standing::written_off ||
        state_->written_off >= state_->limit.max_written_off) {
        return false;
    }
    found->second = state::standing::written_off;
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
