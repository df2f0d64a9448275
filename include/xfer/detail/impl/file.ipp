// Files through POSIX.
#pragma once

#include <xfer/detail/file.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace XFER_NAMESPACE::detail {

inline std::error_code last_error() noexcept { return {errno, std::system_category()}; }

/// Opens without waiting for the other end of a FIFO: one that nobody reads fails with
/// ENXIO. Reading and writing wait then, as on every file.
inline int open_at_once(const char* path, int flags) noexcept {
    constexpr mode_t readable_by_all = 0666;  // less the process's umask
    const int descriptor =
        ::open(path, flags | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, readable_by_all);
    if (descriptor >= 0) {
        ::fcntl(descriptor, F_SETFL, flags);
    }
    return descriptor;
}

XFER_DECL file file::open_to_read(const std::string& path, std::error_code& ec) {
    file f;
    f.descriptor_ = open_at_once(path.c_str(), O_RDONLY);
    struct stat status {};
    if (f.descriptor_ < 0) {
        ec = last_error();
    } else if (::fstat(f.descriptor_, &status) == 0 && S_ISDIR(status.st_mode)) {
        ec = std::make_error_code(std::errc::is_a_directory);
        f.close();
    }
    return f;
}

XFER_DECL file file::open_to_write(const std::string& path, std::error_code& ec) {
    file f;
    f.descriptor_ = open_at_once(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC);
    if (f.descriptor_ < 0) {
        ec = last_error();
    }
    return f;
}

XFER_DECL file file::create(const std::string& path, std::error_code& ec) {
    file f;
    f.descriptor_ = open_at_once(path.c_str(), O_WRONLY | O_CREAT | O_EXCL);
    if (f.descriptor_ < 0) {
        ec = last_error();
    }
    return f;
}

XFER_DECL file file::open_to_append(const std::string& path, std::error_code& ec) {
    file f;
    f.descriptor_ = open_at_once(path.c_str(), O_WRONLY | O_CREAT | O_APPEND);
    if (f.descriptor_ < 0) {
        ec = last_error();
    }
    return f;
}

XFER_DECL void file::truncate(std::error_code& ec) noexcept {
    if (::ftruncate(descriptor_, 0) != 0) {
        ec = last_error();
    }
}

XFER_DECL std::size_t file::read(std::span<char> space, std::error_code& ec) {
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

XFER_DECL void file::write(std::string_view bytes, std::error_code& ec) {
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
