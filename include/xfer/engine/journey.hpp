// What a transfer keeps that takes more than one request.
#pragma once

#include <xfer/auth.hpp>
#include <xfer/config.hpp>
#include <xfer/detail/secret.hpp>
#include <xfer/fields.hpp>
#include <xfer/proto/auth_context.hpp>
#include <xfer/proto/redirect.hpp>
#include <xfer/url.hpp>

#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <vector>

namespace XFER_NAMESPACE::engine {

/// Who the user is to somebody who asks, and how far that has come.
struct login {
    credentials who;
    proto::auth_attempt attempt;
    /// To the last challenge; goes with the next request.
    std::optional<detail::secret> answer;
};

/// An entry of a netrc file, and the first origin that it was shown to.
struct netrc_use {
    std::string machine;  ///< empty: `default`
    std::string origin;   ///< as url::origin() says it
};

/// What a netrc file holds: read once for a transfer, on another thread.
struct netrc_text {
    std::error_code ec;
    detail::secret text;
    bool here = false;  ///< the reading is over; for the multi's thread
};

/// Made when a transfer turns out to need another request; a plain one has none. The
/// head of each request is built anew from the user's request and the URL it goes to:
/// nothing is copied from the request before (HAZARDS A1).
struct journey {
    explicit journey(const url& start) : first(start) {}

    const url first;  ///< of the user's request, to whose origin its secrets belong
    /// The proxy on the way there, to which what the user has for a proxy belongs, as
    /// proxy::str() says it; empty: none.
    std::string first_proxy;
    unsigned redirects = 0;
    /// Nothing is said of a body any more.
    bool body_dropped = false;
    /// The next request is the same again: next has nothing to say.
    bool repeats = false;
    std::string referer;
    fields users;          ///< those of the user's that may go to the present URL
    fields made;           ///< those that are made for it
    credentials from_url;  ///< what the request's URL held
    std::shared_ptr<netrc_text> netrc;  ///< of request::netrc(), once it is here
    std::vector<netrc_use> from_netrc;  ///< to the origins so far
    /// from_url is a user alone, whose password a netrc file may know.
    bool lacks_password = false;
    login server;  ///< to the server of the present URL
    login proxy;   ///< to a proxy that is sent the request itself
    /// Where the next request goes.
    proto::redirect_decision next;
};

}  // namespace XFER_NAMESPACE::engine
