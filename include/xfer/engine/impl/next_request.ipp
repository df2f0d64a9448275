// Redirects: where to, and what goes along.
#pragma once

#include <xfer/detail/octets.hpp>
#include <xfer/engine/check.hpp>
#include <xfer/engine/next_request.hpp>
#include <xfer/engine/state.hpp>

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
inline void choose_fields(transfer& t) {
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
    j.made.clear();
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

XFER_DECL std::error_code consider(transfer& t, const outgoing& body) {
    t.goes_on = false;
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
    if (decided.is == proto::redirect_decision::kind::none) {
        return {};
    }
    if (decided.ec) {
        return t.fail(decided.ec, std::move(decided.why));
    }
    if (!t.trip) {
        t.trip = std::make_unique<journey>(t.target());
    }
    t.trip->next = std::move(decided);
    t.goes_on = true;
    return {};
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

XFER_DECL std::error_code go_on(transfer& t, outgoing& body) {
    auto& j = *t.trip;
    if (j.next.keeps_body && !body.rewind()) {
        return t.fail(
            error::source_not_rewindable,
            "the redirect asks for the body again, and its source cannot start again"
        );
    }
    note_redirect(t);
    const auto from = t.target();
    ++j.redirects;
    if (!j.next.keeps_body && body.present()) {
        body.drop();
        j.body_dropped = true;
    }
    t.request.method(std::move(j.next.method));
    t.start_over(std::move(j.next.to));
    choose_fields(t);
    if (t.request.options().auto_referer) {
        if (const auto text = proto::referer(from, t.target()); !text.empty()) {
            j.made.add("Referer", text);
        }
    }
    find_endpoint(t);
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
