// Dialing, and the TLS handshake.
#pragma once

#include <xfer/engine/connect.hpp>
#include <xfer/engine/state.hpp>
#include <xfer/net/tls_transport.hpp>

#include <memory>
#include <string>
#include <string_view>

namespace XFER_NAMESPACE::engine {

inline net::task<std::error_code> secure(
    transfer& t,
    std::unique_ptr<net::transport>& stream,
    std::shared_ptr<connection_facts> facts
) {
    if (const auto ec = t.enter(stage::securing)) {
        co_return ec;
    }
    const auto& config = t.endpoint->config;
    static constexpr std::string_view protocols[] = {"http/1.1"};
    net::tls_handshake handshake(
        std::move(stream),
        t.endpoint->tls,
        config.host,
        config.port,
        net::tls_role::origin,
        protocols
    );
    std::error_code ec;
    while (!handshake.try_step(ec)) {
        if (ec != std::errc::operation_would_block) {
            co_return t.fail(ec, handshake.reason());
        }
        handshake.arm(t);
        ec = co_await t.park();
        if (ec) {
            handshake.disarm();
            co_return ec;
        }
    }
    auto secured = handshake.finish();
    facts->tls = secured->info();
    stream = std::move(secured);
    co_return std::error_code();
}

XFER_DECL net::task<std::error_code> connect(transfer& t, lease& to) {
    const auto& config = t.endpoint->config;
    net::dial_target target;
    target.host = config.host;
    target.zone = config.zone;
    target.port = config.port;
    target.unix_socket = config.unix_socket;
    target.ip = config.ip;
    target.tcp_keepalive = config.tcp_keepalive;
    net::dial_result dialed;
    co_await t.engine().dialer().dial(t, target, t, dialed);
    if (!dialed.stream) {
        const auto ec = t.fail(dialed.ec, dialed.message, dialed.cause);
        t.trouble->addresses_tried = std::move(dialed.tried);
        co_return ec;
    }
    auto facts = std::make_shared<connection_facts>();
    facts->id = t.engine().next_connection_id();
    facts->remote_address = std::move(dialed.remote_address);
    facts->remote_port = dialed.remote_port;
    facts->local_address = std::move(dialed.local_address);
    facts->local_port = dialed.local_port;
    auto& info = response_access::info(t.response);
    info.connection = facts;
    ++info.connections_opened;
    if (t.endpoint->tls) {
        if (const auto ec = co_await secure(t, dialed.stream, facts)) {
            co_return ec;
        }
    }
    to.opened(std::move(dialed.stream), std::move(facts));
    co_return std::error_code();
}

}  // namespace XFER_NAMESPACE::engine
