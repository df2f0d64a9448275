// Who the user is to the server of the present URL, and the answers to its challenges.
#pragma once

#include <xfer/config.hpp>
#include <xfer/engine/outgoing.hpp>
#include <xfer/engine/transfer.hpp>

#include <system_error>

namespace XFER_NAMESPACE::engine {

/// Finds the credentials for the present URL: those of the request, then the URL's own,
/// both for the origin of the request's URL alone, then those of a netrc file for the
/// host. None where the user set an Authorization field.
XFER_DECL void find_credentials(transfer& t);

/// Adds the Authorization field of the present request, if it has one.
[[nodiscard]] XFER_DECL std::error_code authorize(transfer& t, const outgoing& body);

/// Looks at a response to a request with credentials: whether it is to be answered.
[[nodiscard]] XFER_DECL std::error_code consider_challenge(
    transfer& t, const outgoing& body
);

}  // namespace XFER_NAMESPACE::engine

#ifndef XFER_SEPARATE_COMPILATION
#include <xfer/engine/impl/login.ipp>
#endif
