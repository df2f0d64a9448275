// Resolving, racing, and saying what went wrong.
#pragma once

#include <xfer/error.hpp>
#include <xfer/net/address_order.hpp>
#include <xfer/net/attempt.hpp>
#include <xfer/net/socket_dialer.hpp>

#include <algorithm>
#include <iterator>
#include <optional>

namespace XFER_NAMESPACE::net {

/// Brings an answer from a resolver's thread to the fiber that waits for it.
class fiber_listener final : public resolver::listener,
                             public letter,
                             public std::enable_shared_from_this<fiber_listener> {
 public:
    explicit fiber_listener(fiber& who) : mail_(who.owner().mail()), who_(&who) {}

    void resolved(resolver::answer_ptr found) noexcept override {
        arriving_ = std::move(found);
        mail_->deliver_at_last(shared_from_this());
    }
    void read() override {
        found_ = std::move(arriving_);
        if (who_ != nullptr) {
            who_->wake();
        }
    }
    /// On the multi's thread: nobody waits any more.
    void forget() noexcept { who_ = nullptr; }
    [[nodiscard]] const resolver::answer_ptr& found() const noexcept { return found_; }

 private:
    std::shared_ptr<mailbox> mail_;
    fiber* who_;
    resolver::answer_ptr arriving_;  // the resolver's, until it is delivered
    resolver::answer_ptr found_;
};

/// In the frame of the coroutine that waits: gives the lookup up with that frame.
class lookup_guard {
 public:
    lookup_guard(resolver& names, fiber& who)
        : names_(names), listener_(std::make_shared<fiber_listener>(who)) {}
    lookup_guard(const lookup_guard&) = delete;
    lookup_guard& operator=(const lookup_guard&) = delete;
    ~lookup_guard() {
        listener_->forget();
        names_.abandon(*listener_);
    }
    [[nodiscard]] const std::shared_ptr<fiber_listener>& listener() const noexcept {
        return listener_;
    }

 private:
    resolver& names_;
    std::shared_ptr<fiber_listener> listener_;
};

inline task<resolver::answer_ptr> socket_dialer::resolve(
    fiber& f, std::string host, std::error_code& ec
) {
    lookup_guard guard(*names_, f);
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

inline asio::ip::address to_asio(const ip_address& from) {
    if (const auto* four = from.v4()) {
        return asio::ip::address_v4(*four);
    }
    return asio::ip::address_v6(*from.v6());
}

inline ip_address from_asio(const asio::ip::address& from) {
    return from.is_v4() ? ip_address(from.to_v4().to_bytes())
                        : ip_address(from.to_v6().to_bytes());
}

/// What the sockets of this target are told. The observer must outlive them.
inline connect_options options_for(const dial_target& target, dial_observer& observer) {
    connect_options options;
    options.keepalive = target.tcp_keepalive;
    const auto* n = target.network;
    if (n == nullptr) {
        return options;
    }
    options.tcp_nodelay = n->tcp_nodelay;
    options.keepalive = options.keepalive || n->tcp_keepalive;
    options.keepalive_idle = n->keepalive_idle;
    options.keepalive_interval = n->keepalive_interval;
    if (n->local_address) {
        options.local_address = to_asio(*n->local_address);
    }
    options.interface = n->interface;
    options.local_port = n->first_local_port;
    options.local_port_count = n->local_port_count;
    if (n->on_socket) {
        options.on_socket = [&observer](int descriptor) {
            return observer.made_socket(descriptor);
        };
    }
    return options;
}

/// From where the connection was to be made.
inline std::string local_end_text(const network_settings& n) {
    std::string text;
    if (n.local_address) {
        text += " address " + n.local_address->str();
    }
    if (!n.interface.empty()) {
        text += " interface '" + n.interface + "'";
    }
    if (n.first_local_port != 0) {
        text += " port " + std::to_string(n.first_local_port);
        if (n.local_port_count > 1) {
            const auto last = n.first_local_port + n.local_port_count - 1;
            text += " to " + std::to_string(last);
        }
    }
    return text;
}

inline std::string target_text(const dial_target& target) {
    return target.unix_socket.empty() ? std::string(target.host) : unix_text(target);
}

/// How often what came of the attempts to connect.
struct attempt_counts {
    std::size_t forbidden = 0;  ///< by the address filter
    std::size_t unbound = 0;    ///< had no local end
    std::size_t failed = 0;     ///< otherwise
};

/// What all attempts together came to.
inline void explain(
    dial_result& result, const dial_target& target, const attempt_counts& counts
) {
    if (out_of_descriptors(result.cause)) {
        result.ec = error::no_descriptors;
        result.message =
            "no file descriptor is left for another connection; raise the limit "
            "(ulimit -n) or lower max_connections";
        return;
    }
    const auto place = "'" + target_text(target) + "'";
    result.ec = error::connect_failed;
    if (counts.failed == 0 && counts.unbound != 0) {
        result.ec = error::interface_failed;
        result.message = "could not connect to " + place + " from the local" +
                         local_end_text(*target.network) + ":";
    } else if (counts.failed == 0 && counts.forbidden != 0) {
        result.message = "the address filter refused every address of " + place +
                         ", and nothing was sent:";
    } else {
        result.message = "could not connect to " + place + ":";
    }
    for (const auto& tried : result.tried) {
        result.message += (&tried == &result.tried.front() ? " " : "; ") + tried;
    }
}

inline task<void> socket_dialer::connect_unix(
    fiber& f, const dial_target& target, dial_observer& observer, dial_result& result
) {
    const auto options = options_for(target, observer);
    const auto name = unix_text(target);
    if (observer.watches()) {
        observer.trying(name, 0);
    }
    const auto trial = begin_attempt(f.owner(), target.unix_socket, options, f);
    while (!trial->done()) {
        result.ec = co_await f.park();
        if (result.ec) {
            co_return;
        }
    }
    const auto failed = trial->error();
    if (failed && trial->step() == connect_step::hook) {
        result.ec = failed;
        co_return;
    }
    if (failed) {
        result.cause = failed;
        result.tried.push_back(name + ": " + failed.message());
        if (observer.watches()) {
            observer.failed(name, 0, failed);
        }
        explain(result, target, {0, 0, 1});
        co_return;
    }
    result.remote_address = name;
    result.stream = trial->release();
}

inline task<void> socket_dialer::race(
    fiber& f,
    const dial_target& target,
    std::vector<asio::ip::address> addresses,
    dial_observer& observer,
    dial_result& result
) {
    const auto options = options_for(target, observer);
    const bool filtered = target.network != nullptr && target.network->address_filter;
    struct runner {
        std::unique_ptr<attempt> trial;
        asio::ip::address address;
    };
    std::vector<runner> running;
    attempt_counts counts;
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
            const auto step = r->trial->step();
            if (step == connect_step::hook) {
                result.ec = failed;
                co_return;
            }
            ++(step == connect_step::bind ? counts.unbound : counts.failed);
            // That there were no descriptors says more than what came of an earlier
            // one.
            if (!out_of_descriptors(result.cause)) {
                result.cause = failed;
            }
            result.tried.push_back(
                endpoint_text(r->address, target.port) + ": " + failed.message()
            );
            if (observer.watches()) {
                observer.failed(r->address.to_string(), target.port, failed);
            }
            r = running.erase(r);
            // A failure need not be waited for any longer.
            start_next_at = f.owner().now();
        }
        const bool more = next < addresses.size() && !out_of_descriptors(result.cause);
        if (more && (running.empty() || f.owner().now() >= start_next_at)) {
            if (running.size() == most_attempts) {
                const auto& oldest = running.front().address;
                result.tried.push_back(
                    endpoint_text(oldest, target.port) + ": no answer in time"
                );
                ++counts.failed;
                running.erase(running.begin());
            }
            const auto& address = addresses[next++];
            bool admitted = true;
            if (filtered) {
                // An IPv4-mapped address is connected to by IPv4.
                const auto shown = from_asio(address).unmapped();
                result.ec = observer.admit(shown, target.port, admitted);
            }
            if (result.ec) {
                co_return;
            }
            if (!admitted) {
                ++counts.forbidden;
                result.tried.push_back(
                    endpoint_text(address, target.port) + ": refused by the filter"
                );
                continue;
            }
            if (observer.watches()) {
                observer.trying(address.to_string(), target.port);
            }
            auto trial = begin_attempt(f.owner(), address, target.port, options, f);
            running.push_back(runner{std::move(trial), address});
            start_next_at = f.owner().now() + attempt_delay;
            continue;
        }
        if (running.empty()) {
            explain(result, target, counts);
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

/// Takes out what cannot be used, and says so if nothing is left.
inline void keep_usable(
    std::vector<asio::ip::address>& addresses,
    const dial_target& target,
    dial_result& result
) {
    std::erase_if(addresses, [&](const auto& a) {
        return target.ip != ip_version::any &&
               a.is_v4() != (target.ip == ip_version::v4);
    });
    if (addresses.empty()) {
        result.ec = error::resolve_failed;
        result.message = "the host '" + std::string(target.host) +
                         "' has no address of the IP version that was asked for";
        return;
    }
    if (target.network == nullptr || !target.network->local_address) {
        return;
    }
    const auto& from = *target.network->local_address;
    std::erase_if(addresses, [&](const auto& a) { return a.is_v4() != from.is_v4(); });
    if (addresses.empty()) {
        result.ec = error::interface_failed;
        result.message = "the host '" + std::string(target.host) +
                         "' has no address of the IP version of the local address " +
                         from.str();
    }
}

/// The addresses of the target, in the order in which they are tried.
inline task<std::vector<asio::ip::address>> socket_dialer::find(
    fiber& f, const dial_target& target, dial_result& result
) {
    std::vector<asio::ip::address> found;
    if (const auto* known = known_addresses(target)) {
        std::ranges::transform(*known, std::back_inserter(found), to_asio);
    } else {
        auto host = std::string(target.host);
        if (!target.zone.empty()) {
            host += "%" + std::string(target.zone);
        }
        const auto answer = co_await resolve(f, std::move(host), result.ec);
        if (result.ec) {
            co_return found;
        }
        if (answer->ec) {
            result.ec = answer->ec;
            result.message = "the host '" + std::string(target.host) +
                             "' could not be resolved: " + answer->message;
            co_return found;
        }
        found = answer->addresses;
    }
    found = address_order(std::move(found));
    keep_usable(found, target, result);
    co_return found;
}

/// Tells who wants to know.
inline void tell_found(
    dial_observer& observer,
    std::string_view host,
    const std::vector<asio::ip::address>& addresses
) {
    if (observer.watches()) {
        std::vector<std::string> texts;
        std::ranges::transform(addresses, std::back_inserter(texts), [](const auto& a) {
            return a.to_string();
        });
        observer.found(host, texts);
    }
}

XFER_DECL task<void> socket_dialer::dial(
    fiber& f, const dial_target& target, dial_observer& observer, dial_result& result
) {
    if (!target.unix_socket.empty()) {
        result.ec = observer.connecting();
        if (!result.ec) {
            co_await connect_unix(f, target, observer, result);
        }
        co_return;
    }
    result.ec = observer.resolving(target.host);
    if (result.ec) {
        co_return;
    }
    auto addresses = co_await find(f, target, result);
    if (result.ec) {
        co_return;
    }
    tell_found(observer, target.host, addresses);
    result.ec = observer.connecting();
    if (!result.ec) {
        co_await race(f, target, std::move(addresses), observer, result);
    }
}

}  // namespace XFER_NAMESPACE::net
