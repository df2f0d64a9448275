// Fetches URLs one after the other: co_await m.async_fetch(url).
#include <xfer.hpp>

#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/io_context.hpp>

#include <iostream>
#include <string>
#include <vector>

using namespace std::chrono_literals;

asio::awaitable<void> fetch_all(
    xfer::multi& m, std::vector<std::string> urls, int& failures
) {
    for (const auto& url : urls) {
        try {
            const auto r =
                co_await m.async_fetch(xfer::get(url, {.total_timeout = 30s}));
            const std::chrono::duration<double> time = r.info().timings.total;
            std::cout << r.status() << ' ' << r.body().size() << " bytes in "
                      << time.count() << " s from " << r.url() << '\n';
        } catch (const xfer::transfer_error& e) {
            // what() says what failed and what to do; failure() knows more.
            std::cout << url << ": " << e.failure().message << " ("
                      << e.code().message() << ")\n";
            ++failures;
        }
    }
}

int main(int argc, char** argv) {
    if (argc < 2) {
        std::cerr << "Usage: " << argv[0] << " URL...\n";
        return 2;
    }
    asio::io_context loop;
    xfer::multi m(loop);
    int failures = 0;
    asio::co_spawn(
        loop, fetch_all(m, {argv + 1, argv + argc}, failures), asio::detached
    );
    loop.run();
    return failures == 0 ? 0 : 1;
}
