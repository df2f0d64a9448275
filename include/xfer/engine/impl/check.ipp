// What a request must be before anything of it leaves.
#pragma once

#include <xfer/engine/check.hpp>
#include <xfer/engine/login.hpp>
#include <xfer/engine/next_request.hpp>
#include <xfer/engine/request_fields.hpp>
#include <xfer/engine/state.hpp>
#include <xfer/net/local_end.hpp>
#include <xfer/proto/authorization.hpp>
#include <xfer/proto/chunked.hpp>
#include <xfer/proto/octets.hpp>
#include <xfer/proto/range.hpp>
#include <xfer/proxy_rules.hpp>

#include <string>
#include <variant>

namespace XFER_NAMESPACE::engine {

inline std::error_code check_options(transfer& t) {
    const auto& o = t.request.options();
    const auto any_negative =
        (o.queue_timeout.count() | o.resolve_timeout.count() |
         o.connect_timeout.count() | o.proxy_timeout.count() | o.tls_timeout.count() |
         o.setup_timeout.count() | o.first_byte_timeout.count() |
         o.idle_timeout.count() | o.total_timeout.count() | o.low_speed_time.count() |
         o.expect_continue_timeout.count()) < 0;
    if (!any_negative && !o.raw_transfer) [[likely]] {
        return {};
    }
    if (o.raw_transfer && resumes_file(t.request)) {
        return t.fail(
            error::invalid_option,
            "raw_transfer and a file to be resumed contradict each other"
        );
    }
    const struct {
        const char* name;
        duration value;
    } durations[] = {
        {"queue_timeout", o.queue_timeout},
        {"resolve_timeout", o.resolve_timeout},
        {"connect_timeout", o.connect_timeout},
        {"proxy_timeout", o.proxy_timeout},
        {"tls_timeout", o.tls_timeout},
        {"setup_timeout", o.setup_timeout},
        {"first_byte_timeout", o.first_byte_timeout},
        {"idle_timeout", o.idle_timeout},
        {"total_timeout", o.total_timeout},
        {"low_speed_time", o.low_speed_time},
        {"expect_continue_timeout", o.expect_continue_timeout},
    };
    for (const auto& d : durations) {
        if (d.value < duration::zero()) {
            return t.fail(
                error::invalid_option,
                std::string(d.name) + " is negative; use zero for no limit"
            );
        }
    }
    return {};
}

/// A trailer must not be of those that are looked at before the body (RFC 9110 6.5.1).
inline std::error_code check_trailers(transfer& t, const request::extras& extra) {
    for (const auto& trailer : extra.trailers) {
        if (!proto::is_token(trailer.name)) {
            return t.fail(
                error::invalid_header,
                "the name of a trailer is not a token (RFC 9110 section 5.1)"
            );
        }
        if (!proto::is_allowed_in_trailers(trailer.name)) {
            return t.fail(
                error::invalid_header,
                "the field '" + trailer.name +
                    "' must not follow a body (RFC 9110 section 6.5.1): send it before"
            );
        }
        if (!proto::is_field_value(trailer.text)) {
            return t.fail(
                error::invalid_header,
                "the value of the trailer '" + trailer.name +
                    "' has a control character (RFC 9110 section 5.5)"
            );
        }
    }
    if (!extra.trailers.empty() && t.request.body().empty()) {
        return t.fail(
            error::invalid_option, "there are trailers, and no body for them to follow"
        );
    }
    return {};
}

inline std::error_code check_extras(transfer& t, const request::extras& extra) {
    if (!extra.abstract_socket && extra.unix_socket.find('\0') != std::string::npos) {
        return t.fail(
            error::invalid_option, "the path of the unix socket contains a NUL"
        );
    }
    if (extra.abstract_socket && extra.unix_socket.size() == 1) {
        return t.fail(
            error::invalid_option, "abstract_unix_socket() was given an empty name"
        );
    }
    if (extra.target && !proto::is_request_target(*extra.target)) {
        return t.fail(
            error::invalid_option,
            "target() takes visible ASCII without '#' (RFC 9112 section 3.2), and not "
            "nothing"
        );
    }
    if (!extra.range.empty() && !proto::is_range_set(extra.range)) {
        return t.fail(
            error::invalid_option,
            "range() takes ranges as in \"0-499\", \"500-\" or \"-500\""
        );
    }
    if (!extra.range.empty() && resumes_file(t.request)) {
        return t.fail(
            error::invalid_option,
            "range() and a file to be resumed contradict each other"
        );
    }
    if (!extra.wrong_proxy.empty()) {
        return t.fail(
            error::invalid_option, "the proxy before the proxy: " + extra.wrong_proxy
        );
    }
    if (const auto ec = check_trailers(t, extra)) {
        return ec;
    }
    for (const auto& bound : extra.bound) {
        if (bound.origin.empty()) {
            return t.fail(
                error::invalid_option, "header_for() names an origin that is no URL"
            );
        }
        if (bound.fields.has_error()) {
            return t.fail(error::invalid_header, bound.fields.first_error());
        }
    }
    return {};
}

/// A form may hold what must not be sent, and says so only here.
inline std::error_code check_body(transfer& t) {
    const auto* body = t.request.own_body();
    if (body == nullptr) {
        return {};
    }
    if (const auto* refused = std::get_if<source::refused_origin>(&body->from())) {
        return t.fail(refused->ec, refused->message);
    }
    if (!proto::is_field_value(body->content_type())) {
        return t.fail(
            error::invalid_header, "the content type has a control character"
        );
    }
    return {};
}

/// User and password, wherever they come from.
inline std::error_code check_users(transfer& t, const parsed_url& parsed) {
    if (parsed.user) {
        auto& j = trip_of(t);
        j.from_url = credentials(
            *parsed.user, parsed.password.value_or(std::string()), auth::basic
        );
        j.lacks_password = !parsed.password;
        if (const auto wrong = proto::check_credentials(j.from_url)) {
            return t.fail(wrong.ec, std::string(wrong.why));
        }
    }
    const auto* extra = t.request.extra();
    if (extra == nullptr) {
        return {};
    }
    if (const auto wrong = proto::check_credentials(extra->who)) {
        return t.fail(wrong.ec, std::string(wrong.why));
    }
    return {};
}

/// The request's, or that of all transfers.
inline const network& network_of(transfer& t) noexcept {
    const auto* extra = t.request.extra();
    return extra != nullptr && extra->network ? *extra->network : t.engine().network();
}

/// Only async_open makes what a stream is read from.
inline std::error_code check_sink(transfer& t) {
    const auto* own = t.request.own_sink();
    const bool to_reader =
        own != nullptr && std::holds_alternative<sink::stream_target>(own->where());
    return to_reader && !t.on_opened
               ? t.fail(
                     error::invalid_option,
                     "a stream_target is no sink of the user's: call async_open"
                 )
               : std::error_code();
}

inline std::error_code check_network(transfer& t, const network_settings& n) {
    if (!n.first_error.empty()) {
        return t.fail(error::invalid_option, n.first_error);
    }
    if (n.interface.empty()) {
        return {};
    }
    const auto cause = net::find_interface(n.interface);
    return cause ? t.fail(
                       error::interface_failed,
                       "there is no interface '" + n.interface + "' on this machine",
                       cause
                   )
                 : std::error_code();
}

inline std::error_code check_request(transfer& t) {
    auto& r = t.request;
    parsed_url parsed;
    auto& recent = t.engine().recent_url();
    const auto paths =
        r.options().path_as_is ? url::path_rule::as_is : url::path_rule::normal;
    if (const auto ec = url::parse(r.take_url(), parsed, recent, paths)) {
        return t.fail(ec, "the URL is malformed: " + std::string(parsed.why));
    }
    auto& u = parsed.target;
    if (!u.same_origin(recent)) {
        if (u.scheme() != "http" && u.scheme() != "https") {
            return t.fail(
                error::scheme_unsupported,
                "the scheme '" + std::string(u.scheme()) +
                    "' is not supported; http and https are"
            );
        }
        recent = u;
    }
    response_access::url(t.response) = std::move(u);
    if (parsed.user || r.extra() != nullptr) {
        if (const auto ec = check_users(t, parsed)) {
            return ec;
        }
    }
    if (!r.method().valid()) {
        return t.fail(
            error::invalid_method, "the method is not a token (RFC 9110 section 5.6.2)"
        );
    }
    if (r.method() == method::connect()) {
        return t.fail(error::invalid_method, "CONNECT is made by proxies only");
    }
    if (r.fields().has_error()) {
        return t.fail(error::invalid_header, r.fields().first_error());
    }
    if (const auto ec = check_body(t)) {
        return ec;
    }
    if (const auto ec = check_sink(t)) {
        return ec;
    }
    const auto* extra = r.extra();
    if (extra != nullptr) {
        if (const auto ec = check_extras(t, *extra)) {
            return ec;
        }
    }
    if (const auto& n = network_of(t); !n.empty()) {
        if (const auto ec = check_network(t, n.settings())) {
            return ec;
        }
    }
    return check_options(t);
}

/// What can be wrong with the proxies, before any traffic.
inline std::error_code check_proxies(
    transfer& t, const proxy& via, const proxy_ref& before
) {
    if (before && !via.unix_path().empty()) {
        return t.fail(
            error::invalid_option,
            "a proxy before another cannot connect to its unix socket"
        );
    }
    if (!via.is_http()) {
        return {};
    }
    const auto wrong = proto::check_credentials(credentials_of(t, via));
    return wrong ? t.fail(wrong.ec, via.str() + ": " + std::string(wrong.why))
                 : std::error_code();
}

/// The proxies that the present URL goes through. The host may become that of a proxy
/// in `way`, which holds its name.
inline std::error_code choose_proxies(
    transfer& t, connection_config_view& config, route& way
) {
    const auto* extra = t.request.extra();
    const auto* rules = extra != nullptr && extra->proxies ? extra->proxies.get()
                                                           : t.engine().proxies();
    bool excepted = false;
    if (rules != nullptr) {
        auto choice = rules->choose(t.target());
        if (choice.ec) {
            return t.fail(choice.ec, std::move(choice.why));
        }
        if (choice.via) {
            way.via.is = std::make_shared<const proxy>(std::move(*choice.via));
        }
        excepted = choice.excepted;
    }
    if (extra != nullptr && extra->before && !excepted) {
        // Alone it is the proxy itself: to go without would show what was to be hidden.
        (way.via ? way.before : way.via).is = extra->before;
    }
    if (!way.via) {
        return {};
    }
    if (const auto ec = check_proxies(t, *way.via, way.before)) {
        return ec;
    }
    if (way.via->kind() == proxy_kind::https && extra != nullptr) {
        way.proxy_tls = extra->proxy_tls;
    }
    if (!way.via->is_http()) {
        return {};
    }
    // A proxy that is sent the URL would go where that says: a detour is tunnelled to.
    const auto* detour = way.network.settings().detour_of(config.host, config.port);
    way.forwarded =
        !config.secure() && !t.request.options().proxy_tunnel && detour == nullptr;
    if (way.forwarded) {
        // The connection is to the proxy, whoever the requests are for.
        config.host = way.via->host();
        config.zone = way.via->zone();
        config.port = way.via->port();
    } else if (!t.request.fields().is_untouched()) {
        way.tunnel_fields = fields_for_proxy(t, *way.via).view().block();
    }
    return {};
}

XFER_DECL std::error_code find_endpoint(transfer& t) {
    const auto& u = t.target();
    const auto& o = t.request.options();
    const auto* extra = t.request.extra();
    connection_config_view config;
    config.scheme = u.scheme();
    config.host = u.host();
    config.zone = u.zone();
    config.port = u.port();
    if (extra != nullptr) {
        config.unix_socket = extra->unix_socket;
    }
    config.ip = o.ip;
    config.tcp_keepalive = o.tcp_keepalive;
    if (config.secure()) {
        config.tls = tls_of(t);
    }
    const auto& network = network_of(t);
    const bool through = t.engine().proxies() != nullptr ||
                         (extra != nullptr && (extra->proxies || extra->before));
    if (through || o.haproxy_protocol || !network.empty()) {
        route way;
        way.haproxy = o.haproxy_protocol;
        way.network = network;
        if (through && config.unix_socket.empty()) {
            if (const auto ec = choose_proxies(t, config, way)) {
                return ec;
            }
        }
        config.way = route_ref(std::move(way));
    }
    t.endpoint.reset(&t.engine().scheduler().intern(config));
    return {};
}

XFER_DECL std::error_code check(transfer& t) {
    // Cancelled before it began: nothing of it is touched.
    auto ec = t.interrupted();
    if (!ec) {
        ec = check_request(t);
    }
    return ec ? ec : find_endpoint(t);
}

inline bool speaks_tls_to_proxy(const connection_config& config) noexcept {
    return config.way && config.way->via &&
           config.way->via->kind() == proxy_kind::https;
}

inline bool lacks_tls_context(const transfer& t) noexcept {
    const auto& e = *t.endpoint;
    return (!e.tls && e.config.secure()) ||
           (!e.proxy_tls && speaks_tls_to_proxy(e.config));
}

XFER_DECL bool lacks_files(const transfer& t) noexcept {
    return lacks_netrc(t) || lacks_tls_context(t);
}

/// The context of one configuration.
inline net::task<std::error_code> load_tls(
    transfer& t, const tls& configuration, std::shared_ptr<net::tls_context>& to
) {
    auto* slot = &t.engine().tls_for(configuration);
    std::error_code ec;
    if (!slot->loading) {
        slot->ec.clear();  // what was missing for an earlier one may be there now
    }
    while (!slot->context && !slot->ec && !ec) {
        slot->waiting.push_back(t.id);
        t.engine().load(*slot);
        if (!slot->ec) {
            ec = co_await t.park();
            slot = &t.engine().tls_for(configuration);
        }
    }
    if (!ec && !slot->context) {
        ec = t.fail(slot->ec, slot->why);
    }
    to = slot->context;
    co_return ec;
}

XFER_DECL net::task<std::error_code> read_files(transfer& t) {
    auto& e = *t.endpoint;
    std::error_code ec;
    if (lacks_netrc(t)) {
        ec = co_await read_netrc(t);
    }
    if (!ec && e.config.secure() && !e.tls) {
        ec = co_await load_tls(t, e.config.tls, e.tls);
    }
    if (!ec && speaks_tls_to_proxy(e.config) && !e.proxy_tls) {
        ec = co_await load_tls(t, e.config.way->proxy_tls, e.proxy_tls);
    }
    co_return ec;
}

}  // namespace XFER_NAMESPACE::engine
