// CONNECT (RFC 9110 9.3.6).
#pragma once

#include <xfer/engine/impl/proxy_talk.ipp>
#include <xfer/engine/login.hpp>
#include <xfer/engine/proxying.hpp>
#include <xfer/engine/request_fields.hpp>
#include <xfer/engine/state.hpp>
#include <xfer/proto/connect_reply.hpp>
#include <xfer/proto/discarded_body.hpp>
#include <xfer/proto/proxy_request.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace XFER_NAMESPACE::engine {

/// The fields of the user's that are for the proxy, and who the user is.
inline std::error_code add_proxy_fields(
    transfer& t, login& l, const proto::auth_request& r, proto::proxy_fields& to
) {
    to = fields_for_proxy(t, *t.endpoint->config.way->via);
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
    if (!ec) {
        response_access::info(t.response).request_size += head.size();
    }
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
        auto message = std::string(r.peer) + ": " + std::string(why.why);
        if (why.ec == error::weird_reply) {
            message += proto::quoted_reply(reply.received());
        }
        return t.fail(why.ec, std::move(message));
    }
    const int status = reply.head().status;
    if (t.traced) {
        t.tell(trace::response_head{status, reply.head_block(), true});
    }
    auto& info = response_access::info(t.response);
    info.proxy_status = status;
    info.header_size += reply.head_block().size();
    const auto refused =
        t.show_head({head_kind::tunnel, status, reply.head_block(), reply.fields()});
    if (refused) {
        return refused;
    }
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

}  // namespace XFER_NAMESPACE::engine
