// Sending a request: head and body, and what an early answer does to it.
#pragma once

#include <xfer/config.hpp>
#include <xfer/engine/outgoing.hpp>
#include <xfer/engine/transfer.hpp>
#include <xfer/http/h1_exchange.hpp>
#include <xfer/net/transport.hpp>

#include <memory>
#include <string>
#include <string_view>

namespace XFER_NAMESPACE::engine {

/// What send_at_once() left for send_rest().
struct unsent {
    std::string head;       ///< the part of the head that did not fit
    std::string_view body;  ///< the part of a small body that did not fit
};

/// Writes the head, and a small body with it: all of a plain request, as a rule.
[[nodiscard]] XFER_DECL std::error_code send_at_once(
    transfer& t, http::h1_exchange& x, outgoing& body, std::unique_ptr<unsent>& rest
);

/// Sends what is left, waiting where it must. No error either when the server answered
/// before it had all, or would take no more: its response is then to be read.
[[nodiscard]] XFER_DECL net::task<std::error_code> send_rest(
    transfer& t,
    net::transport& stream,
    http::h1_exchange& x,
    outgoing& body,
    const unsent& rest
);

/// Whether the user's fields fit the body and one another, as far as that was not seen
/// when they were set: found out before there is a connection.
[[nodiscard]] XFER_DECL std::error_code check_head(transfer& t, const outgoing& body);

}  // namespace XFER_NAMESPACE::engine

#ifndef XFER_SEPARATE_COMPILATION
#include <xfer/engine/impl/h1_send.ipp>
#endif
