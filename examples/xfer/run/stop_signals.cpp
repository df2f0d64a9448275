// A handler that writes to a pipe, and a wait that looks at the pipe as well.
#include "run/stop_signals.hpp"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <system_error>

namespace tool {

namespace {

// What a handler can reach.
volatile std::sig_atomic_t came = 0;      // the number of the first signal
volatile std::sig_atomic_t told_at = -1;  // the end of the pipe that is written to
volatile std::sig_atomic_t seen_at = -1;  // the other one

extern "C" void tell_signal(int number) {
    const int before = errno;
    if (came == 0) {
        came = number;
    }
    // There is room for far more than can come.
    static_cast<void>(!::write(told_at, "", 1));
    errno = before;
}

constexpr std::array<int, 2> watched{SIGINT, SIGTERM};

/// Without SA_RESTART: a call that blocks, such as open() of a FIFO, fails with EINTR.
void handle(void (*handler)(int)) noexcept {
    struct sigaction how {};
    how.sa_handler = handler;
    for (const int each : watched) {
        ::sigaction(each, &how, nullptr);
    }
}

}  // namespace

stop_signals::stop_signals() {
    std::array<int, 2> ends{};
    if (::pipe(ends.data()) != 0) {
        throw std::system_error(errno, std::system_category());
    }
    for (const int each : ends) {
        ::fcntl(each, F_SETFD, FD_CLOEXEC);
        ::fcntl(each, F_SETFL, O_NONBLOCK);
    }
    descriptor_ = ends[0];
    came = 0;
    seen_at = ends[0];
    told_at = ends[1];
    handle(&tell_signal);
}

stop_signals::~stop_signals() {
    let_go();
    ::close(seen_at);
    ::close(told_at);
    came = 0;
    seen_at = -1;
    told_at = -1;
}

void stop_signals::let_go() noexcept { handle(SIG_DFL); }

int signal_that_came() noexcept { return came; }

bool wait_until_ready(int descriptor, short what) noexcept {
    while (came == 0) {
        // Without a run that catches signals the second is -1, which poll() passes
        // over.
        std::array<pollfd, 2> both{{{descriptor, what, 0}, {seen_at, POLLIN, 0}}};
        const int ready = ::poll(both.data(), both.size(), -1);
        if (both[1].revents == 0 && (ready > 0 || (ready < 0 && errno != EINTR))) {
            return true;  // what is wrong with a descriptor is told by its use
        }
    }
    return false;
}

std::ptrdiff_t read_what_is_there(std::span<char> space) noexcept {
    // Opened anew: O_NONBLOCK of standard input itself is shared with other programs.
    const char* terminal = ::ttyname(STDIN_FILENO);
    const int own = terminal != nullptr
                        ? ::open(terminal, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)
                        : -1;
    if (own < 0) {
        return ::read(STDIN_FILENO, space.data(), space.size());
    }
    const auto n = ::read(own, space.data(), space.size());
    const int why = errno;
    ::close(own);
    errno = why;
    return n;
}

}  // namespace tool
