// The key log's file, by POSIX.
#pragma once

#include <xfer/net/tls_key_log.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace XFER_NAMESPACE::net {

XFER_DECL std::unique_ptr<tls_key_log> tls_key_log::open(
    const std::string& path, std::string& why
) {
    const auto fail = [&](const std::string& reason) {
        why = "tls key_log_file '" + path + "' cannot be used: " + reason;
        return nullptr;
    };
    if (path.find('\0') != path.npos) return fail("its path contains a NUL");
    // O_NONBLOCK: a FIFO that nobody reads must not hang its opener.
    constexpr int flags =
        O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;
    const int descriptor = ::open(path.c_str(), flags, S_IRUSR | S_IWUSR);
    if (descriptor < 0) {
        if (errno == ELOOP) return fail("it is a symbolic link: name the file itself");
        return fail(std::generic_category().message(errno));
    }
    std::unique_ptr<tls_key_log> log(new tls_key_log(descriptor));
    struct stat about {};
    if (::fstat(descriptor, &about) != 0) {
        return fail(std::generic_category().message(errno));
    }
    if (!S_ISREG(about.st_mode)) return fail("it is not a regular file");
    if (about.st_uid != ::geteuid()) return fail("it belongs to another user");
    if ((about.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
        return fail("others may read or write it: remove it, or chmod it to 0600");
    }
    return log;
}

XFER_DECL tls_key_log::~tls_key_log() { ::close(descriptor_); }

XFER_DECL void tls_key_log::write(std::string_view line) const noexcept {
    char end[] = "\n";
    iovec pieces[2]{};
    pieces[0].iov_base = const_cast<char*>(line.data());
    pieces[0].iov_len = line.size();
    pieces[1].iov_base = end;
    pieces[1].iov_len = 1;
    [[maybe_unused]] const auto written = ::writev(descriptor_, pieces, 2);
}

}  // namespace XFER_NAMESPACE::net
