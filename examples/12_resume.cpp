// Downloads into a file, and goes on where an earlier attempt ended: of this run, or of
// one that was killed. If the server has another version by now, it begins anew; two
// versions are never spliced.
#include <xfer.hpp>

#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>
#include <asio/use_awaitable.hpp>

#include <iostream>
#include <string>

using namespace std::chrono_literals;

/// Whether the same request may do better in a moment. What is certain to fail again,
/// such as a missing file or a full disk, is not worth it.
bool may_pass(const xfer::transfer_error& e) {
    return xfer::is_timeout(e.code()) || e.code() == xfer::condition::partial_file ||
           e.code() == xfer::condition::recv_error ||
           e.code() == xfer::condition::couldnt_connect;
}

/// One attempt; false: it may be tried again.
asio::awaitable<bool> attempt(xfer::multi& m, xfer::request r, int& status) {
    try {
        const auto done = co_await m.async_fetch(std::move(r));
        std::cout << (done.status() == 206 ? "the rest: " : "all: ")
                  << done.info().bytes_received << " bytes\n";
        status = 0;
    } catch (const xfer::transfer_error& e) {
        std::cout << e.failure().message << '\n';
        co_return !may_pass(e);
    }
    co_return true;
}

asio::awaitable<void> download(
    xfer::multi& m, std::string url, std::string path, int& status
) {
    // A server that sends next to nothing is as good as gone.
    const xfer::options options{.low_speed_limit = 100, .low_speed_time = 20s};
    auto r = xfer::get(url, options);
    r.to_file(path, xfer::file_mode::resume);
    asio::steady_timer pause(co_await asio::this_coro::executor);
    for (auto wait = 100ms;; wait *= 2) {
        const bool over = co_await attempt(m, r, status);
        if (over || wait == 800ms) co_return;
        pause.expires_after(wait);
        co_await pause.async_wait(asio::use_awaitable);
    }
}

int main(int argc, char** argv) {
    if (argc != 3) {
        std::cerr << "Usage: " << argv[0] << " URL FILE\n";
        return 2;
    }
    asio::io_context loop;
    xfer::multi m(loop);
    int status = 1;
    asio::co_spawn(loop, download(m, argv[1], argv[2], status), asio::detached);
    loop.run();
    return status;
}
