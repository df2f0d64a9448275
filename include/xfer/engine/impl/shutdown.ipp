// The end of a multi: after its transfers, or with them.
#pragma once

#include <xfer/engine/state.hpp>

#include <utility>

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
    close();
    calls_->ended = nullptr;
    // Handlers are moved out first, and destroyed or posted last: one of them may own
    // the coroutine that owns the multi.
    struct leftovers {
        std::vector<fetch_handler> fetched;
        std::vector<open_handler> opened;
        std::vector<std::shared_ptr<stream_channel>> channels;
        std::deque<next_waiter> next;
        std::vector<shutdown_waiter> shutdown;
        std::function<void(const message&)> on_completion;
    } left;
    left.next.swap(next_);
    left.shutdown.swap(awaiting_shutdown_);
    left.on_completion.swap(on_completion_);
    for (auto* list : {&transfers_, &unread_, &doomed_}) {
        while (!list->empty()) {
            auto& t = list->pop_front();
            if (t.on_fetched) {
                left.fetched.push_back(std::move(t.on_fetched));
            }
            if (t.on_opened) {
                left.opened.push_back(std::move(t.on_opened));
            }
            if (t.channel) {
                left.channels.push_back(std::move(t.channel));
            }
            t.destroy_frames();
            destroy(t);
        }
    }
    running_ = added_running_ = unread_count_ = queued_ = paused_ = 0;
    scheduler_.drop_idle();
    work_ = {};
    if (!handlers_run_) {
        for (auto& c : left.channels) {
            c->producer = nullptr;
            c->ended = true;
            c->outcome = asio::error::operation_aborted;
            c->reading.reset();
        }
        return;
    }
    const std::error_code aborted = asio::error::operation_aborted;
    for (auto& h : left.fetched) {
        h.post(aborted, response());
    }
    for (auto& h : left.opened) {
        h.post(aborted, nullptr, response());
    }
    for (auto& c : left.channels) {
        c->end(aborted);
    }
    for (auto& w : left.next) {
        w.handler.post(aborted, message());
    }
    for (auto& w : left.shutdown) {
        w.handler.post(aborted);
    }
}

}  // namespace XFER_NAMESPACE::engine
