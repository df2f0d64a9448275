// Downloads a URL into a file, and goes on with what is there: the program that
// interop/killed_downloads.cpp kills. Usage: resuming_download URL FILE RATE
#include <xfer.hpp>

#include <sys/socket.h>

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <system_error>

namespace {

/// What is still in the buffers of the kernel when a program dies has been sent in
/// vain; on a loopback these would otherwise be many megabytes.
std::error_code small_buffer(int socket) {
    constexpr int size = 16 * 1024;
    if (::setsockopt(socket, SOL_SOCKET, SO_RCVBUF, &size, sizeof size) != 0) {
        return {errno, std::system_category()};
    }
    return {};
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 4) {
        std::cerr << "usage: resuming_download URL FILE RATE\n";
        return 2;
    }
    auto request =
        xfer::get(argv[1], {.max_receive_rate = std::strtoull(argv[3], nullptr, 10)});
    request.to_file(argv[2], xfer::file_mode::resume);
    request.network(xfer::network().on_socket(small_buffer));
    xfer::multi m;
    m.add(request);
    while (m.perform() != 0) m.wait(std::chrono::seconds(1));
    const auto done = m.info_read();
    if (!done || done->ec) {
        std::cerr << (done ? done->failure().message : "no message") << '\n';
        return 1;
    }
    std::cout << done->response.status() << ' ' << done->response.info().bytes_received
              << '\n';
    return 0;
}
