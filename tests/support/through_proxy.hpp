// What tests of proxies have in common: https origins, and requests through a proxy.
#pragma once

#include "support/certificates.hpp"
#include "support/test_proxy.hpp"
#include "support/transfers.hpp"
#include <xfer/proxy_rules.hpp>
#include <xfer/testing/server.hpp>

#include <string>

namespace support {

inline xfer::testing::server_options https_options(
    const xfer::testing::identity& shown = tls_support::good_identity()
) {
    xfer::testing::server_options o;
    o.certificate_pem = shown.certificate_pem;
    o.key_pem = shown.key_pem;
    return o;
}

inline xfer::tls trusting_tls() {
    return xfer::tls().ca_pem(tls_support::test_authority().certificate_pem());
}

/// A GET through the proxy of that text. The tests' authority is trusted, at the origin
/// and at the proxy.
inline xfer::request get_through(
    const std::string& proxy, const std::string& url, const xfer::options& o = {}
) {
    auto r = xfer::get(url, o);
    r.proxy(proxy).tls(trusting_tls()).proxy_tls(trusting_tls());
    return r;
}

inline proxy_options https_proxy_options(
    const xfer::testing::identity& shown = tls_support::good_identity()
) {
    proxy_options o;
    o.certificate = shown;
    return o;
}

inline proxy_options socks_options() {
    proxy_options o;
    o.socks = true;
    return o;
}

/// The proxy answers every request so.
inline proxy_options answering(
    std::string say, proxy_answer::then then = proxy_answer::then::next
) {
    proxy_options o;
    o.answer = [say = std::move(say), then](const proxy_request_seen&) {
        proxy_answer a;
        a.say = say;
        a.goes_on = then;
        return a;
    };
    return o;
}

constexpr xfer::options tunnelled = [] {
    xfer::options o;
    o.proxy_tunnel = true;
    return o;
}();

}  // namespace support
