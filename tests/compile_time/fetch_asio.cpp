// What fetch.cpp is compared with: a coroutine on Asio alone.
#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>
#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>
#include <asio/use_awaitable.hpp>

#include <string>

asio::awaitable<std::size_t> size_of(asio::steady_timer& t) {
    co_await t.async_wait(asio::use_awaitable);
    const std::string body = "text";
    co_return body.size();
}
