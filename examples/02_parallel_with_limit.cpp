// Fetches many URLs at once, but never more than a given number at the same time:
// everything is added, the multi keeps to the limit, async_next() yields what is done.
#include <xfer.hpp>

#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/io_context.hpp>

#include <charconv>
#include <iostream>
#include <string>
#include <string_view>

asio::awaitable<void> read_all(xfer::multi& m, int& failures) {
    while (!m.empty()) {
        const xfer::message done = co_await m.async_next();
        if (done.ec) {
            std::cout << done.failure().message << '\n';
            ++failures;
        } else {
            std::cout << done.response.status() << ' ' << done.response.body().size()
                      << " bytes from " << done.response.url() << '\n';
        }
    }
}

int main(int argc, char** argv) {
    std::size_t limit = 0;
    const std::string_view text = argc < 3 ? "" : argv[1];
    const auto read = std::from_chars(text.data(), text.data() + text.size(), limit);
    if (limit == 0 || read.ptr != text.data() + text.size()) {
        std::cerr << "Usage: " << argv[0] << " LIMIT URL...   (LIMIT at least 1)\n";
        return 2;
    }
    asio::io_context loop;
    xfer::multi m(loop, {.max_transfers = limit});
    for (int i = 2; i < argc; ++i) {
        m.add(argv[i]);
    }
    int failures = 0;
    asio::co_spawn(loop, read_all(m, failures), asio::detached);
    loop.run();
    std::cout << m.stats().connections_opened << " connections, used again "
              << m.stats().connections_reused << " times\n";
    return failures == 0 ? 0 : 1;
}
