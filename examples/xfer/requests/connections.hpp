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

/// The proxies of an operation.
struct chosen_proxies {
    xfer::proxy_rules rules;
    refusal http;   ///< what is wrong with the environment's proxy for http URLs
    refusal https;  ///< and with that for https URLs

    /// Why this URL cannot be asked for: its proxy is none.
    [[nodiscard]] refusal check(const xfer::url& target) const;
    /// Who the first connection for this URL is made to; the empty proxy: its server.
    [[nodiscard]] xfer::proxy first(const operation& op, const xfer::url& target) const;
};

/// -x, or the environment, with --noproxy and -U. What is wrong with a proxy of the
/// environment matters to those URLs alone that go through it.
[[nodiscard]] refusal proxies_of(
    const operation& op, const session& s, chosen_proxies& made
);

/// A proxy's text with the scheme that an option like --socks5 gives it, and with the
/// user of -U, who goes before one in the text.
[[nodiscard]] std::string proxy_text(const operation& op, std::string text);

}  // namespace tool
