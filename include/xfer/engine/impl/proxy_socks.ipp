// SOCKS 4, 4a, 5 and 5h (RFC 1928, RFC 1929).
#pragma once

#include <xfer/engine/impl/proxy_talk.ipp>
#include <xfer/engine/proxying.hpp>
#include <xfer/engine/state.hpp>
#include <xfer/proto/socks.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace XFER_NAMESPACE::engine {

/// Where a SOCKS proxy is to connect to.
struct socks_target {
    std::string host;
    std::uint16_t port = 0;
    bool is_name = true;
    error unknown = error::resolve_failed;  ///< when the name has no address
};

/// Asks the address filter.
inline std::error_code ask_filter(
    transfer& t, std::string_view address, std::uint16_t port, bool& admitted
) {
    const auto& n = t.endpoint->config.way->network;
    admitted = true;
    if (n.empty() || !n.settings().address_filter) {
        return {};
    }
    const auto read = ip_address::parse(address.substr(0, address.find('%')));
    admitted = read.has_value();
    return read ? t.admit(read->unmapped(), port, admitted) : std::error_code();
}

/// The addresses of the target, in the order in which they should be tried: a lookup is
/// a stage of its own.
inline net::task<std::error_code> addresses_of(
    transfer& t,
    const proxy& p,
    const socks_target& to,
    std::vector<std::string>& addresses
) {
    const auto& n = t.endpoint->config.way->network;
    const auto* known =
        n.empty() ? nullptr : n.settings().addresses_of(to.host, to.port);
    if (known != nullptr) {
        for (const auto& a : *known) {
            addresses.push_back(a.str());
        }
        co_return std::error_code();
    }
    if (!to.is_name) {
        addresses.push_back(to.host);
        co_return std::error_code();
    }
    auto ec = t.resolving(to.host);
    if (!ec) {
        ec = co_await t.engine().dialer().look_up(t, to.host, addresses);
    }
    if (!ec && t.traced) {
        t.tell(trace::resolved{to.host, addresses});
    }
    if (ec == error::resolve_failed) {
        co_return t.fail(
            to.unknown,
            "the host '" + to.host + "' could not be resolved, and " + p.str() +
                " takes addresses alone"
        );
    }
    co_return ec;
}

/// Chooses an address where the proxy does not look names up.
inline net::task<std::error_code> look_up_for(
    transfer& t, const proxy& p, socks_target& to
) {
    if (p.resolves_names()) {
        co_return std::error_code();
    }
    std::vector<std::string> addresses;
    auto ec = co_await addresses_of(t, p, to, addresses);
    if (ec) {
        co_return ec;
    }
    bool refused = false;
    for (const auto& a : addresses) {
        const bool is_v4 = a.find(':') == a.npos;
        const auto wanted = t.request.options().ip;
        const bool unfit =
            (!is_v4 && p.kind() == proxy_kind::socks4) ||
            (wanted != ip_version::any && is_v4 != (wanted == ip_version::v4));
        // An address of the URL's own has no other in its place: the proxy may say no.
        if (unfit && to.is_name) {
            continue;
        }
        bool admitted = true;
        ec = ask_filter(t, a, to.port, admitted);
        if (ec) {
            co_return ec;
        }
        if (admitted) {
            to.host = a;
            to.is_name = false;
            co_return ec;
        }
        refused = true;
    }
    if (refused) {
        co_return t.fail(
            error::connect_failed,
            "the address filter refused every address of '" + to.host + "'"
        );
    }
    co_return t.fail(
        to.unknown,
        "the host '" + to.host + "' has no address that the proxy could take"
    );
}

inline proto::socks_destination destination_of(const socks_target& to) {
    proto::socks_destination d{std::string_view(to.host), to.port};
    if (!to.is_name) {
        if (const auto ip = detail::parse_ip(to.host)) {
            std::visit([&](const auto& octets) { d.host = octets; }, *ip);
        }
    }
    return d;
}

inline net::task<std::error_code> speak_socks(
    transfer& t, net::transport& stream, const proxy& p, socks_target to
) {
    auto ec = co_await look_up_for(t, p, to);
    if (!ec) {
        ec = t.enter(stage::proxying);
    }
    if (ec) {
        co_return ec;
    }
    proto::socks_client socks(p, destination_of(to));
    while (socks.state() != proto::socks_state::established) {
        if (socks.state() == proto::socks_state::failed) {
            const auto& why = socks.failure();
            co_return t.fail(why.ec, p.str() + ": " + std::string(why.why));
        }
        if (socks.state() == proto::socks_state::send) {
            const auto size = socks.output().size();
            ec = co_await say(t, stream, socks.output());
            if (!ec) {
                socks.sent(size);
            }
        } else {
            std::string_view heard;
            ec = co_await hear(t, stream, heard);
            if (!ec && heard.empty()) {
                socks.feed_end();
            } else if (!ec) {
                socks.feed(heard);
            }
        }
        if (ec) {
            co_return ec;
        }
    }
    co_return ec;
}

}  // namespace XFER_NAMESPACE::engine
