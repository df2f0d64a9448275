// A small pool of detached threads for calls that block and cannot be cancelled.
#pragma once

#include <xfer/config.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <system_error>
#include <type_traits>
#include <utility>

namespace XFER_NAMESPACE::net {

/// Threads that start on demand, end when idle, and that nobody ever waits for. They
/// live on shared state, so the pool may be destroyed while a job hangs: queued jobs
/// are dropped (destroyed unrun), running ones finish and find nobody.
///
/// All members may be called from any thread. Several owners share one pool through
/// std::shared_ptr. All signals are blocked in the threads.
class worker_pool {
 public:
    /// Names one submitted job; never 0 for a job that was accepted, never reused.
    using ticket = std::uint64_t;

    struct limits {
        /// Threads that take jobs; at least 1. Threads written off come on top.
        std::size_t max_threads = 16;
        /// Hanging jobs that may be written off at one time.
        std::size_t max_written_off = 16;
        /// How long a thread without work lives on.
        std::chrono::milliseconds idle = std::chrono::seconds(5);
    };

    struct counts {
        std::size_t threads = 0;      ///< alive and not written off
        std::size_t idle = 0;         ///< of those: waiting for a job
        std::size_t written_off = 0;  ///< alive, in a job that was given up
        std::size_t queued = 0;       ///< jobs that no thread has taken yet
        std::uint64_t started = 0;    ///< threads ever started
    };

    /// A call to be made once on a thread of the pool: any callable of no arguments,
    /// move-only ones too. Its result is ignored, and so is what it throws: a job
    /// reports through what it captured.
    class job {
     public:
        template <typename F>
        requires(!std::is_same_v<std::remove_cvref_t<F>, job> && std::is_invocable_v<F&>)
            // Callables convert; constrained, it hides neither copy nor move.
            // NOLINTNEXTLINE(bugprone-forwarding-reference-overload)
            job(F&& f)
            : call_(std::make_unique<holder<std::decay_t<F>>>(std::forward<F>(f))) {}

        void operator()() { call_->run(); }

     private:
        struct callable {
            virtual ~callable() = default;
            virtual void run() = 0;
        };
        template <typename F>
        struct holder final : callable {
            explicit holder(F&& f) : function(std::move(f)) {}
            explicit holder(const F& f) : function(f) {}
            void run() override { static_cast<void>(function()); }
            F function;
        };
        std::unique_ptr<callable> call_;
    };

    XFER_DECL worker_pool();
    XFER_DECL explicit worker_pool(const limits& l);
    /// Does not wait. Queued jobs are destroyed here, on the calling thread.
    XFER_DECL ~worker_pool();
    worker_pool(const worker_pool&) = delete;
    worker_pool& operator=(const worker_pool&) = delete;

    /// Queues the job and starts a thread for it if none is free and the limit allows.
    /// When that thread cannot be started (std::errc::resource_unavailable_try_again,
    /// or out of memory) and no other thread is there to take the job, the job is
    /// destroyed, the result is 0 and `ec` says why. Never runs the job inline.
    [[nodiscard]] XFER_DECL ticket submit(job j, std::error_code& ec);

    /// Gives a job up. One that still waits in the queue is destroyed unrun; one that
    /// is running keeps its thread, which no longer counts against max_threads, so
    /// that queued jobs get another. False when the job has ended, was written off
    /// before, or max_written_off are already hanging. A thread whose job comes back
    /// after all takes jobs again if there is room, and ends otherwise.
    XFER_DECL bool write_off(ticket t) noexcept;

    [[nodiscard]] XFER_DECL counts count() const;

 private:
    struct state;
    std::shared_ptr<state> state_;
};

}  // namespace XFER_NAMESPACE::net

#ifndef XFER_SEPARATE_COMPILATION
#include <xfer/net/impl/worker_pool.ipp>
#endif
