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
#include <optional>
#include <tuple>
#include <type_traits>
#include <utility>

namespace XFER_NAMESPACE::detail {

/// Owns a completion handler of signature void(Args...). post() hands it its results on
/// its associated executor, never inline, with memory from its associated allocator;
/// until then the executor is kept from running out of work. Destroyed without being
/// called when this is destroyed first, as Asio does when a loop goes away, and when
/// there is no memory to post it.
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

    void post(Args... args) noexcept {
        std::exchange(impl_, nullptr)->post(std::tuple<Args&&...>(std::move(args)...));
    }

    void reset() noexcept {
        if (impl_ != nullptr) {
            std::exchange(impl_, nullptr)->destroy();
        }
    }

 private:
    struct base {
        virtual void post(std::tuple<Args&&...> results) noexcept = 0;
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

        void post(std::tuple<Args&&...> results) noexcept override {
            results_.emplace(std::move(results));
            auto slot = this->slot();
            if (slot.is_connected()) {
                slot.clear();
            }
            const auto work = std::move(work_);
            try {
                asio::post(work.get_executor(), posted(this));
            } catch (...) {  // NOLINT(bugprone-empty-catch)
                // What was to be posted has destroyed the handler.
            }
        }
        void destroy() noexcept override {
            // It may own the memory that this lies in, and dies after that.
            const Handler handler(std::move(handler_));
            give_back(handler);
        }
        asio::cancellation_slot slot() noexcept override {
            return asio::get_associated_cancellation_slot(handler_);
        }

     private:
        /// What travels through Asio: it owns the holder, so that neither handler nor
        /// results are moved at each step of the way.
        struct posted {
            using allocator_type = asio::associated_allocator_t<Handler>;
            explicit posted(holder* h) noexcept : owned(h) {}
            posted(posted&& other) noexcept
                : owned(std::exchange(other.owned, nullptr)) {}
            ~posted() {
                if (owned != nullptr) {
                    owned->destroy();
                }
            }
            allocator_type get_allocator() const noexcept {
                return asio::get_associated_allocator(owned->handler_);
            }
            void operator()() { std::exchange(owned, nullptr)->call(); }
            holder* owned;
        };

        void call() {
            // Moved out first, and the memory given back: the handler may use it again.
            Handler handler(std::move(handler_));
            std::tuple<Args...> results(std::move(*results_));
            give_back(handler);
            std::apply(std::move(handler), std::move(results));
        }

        /// Destroys this and gives its memory back to the allocator of the handler that
        /// was moved out of it.
        void give_back(const Handler& moved_out) noexcept {
            allocator a(asio::get_associated_allocator(moved_out));
            this->~holder();
            std::allocator_traits<allocator>::deallocate(a, this, 1);
        }

        Handler handler_;
        asio::executor_work_guard<executor> work_;
        std::optional<std::tuple<Args...>> results_;
    };

    base* impl_ = nullptr;
};

}  // namespace XFER_NAMESPACE::detail
