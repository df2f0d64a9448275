// Files through POSIX.
#pragma once

#include <xfer/detail/file.hpp>

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace XFER_NAMESPACE::detail {

inline std::error_code last_error() noexcept { return {errno, std::system_category()}; }

/// Opens without waiting for the other end of a FIFO: one that nobody reads fails with
/// ENXIO. Reading and writing wait then, as on every file.
XFER_DECL void file::open(const std::string& path, int flags, std::error_code& ec) {
    constexpr mode_t readable_by_all = 0666;  // less the process's umask
    if (path.find('\0') != std::string::npos) {
        ec = std::make_error_code(std::errc::invalid_argument);
        return;
    }
    descriptor_ = ::open(
        path.c_str(), flags | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, readable_by_all
    );
    if (descriptor_ < 0) {
        ec = last_error();
        return;
    }
    struct stat status {};
    is_fifo_ = ::fstat(descriptor_, &status) == 0 && S_ISFIFO(status.st_mode);
    if (S_ISDIR(status.st_mode)) {
        ec = std::make_error_code(std::errc::is_a_directory);
    } else if (is_fifo_ && (flags & O_ACCMODE) == O_RDONLY) {
        look_into_fifo(ec);
    }
    if (ec) {
        close();
        return;
    }
    ::fcntl(descriptor_, F_SETFL, flags);
}

/// A FIFO that nobody has written to reads as if it had ended. One that somebody has
/// open says that there is nothing yet, or gives an octet.
inline void file::look_into_fifo(std::error_code& ec) {
    pollfd state{descriptor_, POLLIN, 0};
    if (::poll(&state, 1, 0) == 1) {
        return;  // there is something, or somebody was there
    }
    char octet = 0;
    const auto n = ::read(descriptor_, &octet, 1);
    if (n > 0) {
        first_ = octet;
    } else if (n == 0) {
        ec = std::make_error_code(std::errc::no_such_device_or_address);
    } else if (errno != EAGAIN) {
        ec = last_error();
    }
}

XFER_DECL file file::open_to_read(const std::string& path, std::error_code& ec) {
    file f;
    f.open(path, O_RDONLY, ec);
    return f;
}

XFER_DECL file file::open_to_write(const std::string& path, std::error_code& ec) {
    file f;
    f.open(path, O_WRONLY | O_CREAT | O_TRUNC, ec);
    return f;
}

XFER_DECL file file::create(const std::string& path, std::error_code& ec) {
    file f;
    f.open(path, O_WRONLY | O_CREAT | O_EXCL, ec);
    return f;
}

XFER_DECL file file::open_to_append(const std::string& path, std::error_code& ec) {
    file f;
    f.open(path, O_WRONLY | O_CREAT | O_APPEND, ec);
    return f;
}

XFER_DECL void file::truncate(std::error_code& ec) noexcept {
    if (::ftruncate(descriptor_, 0) != 0) {
        ec = last_error();
    }
}

XFER_DECL std::size_t file::read(std::span<char> space, std::error_code& ec) {
    if (first_ && !space.empty()) {
        space.front() = *std::exchange(first_, std::nullopt);
        return 1;
    }
    for (;;) {
        const auto n = ::read(descriptor_, space.data(), space.size());
        if (n >= 0) {
            return static_cast<std::size_t>(n);
        }
        if (errno != EINTR) {
            ec = last_error();
            return 0;
        }
    }
}

/// Keeps a FIFO whose reader has left from killing the process: EPIPE says it too.
class without_sigpipe {
 public:
    without_sigpipe() noexcept {
        ::sigemptyset(&pipe_);
        ::sigaddset(&pipe_, SIGPIPE);
        sigset_t pending;
        ::sigpending(&pending);
        was_pending_ = ::sigismember(&pending, SIGPIPE) == 1;
        ::pthread_sigmask(SIG_BLOCK, &pipe_, &before_);
    }
    without_sigpipe(const without_sigpipe&) = delete;
    without_sigpipe& operator=(const without_sigpipe&) = delete;
    ~without_sigpipe() {
        const int saved = errno;
        sigset_t pending;
        ::sigpending(&pending);
        int taken = 0;
        if (!was_pending_ && ::sigismember(&pending, SIGPIPE) == 1) {
            ::sigwait(&pipe_, &taken);
        }
        ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
        errno = saved;
    }

 private:
    sigset_t pipe_{};
    sigset_t before_{};
    bool was_pending_ = false;
};

XFER_DECL void file::write(std::string_view bytes, std::error_code& ec) {
    std::optional<without_sigpipe> quiet;
    if (is_fifo_) {
        quiet.emplace();
    }
    while (!bytes.empty()) {
        const auto n = ::write(descriptor_, bytes.data(), bytes.size());
        if (n >= 0) {
            bytes.remove_prefix(static_cast<std::size_t>(n));
        } else if (errno != EINTR) {
            ec = last_error();
            return;
        }
    }
}

XFER_DECL std::optional<std::uint64_t> file::size() const {
    struct stat status {};
    if (::fstat(descriptor_, &status) != 0 || !S_ISREG(status.st_mode)) {
        return std::nullopt;
    }
    return static_cast<std::uint64_t>(status.st_size);
}

XFER_DECL bool file::rewind() noexcept {
    return ::lseek(descriptor_, 0, SEEK_SET) == 0;
}

XFER_DECL void file::close(std::error_code& ec) noexcept {
    if (descriptor_ >= 0 && ::close(std::exchange(descriptor_, -1)) != 0) {
        ec = last_error();
    }
}

}  // namespace XFER_NAMESPACE::detail
