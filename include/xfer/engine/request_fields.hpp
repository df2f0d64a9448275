// The fields of each request: which of the user's may go to its URL, and what is added.
#pragma once

#include <xfer/config.hpp>
#include <xfer/cookie_jar.hpp>
#include <xfer/engine/delivery.hpp>
#include <xfer/engine/outgoing.hpp>
#include <xfer/engine/transfer.hpp>
#include <xfer/proto/proxy_request.hpp>
#include <xfer/proxy.hpp>

#include <string>
#include <string_view>
#include <system_error>

namespace XFER_NAMESPACE::engine {

/// Before the first request: makes the journey of one that needs more than the user's
/// fields, and its fields.
[[nodiscard]] XFER_DECL std::error_code prepare(
    transfer& t, const outgoing& body, const delivery& sink
);

/// Makes the fields of a journey's present request, from nothing but the user's request
/// and the present URL.
[[nodiscard]] XFER_DECL std::error_code choose_fields(
    transfer& t, const outgoing& body, const delivery& sink
);

/// Adds what the jar has for the present URL, when it is sent and not before: what
/// other transfers were told while this one waited for a connection is in it.
XFER_DECL void choose_cookies(transfer& t);

/// The journey, which is made if there is none yet.
[[nodiscard]] XFER_DECL journey& trip_of(transfer& t);

/// The target of the present request (RFC 9112 3.2): the user's own, if the URL is the
/// user's; else the URL's, in origin form, or `absolute`, and then in `space`.
[[nodiscard]] XFER_DECL std::string_view target_of(
    transfer& t, bool absolute, std::string& space
);

/// Whether the user's fields for a proxy are for that one: it is on the way to the URL
/// of the user's request too (HAZARDS A2.3).
[[nodiscard]] XFER_DECL bool may_tell_proxy(const transfer& t, const proxy& via);
/// The user's fields for that proxy, which makes a tunnel.
[[nodiscard]] XFER_DECL proto::proxy_fields fields_for_proxy(
    const transfer& t, const proxy& via
);

/// The jar that the transfer takes part in, the request's or the multi's; may be null.
[[nodiscard]] XFER_DECL cookie_jar* cookies_of(transfer& t) noexcept;

}  // namespace XFER_NAMESPACE::engine

#ifndef XFER_SEPARATE_COMPILATION
#include <xfer/engine/impl/request_fields.ipp>
#endif
