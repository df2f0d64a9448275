// perform, wait, wakeup, and who is destroyed when.
#pragma once

#include <xfer/engine/hub.hpp>
#include <xfer/engine/walk.hpp>
#include <xfer/net/descriptor_wait.hpp>

#include <asio/executor_work_guard.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/local/stream_protocol.hpp>
#include <asio/query.hpp>
#include <asio/steady_timer.hpp>

#include <algorithm>
#include <utility>

namespace XFER_NAMESPACE::engine {

XFER_DECL loop_service::loop_service(asio::execution_context& context)
    : service(context) {}

XFER_DECL void loop_service::enrol(std::weak_ptr<state> s) {
    std::lock_guard lock(mutex_);
    std::erase_if(states_, [](const auto& other) { return other.expired(); });
    states_.push_back(std::move(s));
}

XFER_DECL void loop_service::shutdown() noexcept {
    std::vector<std::weak_ptr<state>> states;
    {
        std::lock_guard lock(mutex_);
        states.swap(states_);
    }
    for (auto& entry : states) {
        if (const auto s = entry.lock()) {
            s->shut_down(false);
        }
    }
}

XFER_DECL hub::hub(
    std::shared_ptr<asio::io_context> owned,
    asio::io_context* loop,
    asio::any_io_executor executor,
    net::drive how,
    const settings& s
)
    : owned_(std::move(owned)),
      loop_(loop),
      max_steps_(std::max<std::size_t>(s.max_steps, 1)),
      manual_clock_(s.clock != nullptr) {
    {
        // The services that sockets and timers live in must be older than ours.
        asio::ip::tcp::socket tcp(executor);
        asio::local::stream_protocol::socket local(executor);
        asio::steady_timer timer(executor);
    }
    auto& service =
        asio::use_service<loop_service>(asio::query(executor, asio::execution::context)
        );
    state_ = std::make_shared<state>(std::move(executor), how, s, &walk);
    mail_ = state_->mail();
    if (loop_ != nullptr) {
        state_->watch_loop(*loop_);
    }
    service.enrol(state_);
}

XFER_DECL hub::hub(const settings& s)
    : hub(std::make_shared<asio::io_context>(1), s, 0) {}

inline hub::hub(const std::shared_ptr<asio::io_context>& owned, const settings& s, int)
    : hub(owned, owned.get(), owned->get_executor(), net::drive::by_perform, s) {}

XFER_DECL hub::hub(asio::io_context& loop, const settings& s)
    : hub(nullptr, &loop, loop.get_executor(), net::drive::by_loop, s) {}

XFER_DECL hub::hub(asio::any_io_executor executor, const settings& s)
    : hub(nullptr, nullptr, std::move(executor), net::drive::by_loop, s) {}

XFER_DECL hub::~hub() { close(); }

XFER_DECL void hub::close() noexcept {
    if (!state_->closing()) {
        state_->shut_down(true);
        // Whoever runs the loop now keeps it; a remote handle does not.
        owned_.reset();
    }
}

/// Refuses what cannot run the loop now, and restarts a loop that ran out of work.
inline std::error_code hub::enter_loop() {
    if (state_->closing()) {
        return error::multi_closed;
    }
    if (loop_ == nullptr) {
        return error::no_loop;
    }
    if (state_->in_turn() || loop_->get_executor().running_in_this_thread()) {
        return error::recursive_call;
    }
    if (loop_->stopped()) {
        if (state_->stopped_by_user()) {
            return error::loop_stopped;
        }
        loop_->restart();
        state_->restarted();
    }
    return {};
}

XFER_DECL std::size_t hub::perform(std::error_code& ec) {
    ec = enter_loop();
    if (ec) {
        return state_->running();
    }
    const auto keep = state_;
    const auto keep_loop = owned_;
    auto handlers_left = max_steps_;
    const auto step_limit = keep->steps() + max_steps_;
    // A handler may run a whole turn, so steps are counted as well.
    keep->limit_steps(step_limit);
    struct unlimit {
        state& s;
        ~unlimit() { s.limit_steps(net::loop::no_step_limit); }
    } const when_done{*keep};  // a handler of the user's may throw
    do {
        keep->turn(net::loop::steps_per_turn);
        while (handlers_left > 0 && keep->steps() < step_limit && loop_->poll_one() != 0
        ) {
            --handlers_left;
        }
    } while (!keep->closing() && keep->anything_ready() && handlers_left > 0 &&
             keep->steps() < step_limit);
    return keep->running();
}

XFER_DECL bool hub::wakeup() {
    if (woken_.exchange(true)) {
        return true;  // one is on its way
    }
    bool delivered = false;
    try {
        delivered =
            mail_->deliver(net::write_letter([ran = letter_ran_] { *ran = true; }));
    } catch (...) {
        woken_ = false;
        throw;
    }
    if (!delivered) {
        woken_ = false;  // nobody is there to be woken
    }
    return delivered;
}

inline time_point hub::wait_until(duration d) {
    const auto now = std::chrono::steady_clock::now();
    auto until = detail::later(now, d);
    if (const auto deadline = state_->next_deadline()) {
        if (!manual_clock_) {
            until = std::min(until, *deadline);
        } else if (*deadline <= state_->refresh_now()) {
            until = now;
        }
    }
    return until;
}

XFER_DECL bool hub::wait(duration d, std::span<wait_fd> fds, std::error_code& ec) {
    for (auto& entry : fds) {
        entry.ready = fd_events::none;
    }
    if (d < duration::zero()) {
        ec = error::invalid_argument;
        return false;
    }
    ec = enter_loop();
    if (ec) {
        return false;
    }
    const auto keep = state_;
    const auto keep_loop = owned_;
    net::descriptor_wait descriptors(*loop_, fds, letter_ran_);
    auto until = wait_until(d);
    if (descriptors.blind()) {
        // The process has no descriptor left to wait with: look again soon.
        constexpr auto glance = std::chrono::milliseconds(10);
        until = std::min(until, std::chrono::steady_clock::now() + glance);
    }
    const bool at_once = woken_.exchange(false) || keep->anything_ready() ||
                         keep->unsettled() || descriptors.any_ready();
    std::size_t handlers = 0;
    if (!at_once) {
        // An empty loop would return at once.
        const auto work = asio::make_work_guard(*loop_);
        struct holding {
            state& s;
            explicit holding(state& held) : s(held) { s.hold(true); }
            ~holding() { s.hold(false); }
        } const held(*keep);  // a handler of the user's may throw
        do {
            *letter_ran_ = false;
            handlers = until == time_point::max() ? loop_->run_one()
                                                  : loop_->run_one_until(until);
            // The letter of a wakeup that ended an earlier wait ends no other, nor
            // does what an earlier wait for descriptors left behind.
        } while (handlers > 0 && *letter_ran_ && !woken_ && !keep->anything_ready() &&
                 !descriptors.any_ready());
        woken_.store(false);
    }
    descriptors.finish();
    const bool due = keep->deadline_due();
    if (keep->anything_ready() || due) {
        // The handler that was held back would have run it.
        keep->schedule_turn();
    }
    return at_once || handlers > 0 || due || descriptors.any_ready();
}

}  // namespace XFER_NAMESPACE::engine
