// What perform.cpp is compared with: a loop on Asio alone.
#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>
#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>
#include <asio/use_awaitable.hpp>

#include <string>

int main() {
    asio::io_context io;
    std::size_t bytes = 0;
    asio::steady_timer t(io, std::chrono::seconds(1));
    t.async_wait([&](std::error_code ec) { bytes += ec.message().size(); });
    while (io.poll() != 0) io.run_one_for(std::chrono::seconds(1));
    return bytes == 0 ? 0 : 1;
}
