// A terminal without echo, for as long as a line takes.
#include "requests/hidden_line.hpp"

#include <fcntl.h>
#include <sys/select.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>

namespace tool {

namespace {

constexpr std::array<int, 5> watched{SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP};
volatile std::sig_atomic_t caught = 0;

extern "C" void note_signal(int number) { caught = number; }

/// Signals wait, and come in while wait_for() does. Those that are ignored stay so.
class held_signals {
 public:
    held_signals() noexcept {
        caught = 0;
        struct sigaction noting {};
        noting.sa_handler = &note_signal;
        sigset_t these;
        ::sigemptyset(&these);
        for (std::size_t i = 0; i < watched.size(); ++i) {
            ::sigaddset(&these, watched[i]);
            ::sigaction(watched[i], nullptr, &before_[i]);
            if (before_[i].sa_handler != SIG_IGN) {
                ::sigaction(watched[i], &noting, nullptr);
            }
        }
        ::sigprocmask(SIG_BLOCK, &these, &mask_);
    }
    ~held_signals() {
        for (std::size_t i = 0; i < watched.size(); ++i) {
            ::sigaction(watched[i], &before_[i], nullptr);
        }
        ::sigprocmask(SIG_SETMASK, &mask_, nullptr);
    }
    held_signals(const held_signals&) = delete;
    held_signals& operator=(const held_signals&) = delete;

    /// Until there is something to read; false: a signal came.
    [[nodiscard]] bool wait_for(int descriptor) const noexcept {
        fd_set reading;
        FD_ZERO(&reading);
        FD_SET(descriptor, &reading);
        ::pselect(descriptor + 1, &reading, nullptr, nullptr, nullptr, &mask_);
        return caught == 0;
    }

 private:
    std::array<struct sigaction, watched.size()> before_{};
    sigset_t mask_{};
};

/// Keeps a terminal from showing what is typed.
class without_echo {
 public:
    explicit without_echo(int terminal) noexcept : terminal_(terminal) {
        changed_ = ::tcgetattr(terminal, &before_) == 0;
        if (changed_) {
            auto quiet = before_;
            quiet.c_lflag &= ~static_cast<tcflag_t>(ECHO);
            // What was typed ahead is for this prompt.
            ::tcsetattr(terminal, TCSANOW, &quiet);
        }
    }
    ~without_echo() {
        if (changed_) {
            // Half a password is not for whoever reads next.
            ::tcsetattr(terminal_, caught == 0 ? TCSADRAIN : TCSAFLUSH, &before_);
            std::fputs("\n", stderr);
        }
    }
    without_echo(const without_echo&) = delete;
    without_echo& operator=(const without_echo&) = delete;

 private:
    int terminal_;
    termios before_{};
    bool changed_ = false;
};

/// One octet after another: what is behind the line may be for somebody else.
std::string read_line(int descriptor, const held_signals& signals) {
    std::string line;
    char c = 0;
    while (signals.wait_for(descriptor)) {
        const auto n = ::read(descriptor, &c, 1);
        if (n == 0 || (n < 0 && errno != EINTR) || (n > 0 && c == '\n')) {
            break;
        }
        line.append(n > 0 ? 1 : 0, c);
    }
    return line;
}

std::string ask(const std::string& prompt, int descriptor) {
    const held_signals signals;
    const without_echo quiet(descriptor);
    std::fputs(prompt.c_str(), stderr);
    std::fflush(stderr);
    return read_line(descriptor, signals);
}

}  // namespace

std::string read_hidden_line(const std::string& prompt) {
    const int terminal = ::open("/dev/tty", O_RDONLY | O_CLOEXEC);
    const int descriptor = terminal < 0 ? STDIN_FILENO : terminal;
    auto line = ask(prompt, descriptor);
    while (caught != 0) {
        // Ends the tool, or stops it for a while.
        static_cast<void>(std::raise(caught));
        line = ask(prompt, descriptor);
    }
    if (terminal >= 0) {
        ::close(terminal);
    }
    return line;
}

}  // namespace tool
