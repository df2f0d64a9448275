// Replacing a file through POSIX: temporary file, fsync, rename.
#pragma once

#include <xfer/detail/atomic_file.hpp>
#include <xfer/detail/impl/file.ipp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <utility>

namespace XFER_NAMESPACE::detail {

/// A new file of this process's own beside the one that it shall replace; removed
/// unless it was put in its place.
class temporary_file {
 public:
    temporary_file() = default;
    temporary_file(temporary_file&&) = delete;
    ~temporary_file() {
        if (descriptor_ >= 0) ::close(descriptor_);
        // Nobody else could guess the name, and O_EXCL made it: it is ours to remove.
        if (!path_.empty()) ::unlink(path_.c_str());
    }

    /// Makes it in the directory of `target`.
    [[nodiscard]] std::error_code create(
        const std::string& target, random_source random
    ) {
        std::array<unsigned char, 8> drawn{};
        if (const auto ec = random(drawn)) return ec;
        constexpr std::string_view digits = "0123456789abcdef";
        // Not after the target's name, which may be as long as a name can be.
        std::string path = directory_of(target) + ".xfer-";
        for (const unsigned char octet : drawn) {
            path += digits[octet >> 4U];
            path += digits[octet & 15U];
        }
        constexpr mode_t owner_only = 0600;
        descriptor_ = ::open(
            path.c_str(),
            O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW,
            owner_only
        );
        if (descriptor_ < 0) return last_error();
        path_ = std::move(path);
        return {};
    }

    /// Writes all of it, to the disk itself, and closes the file.
    [[nodiscard]] std::error_code write(std::string_view content, mode_t mode) {
        while (!content.empty()) {
            const auto n = ::write(descriptor_, content.data(), content.size());
            if (n >= 0) {
                content.remove_prefix(static_cast<std::size_t>(n));
            } else if (errno != EINTR) {
                return last_error();
            }
        }
        // The umask may have taken something of the mode; what it took stays taken.
        struct stat made {};
        if (::fstat(descriptor_, &made) != 0 ||
            ::fchmod(descriptor_, made.st_mode & mode) != 0 ||
            ::fsync(descriptor_) != 0 || ::close(std::exchange(descriptor_, -1)) != 0) {
            return last_error();
        }
        return {};
    }

    [[nodiscard]] std::error_code rename_to(const std::string& target) {
        if (::rename(path_.c_str(), target.c_str()) != 0) return last_error();
        path_.clear();
        // The new name has to reach the disk too. Where that cannot be asked for, the
        // file is in its place all the same.
        const std::string directory = directory_of(target);
        const int descriptor = ::open(
            directory.empty() ? "." : directory.c_str(),
            O_RDONLY | O_DIRECTORY | O_CLOEXEC
        );
        if (descriptor >= 0) {
            static_cast<void>(::fsync(descriptor));
            ::close(descriptor);
        }
        return {};
    }

 private:
    /// With its slash; empty for the current one.
    [[nodiscard]] static std::string directory_of(const std::string& path) {
        return path.substr(0, path.rfind('/') + 1);
    }

    std::string path_;
    int descriptor_ = -1;
};

/// Follows links from `target` to the file itself, and takes from `mode` what it lacks.
[[nodiscard]] inline std::error_code look_at_target(std::string& target, mode_t& mode) {
    if (target.find('\0') != std::string::npos) {
        return std::make_error_code(std::errc::invalid_argument);
    }
    struct stat status {};
    if (::stat(target.c_str(), &status) != 0) {
        return errno == ENOENT ? std::error_code() : last_error();
    }
    if (S_ISDIR(status.st_mode)) return std::make_error_code(std::errc::is_a_directory);
    if (!S_ISREG(status.st_mode)) {
        return std::make_error_code(std::errc::invalid_argument);
    }
    mode &= status.st_mode;
    const std::unique_ptr<char, decltype(&::free)> real(
        ::realpath(target.c_str(), nullptr), &::free
    );
    if (!real) return last_error();
    target = real.get();
    return {};
}

XFER_DECL replace_result
replace_file(const std::string& path, std::string_view content, random_source random) {
    std::string target = path;
    mode_t mode = 0600;
    if (const auto ec = look_at_target(target, mode)) return {replace_step::target, ec};
    temporary_file temporary;
    if (const auto ec = temporary.create(target, random)) {
        return {replace_step::create, ec};
    }
    if (const auto ec = temporary.write(content, mode))
        return {replace_step::write, ec};
    if (const auto ec = temporary.rename_to(target)) return {replace_step::rename, ec};
    return {};
}

}  // namespace XFER_NAMESPACE::detail
