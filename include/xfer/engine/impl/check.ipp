// What a request must be before anything of it leaves.
#pragma once

#include <xfer/detail/netrc_file.hpp>
#include <xfer/engine/check.hpp>
#include <xfer/engine/next_request.hpp>
#include <xfer/engine/request_fields.hpp>
#include <xfer/engine/state.hpp>
#include <xfer/proto/authorization.hpp>
#include <xfer/proto/netrc.hpp>
#include <xfer/proto/range.hpp>

#include <string>
#include <variant>

namespace XFER_NAMESPACE::engine {

inline std::error_code check_options(transfer& t) {
    const auto& o = t.request.options();
    const auto any_negative = (o.queue_timeout.count() | o.resolve_timeout.count() |
                               o.connect_timeout.count() | o.tls_timeout.count() |
                               o.first_byte_timeout.count() | o.idle_timeout.count() |
                               o.total_timeout.count() | o.low_speed_time.count() |
                               o.expect_continue_timeout.count()) < 0;
    if (!any_negative) [[likely]] {
        return {};
    }
    const struct {
        const char* name;
        duration value;
    } durations[] = {
        {"queue_timeout", o.queue_timeout},
        {"resolve_timeout", o.resolve_timeout},
        {"connect_timeout", o.connect_timeout},
        {"tls_timeout", o.tls_timeout},
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

inline std::error_code check_extras(transfer& t, const request::extras& extra) {
    if (extra.unix_socket.find('\0') != std::string::npos) {
        return t.fail(
            error::invalid_option, "the path of the unix socket contains a NUL"
        );
    }
    if (!extra.range.empty() && !proto::is_range_set(extra.range)) {
        return t.fail(
            error::invalid_option,
            "range() takes ranges as in \"0-499\", \"500-\" or \"-500\""
        );
    }
    const auto* file = std::get_if<sink::file_target>(&t.request.sink().where());
    if (!extra.range.empty() && file != nullptr && file->mode == file_mode::resume) {
        return t.fail(
            error::invalid_option,
            "range() and a file to be resumed contradict each other"
        );
    }
    for (const auto& bound : extra.bound) {
        if (bound.origin.empty()) {
            return t.fail(
                error::invalid_option, "header_for() names an origin that is no URL"
            );
        }
        if (!bound.fields.first_error().empty()) {
            return t.fail(error::invalid_header, bound.fields.first_error());
        }
    }
    return {};
}

/// A file that the user named must be there; the usual one need not.
inline std::error_code check_netrc_file(transfer& t, const request::extras& extra) {
    detail::secret text;
    constexpr proto::netrc_limits limits;
    const auto cause = detail::read_netrc(extra.netrc_path, limits.file, text);
    if (cause == std::errc::no_such_file_or_directory && extra.netrc_path.empty()) {
        return {};
    }
    const auto named = extra.netrc_path.empty() ? ".netrc" : extra.netrc_path;
    if (cause) {
        return t.fail(
            error::invalid_option,
            "the netrc file '" + named + "' cannot be read: " + cause.message(),
            cause
        );
    }
    if (const auto wrong = proto::check_netrc(text.view(), limits)) {
        return t.fail(
            wrong.ec, "the netrc file '" + named + "': " + std::string(wrong.why)
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
    return extra->netrc ? check_netrc_file(t, *extra) : std::error_code();
}

inline std::error_code check_request(transfer& t) {
    auto& r = t.request;
    parsed_url parsed;
    if (const auto ec = url::parse(r.take_url(), parsed)) {
        return t.fail(ec, "the URL is malformed: " + std::string(parsed.why));
    }
    auto& u = parsed.target;
    if (u.scheme() != "http" && u.scheme() != "https") {
        return t.fail(
            error::scheme_unsupported,
            "the scheme '" + std::string(u.scheme()) +
                "' is not supported; http and https are"
        );
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
    if (!r.fields().first_error().empty()) {
        return t.fail(error::invalid_header, r.fields().first_error());
    }
    const auto* extra = r.extra();
    if (extra != nullptr) {
        if (const auto ec = check_extras(t, *extra)) {
            return ec;
        }
    }
    return check_options(t);
}

XFER_DECL void find_endpoint(transfer& t) {
    const auto& u = t.target();
    const auto* extra = t.request.extra();
    connection_config_view config;
    config.scheme = u.scheme();
    config.host = u.host();
    config.zone = u.zone();
    config.port = u.port();
    if (extra != nullptr) {
        config.unix_socket = extra->unix_socket;
    }
    config.ip = t.request.options().ip;
    config.tcp_keepalive = t.request.options().tcp_keepalive;
    if (config.scheme == "https") {
        config.tls = tls_of(t);
    }
    t.endpoint.reset(&t.engine().scheduler().intern(config));
}

XFER_DECL std::error_code check(transfer& t) {
    // Cancelled before it began: nothing of it is touched.
    auto ec = t.interrupted();
    if (!ec) {
        ec = check_request(t);
    }
    if (!ec) {
        find_endpoint(t);
    }
    return ec;
}

XFER_DECL bool lacks_tls_context(const transfer& t) noexcept {
    return t.endpoint->config.scheme == "https" && !t.endpoint->tls;
}

XFER_DECL net::task<std::error_code> make_tls_context(transfer& t) {
    auto& slot = t.engine().tls_for(t.endpoint->config.tls);
    std::error_code ec;
    if (!slot.loading) {
        slot.ec.clear();  // what was missing for an earlier one may be there now
    }
    while (!slot.context && !slot.ec && !ec) {
        slot.waiting.push_back(t.id);
        t.engine().load(slot);
        if (!slot.ec) {
            ec = co_await t.park();
        }
    }
    if (!ec && !slot.context) {
        ec = t.fail(slot.ec, slot.why);
    }
    t.endpoint->tls = slot.context;
    co_return ec;
}

}  // namespace XFER_NAMESPACE::engine
