// Who the user is to servers and proxies, and the answers to their challenges.
#pragma once

#include <xfer/config.hpp>
#include <xfer/engine/outgoing.hpp>
#include <xfer/engine/transfer.hpp>

#include <system_error>

namespace XFER_NAMESPACE::engine {

/// Finds the credentials for the present URL: those of the request, then the URL's own,
/// both for the origin of the request's URL alone, then those of a netrc file for the
/// host; and those for a proxy that is sent the request. None where the user set the
/// field.
XFER_DECL void find_credentials(transfer& t);

/// Whether the netrc file that the request names was not read yet.
[[nodiscard]] inline bool lacks_netrc(const transfer& t) noexcept {
    const auto* extra = t.request.extra();
    return extra != nullptr && extra->netrc && (!t.trip || !t.trip->netrc);
}
/// Has it read, off the loop, and waits for that. One that the user named must be
/// there; the usual one need not.
[[nodiscard]] XFER_DECL net::task<std::error_code> read_netrc(transfer& t);

/// Adds Authorization and Proxy-Authorization of the present request, if it has them.
[[nodiscard]] XFER_DECL std::error_code authorize(transfer& t, const outgoing& body);

/// Looks at a response: whether it asks who the user is, and can be answered.
[[nodiscard]] XFER_DECL std::error_code consider_challenge(
    transfer& t, const outgoing& body
);

/// The credentials that a proxy's text holds.
[[nodiscard]] XFER_DECL credentials credentials_of(const transfer& t, const proxy& p);

/// What one step towards one who asks comes to.
enum class login_step : std::uint8_t { nothing, answered };

/// The value for a request, before it was asked for: in l.answer.
[[nodiscard]] XFER_DECL std::error_code begin_login(
    transfer& t, proto::auth_role role, login& l, const proto::auth_request& r
);

/// Tells the traces that an answer is to be sent, without what it says.
XFER_DECL void tell_login(
    transfer& t, proto::auth_role role, std::string_view peer, std::string_view answer
);

/// The same after a response; `answered`: the request is to be sent again.
[[nodiscard]] XFER_DECL std::error_code continue_login(
    transfer& t,
    proto::auth_role role,
    login& l,
    const proto::auth_request& r,
    int status,
    fields_view response,
    login_step& step
);

}  // namespace XFER_NAMESPACE::engine

#ifndef XFER_SEPARATE_COMPILATION
#include <xfer/engine/impl/login.ipp>
#endif
