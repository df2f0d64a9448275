// SIGINT and SIGTERM, so that nothing the tool waits for holds them up.
#pragma once

#include <cstddef>
#include <span>

namespace tool {

/// Catches both for as long as it lives; there is one at a time. A signal is told in
/// two ways: the loop sees that a descriptor can be read, and whoever waits outside of
/// the loop, for standard input or for the reader of standard output, uses
/// wait_until_ready(). That looks at both descriptors at once, so that no signal is
/// missed that comes just before the wait.
class stop_signals {
 public:
    stop_signals();
    ~stop_signals();
    stop_signals(const stop_signals&) = delete;
    stop_signals& operator=(const stop_signals&) = delete;

    /// Can be read once a signal has come.
    [[nodiscard]] int descriptor() const noexcept { return descriptor_; }
    /// From now on the next one ends the tool at once.
    void let_go() noexcept;

 private:
    int descriptor_ = -1;
};

/// The number of the signal that has come; 0: none has.
[[nodiscard]] int signal_that_came() noexcept;

/// Waits until a descriptor can be read (POLLIN) or written (POLLOUT); false: a signal
/// has come.
[[nodiscard]] bool wait_until_ready(int descriptor, short what) noexcept;

/// read() of standard input, once it is ready. A terminal forgets what was typed when
/// Ctrl-C comes, though poll() has seen it: then -1 with EAGAIN, instead of a wait that
/// no signal ends any more.
[[nodiscard]] std::ptrdiff_t read_what_is_there(std::span<char> space) noexcept;

}  // namespace tool
