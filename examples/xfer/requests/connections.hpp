// The way to a server, as options describe it: TLS, addresses, proxies.
#pragma once

#include "options/config.hpp"
#include "run/session.hpp"
#include <xfer/proxy_rules.hpp>

namespace tool {

/// To the origin, or to an https proxy. What OpenSSL will not have is told by the
/// transfer.
[[nodiscard]] refusal tls_of(
    const operation::tls_options& o, const session& s, xfer::tls& made
);

/// --resolve, --connect-to, --interface and what is set on sockets.
[[nodiscard]] refusal network_of(const operation& op, xfer::network& made);

/// -x, or the environment, with --noproxy and -U.
[[nodiscard]] refusal proxies_of(
    const operation& op, const session& s, xfer::proxy_rules& made
);

/// A proxy's text with the scheme that an option like --socks5 gives it, and with the
/// user of -U, who goes before one in the text.
[[nodiscard]] std::string proxy_text(const operation& op, std::string text);

}  // namespace tool
