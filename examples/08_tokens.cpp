// One operation, and what an Asio program may want of it: a value to await, an
// error_code to look at, a callback, a future, nothing at all, or a way to cancel.
#include <xfer.hpp>

#include <asio/bind_cancellation_slot.hpp>
#include <asio/cancellation_signal.hpp>
#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/io_context.hpp>
#include <asio/redirect_error.hpp>
#include <asio/use_awaitable.hpp>
#include <asio/use_future.hpp>

#include <iostream>
#include <string>
#include <thread>

asio::awaitable<void> awaiting(xfer::multi& m, std::string url) {
    try {
        const auto r = co_await m.async_fetch(url);  // throws xfer::transfer_error
        std::cout << "awaited: " << r.status() << '\n';
    } catch (const xfer::transfer_error& e) {
        std::cout << "awaited: " << e.failure().message << '\n';
    }
    std::error_code ec;
    const auto r = co_await m.async_fetch(
        url, asio::redirect_error(asio::use_awaitable, ec)
    );  // throws nothing, and the response says more about the error
    std::cout << "redirected: " << (ec ? r.failure().message : r.body()) << '\n';
}

int main(int argc, char** argv) {
    if (argc != 2) {
        std::cerr << "Usage: " << argv[0] << " URL\n";
        return 2;
    }
    const std::string url = argv[1];
    asio::io_context loop;
    xfer::multi m(loop);

    asio::co_spawn(loop, awaiting(m, url), asio::detached);

    m.async_fetch(url, [](std::error_code ec, const xfer::response& r) {
        std::cout << "callback: " << (ec ? ec.message() : r.body()) << '\n';
    });

    m.async_fetch(url, asio::detached);  // whatever comes of it

    asio::cancellation_signal stop;
    auto stopped = [](std::error_code ec, const xfer::response&) {
        std::cout << "cancelled: " << std::boolalpha << xfer::is_cancelled(ec) << '\n';
    };
    m.async_fetch(url, asio::bind_cancellation_slot(stop.slot(), stopped));
    stop.emit(asio::cancellation_type::terminal);

    // All of the multi is called on the loop's thread; a future is read on another.
    auto future = m.async_fetch(url, asio::use_future);
    std::thread thread([&loop] { loop.run(); });
    std::string last;
    try {
        last = "future: " + future.get().body();
    } catch (const std::system_error& e) {
        last = std::string("future: ") + e.what();
    }
    thread.join();
    std::cout << last << '\n';
}
