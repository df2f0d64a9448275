// Sockets through recv(2) and sendmsg(2).
#pragma once

#ifdef __linux__

#include <xfer/net/epoll_transport.hpp>

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace XFER_NAMESPACE::net {

XFER_DECL std::unique_ptr<epoll_transport> epoll_transport::begin(
    std::shared_ptr<readiness_set> set, int descriptor, std::error_code& ec
) {
    std::unique_ptr<epoll_transport> t;
    try {
        t.reset(new epoll_transport(std::move(set)));
    } catch (...) {
        ::close(descriptor);
        throw;
    }
    t->entry_.descriptor = descriptor;
    const int flags = ::fcntl(descriptor, F_GETFL);
    if (flags < 0 || ::fcntl(descriptor, F_SETFL, flags | O_NONBLOCK) != 0) {
        ec = {errno, std::system_category()};
    } else {
        ec = t->set_->add(t->entry_);
    }
    return t;
}

XFER_DECL void epoll_transport::wait_for_connect(waiter& who) {
    // What the set said of the socket before it was connecting does not count.
    entry_.writable = entry_.hung_up = entry_.readable = false;
    set_->arm(entry_, direction::write, who);
}

XFER_DECL bool epoll_transport::connect_ended(std::error_code& ec) noexcept {
    if (!entry_.writable && !entry_.hung_up) {
        return false;
    }
    int error = 0;
    ::socklen_t size = sizeof error;
    if (::getsockopt(entry_.descriptor, SOL_SOCKET, SO_ERROR, &error, &size) != 0) {
        error = errno;
    }
    if (error != 0) {
        ec = {error, std::system_category()};
    }
    return true;
}

XFER_DECL epoll_transport::~epoll_transport() { close(); }

XFER_DECL std::size_t epoll_transport::try_read(
    std::span<char> to, std::error_code& ec
) {
    ssize_t n = 0;
    do {
        n = ::recv(entry_.descriptor, to.data(), to.size(), 0);
    } while (n < 0 && errno == EINTR);
    if (n < 0) {
        const int error = errno;
        if (error == EAGAIN || error == EWOULDBLOCK) {
            entry_.readable = false;
            ec = std::make_error_code(std::errc::operation_would_block);
        } else {
            ec = {error, std::system_category()};
        }
        return 0;
    }
    const auto read = static_cast<std::size_t>(n);
    if (read > 0 && read < to.size()) {
        // All that was there; what comes next is a new edge.
        entry_.readable = false;
    }
    return read;
}

XFER_DECL std::size_t epoll_transport::try_write(
    std::span<const std::string_view> from, std::error_code& ec
) {
    std::array<iovec, 16> parts;
    std::size_t count = 0;
    std::size_t total = 0;
    for (const auto& piece : from.first(std::min(from.size(), parts.size()))) {
        parts[count++] = {const_cast<char*>(piece.data()), piece.size()};
        total += piece.size();
    }
    ssize_t n = 0;
    do {
        if (count == 1) {
            n = ::send(
                entry_.descriptor, parts[0].iov_base, parts[0].iov_len, MSG_NOSIGNAL
            );
        } else {
            msghdr message{};
            message.msg_iov = parts.data();
            message.msg_iovlen = count;
            n = ::sendmsg(entry_.descriptor, &message, MSG_NOSIGNAL);
        }
    } while (n < 0 && errno == EINTR);
    if (n < 0) {
        const int error = errno;
        if (error == EAGAIN || error == EWOULDBLOCK) {
            entry_.writable = false;
            ec = std::make_error_code(std::errc::operation_would_block);
        } else {
            ec = {error, std::system_category()};
        }
        return 0;
    }
    const auto written = static_cast<std::size_t>(n);
    if (written < total) {
        entry_.writable = false;
    }
    return written;
}

XFER_DECL void epoll_transport::arm(direction d, waiter& w) { set_->arm(entry_, d, w); }

XFER_DECL void epoll_transport::disarm() noexcept {
    if (entry_.who != nullptr) {
        set_->disarm(entry_);
    }
}

XFER_DECL bool epoll_transport::reusable() {
    if (entry_.descriptor < 0) {
        return false;
    }
    set_->look();
    if (entry_.hung_up) {
        return false;
    }
    if (entry_.readable) {
        // The last read may have taken exactly what there was.
        char byte = 0;
        const auto n = ::recv(entry_.descriptor, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
        if (n >= 0 || (errno != EAGAIN && errno != EWOULDBLOCK)) {
            return false;
        }
        entry_.readable = false;
    }
    return true;
}

XFER_DECL void epoll_transport::shutdown() noexcept {
    ::shutdown(entry_.descriptor, SHUT_WR);
}

XFER_DECL void epoll_transport::close() noexcept {
    if (entry_.descriptor >= 0) {
        set_->remove(entry_);
        ::close(std::exchange(entry_.descriptor, -1));
    }
}

}  // namespace XFER_NAMESPACE::net

#endif  // __linux__
