// A resolver of the test's own making, and addresses that answer nothing.
#pragma once

#include <xfer/error.hpp>
#include <xfer/net/resolver.hpp>
#include <xfer/net/worker_pool.hpp>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

namespace support {

/// Looks names up in a table, counts, and hangs where it is told to. Shared with the
/// threads that look up, so it may be dropped while one hangs.
class names : public std::enable_shared_from_this<names> {
 public:
    using table = std::map<std::string, std::vector<std::string>>;

    explicit names(table known) : known_(std::move(known)) {}

    /// A resolver that asks this table.
    std::shared_ptr<xfer::net::resolver> resolver() {
        xfer::net::resolver::settings s;
        s.system = [self = shared_from_this()](const std::string& host) {
            return self->ask(host);
        };
        return std::make_shared<xfer::net::resolver>(
            std::make_shared<xfer::net::worker_pool>(), std::move(s)
        );
    }

    /// From now on lookups hang until release().
    void hang() {
        std::lock_guard lock(mutex_);
        hangs_ = true;
    }
    void release() {
        std::lock_guard lock(mutex_);
        hangs_ = false;
        changed_.notify_all();
    }
    std::size_t asked() const { return asked_; }

 private:
    xfer::net::resolver::answer ask(const std::string& host) {
        ++asked_;
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return !hangs_; });
        xfer::net::resolver::answer a;
        const auto found = known_.find(host);
        if (found == known_.end()) {
            a.ec = xfer::error::resolve_failed;
            a.message = "not in the test's table";
            return a;
        }
        for (const auto& text : found->second) {
            a.addresses.push_back(asio::ip::make_address(text));
        }
        return a;
    }

    const table known_;
    std::mutex mutex_;
    std::condition_variable changed_;
    bool hangs_ = false;
    std::atomic<std::size_t> asked_{0};
};

inline std::shared_ptr<names> make_names(names::table known) {
    return std::make_shared<names>(std::move(known));
}

/// A loopback address and port that answer no SYN: a listener whose queue is full.
class black_hole {
 public:
    explicit black_hole(bool v6, std::uint16_t port = 0) {
        listener_ = ::socket(v6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        int on = 1;
        ::setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
        sockaddr_storage at{};
        socklen_t size = 0;
        if (v6) {
            auto& a = reinterpret_cast<sockaddr_in6&>(at);
            a.sin6_family = AF_INET6;
            a.sin6_addr = in6addr_loopback;
            a.sin6_port = htons(port);
            size = sizeof a;
        } else {
            auto& a = reinterpret_cast<sockaddr_in&>(at);
            a.sin_family = AF_INET;
            a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
            a.sin_port = htons(port);
            size = sizeof a;
        }
        auto* address = reinterpret_cast<sockaddr*>(&at);
        if (::bind(listener_, address, size) != 0 || ::listen(listener_, 0) != 0) {
            const auto why = errno;
            ::close(listener_);
            throw std::system_error(why, std::system_category(), "black hole");
        }
        ::getsockname(listener_, address, &size);
        // Both families keep the port at the same place.
        port_ = ntohs(reinterpret_cast<sockaddr_in&>(at).sin_port);
        fill(address, size, v6 ? AF_INET6 : AF_INET);
    }
    black_hole(const black_hole&) = delete;
    black_hole& operator=(const black_hole&) = delete;
    ~black_hole() {
        for (const int fd : fillers_) ::close(fd);
        ::close(listener_);
    }
    std::uint16_t port() const { return port_; }

 private:
    void fill(const sockaddr* address, socklen_t size, int family) {
        for (int i = 0; i < 8; ++i) {
            const int kind = SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC;
            const int fd = ::socket(family, kind, 0);
            fillers_.push_back(fd);
            // In progress at best: the poll tells.
            static_cast<void>(::connect(fd, address, size));
            pollfd connected{fd, POLLOUT, 0};
            if (::poll(&connected, 1, 30) == 0) return;  // no answer: it is full
        }
        throw std::system_error(EBUSY, std::system_category(), "black hole");
    }
    int listener_ = -1;
    std::uint16_t port_ = 0;
    std::vector<int> fillers_;
};

}  // namespace support
