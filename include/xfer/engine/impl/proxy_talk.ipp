// Octets to and from a proxy.
#pragma once

#include <xfer/engine/proxying.hpp>
#include <xfer/engine/state.hpp>

#include <array>
#include <cstddef>
#include <string_view>
#include <system_error>
#include <utility>

namespace XFER_NAMESPACE::engine {

/// What a failed read or write means; an interrupt speaks for itself, and TLS to the
/// proxy knows better what went wrong.
inline std::error_code broke_off(
    transfer& t, const net::transport& stream, const std::error_code& cause
) {
    if (t.interrupted()) {
        return t.interrupted();
    }
    auto message = "the connection to the proxy failed: " + cause.message();
    if (const auto reason = stream.reason(); !reason.empty()) {
        message.append(" (").append(reason).append(")");
    }
    const auto ec = cause == error::tls_handshake_failed
                        ? cause
                        : std::error_code(error::proxy_handshake_failed);
    return t.fail(ec, std::move(message), cause);
}

/// Writes all of the text. The error is the stream's own.
inline net::task<std::error_code> write_all_of(
    transfer& t, net::transport& stream, std::string_view text
) {
    while (!text.empty()) {
        std::error_code ec;
        const std::array<std::string_view, 1> piece{text};
        const auto sent = text.substr(0, stream.try_write(piece, ec));
        text.remove_prefix(sent.size());
        if (t.traced && !sent.empty()) {
            t.tell(trace::wire_sent{sent});
        }
        if (ec == std::errc::operation_would_block) {
            ec = co_await t.ready(stream, net::direction::write);
        }
        if (ec) {
            co_return ec;
        }
    }
    co_return std::error_code();
}

/// The same where a failure is the end of the transfer.
inline net::task<std::error_code> say(
    transfer& t, net::transport& stream, std::string_view text
) {
    const auto ec = co_await write_all_of(t, stream, text);
    co_return ec ? broke_off(t, stream, ec) : ec;
}

/// Waits for octets, which lie in the loop's block until the next step; none at the end
/// of the stream. The error is the stream's own.
inline net::task<std::error_code> read_some(
    transfer& t, net::transport& stream, std::string_view& heard
) {
    for (;;) {
        std::error_code ec;
        constexpr std::size_t most = 4096;
        const auto block = t.owner().read_block().first(most);
        const auto n = stream.try_read(block, ec);
        if (ec != std::errc::operation_would_block) {
            heard = std::string_view(block.data(), n);
            if (t.traced && n > 0) {
                t.tell(trace::wire_received{heard});
            }
            co_return ec;
        }
        if (ec = co_await t.ready(stream, net::direction::read); ec) {
            co_return ec;
        }
    }
}

/// The same where the end of the connection is the end of the transfer.
inline net::task<std::error_code> hear(
    transfer& t, net::transport& stream, std::string_view& heard
) {
    const auto ec = co_await read_some(t, stream, heard);
    co_return ec ? broke_off(t, stream, ec) : ec;
}

}  // namespace XFER_NAMESPACE::engine
