// Redirects and repetitions: where to, and what goes along.
#pragma once

#include <xfer/detail/octets.hpp>
#include <xfer/engine/check.hpp>
#include <xfer/engine/next_request.hpp>
#include <xfer/engine/state.hpp>
#include <xfer/proto/date.hpp>

#include <algorithm>
#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace XFER_NAMESPACE::engine {

/// Belongs to the origin that the user named, whoever set it.
inline bool is_bound_to_origin(std::string_view name) noexcept {
    constexpr std::array<std::string_view, 4> bound{
        "Authorization", "Cookie", "Host", "Referer"};
    return std::ranges::any_of(bound, [&](std::string_view b) {
        return detail::iequals(b, name);
    });
}

/// Speaks of a body, and goes with it (RFC 9110 15.4).
inline bool describes_body(std::string_view name) noexcept {
    constexpr std::array<std::string_view, 9> about{
        "Content-Encoding",
        "Content-Language",
        "Content-Length",
        "Content-Location",
        "Content-Type",
        "Digest",
        "Last-Modified",
        "Trailer",
        "Transfer-Encoding",
    };
    return std::ranges::any_of(about, [&](std::string_view b) {
        return detail::iequals(b, name);
    });
}

/// The user's fields for the present URL, from the user's request.
inline void choose_users_fields(transfer& t) {
    auto& j = *t.trip;
    const auto& request = t.request;
    const bool at_home =
        request.options().secrets_everywhere || t.target().same_origin(j.first);
    j.users = request.fields();
    for (const auto& f : request.fields()) {
        if ((!at_home && is_bound_to_origin(f.name)) ||
            (j.body_dropped && describes_body(f.name))) {
            j.users.remove(f.name);
        }
    }
    const auto* extra = request.extra();
    if (extra == nullptr) {
        return;
    }
    for (const auto& bound : extra->bound) {
        if (bound.origin == t.target().origin()) {
            for (const auto& f : bound.fields) {
                j.users.set(f.name, f.value);
            }
        }
    }
}

inline void make_fields(transfer& t, const delivery& sink) {
    auto& j = *t.trip;
    j.made.clear();
    if (const auto* extra = t.request.extra()) {
        if (!extra->range.empty()) {
            j.made.add("Range", "bytes=" + extra->range);
        }
        if (extra->modified_since) {
            j.made.add(
                "If-Modified-Since", proto::format_http_date(*extra->modified_since)
            );
        }
        if (extra->unmodified_since) {
            j.made.add(
                "If-Unmodified-Since", proto::format_http_date(*extra->unmodified_since)
            );
        }
    }
    sink.resumption().add_fields(j.made);
    if (!j.referer.empty()) {
        j.made.add("Referer", j.referer);
    }
}

inline void choose_fields(transfer& t, const delivery& sink) {
    choose_users_fields(t);
    make_fields(t, sink);
}

XFER_DECL void prepare(transfer& t, const delivery& sink) {
    const auto* extra = t.request.extra();
    const bool plain =
        sink.resumption().offset() == 0 &&
        (extra == nullptr || (extra->range.empty() && !extra->modified_since &&
                              !extra->unmodified_since && extra->bound.empty()));
    if (!plain) {
        t.trip = std::make_unique<journey>(t.target());
        choose_fields(t, sink);
    }
}

inline journey& trip_of(transfer& t) {
    if (!t.trip) {
        t.trip = std::make_unique<journey>(t.target());
    }
    return *t.trip;
}

inline proto::redirect_rules rules_of(const options& o) noexcept {
    proto::redirect_rules rules;
    rules.most = o.max_redirects;
    rules.https_to_http = o.redirect_to_http;
    rules.body_elsewhere = o.resend_body_elsewhere;
    rules.keep_post_301 = o.keep_post_301;
    rules.keep_post_302 = o.keep_post_302;
    rules.keep_post_303 = o.keep_post_303;
    return rules;
}

/// Whether it is a redirect that is followed.
inline std::error_code consider_redirect(transfer& t, const outgoing& body) {
    const auto& o = t.request.options();
    if (o.max_redirects == 0 || !proto::is_redirect(t.response.status())) {
        return {};
    }
    auto decided = proto::decide_redirect(
        t.response.status(),
        t.response.fields(),
        {t.target(),
         t.request.method(),
         body.present(),
         t.trip ? t.trip->redirects : 0},
        rules_of(o)
    );
    if (decided.ec) {
        return t.fail(decided.ec, std::move(decided.why));
    }
    if (decided.is == proto::redirect_decision::kind::follow) {
        auto& j = trip_of(t);
        j.next = std::move(decided);
        j.repeats = false;
        t.goes_on = true;
    }
    return {};
}

/// Whether its body goes on with the file.
inline std::error_code consider_file(transfer& t, delivery& sink) {
    std::error_code ec;
    switch (sink.judge(ec)) {
        case resume_verdict::append:
        case resume_verdict::begin:
            return {};
        case resume_verdict::complete:
            t.passed_over = true;
            return sink.finish();
        case resume_verdict::ask_anew:
            trip_of(t).repeats = true;
            t.goes_on = true;
            return {};
        case resume_verdict::failed:
            return t.fail(
                error::sink_failed,
                "the file that was to be resumed cannot be begun anew: " + ec.message(),
                ec
            );
        default:
            return t.fail(
                error::http_status,
                "the server answered with status " +
                    std::to_string(t.response.status()) +
                    "; the file to be resumed is as it was"
            );
    }
}

XFER_DECL std::error_code consider(transfer& t, const outgoing& body, delivery& sink) {
    t.goes_on = false;
    t.passed_over = false;
    auto ec = consider_redirect(t, body);
    if (!ec && !t.goes_on && sink.resumption().active()) {
        ec = consider_file(t, sink);
    }
    t.passed_over = t.passed_over || t.goes_on;
    return ec;
}

/// Remembers the response that sent the transfer on.
inline void note_redirect(transfer& t) {
    auto& info = response_access::info(t.response);
    redirect_hop hop;
    hop.url = std::string(t.response.url());
    hop.status = t.response.status();
    hop.timings = info.timings;
    hop.timings.total = t.owner().now() - t.started_at;
    info.timings.redirect = hop.timings.total;
    info.redirects.push_back(std::move(hop));
}

/// The request that a redirect asks for, in the place of this one.
inline void follow(transfer& t, outgoing& body) {
    auto& j = *t.trip;
    note_redirect(t);
    ++j.redirects;
    if (!j.next.keeps_body && body.present()) {
        body.drop();
        j.body_dropped = true;
    }
    j.referer = t.request.options().auto_referer
                    ? std::string(proto::referer(t.target(), j.next.to))
                    : std::string();
    t.request.method(std::move(j.next.method));
    t.start_over(std::move(j.next.to));
    find_endpoint(t);
}

XFER_DECL std::error_code go_on(transfer& t, outgoing& body, const delivery& sink) {
    auto& j = *t.trip;
    if ((j.repeats || j.next.keeps_body) && !body.rewind()) {
        return t.fail(
            error::source_not_rewindable,
            "the body is to be sent again, and its source cannot start again"
        );
    }
    if (j.repeats) {
        t.start_over(url(t.target()));
    } else {
        follow(t, body);
    }
    choose_fields(t, sink);
    return t.enter(stage::queued);
}

XFER_DECL xfer::tls tls_of(transfer& t) {
    auto tls = t.request.tls();
    if (t.trip && !t.target().same_origin(t.trip->first)) {
        tls.without_client_certificate();
    }
    return tls;
}

}  // namespace XFER_NAMESPACE::engine
