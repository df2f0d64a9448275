// The coroutine type of xfer's own code: lean, trampolined, its frames recycled.
#pragma once

#include <xfer/detail/frame_pool.hpp>

#include <concepts>
#include <coroutine>
#include <cstddef>
#include <exception>
#include <optional>
#include <type_traits>
#include <utility>

namespace XFER_NAMESPACE::detail {

/// Resumes one coroutine after the other from a flat loop. Compilers make no tail
/// calls at -O0, so symmetric transfer alone would grow the stack in a loop of awaits
/// that are ready.
class trampoline {
 public:
    void go_to(std::coroutine_handle<> next) noexcept { next_ = next; }

 protected:
    void run() {
        while (next_) {
            std::exchange(next_, nullptr).resume();
        }
    }
    ~trampoline() = default;

 private:
    std::coroutine_handle<> next_;
};

/// What the first parameter of every task coroutine offers (the second of a member
/// function's): the trampoline that runs it and the pool from which its frame comes.
template <class T>
concept task_context = requires(T& t) {
    { t.frames() } -> std::same_as<frame_pool&>;
    { t.runner() } -> std::same_as<trampoline&>;
};

class task_promise_base {
 public:
    template <task_context Context, class... Args>
    explicit task_promise_base(Context& context, Args&...) noexcept
        : runner_(&context.runner()) {}
    template <class Self, task_context Context, class... Args>
    requires(!task_context<Self>) explicit task_promise_base(
        Self&, Context& context, Args&...
    ) noexcept
        : runner_(&context.runner()) {}

    // A frame is preceded by the pool it came from.
    template <task_context Context, class... Args>
    [[gnu::always_inline]] static inline void* operator new(
        std::size_t size, Context& context, Args&...
    ) {
        return from(context.frames(), size);
    }
    template <class Self, task_context Context, class... Args>
    requires(!task_context<Self>) [[gnu::always_inline]] static inline void*
    operator new(std::size_t size, Self&, Context& context, Args&...) {
        return from(context.frames(), size);
    }
    [[gnu::always_inline]] static inline void operator delete(
        void* frame, std::size_t size
    ) noexcept {
        auto* memory = static_cast<std::byte*>(frame) - header;
        (*reinterpret_cast<frame_pool**>(memory))->deallocate(memory, size + header);
    }

    std::suspend_always initial_suspend() noexcept { return {}; }
    auto final_suspend() noexcept { return return_to_caller(); }
    // A user's exception is caught where the user's code is called; what comes here
    // is bad_alloc, carried up to the edge of the transfer.
    void unhandled_exception() noexcept { exception_ = std::current_exception(); }

    trampoline& runner() noexcept { return *runner_; }
    void set_caller(std::coroutine_handle<> caller) noexcept { caller_ = caller; }
    void rethrow() {
        if (exception_) {
            std::rethrow_exception(std::exchange(exception_, nullptr));
        }
    }

 private:
    struct return_to_caller {
        bool await_ready() noexcept { return false; }
        template <class Promise>
        void await_suspend(std::coroutine_handle<Promise> h) noexcept {
            auto& promise = h.promise();
            if (promise.caller_) {
                promise.runner_->go_to(promise.caller_);
            }
        }
        void await_resume() noexcept {}
    };

    static void* from(frame_pool& pool, std::size_t size) {
        auto* memory = pool.allocate(size + header);
        *static_cast<frame_pool**>(memory) = &pool;
        return static_cast<std::byte*>(memory) + header;
    }

    static constexpr std::size_t header = alignof(std::max_align_t);
    trampoline* runner_;
    std::coroutine_handle<> caller_;
    std::exception_ptr exception_;
};

template <class T>
class task;

template <class T>
class task_promise final : public task_promise_base {
 public:
    using task_promise_base::task_promise_base;
    task<T> get_return_object() noexcept;
    template <class U>
    void return_value(U&& value) {
        value_.emplace(std::forward<U>(value));
    }
    T take() {
        rethrow();
        return std::move(*value_);
    }

 private:
    std::optional<T> value_;
};

template <>
class task_promise<void> final : public task_promise_base {
 public:
    using task_promise_base::task_promise_base;
    task<void> get_return_object() noexcept;
    void return_void() noexcept {}
    void take() { rethrow(); }
};

/// A lazily started coroutine: it runs when awaited, and its awaiter goes on when it
/// has returned. Owns its frame: destroying a task that is suspended destroys the
/// frames of everything it awaits.
template <class T = void>
class [[nodiscard]] task {
 public:
    using promise_type = task_promise<T>;

    task() noexcept = default;
    explicit task(std::coroutine_handle<promise_type> frame) noexcept : frame_(frame) {}
    task(task&& other) noexcept : frame_(std::exchange(other.frame_, nullptr)) {}
    task& operator=(task&& other) noexcept {
        if (this != &other) {
            reset();
            frame_ = std::exchange(other.frame_, nullptr);
        }
        return *this;
    }
    ~task() { reset(); }

    explicit operator bool() const noexcept { return frame_ != nullptr; }
    void reset() noexcept {
        if (frame_) {
            std::exchange(frame_, nullptr).destroy();
        }
    }

    // A root: started by hand, and asked when it has returned.
    [[nodiscard]] std::coroutine_handle<> handle() const noexcept { return frame_; }
    [[nodiscard]] bool done() const noexcept { return frame_.done(); }
    T result() { return frame_.promise().take(); }

    bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<> caller) noexcept {
        frame_.promise().set_caller(caller);
        frame_.promise().runner().go_to(frame_);
    }
    T await_resume() { return frame_.promise().take(); }

 private:
    std::coroutine_handle<promise_type> frame_;
};

template <class T>
task<T> task_promise<T>::get_return_object() noexcept {
    return task<T>(std::coroutine_handle<task_promise>::from_promise(*this));
}
inline task<void> task_promise<void>::get_return_object() noexcept {
    return task<void>(std::coroutine_handle<task_promise>::from_promise(*this));
}

}  // namespace XFER_NAMESPACE::detail
