// The end of a multi: after its transfers, or with them.
#pragma once

#include <xfer/engine/state.hpp>

#include <functional>
#include <list>
#include <memory>
#include <utility>
#include <vector>

namespace XFER_NAMESPACE::engine {

XFER_DECL void state::async_shutdown(shutdown_handler h) {
    shutting_down_ = true;
    const auto ticket = ++last_ticket_;
    h.on_cancel([self = weak_from_this(), ticket] {
        if (const auto s = self.lock()) {
            static_cast<state&>(*s).cancel_shutdown(ticket);
        }
    });
    awaiting_shutdown_.push_back({ticket, std::move(h)});
    transfers_.for_each([](transfer& t) { t.interrupt(asio::error::operation_aborted); }
    );
    const auto weak = weak_from_this();
    calls_->ended = [weak] {
        if (auto self = std::static_pointer_cast<state>(weak.lock())) {
            self->finish_shutdown();
        }
    };
    finish_shutdown();
}

/// The shutdown itself goes on: only nobody waits for it.
XFER_DECL void state::cancel_shutdown(std::uint64_t ticket) {
    cancel_waiter(awaiting_shutdown_, ticket);
}

XFER_DECL void state::finish_shutdown() {
    if (!shutting_down_ || running_ != 0 || calls_->running != 0) {
        return;
    }
    scheduler_.drop_idle();
    serve_next();
    shutting_down_ = false;
    for (auto& w : std::exchange(awaiting_shutdown_, {})) {
        w.handler.post(std::error_code());
    }
}

XFER_DECL void state::tidy() {
    if (closing_ && !closed()) {
        close_now();
        return;
    }
    tidy_now();
}

inline void state::tidy_now() {
    while (!doomed_.empty()) {
        auto& t = doomed_.pop_front();
        t.destroy_frames();
        destroy(t);
    }
    serve_next();
    finish_shutdown();
}

XFER_DECL void state::shut_down(bool handlers_run) noexcept {
    if (!handlers_run) {
        loop_is_gone();
    }
    if (closing_) {
        if (releasing_ && !handlers_run) {
            // Something that release() destroyed owned the loop.
            handlers_run_ = false;
            release();
        }
        return;
    }
    closing_ = true;
    handlers_run_ = handlers_run;
    if (in_turn() && handlers_run) {
        // The step that called goes no further than its callback.
        transfers_.for_each([](transfer& t) {
            t.interrupt(asio::error::operation_aborted);
        });
        request_tidy();
        return;
    }
    close_now();
}

XFER_DECL void state::close_now() noexcept {
    // A handler or a callback may own the coroutine that owns the multi.
    const auto alive = weak_from_this().lock();
    // First all transfers are put aside, which needs no memory and calls nobody: from
    // here on nobody finds them.
    calls_->ended = nullptr;
    for (auto* list : {&transfers_, &unread_, &doomed_}) {
        while (!list->empty()) {
            auto& t = list->pop_front();
            forget(t);
            leaving_.push_back(t);
        }
    }
    releasing_ = true;
    release();
    releasing_ = false;
    while (!leaving_.empty()) {
        dispose(leaving_.pop_front());
    }
    running_ = added_running_ = unread_count_ = queued_ = paused_ = 0;
}

/// What is the user's goes, handlers last: one of them may own what the rest uses. A
/// destructor on the way may destroy the loop; then all of this is done again within.
inline void state::release() noexcept {
    close();
    leaving_.for_each([](transfer& t) { t.destroy_frames(); });
    scheduler_.drop_idle();
    work_ = {};
    leaving_.for_each([](transfer& t) { const auto gone = std::move(t.request); });
    std::function<void(const message&)>().swap(on_completion_);
    leaving_.for_each([this](transfer& t) { end_waiting(t); });
    for (auto& w : std::exchange(next_, {})) {
        if (handlers_run_) {
            w.handler.post(asio::error::operation_aborted, message());
        }
    }
    for (auto& w : std::exchange(awaiting_shutdown_, {})) {
        if (handlers_run_) {
            w.handler.post(asio::error::operation_aborted);
        }
    }
}

inline void state::end_waiting(transfer& t) noexcept {
    auto fetched = std::move(t.on_fetched);
    auto opened = std::move(t.on_opened);
    const auto channel = std::move(t.channel);
    if (!handlers_run_) {
        if (channel) {
            channel->end_without_loop();
        }
        return;
    }
    const std::error_code aborted = asio::error::operation_aborted;
    if (channel) {
        channel->end(aborted);
    }
    if (fetched) {
        fetched.post(aborted, response());
    }
    if (opened) {
        opened.post(aborted, nullptr, response());
    }
}

}  // namespace XFER_NAMESPACE::engine
