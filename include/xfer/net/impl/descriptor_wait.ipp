// poll(2) says what is ready; Asio waits until something is.
#pragma once

#include <xfer/net/descriptor_wait.hpp>

#include <asio/posix/stream_descriptor.hpp>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <optional>
#include <system_error>
#include <vector>

namespace XFER_NAMESPACE::net {

struct descriptor_wait::watched {
    std::optional<asio::posix::stream_descriptor> descriptor;

    void arm(
        asio::posix::descriptor_base::wait_type type, const std::shared_ptr<bool>& stale
    ) {
        // Closing the duplicate leaves a cancelled handler in the loop, which must not
        // end the next wait.
        descriptor->async_wait(type, [stale](const std::error_code& ec) {
            *stale = *stale || ec;
        });
    }
};

XFER_DECL descriptor_wait::descriptor_wait(
    asio::io_context& loop, std::span<wait_fd> fds, const std::shared_ptr<bool>& stale
)
    : fds_(fds) {
    if (fds.empty()) {
        return;
    }
    look();
    if (any_ready_) {
        return;
    }
    watched_ = std::make_unique<watched[]>(fds.size());
    for (std::size_t i = 0; i < fds.size(); ++i) {
        // What cannot be waited for, poll(2) has called ready above.
        const int copy = ::fcntl(fds[i].fd, F_DUPFD_CLOEXEC, 0);
        if (copy < 0) {
            // An entry of -1 is passed over, as by poll(2).
            blind_ = blind_ || errno != EBADF;
            continue;
        }
        auto& w = watched_[i];
        w.descriptor.emplace(loop);
        std::error_code ec;
        w.descriptor->assign(copy, ec);
        if (ec) {
            ::close(copy);
            w.descriptor.reset();
            blind_ = true;
            continue;
        }
        if (any(fds[i].events & fd_events::in)) {
            w.arm(asio::posix::descriptor_base::wait_read, stale);
        }
        if (any(fds[i].events & fd_events::out)) {
            w.arm(asio::posix::descriptor_base::wait_write, stale);
        }
        if (any(fds[i].events & fd_events::priority)) {
            w.arm(asio::posix::descriptor_base::wait_error, stale);
        }
    }
}

XFER_DECL descriptor_wait::~descriptor_wait() = default;

inline void descriptor_wait::look() noexcept {
    std::vector<pollfd> polled(fds_.size());
    for (std::size_t i = 0; i < fds_.size(); ++i) {
        const auto wanted = [&](fd_events e, short bit) {
            return any(fds_[i].events & e) ? bit : short{0};
        };
        polled[i].fd = fds_[i].fd;
        polled[i].events = static_cast<short>(
            wanted(fd_events::in, POLLIN) | wanted(fd_events::out, POLLOUT) |
            wanted(fd_events::priority, POLLPRI)
        );
    }
    ::poll(polled.data(), static_cast<nfds_t>(polled.size()), 0);
    for (std::size_t i = 0; i < fds_.size(); ++i) {
        const auto got = polled[i].revents;
        auto ready = fd_events::none;
        ready = (got & POLLIN) != 0 ? ready | fd_events::in : ready;
        ready = (got & POLLOUT) != 0 ? ready | fd_events::out : ready;
        ready = (got & POLLPRI) != 0 ? ready | fd_events::priority : ready;
        ready = (got & (POLLERR | POLLHUP | POLLNVAL)) != 0 ? ready | fd_events::error
                                                            : ready;
        fds_[i].ready = ready;
        any_ready_ = any_ready_ || any(ready);
    }
}

XFER_DECL void descriptor_wait::finish() noexcept {
    if (!fds_.empty()) {
        look();
    }
}

}  // namespace XFER_NAMESPACE::net
