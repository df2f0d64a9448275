// Dialing, proxies, and TLS to the origin.
#pragma once

#include <xfer/engine/connect.hpp>
#include <xfer/engine/login.hpp>
#include <xfer/engine/proxying.hpp>
#include <xfer/engine/request_fields.hpp>
#include <xfer/engine/state.hpp>
#include <xfer/engine/tls_step.hpp>

#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace XFER_NAMESPACE::engine {

/// Where the socket goes: to the origin, or to the first proxy.
inline net::dial_target dial_target_of(const connection_config& config) {
    net::dial_target target;
    target.ip = config.ip;
    target.tcp_keepalive = config.tcp_keepalive;
    if (!config.way->network.empty()) {
        target.network = &config.way->network.settings();
    }
    if (const auto& first = config.way->before ? config.way->before : config.way->via) {
        target.host = first->host();
        target.zone = first->zone();
        target.port = first->port();
        target.unix_socket = first->unix_path();
        return target;
    }
    const auto place = place_of(config);
    target.host = place.host;
    target.zone = place.zone;
    target.port = place.port;
    target.unix_socket = config.unix_socket;
    return target;
}

inline std::error_code dial_failed(transfer& t, net::dial_result& dialed) {
    auto ec = dialed.ec;
    if (ec == error::resolve_failed && t.endpoint->config.way->via) {
        ec = error::proxy_resolve_failed;
    }
    ec = t.fail(ec, dialed.message, dialed.cause);
    t.trouble->addresses_tried = std::move(dialed.tried);
    return ec;
}

/// The ends of the connection that was dialed.
inline void note_ends(
    transfer& t,
    net::dial_result& dialed,
    const std::shared_ptr<connection_facts>& facts
) {
    facts->id = t.engine().next_connection_id();
    facts->remote_address = std::move(dialed.remote_address);
    facts->remote_port = dialed.remote_port;
    facts->local_address = std::move(dialed.local_address);
    facts->local_port = dialed.local_port;
    auto& info = response_access::info(t.response);
    info.connection = facts;
    ++info.connections_opened;
    if (t.traced) {
        t.tell(trace::connected{*facts});
    }
}

/// Who the user is to the proxy, if there is one; apart, since most have none.
inline std::unique_ptr<login> login_at_proxy(const transfer& t) {
    const auto& config = t.endpoint->config;
    if (!config.way->via) {
        return nullptr;
    }
    auto l = std::make_unique<login>();
    const auto& via = *config.way->via;
    // A field that the user made goes before what the proxy's text says.
    const bool has_field =
        t.request.fields().contains("Proxy-Authorization") && may_tell_proxy(t, via);
    if (via.is_http() && !has_field) {
        l->who = credentials_of(t, via);
    }
    return l;
}

XFER_DECL net::task<std::error_code> connect(transfer& t, lease& to) {
    const auto& config = t.endpoint->config;
    const auto proxy_login = login_at_proxy(t);
    auto facts = std::make_shared<connection_facts>();
    std::unique_ptr<net::transport> stream;
    std::error_code ec;
    bool again = false;  // a proxy asked who the user is, and closed
    do {
        again = false;
        const auto target = dial_target_of(config);
        net::dial_result dialed;
        co_await t.engine().dialer().dial(t, target, t, dialed);
        if (!dialed.stream) {
            co_return dial_failed(t, dialed);
        }
        stream = std::move(dialed.stream);
        note_ends(t, dialed, facts);
        if (config.way->via) {
            ec = co_await pass_proxies(t, stream, *facts, *proxy_login, again);
        }
        if (!ec && !again && config.way->haproxy && !config.forwarded()) {
            ec = co_await send_proxy_protocol(t, *stream, *facts);
        }
    } while (!ec && again);
    if (!ec && t.endpoint->tls) {
        ec = co_await secure_stream(
            t,
            stream,
            t.endpoint->tls,
            config.host,
            config.port,
            net::tls_role::origin,
            facts->tls.edit()
        );
    }
    if (!ec) {
        to.opened(std::move(stream), std::move(facts));
    }
    co_return ec;
}

}  // namespace XFER_NAMESPACE::engine
