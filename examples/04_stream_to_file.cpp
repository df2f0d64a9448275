// Downloads to a file block by block: async_open() completes with the head, and the
// body is read like any Asio stream. Memory stays at one block, whatever the size; a
// file that is not complete has the name FILE.part.
#include <xfer.hpp>

#include <asio/buffer.hpp>
#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/io_context.hpp>
#include <asio/redirect_error.hpp>
#include <asio/use_awaitable.hpp>

#include <filesystem>
#include <fstream>
#include <iostream>
#include <string>
#include <vector>

/// Reads the body to its end and returns its size.
asio::awaitable<std::size_t> save(xfer::response_stream& body, std::ostream& file) {
    std::vector<char> block(65'536);
    std::size_t total = 0;
    for (;;) {
        std::error_code ec;
        const auto n = co_await body.async_read_some(
            asio::buffer(block), asio::redirect_error(asio::use_awaitable, ec)
        );
        total += n;
        file.write(block.data(), static_cast<std::streamsize>(n));
        if (ec == asio::error::eof) co_return total;
        if (ec) throw std::system_error(ec, "the body ended early");
        if (!file) throw std::runtime_error("the file cannot be written");
    }
}

asio::awaitable<void> download(
    xfer::multi& m, std::string url, std::string path, int& status
) try {
    auto body = co_await m.async_open(url);
    if (!xfer::status::is_success(body.status())) {
        std::cout << "status " << body.status() << ": nothing is saved\n";
        co_return;  // the rest of the body is given up with the stream
    }
    std::cout << "type " << body.head().header("Content-Type") << '\n';
    std::ofstream file(path + ".part", std::ios::binary);
    const auto size = co_await save(body, file);
    file.close();
    if (!file) throw std::runtime_error("the file cannot be written");
    std::filesystem::rename(path + ".part", path);
    std::cout << size << " bytes in " << path << '\n';
    status = 0;
} catch (const std::exception& e) {
    std::cout << e.what() << '\n';
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
