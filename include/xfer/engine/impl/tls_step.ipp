// The handshake, step by step.
#pragma once

#include <xfer/engine/state.hpp>
#include <xfer/engine/tls_step.hpp>

#include <string_view>
#include <utility>

namespace XFER_NAMESPACE::engine {

XFER_DECL net::task<std::error_code> secure_stream(
    transfer& t,
    std::unique_ptr<net::transport>& stream,
    std::shared_ptr<net::tls_context> context,
    std::string host,
    std::uint16_t port,
    net::tls_role role,
    tls_info& negotiated
) {
    if (const auto ec = t.enter(stage::securing)) {
        co_return ec;
    }
    static constexpr std::string_view protocols[] = {"http/1.1"};
    net::tls_handshake handshake(
        std::move(stream), std::move(context), std::move(host), port, role, protocols
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
    negotiated = secured->info();
    if (t.traced) {
        t.tell(trace::secured{negotiated, role == net::tls_role::proxy});
    }
    stream = std::move(secured);
    co_return std::error_code();
}

}  // namespace XFER_NAMESPACE::engine
