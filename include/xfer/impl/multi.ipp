// The face of the engine.
#pragma once

#include <xfer/engine/hub.hpp>
#include <xfer/multi.hpp>
#include <xfer/remote.hpp>

#include <asio/async_result.hpp>
#include <asio/use_awaitable.hpp>

#include <optional>
#include <tuple>
#include <utility>

namespace XFER_NAMESPACE {

XFER_DECL multi::multi(const settings& s) : state_(std::make_shared<engine::hub>(s)) {}
XFER_DECL multi::multi(asio::io_context& loop, const settings& s)
    : state_(std::make_shared<engine::hub>(loop, s)) {}
XFER_DECL multi::multi(asio::any_io_executor executor, const settings& s)
    : state_(std::make_shared<engine::hub>(std::move(executor), s)) {}

XFER_DECL multi::~multi() {
    if (state_) {
        state_->close();
    }
}

XFER_DECL multi::multi(multi&&) noexcept = default;

XFER_DECL multi& multi::operator=(multi&& other) noexcept {
    if (this != &other) {
        // What is closed may own this multi.
        const auto old = std::exchange(state_, std::move(other.state_));
        if (old) {
            old->close();
        }
    }
    return *this;
}

XFER_DECL asio::any_io_executor multi::get_executor() const noexcept {
    return executor_of(state_);
}

XFER_DECL transfer_id multi::add(request r) {
    return state_->engine().add(std::move(r));
}

XFER_DECL std::size_t multi::perform() {
    std::error_code ec;
    const auto running = perform(ec);
    if (ec) {
        throw std::system_error(ec, "xfer::multi::perform");
    }
    return running;
}

XFER_DECL std::size_t multi::perform(std::error_code& ec) {
    const auto keep = state_;
    return keep->perform(ec);
}

XFER_DECL bool multi::wait(duration d) { return wait(d, std::span<wait_fd>()); }

XFER_DECL bool multi::wait(duration d, std::error_code& ec) {
    return wait(d, std::span<wait_fd>(), ec);
}

XFER_DECL bool multi::wait(duration d, std::span<wait_fd> fds) {
    std::error_code ec;
    const bool happened = wait(d, fds, ec);
    if (ec) {
        throw std::system_error(ec, "xfer::multi::wait");
    }
    return happened;
}

XFER_DECL bool multi::wait(duration d, std::span<wait_fd> fds, std::error_code& ec) {
    const auto keep = state_;
    return keep->wait(d, fds, ec);
}

XFER_DECL void multi::wakeup() const { state_->wakeup(); }

XFER_DECL std::optional<message> multi::info_read(std::size_t* left) {
    return state_->engine().info_read(left);
}

XFER_DECL bool multi::remove(transfer_id id) { return state_->engine().remove(id); }

XFER_DECL bool multi::cancel(transfer_id id) {
    return state_->engine().cancel(id, asio::error::operation_aborted);
}

XFER_DECL bool multi::pause(transfer_id id) { return state_->engine().pause(id, true); }
XFER_DECL bool multi::resume(transfer_id id) {
    return state_->engine().pause(id, false);
}

XFER_DECL bool multi::empty() const noexcept { return state_->engine().empty(); }
XFER_DECL xfer::stats multi::stats() const { return state_->engine().stats(); }

XFER_DECL std::optional<time_point> multi::next_deadline() const {
    return state_->engine().next_deadline();
}

XFER_DECL std::optional<stage> multi::stage_of(transfer_id id) const {
    return state_->engine().stage_of(id);
}

XFER_DECL std::optional<xfer::progress> multi::progress_of(transfer_id id) const {
    return state_->engine().progress_of(id);
}

XFER_DECL void multi::set_limits(const settings& s) { state_->engine().set_limits(s); }
XFER_DECL void multi::network_changed() { state_->engine().network_changed(); }

XFER_DECL void multi::set_on_completion(std::function<void(const message&)> f) {
    state_->engine().on_completion(std::move(f));
}

XFER_DECL remote multi::remote() const { return xfer::remote(state_); }

XFER_DECL asio::any_io_executor multi::executor_of(const hub_ptr& hub) {
    return hub->engine().executor();
}

XFER_DECL bool multi::loop_is_gone(const hub_ptr& hub) noexcept {
    return hub->engine().gone();
}

XFER_DECL void multi::fetch(const hub_ptr& hub, request&& r, fetched h) {
    hub->engine().fetch(std::move(r), std::move(h));
}

XFER_DECL void multi::open(const hub_ptr& hub, request&& r, opened h) {
    hub->engine().open(std::move(r), std::move(h));
}

XFER_DECL void multi::next(const hub_ptr& hub, received h) {
    hub->engine().next(std::move(h));
}

XFER_DECL void multi::shut_down(const hub_ptr& hub, ended h) {
    hub->engine().async_shutdown(std::move(h));
}

// Awaiting without a token: the results go straight into the frame of the coroutine
// that waits, since g++ 12 miscompiles tuples of results bound in a co_await
// expression, and each step of the way through Asio would move them.
namespace detail {

template <class Value>
struct outcome {
    std::error_code ec;
    std::optional<Value> value;
};

/// Puts the results where they are awaited, and completes what waits without any.
template <class Value, class Handler>
struct deliver_into {
    Handler handler;
    outcome<Value>* place;  ///< in the frame that the handler resumes
    using executor_type = asio::associated_executor_t<Handler>;
    using allocator_type = asio::associated_allocator_t<Handler>;
    using cancellation_slot_type = asio::associated_cancellation_slot_t<Handler>;
    executor_type get_executor() const noexcept {
        return asio::get_associated_executor(handler);
    }
    allocator_type get_allocator() const noexcept {
        return asio::get_associated_allocator(handler);
    }
    cancellation_slot_type get_cancellation_slot() const noexcept {
        return asio::get_associated_cancellation_slot(handler);
    }
    void operator()(std::error_code ec, Value&& value) {
        place->ec = ec;
        place->value.emplace(std::move(value));
        std::move(handler)();
    }
};

/// Initiates one of the multi's operations with such a handler. The arguments are in
/// the waiting frame, too.
template <class Value, class Start, class... Args>
struct start_into {
    Start start;
    outcome<Value>* place;
    std::tuple<Args*...> arguments;
    template <class Handler>
    void operator()(Handler&& handler) const {
        deliver_into<Value, std::decay_t<Handler>> d{
            std::forward<Handler>(handler), place};
        std::apply(
            [&](Args*... a) { start(std::move(d), std::move(*a)...); }, arguments
        );
    }
};

template <class Value, class Start, class... Args>
asio::awaitable<void> await_into(outcome<Value>& to, Start start, Args&... args) {
    return asio::async_initiate<const asio::use_awaitable_t<>, void()>(
        start_into<Value, Start, Args...>{
            std::move(start), &to, std::tuple<Args*...>(&args...)},
        asio::use_awaitable
    );
}

}  // namespace detail

XFER_DECL asio::awaitable<response> multi::fetch_awaiting(
    fetch_start start, request r
) {
    detail::outcome<response> result;
    co_await detail::await_into(result, std::move(start), r);
    if (result.ec) {
        throw transfer_error(result.ec, result.value->failure());
    }
    co_return std::move(*result.value);
}

XFER_DECL asio::awaitable<response_stream> multi::open_awaiting(
    open_start start, request r
) {
    detail::outcome<response_stream> result;
    co_await detail::await_into(result, std::move(start), r);
    if (result.ec) {
        throw transfer_error(result.ec, result.value->head().failure());
    }
    co_return std::move(*result.value);
}

XFER_DECL asio::awaitable<message> multi::next_awaiting(next_start start) {
    detail::outcome<message> result;
    co_await detail::await_into(result, std::move(start));
    if (result.ec) {
        throw std::system_error(result.ec, "xfer::multi::async_next");
    }
    co_return std::move(*result.value);
}

// Not coroutines themselves: what they need is taken from the multi now.

XFER_DECL asio::awaitable<response> multi::async_fetch(request r) {
    return fetch_awaiting(fetch_start{state_}, std::move(r));
}

XFER_DECL asio::awaitable<response_stream> multi::async_open(request r) {
    return open_awaiting(open_start{state_}, std::move(r));
}

XFER_DECL asio::awaitable<message> multi::async_next() {
    return next_awaiting(next_start{state_});
}

XFER_DECL asio::awaitable<void> multi::async_shutdown() {
    return async_shutdown(asio::use_awaitable);
}

// Other threads.

XFER_DECL transfer_id remote::add(request r) const {
    const transfer_id id(hub_->engine().new_serial(), transfer_id::no_slot);
    const std::weak_ptr<engine::state> weak = hub_->shared_engine();
    auto kept = std::make_shared<request>(std::move(r));
    auto adding = [weak, kept, id] {
        if (auto self = weak.lock()) {
            self->add(std::move(*kept), id);
        }
    };
    const auto& mail = hub_->engine().mail();
    return mail->deliver(net::write_letter(adding)) ? id : transfer_id();
}

XFER_DECL bool remote::cancel(transfer_id id) const {
    const std::weak_ptr<engine::state> weak = hub_->shared_engine();
    auto cancelling = [weak, id] {
        if (auto self = weak.lock()) {
            self->cancel(id, asio::error::operation_aborted);
        }
    };
    return hub_->engine().mail()->deliver(net::write_letter(cancelling));
}

XFER_DECL bool remote::wakeup() const { return hub_->wakeup(); }

}  // namespace XFER_NAMESPACE
