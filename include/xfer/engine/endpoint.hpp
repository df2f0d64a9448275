// What shapes a connection, and what the engine keeps for each such shape.
#pragma once

#include <xfer/detail/indirect.hpp>
#include <xfer/detail/intrusive_list.hpp>
#include <xfer/http/connection.hpp>
#include <xfer/net/fiber.hpp>
#include <xfer/network.hpp>
#include <xfer/options.hpp>
#include <xfer/proxy.hpp>
#include <xfer/tls.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>

namespace XFER_NAMESPACE::net {
class tls_context;
}

namespace XFER_NAMESPACE::engine {

/// A proxy that is shared, and compared by what it is.
struct proxy_ref {
    std::shared_ptr<const proxy> is;

    [[nodiscard]] explicit operator bool() const noexcept { return is != nullptr; }
    [[nodiscard]] const proxy& operator*() const noexcept { return *is; }
    [[nodiscard]] const proxy* operator->() const noexcept { return is.get(); }
    [[nodiscard]] friend bool operator==(
        const proxy_ref& a, const proxy_ref& b
    ) noexcept {
        return a.is == b.is || (a && b && *a == *b);
    }
};

/// What lies between a connection and its host, or bends its way; most have none of it.
struct route {
    /// Where the connection really goes; none: to the host.
    proxy_ref via;
    /// A SOCKS proxy before that one.
    proxy_ref before;
    xfer::tls proxy_tls;
    /// The lines that the user has for the proxy that makes a tunnel: they may say who
    /// the user is.
    std::string tunnel_fields;
    /// The proxy is sent the requests themselves: host and port are its own, and any
    /// origin's requests may share the connection.
    bool forwarded = false;
    /// The first that is sent is a line of the PROXY protocol.
    bool haproxy = false;
    xfer::network network;

    [[nodiscard]] bool operator==(const route&) const = default;
};

/// A route that is shared, and compared by what it is. Reads as the straight one where
/// there is none.
class route_ref {
 public:
    route_ref() = default;
    explicit route_ref(route r) : is_(std::make_shared<const route>(std::move(r))) {}

    [[nodiscard]] explicit operator bool() const noexcept { return is_ != nullptr; }
    [[nodiscard]] const route& operator*() const noexcept {
        return is_ ? *is_ : detail::unset<route>();
    }
    [[nodiscard]] const route* operator->() const noexcept { return &**this; }
    [[nodiscard]] friend bool operator==(const route_ref& a, const route_ref& b) {
        return a.is_ == b.is_ || *a == *b;
    }

 private:
    std::shared_ptr<const route> is_;
};

/// Everything that shapes a connection. Two requests may share one exactly when their
/// configurations are equal: there is no hand-written match that could forget a field
/// (HAZARDS B1). Text is std::string where it is kept and std::string_view where it is
/// only looked up.
template <class Text>
struct basic_connection_config {
    Text scheme;
    Text host;
    Text zone;
    std::uint16_t port = 0;
    Text unix_socket;
    ip_version ip = ip_version::any;
    bool tcp_keepalive = false;
    xfer::tls tls;
    route_ref way;

    /// Whether a proxy is sent the requests themselves.
    [[nodiscard]] bool forwarded() const noexcept { return way && way->forwarded; }
    /// Whether the origin is spoken to over TLS. Every GET asks, and lengths are
    /// compared first: not so where a std::string is compared to a literal.
    [[nodiscard]] bool secure() const noexcept {
        return std::string_view(scheme) == "https";
    }
    [[nodiscard]] bool operator==(const basic_connection_config&) const = default;
};
using connection_config = basic_connection_config<std::string>;
using connection_config_view = basic_connection_config<std::string_view>;

[[nodiscard]] inline connection_config keep(const connection_config_view& v) {
    return {
        std::string(v.scheme),
        std::string(v.host),
        std::string(v.zone),
        v.port,
        std::string(v.unix_socket),
        v.ip,
        v.tcp_keepalive,
        v.tls,
        v.way,
    };
}
[[nodiscard]] inline connection_config_view view(const connection_config& c) {
    return {
        c.scheme,
        c.host,
        c.zone,
        c.port,
        c.unix_socket,
        c.ip,
        c.tcp_keepalive,
        c.tls,
        c.way,
    };
}

/// Where the origin is. The views are of the configuration.
struct origin_place {
    std::string_view host;
    std::string_view zone;
    std::uint16_t port;
};
/// Where the URL says, unless network::connect_to() says otherwise.
[[nodiscard]] inline origin_place place_of(const connection_config& c) noexcept {
    origin_place place{c.host, c.zone, c.port};
    const auto& network = c.way->network;
    const auto* to =
        network.empty() ? nullptr : network.settings().detour_of(c.host, c.port);
    if (to == nullptr) {
        return place;
    }
    if (!to->to_host.empty()) {
        place.host = to->to_host;
        place.zone = to->to_zone;
    }
    if (to->to_port != 0) {
        place.port = to->to_port;
    }
    return place;
}

struct connection_config_hash {
    using is_transparent = void;
    std::size_t operator()(const connection_config_view& v) const noexcept {
        // Whatever is left out here only makes buckets longer.
        const std::hash<std::string_view> text;
        return text(v.host) ^ (text(v.unix_socket) << 1) ^ (std::size_t{v.port} << 16) ^
               (v.scheme.size() << 32);
    }
    std::size_t operator()(const connection_config& c) const noexcept {
        return (*this)(view(c));
    }
};
struct connection_config_equal {
    using is_transparent = void;
    template <class A, class B>
    bool operator()(const A& a, const B& b) const {
        return as_view(a) == as_view(b);
    }

 private:
    static connection_config_view as_view(const connection_config& c) {
        return view(c);
    }
    static const connection_config_view& as_view(const connection_config_view& v) {
        return v;
    }
};

class endpoint;
struct idle_in_endpoint;
struct idle_in_host;
struct idle_in_pool;
struct waiting_tag;
struct hosts_tag;

/// A connection that rests in the pool.
class pooled_connection final : public http::connection,
                                public detail::list_hook<idle_in_endpoint>,
                                public detail::list_hook<idle_in_host>,
                                public detail::list_hook<idle_in_pool> {
 public:
    pooled_connection(
        std::unique_ptr<net::transport> s,
        std::shared_ptr<const connection_facts> f,
        endpoint& home
    )
        : connection(std::move(s), std::move(f)), home_(&home) {}
    [[nodiscard]] endpoint& home() const noexcept { return *home_; }

 private:
    endpoint* home_;
};

/// A transfer's place in the queue of an endpoint. Granted: a connection, or the
/// permission to open one (may_open).
class waiting_place : public detail::list_hook<waiting_tag> {
 public:
    explicit waiting_place(net::fiber& who) noexcept : who_(who) {}
    [[nodiscard]] net::fiber& who() noexcept { return who_; }
    std::unique_ptr<pooled_connection> connection;
    bool may_open = false;
    bool fresh_only = false;
    [[nodiscard]] bool granted() const noexcept { return may_open || connection; }

 private:
    net::fiber& who_;
};

/// What all endpoints of one host and port, or of one unix socket, have in common.
struct host_state {
    std::size_t endpoints = 0;  ///< that refer to it
    std::size_t open = 0;       ///< connections, busy and idle
    detail::intrusive_list<pooled_connection, idle_in_host> idle;
};

/// One interned configuration: an integer compare, in effect, instead of a comparison
/// of all its fields. Kept while a transfer uses it or a connection of it rests.
class endpoint : public detail::list_hook<hosts_tag> {
 public:
    endpoint(connection_config c, host_state& h) : config(std::move(c)), host(h) {
        ++host.endpoints;
    }
    ~endpoint() { --host.endpoints; }

    const connection_config config;
    const connection_config_view key = view(config);  ///< what it is compared by
    host_state& host;
    std::shared_ptr<net::tls_context> tls;
    std::shared_ptr<net::tls_context> proxy_tls;
    /// What follows the request line in a request without a body and without fields of
    /// the user's: the same each time, without and with options.decode. Empty until the
    /// first of them.
    std::array<std::string, 2> plain_heads;
    detail::intrusive_list<pooled_connection, idle_in_endpoint> idle;
    detail::intrusive_list<waiting_place, waiting_tag> waiting;
    std::size_t users = 0;  ///< see endpoint_use
};

/// A transfer's hold on its endpoint.
class endpoint_use {
 public:
    endpoint_use() = default;
    endpoint_use(const endpoint_use&) = delete;
    endpoint_use& operator=(const endpoint_use&) = delete;
    ~endpoint_use() { reset(); }
    void reset(endpoint* e = nullptr) noexcept {
        if (e != nullptr) {
            ++e->users;
        }
        if (endpoint_ != nullptr) {
            --endpoint_->users;
        }
        endpoint_ = e;
    }
    [[nodiscard]] endpoint& operator*() const noexcept { return *endpoint_; }
    [[nodiscard]] endpoint* operator->() const noexcept { return endpoint_; }
    [[nodiscard]] endpoint* get() const noexcept { return endpoint_; }

 private:
    endpoint* endpoint_ = nullptr;
};

}  // namespace XFER_NAMESPACE::engine
