// Resolving, racing, and saying what went wrong.
#pragma once

#include <xfer/error.hpp>
#include <xfer/net/address_order.hpp>
#include <xfer/net/attempt.hpp>
#include <xfer/net/socket_dialer.hpp>

#include <algorithm>
#include <optional>

namespace XFER_NAMESPACE::net {

/// Brings an answer from a resolver's thread to the fiber that waits for it.
class fiber_listener final : public resolver::listener,
                             public std::enable_shared_from_this<fiber_listener> {
 public:
    explicit fiber_listener(fiber& who) : mail_(who.owner().mail()), who_(&who) {}

    void resolved(resolver::answer_ptr found) noexcept override {
        mail_->deliver([self = shared_from_this(), found = std::move(found)] {
            self->found_ = found;
            if (self->who_ != nullptr) {
                self->who_->wake_later();
            }
        });
    }
    /// On the multi's thread: nobody waits any more.
    void forget() noexcept { who_ = nullptr; }
    [[nodiscard]] const resolver::answer_ptr& found() const noexcept { return found_; }

 private:
    std::shared_ptr<mailbox> mail_;
    fiber* who_;
    resolver::answer_ptr found_;
};

/// In the frame of the coroutine that waits: gives the lookup up with that frame.
class lookup_guard {
 public:
    lookup_guard(resolver& names, const std::string& host, fiber& who)
        : names_(names),
          host_(host),
          listener_(std::make_shared<fiber_listener>(who)) {}
    lookup_guard(const lookup_guard&) = delete;
    lookup_guard& operator=(const lookup_guard&) = delete;
    ~lookup_guard() {
        listener_->forget();
        if (!listener_->found()) {
            names_.abandon(host_, listener_.get());
        }
    }
    [[nodiscard]] const std::shared_ptr<fiber_listener>& listener() const noexcept {
        return listener_;
    }

 private:
    resolver& names_;
    const std::string& host_;
    std::shared_ptr<fiber_listener> listener_;
};

inline task<resolver::answer_ptr> socket_dialer::resolve(
    fiber& f, std::string host, std::error_code& ec
) {
    lookup_guard guard(*names_, host, f);
    auto answer = names_->lookup(host, f.owner().now(), guard.listener());
    const bool waits = answer == nullptr;
    while (!ec && !answer) {
        ec = co_await f.park();
        answer = guard.listener()->found();
    }
    if (!waits) {
        guard.listener()->forget();
    }
    co_return answer;
}

XFER_DECL task<std::error_code> socket_dialer::look_up(
    fiber& f, std::string host, std::vector<std::string>& addresses
) {
    std::error_code ec;
    const auto answer = co_await resolve(f, std::move(host), ec);
    if (!ec && answer->ec) {
        ec = answer->ec;
    }
    if (!ec) {
        for (const auto& a : address_order(answer->addresses)) {
            addresses.push_back(a.to_string());
        }
    }
    co_return ec;
}

inline bool usable(const asio::ip::address& a, ip_version wanted) noexcept {
    return wanted == ip_version::any || a.is_v4() == (wanted == ip_version::v4);
}

inline bool out_of_descriptors(const std::error_code& ec) noexcept {
    return ec == std::errc::too_many_files_open ||
           ec == std::errc::too_many_files_open_in_system;
}

inline std::string endpoint_text(const asio::ip::address& a, std::uint16_t port) {
    const auto text = a.to_string();
    return (a.is_v6() ? "[" + text + "]:" : text + ":") + std::to_string(port);
}

/// The winner's stream and its ends.
inline void finish(dial_result& result, attempt& winner) {
    auto peer = winner.peer();
    result.remote_address = std::move(peer.address);
    result.remote_port = peer.port;
    auto local = winner.local();
    result.local_address = std::move(local.address);
    result.local_port = local.port;
    result.stream = winner.release();
}

/// What all attempts together came to.
inline void explain(dial_result& result, const dial_target& target) {
    if (out_of_descriptors(result.cause)) {
        result.ec = error::no_descriptors;
        result.message =
            "no file descriptor is left for another connection; raise the limit "
            "(ulimit -n) or lower max_connections";
        return;
    }
    result.ec = error::connect_failed;
    result.message =
        "could not connect to '" +
        std::string(target.unix_socket.empty() ? target.host : target.unix_socket) +
        "':";
    for (const auto& tried : result.tried) {
        result.message += (&tried == &result.tried.front() ? " " : "; ") + tried;
    }
}

inline task<void> socket_dialer::connect_unix(
    fiber& f, const dial_target& target, dial_result& result
) {
    const auto trial = begin_attempt(f.owner(), target.unix_socket, f);
    while (!trial->done()) {
        result.ec = co_await f.park();
        if (result.ec) {
            co_return;
        }
    }
    if (trial->error()) {
        result.cause = trial->error();
        result.tried.push_back(
            std::string(target.unix_socket) + ": " + result.cause.message()
        );
        explain(result, target);
        co_return;
    }
    result.remote_address = target.unix_socket;
    result.stream = trial->release();
}

inline task<void> socket_dialer::race(
    fiber& f,
    const dial_target& target,
    std::vector<asio::ip::address> addresses,
    dial_result& result
) {
    connect_options options;
    options.keepalive = target.tcp_keepalive;
    struct runner {
        std::unique_ptr<attempt> trial;
        asio::ip::address address;
    };
    std::vector<runner> running;
    std::size_t next = 0;
    auto start_next_at = f.owner().now();
    for (;;) {
        for (auto r = running.begin(); r != running.end();) {
            if (!r->trial->done()) {
                ++r;
                continue;
            }
            const auto failed = r->trial->error();
            if (!failed) {
                // The losers end with the frame of this coroutine.
                finish(result, *r->trial);
                co_return;
            }
            result.cause = failed;
            result.tried.push_back(
                endpoint_text(r->address, target.port) + ": " + failed.message()
            );
            r = running.erase(r);
            // A failure need not be waited for any longer.
            start_next_at = f.owner().now();
        }
        const bool more = next < addresses.size() && !out_of_descriptors(result.cause);
        if (more && (running.empty() || f.owner().now() >= start_next_at)) {
            const auto& address = addresses[next++];
            auto trial = begin_attempt(f.owner(), address, target.port, options, f);
            running.push_back(runner{std::move(trial), address});
            start_next_at = f.owner().now() + attempt_delay;
            continue;
        }
        if (running.empty()) {
            explain(result, target);
            co_return;
        }
        std::optional<alarm> beside;
        if (more) {
            beside.emplace(f, start_next_at);
        }
        result.ec = co_await f.park();
        if (result.ec) {
            for (const auto& r : running) {
                result.tried.push_back(
                    endpoint_text(r.address, target.port) + ": no answer yet"
                );
            }
            co_return;
        }
    }
}

XFER_DECL task<void> socket_dialer::dial(
    fiber& f, const dial_target& target, dial_observer& observer, dial_result& result
) {
    if (!target.unix_socket.empty()) {
        result.ec = observer.connecting();
        if (!result.ec) {
            co_await connect_unix(f, target, result);
        }
        co_return;
    }
    result.ec = observer.resolving(target.host);
    if (result.ec) {
        co_return;
    }
    auto host = std::string(target.host);
    if (!target.zone.empty()) {
        host += "%" + std::string(target.zone);
    }
    const auto answer = co_await resolve(f, std::move(host), result.ec);
    if (result.ec) {
        co_return;
    }
    if (answer->ec) {
        result.ec = answer->ec;
        result.message = "the host '" + std::string(target.host) +
                         "' could not be resolved: " + answer->message;
        co_return;
    }
    auto addresses = address_order(answer->addresses);
    std::erase_if(addresses, [&](const auto& a) { return !usable(a, target.ip); });
    if (addresses.empty()) {
        result.ec = error::resolve_failed;
        result.message = "the host '" + std::string(target.host) +
                         "' has no address of the IP version that was asked for";
        co_return;
    }
    result.ec = observer.connecting();
    if (!result.ec) {
        co_await race(f, target, std::move(addresses), result);
    }
}

}  // namespace XFER_NAMESPACE::net
