// SOCKS, and CONNECT.
#pragma once

#include <xfer/engine/login.hpp>
#include <xfer/engine/proxying.hpp>
#include <xfer/engine/state.hpp>
#include <xfer/engine/tls_step.hpp>
#include <xfer/proto/connect_reply.hpp>
#include <xfer/proto/discarded_body.hpp>
#include <xfer/proto/proxy_protocol.hpp>
#include <xfer/proto/proxy_request.hpp>
#include <xfer/proto/socks.hpp>

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace XFER_NAMESPACE::engine {

/// What a failed read or write means; an interrupt speaks for itself, and TLS to the
/// proxy knows better what went wrong.
inline std::error_code broke_off(
    transfer& t, const net::transport& stream, const std::error_code& cause
) {
    if (t.interrupted()) {
        return t.interrupted();
    }
    auto message = "the connection to the proxy failed: " + cause.message();
    if (const auto reason = stream.reason(); !reason.empty()) {
        message.append(" (").append(reason).append(")");
    }
    const auto ec = cause == error::tls_handshake_failed
                        ? cause
                        : std::error_code(error::proxy_handshake_failed);
    return t.fail(ec, std::move(message), cause);
}

/// Writes all of the text. The error is the stream's own.
inline net::task<std::error_code> write_all_of(
    transfer& t, net::transport& stream, std::string_view text
) {
    while (!text.empty()) {
        std::error_code ec;
        const std::array<std::string_view, 1> piece{text};
        const auto sent = text.substr(0, stream.try_write(piece, ec));
        text.remove_prefix(sent.size());
        if (t.traced && !sent.empty()) {
            t.tell(trace::wire_sent{sent});
        }
        if (ec == std::errc::operation_would_block) {
            ec = co_await t.ready(stream, net::direction::write);
        }
        if (ec) {
            co_return ec;
        }
    }
    co_return std::error_code();
}

/// The same where a failure is the end of the transfer.
inline net::task<std::error_code> say(
    transfer& t, net::transport& stream, std::string_view text
) {
    const auto ec = co_await write_all_of(t, stream, text);
    co_return ec ? broke_off(t, stream, ec) : ec;
}

/// Waits for octets, which lie in the loop's block until the next step; none at the end
/// of the stream. The error is the stream's own.
inline net::task<std::error_code> read_some(
    transfer& t, net::transport& stream, std::string_view& heard
) {
    for (;;) {
        std::error_code ec;
        constexpr std::size_t most = 4096;
        const auto block = t.owner().read_block().first(most);
        const auto n = stream.try_read(block, ec);
        if (ec != std::errc::operation_would_block) {
            heard = std::string_view(block.data(), n);
            if (t.traced && n > 0) {
                t.tell(trace::wire_received{heard});
            }
            co_return ec;
        }
        if (ec = co_await t.ready(stream, net::direction::read); ec) {
            co_return ec;
        }
    }
}

/// The same where the end of the connection is the end of the transfer.
inline net::task<std::error_code> hear(
    transfer& t, net::transport& stream, std::string_view& heard
) {
    const auto ec = co_await read_some(t, stream, heard);
    co_return ec ? broke_off(t, stream, ec) : ec;
}

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

/// The fields of the user's that are for the proxy, and who the user is.
inline std::error_code add_proxy_fields(
    transfer& t, login& l, const proto::auth_request& r, proto::proxy_fields& to
) {
    for (const auto& f : t.request.fields()) {
        // What is not for a proxy is refused by the type, and meant to be.
        static_cast<void>(to.add(f.name, f.value));
    }
    if (l.who.empty()) {
        return {};
    }
    if (const auto ec = begin_login(t, proto::auth_role::proxy, l, r)) {
        return ec;
    }
    if (l.answer) {
        tell_login(t, proto::auth_role::proxy, r.peer, l.answer->view());
        const auto wrong = to.authorization(l.answer->view());
        l.answer.reset();
        if (wrong) {
            return t.fail(wrong.ec, std::string(wrong.why));
        }
    }
    return {};
}

inline std::string user_agent_of(const transfer& t) {
    const auto& f = t.request.fields();
    if (f.is_suppressed("User-Agent")) {
        return {};
    }
    return std::string(f.find("User-Agent").value_or("xfer/" XFER_VERSION_STRING));
}

/// Sends a CONNECT and reads the answer as far as it has a head.
inline net::task<std::error_code> ask_for_tunnel(
    transfer& t,
    net::transport& stream,
    const proto::proxy_request& connect,
    proto::connect_reply& reply
) {
    std::string head;
    connect.append_to(head);
    auto ec = co_await write_all_of(t, stream, head);
    if (t.traced && !ec) {
        t.tell(trace::request_head{head, true});
    }
    if (!t.interrupted()) {
        // A proxy may refuse and close before it has read: what it said, or TLS's
        // alert, is to be read still, and tells more than the failure to write.
        ec.clear();
    }
    while (!ec && reply.status() == proto::connect_status::partial) {
        std::string_view heard;
        ec = co_await hear(t, stream, heard);
        if (!ec && heard.empty()) {
            reply.feed_end();
        } else if (!ec) {
            reply.feed(heard);
        }
    }
    co_return ec;
}

/// What the answer means. `answered`: the proxy asked who the user is, and can be told.
inline std::error_code judge_reply(
    transfer& t,
    login& l,
    const proto::auth_request& r,
    const proto::connect_reply& reply,
    login_step& step
) {
    if (reply.status() == proto::connect_status::failed) {
        const auto& why = reply.failure();
        return t.fail(why.ec, std::string(r.peer) + ": " + std::string(why.why));
    }
    const int status = reply.head().status;
    if (t.traced) {
        t.tell(trace::response_head{status, reply.head_block(), true});
    }
    response_access::info(t.response).proxy_status = status;
    if (!l.who.empty()) {
        const auto ec = continue_login(
            t, proto::auth_role::proxy, l, r, status, reply.fields(), step
        );
        if (ec) {
            return ec;
        }
    }
    if (reply.status() == proto::connect_status::established ||
        step == login_step::answered) {
        return {};
    }
    std::string message = "CONNECT to ";
    message.append(r.target).append(" through ").append(r.peer).append(": ");
    message.append(reply.denial().why);
    message.append("; the status was ").append(std::to_string(status));
    return t.fail(error::proxy_denied, std::move(message));
}

/// Reads past the body of a refusal; `over`: the connection can go on.
inline net::task<std::error_code> pass_over(
    transfer& t, net::transport& stream, const proto::connect_reply& reply, bool& over
) {
    proto::framing_facts facts;
    facts.method = "CONNECT";
    facts.status = reply.head().status;
    facts.version = reply.head().version;
    facts.lf_only = reply.head().lf_only;
    facts.through_proxy = true;
    const auto framing = proto::decide_framing(facts, reply.fields());
    over = false;
    if (framing.failure || !framing.reusable()) {
        co_return std::error_code();
    }
    proto::discarded_body body(framing);
    auto state = body.state();
    if (!reply.rest().empty()) {
        state = body.feed(reply.rest());
    }
    while (state == proto::discarded_body::outcome::more) {
        std::string_view heard;
        const auto ec = co_await read_some(t, stream, heard);
        if (ec || heard.empty()) {
            // Closed, in whatever way: a new connection takes the answer.
            co_return t.interrupted();
        }
        state = body.feed(heard);
    }
    over = state == proto::discarded_body::outcome::over;
    co_return std::error_code();
}

/// The URL of what is tunnelled to: its host and port are all that matters.
inline url tunnel_end(transfer& t) {
    const auto& config = t.endpoint->config;
    const auto place = place_of(config);
    if (place.host == config.host && place.port == config.port) {
        return t.target();
    }
    const bool is_v6 = place.host.find(':') != place.host.npos;
    auto text = config.scheme + (is_v6 ? "://[" : "://");
    text.append(place.host).append(is_v6 ? "]:" : ":");
    parsed_url read;
    // Both were read before: it is a URL.
    static_cast<void>(url::parse(text + std::to_string(place.port), read));
    return std::move(read.target);
}

inline net::task<std::error_code> tunnel(
    transfer& t, net::transport& stream, login& l, bool& again
) {
    const auto& p = *t.endpoint->config.way->via;
    auto connect = proto::proxy_request::connect(tunnel_end(t));
    if (!connect) {
        co_return t.fail(error::url_malformed, "the URL has no host to tunnel to");
    }
    const auto peer = p.str();
    const std::string target(connect->target());
    proto::auth_request r;
    r.peer = peer;
    r.method = "CONNECT";
    r.target = target;
    r.encrypted = p.kind() == proxy_kind::https;
    const auto agent = user_agent_of(t);
    if (const auto value = proto::wire_value::from(agent)) {
        connect->user_agent(*value);
    }
    auto ec = t.enter(stage::proxying);
    while (!ec) {
        proto::proxy_fields lines;
        proto::connect_reply reply(
            t.engine().message_limits(),
            t.request.options().strict_parsing ? proto::profile::strict
                                               : proto::profile::interoperable
        );
        ec = add_proxy_fields(t, l, r, lines);
        connect->with(std::move(lines));
        if (!ec) {
            ec = co_await ask_for_tunnel(t, stream, *connect, reply);
        }
        auto step = login_step::nothing;
        if (!ec) {
            ec = judge_reply(t, l, r, reply, step);
        }
        if (ec || step != login_step::answered) {
            break;
        }
        bool over = false;
        ec = co_await pass_over(t, stream, reply, over);
        if (!over) {
            again = !ec;
            break;
        }
    }
    co_return ec;
}

/// A SOCKS proxy connects to the one behind it.
inline net::task<std::error_code> pass_first(transfer& t, net::transport& stream) {
    const auto& config = t.endpoint->config;
    socks_target next;
    next.host = std::string(config.way->via->host());
    next.port = config.way->via->port();
    next.is_name = config.way->via->host_kind() == host_kind::name;
    next.unknown = error::proxy_resolve_failed;
    return speak_socks(t, stream, *config.way->before, std::move(next));
}

XFER_DECL net::task<std::error_code> send_proxy_protocol(
    transfer& t, net::transport& stream, const connection_facts& facts
) {
    std::string line;
    const auto local = detail::parse_ip(facts.local_address);
    const auto remote = detail::parse_ip(facts.remote_address);
    if (local && remote) {
        const proto::ip_endpoint source{*local, facts.local_port};
        const proto::ip_endpoint destination{*remote, facts.remote_port};
        proto::append_proxy_protocol(line, source, destination);
    } else {
        proto::append_proxy_protocol_unknown(line);
    }
    co_return co_await say(t, stream, line);
}

inline void tell_proxy(transfer& t, const proxy& p) {
    if (t.traced) {
        t.tell(trace::proxy{p.str()});
    }
}

XFER_DECL net::task<std::error_code> pass_proxies(
    transfer& t,
    std::unique_ptr<net::transport>& stream,
    const connection_facts& facts,
    login& l,
    bool& again
) {
    const auto& config = t.endpoint->config;
    std::error_code ec;
    if (config.way->before) {
        tell_proxy(t, *config.way->before);
        ec = co_await pass_first(t, *stream);
    }
    if (!ec) {
        tell_proxy(t, *config.way->via);
    }
    if (!ec && config.forwarded() && config.way->haproxy) {
        // The proxy is the server here: the line is for it, and goes before TLS.
        ec = co_await send_proxy_protocol(t, *stream, facts);
    }
    if (!ec && config.way->via->kind() == proxy_kind::https) {
        tls_info ignored;
        ec = co_await secure_stream(
            t,
            stream,
            t.endpoint->proxy_tls,
            std::string(config.way->via->host()),
            config.way->via->port(),
            net::tls_role::proxy,
            ignored
        );
    }
    if (ec || config.forwarded()) {
        co_return ec;
    }
    if (config.way->via->is_http()) {
        co_return co_await tunnel(t, *stream, l, again);
    }
    const auto place = place_of(config);
    socks_target origin;
    origin.host = place.host;
    origin.port = place.port;
    origin.is_name = !detail::parse_ip(place.host);
    co_return co_await speak_socks(t, *stream, *config.way->via, std::move(origin));
}

}  // namespace XFER_NAMESPACE::engine
