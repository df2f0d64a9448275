// A wire that breaks: it passes everything on to a server, and of what that answers so
// many octets and no more.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <limits>
#include <list>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>

namespace support {

/// What happens to a connection, and after how many octets of the server's.
struct breakage {
    enum class kind : std::uint8_t {
        close,    ///< the connection ends
        reset,    ///< likewise, by a reset
        stall,    ///< nothing more comes until the client closes
        garbage,  ///< these octets come instead of the rest, and then the end
    };
    static constexpr auto never = std::numeric_limits<std::uint64_t>::max();
    std::uint64_t after = never;
    kind what = kind::close;
    std::string octets;  ///< of garbage
};

/// Listens at 127.0.0.1, connects to a port there for each connection.
class breaker {
 public:
    explicit breaker(std::uint16_t to) : to_(to) {
        listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        auto at = loopback(0);
        auto* address = reinterpret_cast<sockaddr*>(&at);
        socklen_t size = sizeof at;
        if (::bind(listener_, address, size) != 0 || ::listen(listener_, 64) != 0) {
            throw std::system_error(errno, std::system_category(), "breaker");
        }
        ::getsockname(listener_, address, &size);
        port_ = ntohs(at.sin_port);
        accepting_ = std::thread([this] { accept(); });
    }
    breaker(const breaker&) = delete;
    breaker& operator=(const breaker&) = delete;
    ~breaker() {
        {
            const std::lock_guard lock(mutex_);
            stopped_ = true;
            for (const int fd : open_) ::shutdown(fd, SHUT_RDWR);
        }
        ::shutdown(listener_, SHUT_RDWR);
        accepting_.join();
        for (auto& t : serving_) t.join();
        ::close(listener_);
    }

    std::uint16_t port() const { return port_; }

    /// For connections from now on; forgets what was counted.
    void plan(breakage what) {
        const std::lock_guard lock(mutex_);
        plan_ = std::move(what);
        passed_ = 0;
        broken_ = false;
    }
    /// How many octets of the server's were passed on since plan().
    std::uint64_t passed() const {
        const std::lock_guard lock(mutex_);
        return passed_;
    }
    /// Whether what was planned has happened.
    bool broken() const {
        const std::lock_guard lock(mutex_);
        return broken_;
    }
    /// Waits until no connection is open; false after ten seconds.
    bool wait_until_closed() const {
        std::unique_lock lock(mutex_);
        return changed_.wait_for(lock, std::chrono::seconds(10), [this] {
            return open_.empty();
        });
    }

 private:
    static sockaddr_in loopback(std::uint16_t port) {
        sockaddr_in at{};
        at.sin_family = AF_INET;
        at.sin_port = htons(port);
        at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        return at;
    }

    void accept() {
        for (;;) {
            const int client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
            if (client < 0) return;
            const int server = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
            const auto at = loopback(to_);
            static_cast<void>(
                ::connect(server, reinterpret_cast<const sockaddr*>(&at), sizeof at)
            );
            const int on = 1;
            for (const int fd : {client, server}) {
                ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
            }
            const std::lock_guard lock(mutex_);
            if (stopped_) {
                ::close(client);
                ::close(server);
                return;
            }
            open_.insert({client, server});
            serving_.emplace_back([this, client, server, what = plan_] {
                serve(client, server, what);
            });
        }
    }

    void serve(int client, int server, const breakage& what) {
        if (pass(client, server, what)) break_off(client, what);
        const std::lock_guard lock(mutex_);
        open_.erase(client);
        open_.erase(server);
        ::close(client);
        ::close(server);
        changed_.notify_all();
    }

    /// Until one side ends (false), or the place is reached.
    bool pass(int client, int server, const breakage& what) {
        std::uint64_t left = what.after;
        std::array<char, 16384> block{};
        while (left > 0) {
            std::array<pollfd, 2> both{
                pollfd{client, POLLIN, 0}, pollfd{server, POLLIN, 0}};
            if (::poll(both.data(), 2, -1) < 0) return false;
            if (both[0].revents != 0) {
                const auto n = ::recv(client, block.data(), block.size(), 0);
                if (n <= 0 || !send(server, {block.data(), std::size_t(n)})) {
                    return false;
                }
            }
            if (both[1].revents != 0) {
                const auto most = std::min<std::uint64_t>(block.size(), left);
                const auto n = ::recv(server, block.data(), std::size_t(most), 0);
                if (n <= 0) return false;
                left -= std::uint64_t(n);
                {
                    // Before the client has them, and may ask.
                    const std::lock_guard lock(mutex_);
                    passed_ += std::uint64_t(n);
                }
                if (!send(client, {block.data(), std::size_t(n)})) return false;
            }
        }
        {
            const std::lock_guard lock(mutex_);
            broken_ = true;
        }
        return true;
    }

    static void break_off(int client, const breakage& what) {
        using kind = breakage::kind;
        if (what.what == kind::reset) {
            const linger now{1, 0};
            ::setsockopt(client, SOL_SOCKET, SO_LINGER, &now, sizeof now);
            return;
        }
        if (what.what == kind::garbage) send(client, what.octets);
        if (what.what != kind::stall) ::shutdown(client, SHUT_WR);
        // What the client says is read: else it would make a reset of the end.
        std::array<char, 16384> block{};
        while (::recv(client, block.data(), block.size(), 0) > 0) {
        }
    }

    static bool send(int fd, std::string_view text) {
        while (!text.empty()) {
            const auto n = ::send(fd, text.data(), text.size(), MSG_NOSIGNAL);
            if (n <= 0) return false;
            text.remove_prefix(std::size_t(n));
        }
        return true;
    }

    const std::uint16_t to_;
    int listener_ = -1;
    std::uint16_t port_ = 0;
    std::thread accepting_;
    std::list<std::thread> serving_;
    mutable std::mutex mutex_;
    mutable std::condition_variable changed_;
    bool stopped_ = false;
    std::set<int> open_;
    breakage plan_;
    std::uint64_t passed_ = 0;
    bool broken_ = false;
};

}  // namespace support
