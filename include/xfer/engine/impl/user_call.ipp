// The only place where a coroutine of Asio's is spawned.
#pragma once

#include <xfer/engine/user_call.hpp>

#include <asio/bind_cancellation_slot.hpp>
#include <asio/co_spawn.hpp>

#include <utility>

namespace XFER_NAMESPACE::engine {

inline void user_call_ended(
    user_call& call, std::exception_ptr thrown, std::size_t value
) {
    call.done = true;
    call.thrown = std::move(thrown);
    call.value = value;
    --call.count->running;
    if (call.waiter != nullptr) {
        call.waiter->wake();
    } else if (call.count->ended) {
        call.count->ended();
    }
}

template <class Work, class Ended>
void start_counted(user_call& call, net::loop& loop, Work work, Ended ended) {
    call.done = false;
    loop.grow_older();
    ++call.count->running;
    try {
        asio::co_spawn(
            loop.executor(),
            std::move(work),
            asio::bind_cancellation_slot(call.cancel.slot(), std::move(ended))
        );
    } catch (...) {
        // There was no memory for it; nobody will say that it ended.
        if (!call.done) {
            call.done = true;
            --call.count->running;
        }
        throw;
    }
}

XFER_DECL void start(
    const std::shared_ptr<user_call>& call, net::loop& loop, asio::awaitable<void> work
) {
    start_counted(*call, loop, std::move(work), [call](std::exception_ptr thrown) {
        user_call_ended(*call, std::move(thrown), 0);
    });
}

XFER_DECL void start(
    const std::shared_ptr<user_call>& call,
    net::loop& loop,
    asio::awaitable<std::size_t> work
) {
    start_counted(
        *call,
        loop,
        std::move(work),
        [call](std::exception_ptr thrown, std::size_t value) {
            user_call_ended(*call, std::move(thrown), value);
        }
    );
}

}  // namespace XFER_NAMESPACE::engine
