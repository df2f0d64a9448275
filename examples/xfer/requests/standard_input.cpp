// Reading standard input without changing it for others.
#include "requests/standard_input.hpp"

#include "run/stop_signals.hpp"

#include <asio/posix/stream_descriptor.hpp>
#include <asio/redirect_error.hpp>
#include <asio/use_awaitable.hpp>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <span>
#include <string>
#include <system_error>

namespace tool {

namespace {

/// The count that a read has returned.
std::size_t count_of(std::ptrdiff_t n, standard_input& input) {
    if (n < 0) {
        throw std::system_error(errno, std::system_category());
    }
    input.was_read = input.was_read || n > 0;
    return static_cast<std::size_t>(n);
}

/// Whether a read would return at once.
bool is_ready() {
    pollfd what{STDIN_FILENO, POLLIN, 0};
    return ::poll(&what, 1, 0) != 0;
}

/// Waits for the descriptor and then reads; reading by asio would make it non-blocking.
refusal from_pipe(
    const std::shared_ptr<standard_input>& input,
    const asio::any_io_executor& loop,
    xfer::source& body
) {
    const int copy = ::dup(STDIN_FILENO);
    if (copy < 0) {
        return {
            exit_codes::read_error,
            std::string("Failed to open standard input: ") + std::strerror(errno)};
    }
    const auto pipe = std::make_shared<asio::posix::stream_descriptor>(loop, copy);
    auto read = [input, pipe](std::span<char> space) -> asio::awaitable<std::size_t> {
        std::ptrdiff_t n = -1;
        do {
            while (!is_ready()) {
                std::error_code ec;
                auto token = asio::redirect_error(asio::use_awaitable, ec);
                co_await pipe->async_wait(
                    asio::posix::descriptor_base::wait_read, token
                );
                if (ec) {
                    throw std::system_error(ec);
                }
            }
            n = read_what_is_there(space);
        } while (n < 0 && (errno == EAGAIN || errno == EINTR));
        co_return count_of(n, *input);
    };
    body = xfer::from_awaitable(read);
    return {};
}

}  // namespace

refusal standard_input_body(
    const std::shared_ptr<standard_input>& input,
    const asio::any_io_executor& loop,
    xfer::source& body
) {
    struct stat what {};
    if (::fstat(STDIN_FILENO, &what) != 0 || !S_ISREG(what.st_mode)) {
        return from_pipe(input, loop, body);
    }
    if (!input->start) {
        input->start = ::lseek(STDIN_FILENO, 0, SEEK_CUR);
    }
    const auto seek = [start = *input->start] {
        ::lseek(STDIN_FILENO, start, SEEK_SET);
    };
    seek();
    const auto read = [input](std::span<char> space) {
        return count_of(::read(STDIN_FILENO, space.data(), space.size()), *input);
    };
    body = xfer::from_function(read);
    body.rewind(seek);
    return {};
}

}  // namespace tool
