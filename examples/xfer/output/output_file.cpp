// Opening, writing, taking back.
#include "output/output_file.hpp"

#include "run/stop_signals.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <filesystem>

namespace tool {

namespace {

std::error_code last_error() noexcept { return {errno, std::system_category()}; }

int flags_for(if_there what) noexcept {
    constexpr int always = O_WRONLY | O_CREAT | O_CLOEXEC;
    switch (what) {
        case if_there::append:
            return always | O_APPEND;
        case if_there::number:
        case if_there::refuse:
            return always | O_EXCL;
        default:
            return always | O_TRUNC;
    }
}

/// Whether a write can wait for others: nobody reads, or a terminal is stopped.
bool can_wait(std::FILE* stream) noexcept {
    const int descriptor = ::fileno(stream);
    struct stat what {};
    return descriptor >= 0 && ::fstat(descriptor, &what) == 0 &&
           (S_ISFIFO(what.st_mode) || S_ISSOCK(what.st_mode) ||
            ::isatty(descriptor) != 0);
}

bool put(std::FILE* stream, std::string_view bytes, bool flush) noexcept {
    return std::fwrite(bytes.data(), 1, bytes.size(), stream) == bytes.size() &&
           (!flush || std::fflush(stream) == 0);
}

/// Writes past the stream's buffer. The loop is the tool's only thread and takes no
/// signal while a write blocks, and stdio goes on with a write that a signal has cut
/// short. So the wait is one that a signal ends, and then as much is written as a pipe
/// with any room takes without a wait. A terminal may still wait within write(), where
/// the handler interrupts it.
std::error_code write_when_taken(std::FILE* stream, std::string_view bytes) {
    const int descriptor = ::fileno(stream);
    while (!bytes.empty()) {
        if (!wait_until_ready(descriptor, POLLOUT)) {
            return {EINTR, std::system_category()};
        }
        // First what others have left in the buffer: nothing, after that.
        if (std::fflush(stream) != 0) {
            return last_error();
        }
        const auto size = std::min<std::size_t>(bytes.size(), PIPE_BUF);
        const auto n = ::write(descriptor, bytes.data(), size);
        if (n < 0 && errno != EINTR && errno != EAGAIN) {
            return last_error();
        }
        bytes.remove_prefix(n < 0 ? 0 : static_cast<std::size_t>(n));
    }
    return {};
}

}  // namespace

void output_file::use(std::FILE* stream) noexcept {
    stream_ = stream;
    waits_ = can_wait(stream);
}

std::error_code output_file::open(
    std::string& path, if_there what, std::optional<unsigned> mode
) {
    constexpr int most = 100;
    constexpr unsigned usual = 0666;
    const auto bits = static_cast<mode_t>(mode.value_or(usual));
    const std::string wanted = path;
    int descriptor = ::open(path.c_str(), flags_for(what), bits);
    for (int i = 1;
         descriptor < 0 && errno == EEXIST && what == if_there::number && i <= most;
         ++i) {
        path = wanted + "." + std::to_string(i);
        descriptor = ::open(path.c_str(), flags_for(what), bits);
    }
    if (descriptor < 0) {
        const auto ec = last_error();
        path = wanted;
        return ec;
    }
    struct stat now {};
    before_ = 0;
    // Any other file is empty now.
    if (what == if_there::append && ::fstat(descriptor, &now) == 0 &&
        S_ISREG(now.st_mode)) {
        before_ = static_cast<std::uint64_t>(now.st_size);
    }
    stream_ = ::fdopen(descriptor, what == if_there::append ? "ab" : "wb");
    if (stream_ == nullptr) {
        const auto ec = last_error();
        ::close(descriptor);
        return ec;
    }
    owned_ = true;
    waits_ = can_wait(stream_);
    written_ = 0;
    path_ = path;
    noted_.reset();
    return {};
}

std::error_code output_file::write(std::string_view bytes, bool flush) {
    std::error_code ec;
    if (waits_) {
        ec = write_when_taken(stream_, bytes);
    } else if (!put(stream_, bytes, flush)) {
        ec = last_error();
    }
    if (!ec) {
        written_ += bytes.size();
    }
    return ec;
}

std::error_code output_file::take_back() {
    struct stat now {};
    if (!owned_ || !is_open() || written_ == 0 ||
        ::fstat(::fileno(stream_), &now) != 0 || !S_ISREG(now.st_mode)) {
        return {};
    }
    if (std::fflush(stream_) != 0 ||
        ::ftruncate(::fileno(stream_), static_cast<off_t>(before_)) != 0 ||
        std::fseek(stream_, 0, SEEK_END) != 0) {
        return last_error();
    }
    written_ = 0;
    return {};
}

std::error_code output_file::close() {
    if (!is_open()) {
        return {};
    }
    auto* const stream = stream_;
    stream_ = nullptr;
    const bool failed = (owned_ ? std::fclose(stream) : std::fflush(stream)) != 0;
    return failed ? last_error() : std::error_code();
}

void output_file::note() {
    struct stat now {};
    if (owned_ && ::fstat(::fileno(stream_), &now) == 0 && S_ISREG(now.st_mode)) {
        noted_ = {now.st_dev, now.st_ino};
    }
}

void output_file::remove() const {
    struct stat now {};
    if (noted_ && ::stat(path_.c_str(), &now) == 0 && now.st_dev == noted_->device &&
        now.st_ino == noted_->inode) {
        ::unlink(path_.c_str());
    }
}

refusal make_directories_for(const std::string& path) {
    constexpr mode_t mode = 0750;
    for (auto slash = path.find('/', 1); slash != std::string::npos;
         slash = path.find('/', slash + 1)) {
        const auto directory = path.substr(0, slash);
        if (::mkdir(directory.c_str(), mode) == 0 || errno == EEXIST) {
            continue;
        }
        const auto ec = last_error();
        std::error_code ignored;
        if (!std::filesystem::is_directory(directory, ignored)) {
            return {
                exit_codes::write_error,
                "Failed to create directory " + directory + ": " + ec.message()};
        }
    }
    return {};
}

}  // namespace tool
