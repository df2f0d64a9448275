// Waiting within a run.
#include "run/session.hpp"

#include <asio/redirect_error.hpp>
#include <asio/use_awaitable.hpp>

#include <system_error>

namespace tool {

asio::awaitable<void> nap(session& s, std::chrono::steady_clock::duration time) {
    asio::steady_timer timer(s.multi.get_executor(), time);
    s.naps.insert(&timer);
    std::error_code ignored;  // it was ended early
    auto token = asio::redirect_error(asio::use_awaitable, ignored);
    co_await timer.async_wait(token);
    s.naps.erase(&timer);
}

}  // namespace tool
