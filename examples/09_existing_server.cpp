// An Asio server that was there before xfer: it echoes lines. Now a line that is a URL
// is answered with the status and the size of what is found there. Fetches run on the
// server's own io_context, between its other handlers: no thread, no glue.
#include <xfer.hpp>

#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/read_until.hpp>
#include <asio/use_awaitable.hpp>
#include <asio/write.hpp>

#include <charconv>
#include <iostream>
#include <string>
#include <string_view>

using asio::ip::tcp;
using namespace std::chrono_literals;

asio::awaitable<std::string> answer(xfer::multi& m, std::string line) {
    if (!line.starts_with("http://") && !line.starts_with("https://")) {
        co_return line;
    }
    try {
        const auto r = co_await m.async_fetch(xfer::get(line, {.total_timeout = 10s}));
        co_return std::to_string(r.status()) + " " + std::to_string(r.body().size());
    } catch (const xfer::transfer_error& e) {
        co_return "error " + e.failure().message;
    }
}

asio::awaitable<void> serve(tcp::socket client, xfer::multi& m) try {
    constexpr std::size_t longest_line = 65'536;
    std::string received;
    for (;;) {
        auto buffer = asio::dynamic_buffer(received, longest_line);
        const auto end =
            co_await asio::async_read_until(client, buffer, '\n', asio::use_awaitable);
        std::string line = received.substr(0, end - 1);
        received.erase(0, end);
        if (line.ends_with('\r')) line.pop_back();
        const auto reply = co_await answer(m, std::move(line)) + "\n";
        co_await asio::async_write(client, asio::buffer(reply), asio::use_awaitable);
    }
} catch (const std::system_error&) {
    // The client has gone.
}

asio::awaitable<void> accept_all(tcp::acceptor& acceptor, xfer::multi& m) {
    for (;;) {
        auto client = co_await acceptor.async_accept(asio::use_awaitable);
        asio::co_spawn(
            acceptor.get_executor(), serve(std::move(client), m), asio::detached
        );
    }
}

int main(int argc, char** argv) try {
    std::uint16_t port = 0;
    const std::string_view text = argc > 1 ? argv[1] : "0";
    const auto read = std::from_chars(text.data(), text.data() + text.size(), port);
    if (argc > 2 || read.ec != std::errc() || read.ptr != text.data() + text.size()) {
        std::cerr << "Usage: " << argv[0] << " [PORT]   (default: a free one)\n";
        return 2;
    }
    asio::io_context loop;
    xfer::multi m(loop);
    tcp::acceptor acceptor(loop, tcp::endpoint(asio::ip::address_v4::loopback(), port));
    std::cout << "listening on 127.0.0.1:" << acceptor.local_endpoint().port()
              << std::endl;
    asio::co_spawn(loop, accept_all(acceptor, m), asio::detached);
    loop.run();
} catch (const std::exception& e) {
    std::cerr << e.what() << '\n';
    return 1;
}
