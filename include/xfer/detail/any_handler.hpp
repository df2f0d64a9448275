// A completion handler of any type behind one: erased at the edge, called exactly once.
#pragma once

#include <xfer/config.hpp>

#include <asio/any_io_executor.hpp>
#include <asio/associated_allocator.hpp>
#include <asio/associated_cancellation_slot.hpp>
#include <asio/associated_executor.hpp>
#include <asio/cancellation_type.hpp>
#include <asio/executor_work_guard.hpp>
#include <asio/post.hpp>

#include <memory>
#include <tuple>
#include <type_traits>
#include <utility>

namespace XFER_NAMESPACE::detail {

/// Owns a completion handler of signature void(Args...). post() hands it its results on
/// its associated executor, never inline, with memory from its associated allocator;
/// until then the executor is kept from running out of work. Destroyed without being
/// called when this is destroyed first, as Asio does when a loop goes away.
template <class... Args>
class any_handler {
 public:
    any_handler() noexcept = default;
    template <class Handler>
    any_handler(Handler&& handler, const asio::any_io_executor& fallback)
        : impl_(holder<std::decay_t<Handler>>::make(
              std::forward<Handler>(handler), fallback
          )) {}
    any_handler(any_handler&& other) noexcept
        : impl_(std::exchange(other.impl_, nullptr)) {}
    any_handler& operator=(any_handler&& other) noexcept {
        if (this != &other) {
            reset();
            impl_ = std::exchange(other.impl_, nullptr);
        }
        return *this;
    }
    ~any_handler() { reset(); }

    explicit operator bool() const noexcept { return impl_ != nullptr; }

    /// Calls f when the handler's cancellation slot emits; f is forgotten by post().
    template <class F>
    void on_cancel(F f) {
        auto slot = impl_->slot();
        if (slot.is_connected()) {
            slot.assign([f = std::move(f)](asio::cancellation_type type) mutable {
                if (type != asio::cancellation_type::none) {
                    f();
                }
            });
        }
    }

    void post(Args... args) { std::exchange(impl_, nullptr)->post(std::move(args)...); }

    void reset() noexcept {
        if (impl_ != nullptr) {
            std::exchange(impl_, nullptr)->destroy();
        }
    }

 private:
    struct base {
        virtual void post(Args... args) = 0;
        virtual void destroy() noexcept = 0;
        virtual asio::cancellation_slot slot() noexcept = 0;

     protected:
        ~base() = default;
    };

    template <class Handler>
    class holder final : public base {
        using allocator = typename std::allocator_traits<
            asio::associated_allocator_t<Handler>>::template rebind_alloc<holder>;
        using executor = asio::associated_executor_t<Handler, asio::any_io_executor>;

     public:
        template <class H>
        holder(H&& handler, const asio::any_io_executor& fallback)
            : handler_(std::forward<H>(handler)),
              work_(asio::get_associated_executor(handler_, fallback)) {}

        template <class H>
        static base* make(H&& handler, const asio::any_io_executor& fallback) {
            allocator a(asio::get_associated_allocator(handler));
            auto* memory = std::allocator_traits<allocator>::allocate(a, 1);
            try {
                return ::new (static_cast<void*>(memory))
                    holder(std::forward<H>(handler), fallback);
            } catch (...) {
                std::allocator_traits<allocator>::deallocate(a, memory, 1);
                throw;
            }
        }

        void post(Args... args) override {
            // Everything is moved out first: the handler may own the coroutine that
            // owns the multi that owns this.
            auto work = std::move(work_);
            posted call(std::move(handler_), std::move(args)...);
            destroy();
            auto slot = asio::get_associated_cancellation_slot(call.handler);
            if (slot.is_connected()) {
                slot.clear();
            }
            asio::post(work.get_executor(), std::move(call));
        }
        void destroy() noexcept override {
            allocator a(asio::get_associated_allocator(handler_));
            this->~holder();
            std::allocator_traits<allocator>::deallocate(a, this, 1);
        }
        asio::cancellation_slot slot() noexcept override {
            return asio::get_associated_cancellation_slot(handler_);
        }

     private:
        struct posted {
            using allocator_type = asio::associated_allocator_t<Handler>;
            template <class... A>
            explicit posted(Handler&& h, A&&... a)
                : handler(std::move(h)), results(std::forward<A>(a)...) {}
            allocator_type get_allocator() const noexcept {
                return asio::get_associated_allocator(handler);
            }
            void operator()() { std::apply(std::move(handler), std::move(results)); }
            Handler handler;
            std::tuple<Args...> results;
        };

        Handler handler_;
        asio::executor_work_guard<executor> work_;
    };

    base* impl_ = nullptr;
};

}  // namespace XFER_NAMESPACE::detail
