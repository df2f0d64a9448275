// Dialing in memory.
#pragma once

#include <xfer/error.hpp>
#include <xfer/net/loop.hpp>
#include <xfer/testing/memory_network.hpp>

#include <algorithm>

namespace XFER_NAMESPACE::testing {
namespace detail {

/// In the frame of the coroutine that hangs: listed at its host while it does.
class dialing : public xfer::detail::list_hook<dialing_tag> {
 public:
    dialing(net::fiber& who, std::size_t& count) noexcept : who_(who), count_(count) {
        ++count_;
    }
    dialing(const dialing&) = delete;
    dialing& operator=(const dialing&) = delete;
    ~dialing() { --count_; }
    void go_on() noexcept { who_.wake_later(); }

 private:
    net::fiber& who_;
    std::size_t& count_;
};

/// What the target is called here: its first known address, its host, its unix socket.
inline std::string name_of(const net::dial_target& target) {
    if (!target.unix_socket.empty()) {
        return net::unix_text(target);
    }
    const auto* known = net::known_addresses(target);
    return known != nullptr ? known->front().str() : std::string(target.host);
}

}  // namespace detail

XFER_DECL memory_network::memory_network() = default;
XFER_DECL memory_network::~memory_network() = default;

XFER_DECL void memory_network::listen(
    std::string host, std::uint16_t port, acceptor a
) {
    static_cast<void>(at(host));
    listening_[{std::move(host), port}] = std::move(a);
}

XFER_DECL void memory_network::stop_listening(
    const std::string& host, std::uint16_t port
) {
    listening_.erase({host, port});
}

XFER_DECL void memory_network::hang_resolving(const std::string& host) {
    at(host).hangs_resolving = true;
}

XFER_DECL void memory_network::hang_connecting(const std::string& host) {
    at(host).hangs_connecting = true;
}

XFER_DECL void memory_network::release(const std::string& host) {
    auto& h = at(host);
    h.hangs_resolving = false;
    h.hangs_connecting = false;
    h.hanging.for_each([](detail::dialing& d) { d.go_on(); });
}

XFER_DECL void memory_network::fail_resolving(
    const std::string& host, std::error_code ec
) {
    at(host).resolve_error = ec;
}

XFER_DECL void memory_network::refuse(const std::string& host, std::error_code cause) {
    at(host).connect_error = cause;
}

XFER_DECL void memory_network::on_connect(const std::string& host, acceptor f) {
    at(host).before_accepting = std::move(f);
}

XFER_DECL void memory_network::shape(const std::string& host, memory_options o) {
    at(host).options = std::move(o);
}

XFER_DECL std::size_t memory_network::dials(const std::string& host) const {
    const auto found = hosts_.find(host);
    return found == hosts_.end() ? 0 : found->second.dials;
}

XFER_DECL std::size_t memory_network::connections(const std::string& host) const {
    const auto found = hosts_.find(host);
    return found == hosts_.end() ? 0 : found->second.connections;
}

XFER_DECL std::size_t memory_network::open_connections() const {
    return static_cast<std::size_t>(std::count_if(
        peers_.begin(), peers_.end(), [](const auto& p) { return !p->closed(); }
    ));
}

inline bool memory_network::exists(const std::string& host) const {
    return std::any_of(listening_.begin(), listening_.end(), [&](const auto& l) {
        return l.first.first == host;
    });
}

inline void memory_network::connect(
    net::fiber& f,
    const net::dial_target& target,
    host_state& host,
    net::dial_result& result
) {
    const auto name = detail::name_of(target);
    const auto listener = listening_.find({name, target.port});
    result.cause = host.connect_error;
    if (!result.cause && listener == listening_.end()) {
        result.cause = std::make_error_code(std::errc::connection_refused);
    }
    if (result.cause) {
        result.ec = error::connect_failed;
        result.tried.push_back(
            name + ":" + std::to_string(target.port) + " " + result.cause.message()
        );
        result.message = "could not connect to '" + name + "': " + result.tried.back();
        return;
    }
    auto pair = make_memory_pair(f.owner().executor(), host.options);
    result.stream = std::move(pair.transport);
    result.remote_address = name;
    result.remote_port = target.port;
    result.local_address = "memory";
    peers_.push_back(pair.peer);
    ++host.connections;
    const auto accept = listener->second;  // which may listen anew
    if (const auto first = host.before_accepting) {
        first(pair.peer);
    }
    accept(pair.peer);
}

XFER_DECL net::task<void> memory_network::dial(
    net::fiber& f,
    const net::dial_target& target,
    net::dial_observer& observer,
    net::dial_result& result
) {
    const bool named = target.unix_socket.empty();
    const bool known = named && net::known_addresses(target) != nullptr;
    const auto name = detail::name_of(target);
    auto& host = at(name);
    ++dials_;
    ++host.dials;
    if (named) {
        result.ec = observer.resolving(target.host);
        if (!result.ec && host.hangs_resolving) {
            detail::dialing hung(f, hanging_);
            host.hanging.push_back(hung);
            while (!result.ec && host.hangs_resolving) {
                result.ec = co_await f.park();
            }
        }
        if (!result.ec && !known && (host.resolve_error || !exists(name))) {
            result.ec = error::resolve_failed;
            result.cause = host.resolve_error;
            result.message = "the host '" + name + "' could not be resolved";
        }
        if (result.ec) {
            co_return;
        }
        if (observer.watches()) {
            observer.found(target.host, {&name, 1});
        }
    }
    result.ec = observer.connecting();
    if (!result.ec && host.hangs_connecting) {
        detail::dialing hung(f, hanging_);
        host.hanging.push_back(hung);
        while (!result.ec && host.hangs_connecting) {
            result.ec = co_await f.park();
        }
    }
    bool admitted = true;
    if (!result.ec && target.network != nullptr && target.network->address_filter) {
        // Names have no addresses here.
        if (const auto address = ip_address::parse(name)) {
            result.ec = observer.admit(address->unmapped(), target.port, admitted);
        }
    }
    if (!result.ec && !admitted) {
        result.ec = error::connect_failed;
        result.message = "the address filter refused '" + name + "'";
    } else if (!result.ec) {
        if (observer.watches()) {
            observer.trying(name, target.port);
        }
        connect(f, target, host, result);
        if (observer.watches() && result.ec) {
            observer.failed(name, target.port, result.cause);
        }
    }
}

}  // namespace XFER_NAMESPACE::testing
