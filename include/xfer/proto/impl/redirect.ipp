// The rules of redirects, in the order in which they are asked.
#pragma once

#include <xfer/detail/only_value.hpp>
#include <xfer/error.hpp>
#include <xfer/proto/proxy_request.hpp>
#include <xfer/proto/redirect.hpp>

#include <string>
#include <utility>

namespace XFER_NAMESPACE::proto {

inline redirect_decision refuse(error e, std::string why) {
    redirect_decision d;
    d.is = redirect_decision::kind::refused;
    d.ec = e;
    d.why = std::move(why);
    return d;
}

/// A Location as servers send it: blanks that should be %20 are, as in browsers, and so
/// is a backslash in the query. Before the query it might stand for a slash.
inline std::string with_encodings(std::string_view location) {
    std::string out;
    const auto query = location.find('?');
    for (std::size_t i = 0; i < location.size(); ++i) {
        const char c = location[i];
        if (c == ' ') {
            out += "%20";
        } else if (c == '\\' && i > query) {
            out += "%5C";
        } else {
            out += c;
        }
    }
    return out;
}

/// What the request becomes (the table in the header).
inline void choose_method(
    redirect_decision& d,
    int status,
    const redirect_facts& facts,
    const redirect_rules& rules
) {
    const bool is_post = facts.method == method::post();
    const bool keeps = (status == 301 && rules.keep_post_301) ||
                       (status == 302 && rules.keep_post_302) ||
                       (status == 303 && rules.keep_post_303);
    const bool see_other = status == 303 && !(is_post && keeps);
    const bool becomes_get =
        see_other ? facts.method != method::head() : status <= 302 && is_post && !keeps;
    d.method = becomes_get ? method::get() : facts.method;
    d.keeps_body = facts.has_body && !becomes_get && !see_other;
}

inline std::string_view scheme_problem(
    const url& from, const url& to, const redirect_rules& rules
) {
    const bool secure = to.scheme() == "https";
    if (!secure && to.scheme() != "http") {
        return "it leads to a scheme that redirects never lead to";
    }
    if (secure ? !rules.https : !rules.http) {
        return "its scheme is not among those that may be followed";
    }
    if (from.scheme() == "https" && !secure && !rules.https_to_http) {
        return "it leads from https to http; allow that if you must";
    }
    return {};
}

XFER_DECL redirect_decision decide_redirect(
    int status,
    fields_view response,
    const redirect_facts& facts,
    const redirect_rules& rules
) {
    const auto location = response.find("Location");
    if (rules.most == 0 || !is_redirect(status) || !location) {
        return {};
    }
    if (!detail::only_value(response, "Location")) {
        return refuse(
            error::weird_reply, "the response has several Locations that differ"
        );
    }
    if (location->empty()) {
        return {};
    }
    if (facts.followed >= rules.most) {
        return refuse(
            error::too_many_redirects,
            "more than " + std::to_string(rules.most) + " redirects"
        );
    }
    parsed_url to;
    const auto paths =
        rules.path_as_is ? url::path_rule::as_is : url::path_rule::normal;
    if (facts.from.resolve(
            with_encodings(*location), to, url::fragment_rule::inherit, paths
        )) {
        return refuse(
            error::weird_reply,
            "the Location of a redirect is no URL: " + std::string(to.why)
        );
    }
    if (const auto why = scheme_problem(facts.from, to.target, rules); !why.empty()) {
        return refuse(
            error::redirect_refused,
            "the redirect to " + std::string(to.target.str()) +
                " is refused: " + std::string(why)
        );
    }
    redirect_decision d;
    d.is = redirect_decision::kind::follow;
    d.same_origin = facts.from.same_origin(to.target);
    choose_method(d, status, facts, rules);
    if (d.keeps_body && !d.same_origin && !rules.body_elsewhere) {
        return refuse(
            error::redirect_refused,
            "the redirect to " + std::string(to.target.str()) +
                " would send the body to another origin; allow that if you want it"
        );
    }
    d.to = std::move(to.target);
    return d;
}

XFER_DECL std::string referer(const url& from, const url& to) {
    std::string text;
    if (from.scheme() != "https" || to.scheme() == "https") {
        append_absolute_target(text, from);
    }
    return text;
}

}  // namespace XFER_NAMESPACE::proto
