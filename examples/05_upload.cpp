// Uploads with PUT: a file, whose length is known, or what comes in at standard input,
// which goes out in chunks. Neither is ever in memory as a whole.
#include <xfer.hpp>

#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/io_context.hpp>

#include <iostream>
#include <span>
#include <string>

using namespace std::chrono_literals;

/// Reading may block here, since this program has nothing else to do meanwhile; where
/// it has, use xfer::from_awaitable.
std::size_t read_standard_input(std::span<char> space) {
    std::cin.read(space.data(), static_cast<std::streamsize>(space.size()));
    return static_cast<std::size_t>(std::cin.gcount());  // 0 is the end
}

asio::awaitable<void> upload(
    xfer::multi& m, std::string file, std::string url, int& status
) {
    // The server is asked before the body is sent: if it refuses, nothing is wasted.
    const xfer::options options{.total_timeout = 10min, .expect_continue = true};
    auto body =
        file == "-" ? xfer::from_function(read_standard_input) : xfer::from_file(file);
    auto request = xfer::put(url, std::move(body), options);
    request.header("Content-Type", "application/octet-stream");
    try {
        const auto r = co_await m.async_fetch(std::move(request));
        std::cout << "status " << r.status() << ", " << r.info().bytes_sent
                  << " bytes sent\n"
                  << r.body();
        if (xfer::status::is_success(r.status())) status = 0;
    } catch (const xfer::transfer_error& e) {
        std::cout << e.failure().message << '\n';
        if (e.failure().request_may_have_been_processed) {
            std::cout << "the server may have stored it, in part or whole\n";
        }
    }
}

int main(int argc, char** argv) {
    if (argc != 3) {
        std::cerr << "Usage: " << argv[0] << " FILE URL   (FILE -: standard input)\n";
        return 2;
    }
    asio::io_context loop;
    xfer::multi m(loop);
    int status = 1;
    asio::co_spawn(loop, upload(m, argv[1], argv[2], status), asio::detached);
    loop.run();
    return status;
}
