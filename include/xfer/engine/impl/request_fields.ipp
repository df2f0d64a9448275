// Choosing and making the fields of a request.
#pragma once

#include <xfer/detail/octets.hpp>
#include <xfer/engine/login.hpp>
#include <xfer/engine/request_fields.hpp>
#include <xfer/engine/state.hpp>
#include <xfer/proto/date.hpp>
#include <xfer/proto/proxy_request.hpp>

#include <algorithm>
#include <array>
#include <memory>
#include <string>
#include <string_view>

namespace XFER_NAMESPACE::engine {

/// Belongs to the origin that the user named, whoever set it.
inline bool is_bound_to_origin(std::string_view name) noexcept {
    constexpr std::array<std::string_view, 4> bound{
        "Authorization", "Cookie", "Host", "Referer"};
    return std::ranges::any_of(bound, [&](std::string_view b) {
        return detail::iequals(b, name);
    });
}

/// For a proxy's eyes only (HAZARDS A2).
inline bool is_for_proxy(std::string_view name) noexcept {
    constexpr std::string_view prefix = "Proxy-";
    return detail::iequals(name.substr(0, prefix.size()), prefix);
}

/// Speaks of a body, and goes with it (RFC 9110 15.4).
inline bool describes_body(std::string_view name) noexcept {
    constexpr std::string_view prefix = "Content-";
    constexpr std::array<std::string_view, 6> about{
        "Digest",
        "Expect",
        "Last-Modified",
        "Repr-Digest",
        "Trailer",
        "Transfer-Encoding",
    };
    return detail::iequals(name.substr(0, prefix.size()), prefix) ||
           std::ranges::any_of(about, [&](std::string_view b) {
               return detail::iequals(b, name);
           });
}

/// The user's fields for the present URL, from the user's request.
inline void choose_users_fields(transfer& t) {
    auto& j = *t.trip;
    const auto& request = t.request;
    const bool elsewhere = !t.target().same_origin(j.first);
    const bool at_home = request.options().secrets_everywhere || !elsewhere;
    const auto& config = t.endpoint->config;
    const bool to_proxy = config.forwarded();
    const bool proxys_own = to_proxy && may_tell_proxy(t, *config.way->via);
    j.users = request.fields();
    for (const auto& f : request.fields()) {
        if ((!at_home && is_bound_to_origin(f.name)) ||
            (elsewhere && detail::iequals(f.name, "Host")) ||
            (!proxys_own && is_for_proxy(f.name)) ||
            (j.body_dropped && describes_body(f.name)) ||
            (!j.referer.empty() && detail::iequals(f.name, "Referer"))) {
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
                if ((to_proxy || !is_for_proxy(f.name)) &&
                    !(j.body_dropped && describes_body(f.name))) {
                    j.users.set(f.name, f.value);
                }
            }
        }
    }
}

/// Those that the user's setters ask for by another name.
inline void add_conditions(const request::extras& extra, fields& to) {
    if (!extra.range.empty()) {
        to.add("Range", "bytes=" + extra.range);
    }
    if (extra.modified_since) {
        to.add("If-Modified-Since", proto::format_http_date(*extra.modified_since));
    }
    if (extra.unmodified_since) {
        to.add("If-Unmodified-Since", proto::format_http_date(*extra.unmodified_since));
    }
}

XFER_DECL std::error_code choose_fields(
    transfer& t, const outgoing& body, const delivery& sink
) {
    choose_users_fields(t);
    auto& j = *t.trip;
    j.made.clear();
    if (const auto ec = authorize(t, body)) {
        return ec;
    }
    if (const auto* extra = t.request.extra()) {
        add_conditions(*extra, j.made);
    }
    if (const auto* resumption = sink.resumption()) {
        resumption->add_fields(j.made);
    }
    if (!j.referer.empty()) {
        j.made.add("Referer", j.referer);
    }
    return {};
}

XFER_DECL void choose_cookies(transfer& t) {
    auto* jar = cookies_of(t);
    if (jar == nullptr) {
        return;
    }
    auto& made = trip_of(t).made;
    made.remove("Cookie");  // of the same request on a connection that was dead
    if (const auto cookies = jar->header(t.target()); !cookies.empty()) {
        made.add("Cookie", cookies);
    }
}

inline bool needs_journey(transfer& t, const delivery& sink) {
    const auto* extra = t.request.extra();
    const auto& config = t.endpoint->config;
    const auto& users = t.request.fields();
    return t.trip || (config.forwarded() && config.way->via->user()) ||
           (!users.is_untouched() &&
            std::ranges::any_of(
                users, [](const field& f) { return is_for_proxy(f.name); }
            )) ||
           (sink.resumption() != nullptr && sink.resumption()->offset() > 0) ||
           cookies_of(t) != nullptr ||
           (extra != nullptr &&
            (extra->target || !extra->range.empty() || extra->modified_since ||
             extra->unmodified_since || !extra->bound.empty() || !extra->who.empty() ||
             extra->netrc));
}

XFER_DECL journey& trip_of(transfer& t) {
    if (!t.trip) {
        t.trip = std::make_unique<journey>(t.target());
    }
    return *t.trip;
}

XFER_DECL std::error_code prepare(
    transfer& t, const outgoing& body, const delivery& sink
) {
    if (!needs_journey(t, sink)) {
        return {};
    }
    auto& j = trip_of(t);
    if (const auto& via = t.endpoint->config.way->via) {
        j.first_proxy = via->str();
    }
    find_credentials(t);
    return choose_fields(t, body, sink);
}

XFER_DECL bool may_tell_proxy(const transfer& t, const proxy& via) {
    return !t.trip || t.trip->redirects == 0 || t.trip->first_proxy == via.str() ||
           t.request.options().secrets_everywhere;
}

XFER_DECL proto::proxy_fields fields_for_proxy(const transfer& t, const proxy& via) {
    proto::proxy_fields lines;
    if (may_tell_proxy(t, via)) {
        for (const auto& f : t.request.fields()) {
            // What is not for a proxy is refused by the type, and meant to be.
            static_cast<void>(lines.add(f.name, f.value));
        }
    }
    return lines;
}

XFER_DECL std::string_view target_of(transfer& t, bool absolute, std::string& space) {
    const auto* extra = t.request.extra();
    const bool redirected = t.trip && t.trip->redirects > 0;
    if (extra != nullptr && extra->target && !redirected) {
        return *extra->target;
    }
    if (!absolute) {
        return t.target().target();
    }
    proto::append_absolute_target(space, t.target());
    return space;
}

XFER_DECL cookie_jar* cookies_of(transfer& t) noexcept {
    const auto* extra = t.request.extra();
    return extra != nullptr && extra->cookies ? extra->cookies.get()
                                              : t.engine().cookies();
}

}  // namespace XFER_NAMESPACE::engine
