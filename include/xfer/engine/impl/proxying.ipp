// The way through proxies.
#pragma once

#include <xfer/engine/impl/proxy_socks.ipp>
#include <xfer/engine/impl/proxy_tunnel.ipp>
#include <xfer/engine/proxying.hpp>
#include <xfer/engine/state.hpp>
#include <xfer/engine/tls_step.hpp>
#include <xfer/proto/proxy_protocol.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <variant>

namespace XFER_NAMESPACE::engine {

/// A SOCKS proxy connects to the one behind it.
inline net::task<std::error_code> pass_first(transfer& t, net::transport& stream) {
    const auto& config = t.endpoint->config;
    socks_target next;
    next.host = std::string(config.way->via->host());
    next.port = config.way->via->port();
    next.is_name = config.way->via->host_kind() == host_kind::name;
    next.unknown = error::proxy_resolve_failed;
    return speak_socks(t, stream, *config.way->before, std::move(next));
}

/// In the same form as the other end: an IPv4 address in that of IPv6 if need be.
inline detail::ip_octets form_of(const detail::ip_octets& a, std::size_t other) {
    const auto* const v4 = std::get_if<detail::ipv4_octets>(&a);
    if (v4 == nullptr || a.index() == other) {
        return a;
    }
    return detail::ipv6_octets{
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, (*v4)[0], (*v4)[1], (*v4)[2], (*v4)[3]};
}

/// Who connects, as the user has it or as it is.
inline std::optional<detail::ip_octets> client_of(
    const transfer& t, const connection_facts& facts
) {
    const auto& named = t.endpoint->config.way->network.settings().proxied_client;
    return detail::parse_ip(named ? named->str() : facts.local_address);
}

XFER_DECL net::task<std::error_code> send_proxy_protocol(
    transfer& t, net::transport& stream, const connection_facts& facts
) {
    std::string line;
    const auto client = client_of(t, facts);
    const auto remote = detail::parse_ip(facts.remote_address);
    if (client && remote) {
        const auto from = form_of(*client, remote->index());
        const auto to = form_of(*remote, client->index());
        const proto::ip_endpoint source{from, facts.local_port};
        const proto::ip_endpoint destination{to, facts.remote_port};
        proto::append_proxy_protocol(line, source, destination);
    } else {
        proto::append_proxy_protocol_unknown(line);
    }
    co_return co_await say(t, stream, line);
}

inline void tell_proxy(transfer& t, const proxy& p) {
    if (t.traced) {
        t.tell(trace::proxy{p.str()});
    }
}

XFER_DECL net::task<std::error_code> pass_proxies(
    transfer& t,
    std::unique_ptr<net::transport>& stream,
    const connection_facts& facts,
    login& l,
    bool& again
) {
    const auto& config = t.endpoint->config;
    std::error_code ec;
    if (config.way->before) {
        tell_proxy(t, *config.way->before);
        ec = co_await pass_first(t, *stream);
    }
    if (!ec) {
        tell_proxy(t, *config.way->via);
    }
    if (!ec && config.forwarded() && config.way->haproxy) {
        // The proxy is the server here: the line is for it, and goes before TLS.
        ec = co_await send_proxy_protocol(t, *stream, facts);
    }
    if (!ec && config.way->via->kind() == proxy_kind::https) {
        tls_info ignored;
        ec = co_await secure_stream(
            t,
            stream,
            t.endpoint->proxy_tls,
            std::string(config.way->via->host()),
            config.way->via->port(),
            net::tls_role::proxy,
            ignored
        );
    }
    if (ec || config.forwarded()) {
        co_return ec;
    }
    if (config.way->via->is_http()) {
        co_return co_await tunnel(t, *stream, l, again);
    }
    const auto place = place_of(config);
    socks_target origin;
    origin.host = place.host;
    origin.port = place.port;
    origin.is_name = !detail::parse_ip(place.host);
    co_return co_await speak_socks(t, *stream, *config.way->via, std::move(origin));
}

}  // namespace XFER_NAMESPACE::engine
