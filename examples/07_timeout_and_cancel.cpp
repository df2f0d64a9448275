// Asks several mirrors at once and takes the first good answer: the others are
// cancelled then, each has a limit of time, and Ctrl-C cancels them all. A cancelled
// transfer completes like any other, at once.
#include <xfer.hpp>

#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/io_context.hpp>
#include <asio/signal_set.hpp>

#include <charconv>
#include <iostream>
#include <string>
#include <string_view>
#include <vector>

/// Cancels what is still in progress; for the others it does nothing.
void cancel_all(xfer::multi& m, const std::vector<xfer::transfer_id>& ids) {
    for (const auto id : ids) m.cancel(id);
}

asio::awaitable<void> first_of(
    xfer::multi& m, std::vector<xfer::transfer_id> ids, int& status
) {
    while (!m.empty()) {
        const auto done = co_await m.async_next();
        const auto name = std::any_cast<std::string>(done.tag);
        if (xfer::is_cancelled(done.ec)) {
            std::cout << name << ": cancelled\n";
        } else if (xfer::is_timeout(done.ec)) {
            std::cout << name << ": timeout while " << to_string(done.failure().stage)
                      << '\n';
        } else if (done.ec) {
            std::cout << done.failure().message << '\n';
        } else if (!xfer::status::is_success(done.response.status())) {
            std::cout << name << ": status " << done.response.status() << '\n';
        } else if (status == 0) {
            std::cout << name << ": too late\n";
        } else {
            std::cout << name << ": first, " << done.response.body().size()
                      << " bytes\n";
            cancel_all(m, ids);
            status = 0;
        }
    }
}

int main(int argc, char** argv) {
    int limit = 0;
    const std::string_view text = argc < 3 ? "" : argv[1];
    const auto read = std::from_chars(text.data(), text.data() + text.size(), limit);
    if (limit <= 0 || read.ptr != text.data() + text.size()) {
        std::cerr << "Usage: " << argv[0] << " MILLISECONDS URL...\n";
        return 2;
    }
    asio::io_context loop;
    xfer::multi m(loop);
    std::vector<xfer::transfer_id> ids;
    const xfer::options options{.total_timeout = std::chrono::milliseconds(limit)};
    for (int i = 2; i < argc; ++i) {
        auto request = xfer::get(argv[i], options);
        request.tag(std::string(argv[i]));
        ids.push_back(m.add(std::move(request)));
    }
    asio::signal_set interrupts(loop, SIGINT);
    interrupts.async_wait([&](std::error_code ec, int) {
        if (!ec) cancel_all(m, ids);
    });
    int status = 1;
    asio::co_spawn(
        loop,
        first_of(m, ids, status),
        // The wait for signals would keep the loop running.
        [&](const std::exception_ptr&) { interrupts.cancel(); }
    );
    loop.run();
    return status;
}
