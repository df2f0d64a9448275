// Credentials, and what is remembered of those who asked for them.
#pragma once

#include <xfer/detail/netrc_file.hpp>
#include <xfer/engine/login.hpp>
#include <xfer/engine/state.hpp>
#include <xfer/proto/netrc.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace XFER_NAMESPACE::engine {

/// The login that the netrc file has for the present host.
inline credentials look_up_netrc(const transfer& t, const url& target) {
    const auto& extra = *t.request.extra();
    detail::secret text;
    constexpr proto::netrc_limits limits;
    if (detail::read_netrc(extra.netrc_path, limits.file, text) ||
        proto::check_netrc(text.view(), limits)) {
        return {};  // check_netrc_file() has told of it, or it has gone since
    }
    const auto found = proto::netrc_lookup(text.view(), target.server_name());
    if (!found || !found->login) {
        return {};
    }
    const auto password =
        found->password ? found->password->view() : std::string_view();
    return credentials(*found->login, password, auth::basic);
}

XFER_DECL void find_credentials(transfer& t) {
    auto& j = *t.trip;
    j.who = {};
    j.attempt = {};
    j.answer.reset();
    const auto* extra = t.request.extra();
    const bool at_home =
        t.request.options().secrets_everywhere || t.target().same_origin(j.first);
    if (at_home && extra != nullptr && !extra->who.empty()) {
        j.who = extra->who;
    } else if (at_home && !j.from_url.empty()) {
        j.who = j.from_url;
    } else if (extra != nullptr && extra->netrc) {
        j.who = look_up_netrc(t, t.target());
    }
}

inline proto::auth_request describe(transfer& t, const outgoing& body) {
    proto::auth_request r;
    r.peer = t.target().origin();
    r.method = t.request.method().name();
    r.target = t.target().target();
    r.encrypted = t.target().scheme() == "https";
    if (body.present()) {
        r.body = body.whole();
    }
    return r;
}

XFER_DECL std::error_code authorize(transfer& t, const outgoing& body) {
    auto& j = *t.trip;
    if (j.who.empty() || j.users.contains("Authorization")) {
        return {};
    }
    if (!j.answer) {
        auto& context =
            t.engine().auth().of(proto::auth_role::origin, t.target().origin());
        auto step = context.before(j.who, describe(t, body), j.attempt);
        if (step.what == proto::auth_step::verdict::failed) {
            return t.fail(step.why.ec, std::string(step.why.why));
        }
        if (step.what != proto::auth_step::verdict::answer) {
            return {};
        }
        j.answer = std::move(step.value);
    }
    j.made.add("Authorization", j.answer->view());
    j.answer.reset();
    return {};
}

XFER_DECL std::error_code consider_challenge(transfer& t, const outgoing& body) {
    using verdict = proto::auth_step::verdict;
    auto& j = *t.trip;
    if (j.users.contains("Authorization")) {
        return {};
    }
    auto& context = t.engine().auth().of(proto::auth_role::origin, t.target().origin());
    const int status = t.response.status();
    if (status != proto::names_of(proto::auth_role::origin).status) {
        context.note(t.response.fields(), j.attempt);
        return {};
    }
    auto step =
        context.after(status, t.response.fields(), j.who, describe(t, body), j.attempt);
    switch (step.what) {
        case verdict::answer:
            j.answer = std::move(step.value);
            j.repeats = true;
            t.goes_on = true;
            return {};
        case verdict::unsafe:
        case verdict::failed:
            return t.fail(step.why.ec, std::string(step.why.why));
        default:
            return {};  // the response stands
    }
}

}  // namespace XFER_NAMESPACE::engine
