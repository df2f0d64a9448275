// From a response to the request that follows it, if any.
#pragma once

#include <xfer/config.hpp>
#include <xfer/engine/delivery.hpp>
#include <xfer/engine/outgoing.hpp>
#include <xfer/engine/transfer.hpp>
#include <xfer/tls.hpp>

#include <system_error>

namespace XFER_NAMESPACE::engine {

/// Looks at a response whose head has just arrived: whether another request follows it,
/// as t.goes_on then says, and whether its body is for nobody (t.passed_over). An error
/// ends the transfer; the response stands.
[[nodiscard]] XFER_DECL std::error_code consider(
    transfer& t, const outgoing& body, delivery& sink
);

/// Makes the transfer ready for the request that consider() decided on.
[[nodiscard]] XFER_DECL std::error_code go_on(
    transfer& t, outgoing& body, const delivery& sink
);

/// Makes the transfer ready for the same request once more: the connection had died
/// while it was idle, and nothing can have happened.
[[nodiscard]] XFER_DECL std::error_code send_again(
    transfer& t, const outgoing& body, const delivery& sink
);

/// The TLS configuration of the present request: a client certificate is shown to the
/// origin that the user named, and to no other.
[[nodiscard]] XFER_DECL xfer::tls tls_of(transfer& t);

}  // namespace XFER_NAMESPACE::engine

#ifndef XFER_SEPARATE_COMPILATION
#include <xfer/engine/impl/next_request.ipp>
#endif
