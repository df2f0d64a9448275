// Credentials, and what is remembered of those who asked for them.
#pragma once

#include <xfer/detail/netrc_file.hpp>
#include <xfer/engine/login.hpp>
#include <xfer/engine/request_fields.hpp>
#include <xfer/engine/state.hpp>
#include <xfer/proto/netrc.hpp>
#include <xfer/proxy.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace XFER_NAMESPACE::engine {

/// Whether an entry may be shown to the origin: the first one that it was shown to has
/// it to itself. A file names hosts only, and a redirect to another port, or out of
/// TLS, would else be given what the user meant for the URL (HAZARDS A1.1).
inline bool is_for_origin(journey& j, std::string_view machine, const url& target) {
    for (const auto& use : j.from_netrc) {
        if (use.machine == machine) {
            return use.origin == target.origin();
        }
    }
    j.from_netrc.push_back({std::string(machine), std::string(target.origin())});
    return true;
}

/// Whether both have the same host. What a file has for the host of the request is for
/// that request's origin, looked up or not.
inline bool is_host_of(const url& first, const url& target) noexcept {
    return first.server_name() == target.server_name();
}

/// The login that the netrc file has for the present host, or the one of that user.
inline credentials look_up_netrc(
    transfer& t, std::optional<std::string_view> user = std::nullopt
) {
    const auto& target = t.target();
    const auto text = t.trip->netrc->text.view();
    const auto found = proto::netrc_lookup(text, target.server_name(), user);
    if (!found || !found->login) {
        return {};
    }
    const auto machine = found->of_default ? std::string_view() : target.server_name();
    if (!t.request.options().secrets_everywhere &&
        !is_for_origin(*t.trip, machine, target)) {
        return {};
    }
    const auto password =
        found->password ? found->password->view() : std::string_view();
    return credentials(*found->login, password, auth::basic);
}

/// What is wrong with the file, if anything is.
inline std::error_code check_netrc(transfer& t, const netrc_text& read) {
    const auto& path = t.request.extra()->netrc_path;
    if (read.ec == std::errc::no_such_file_or_directory && path.empty()) {
        return {};
    }
    if (read.ec == error::out_of_memory) {
        return read.ec;
    }
    const auto named = "the netrc file '" + (path.empty() ? ".netrc" : path) + "'";
    if (read.ec) {
        return t.fail(
            error::invalid_option,
            named + " cannot be read: " + read.ec.message(),
            read.ec
        );
    }
    if (const auto wrong = proto::check_netrc(read.text.view())) {
        return t.fail(wrong.ec, named + ": " + std::string(wrong.why));
    }
    return {};
}

XFER_DECL net::task<std::error_code> read_netrc(transfer& t) {
    const auto& named = t.request.extra()->netrc_path;
    const auto read = std::make_shared<netrc_text>();
    // The environment is for the user's thread to look at.
    const auto path = named.empty() ? detail::usual_netrc() : named;
    if (path.empty()) {
        read->here = true;
    } else {
        t.engine().load(path, t.id, read);
    }
    std::error_code ec;
    while (!ec && !read->here) {
        ec = co_await t.park();
    }
    if (!ec) {
        ec = check_netrc(t, *read);
    }
    trip_of(t).netrc = read;
    co_return ec;
}

XFER_DECL credentials credentials_of(const transfer& t, const proxy& p) {
    if (!p.user()) {
        return {};
    }
    const auto* extra = t.request.extra();
    return credentials(
        *p.user(),
        p.password().value_or(std::string()),
        extra != nullptr ? extra->proxy_auth : auth::basic
    );
}

XFER_DECL void find_credentials(transfer& t) {
    auto& j = *t.trip;
    j.server = {};
    j.proxy = {};
    const auto* extra = t.request.extra();
    const bool at_home =
        t.request.options().secrets_everywhere || t.target().same_origin(j.first);
    const bool has_netrc = extra != nullptr && extra->netrc;
    if (at_home && extra != nullptr && !extra->who.empty()) {
        j.server.who = extra->who;
    } else if (at_home && !j.from_url.empty()) {
        if (has_netrc && j.lacks_password) {
            j.server.who = look_up_netrc(t, j.from_url.user());
        }
        if (j.server.who.empty()) {
            j.server.who = j.from_url;
        }
    } else if (has_netrc && (at_home || !is_host_of(j.first, t.target()))) {
        j.server.who = look_up_netrc(t);
    }
    const auto& config = t.endpoint->config;
    if (config.forwarded()) {
        j.proxy.who = credentials_of(t, *config.way->via);
    }
}

XFER_DECL std::error_code begin_login(
    transfer& t, proto::auth_role role, login& l, const proto::auth_request& r
) {
    if (l.answer) {
        return {};
    }
    auto step = t.engine().auth().of(role, r.peer).before(l.who, r, l.attempt);
    if (step.what == proto::auth_step::verdict::failed) {
        return t.fail(step.why.ec, std::string(step.why.why));
    }
    if (step.what == proto::auth_step::verdict::answer) {
        l.answer = std::move(step.value);
    }
    return {};
}

XFER_DECL std::error_code continue_login(
    transfer& t,
    proto::auth_role role,
    login& l,
    const proto::auth_request& r,
    int status,
    fields_view response,
    login_step& step
) {
    using verdict = proto::auth_step::verdict;
    step = login_step::nothing;
    auto& context = t.engine().auth().of(role, r.peer);
    if (status != proto::names_of(role).status) {
        context.note(response, l.attempt);
        return {};
    }
    auto decided = context.after(status, response, l.who, r, l.attempt);
    switch (decided.what) {
        case verdict::answer:
            l.answer = std::move(decided.value);
            step = login_step::answered;
            return {};
        case verdict::unsafe:
        case verdict::failed:
            return t.fail(decided.why.ec, std::string(decided.why.why));
        default:
            return {};  // the response stands
    }
}

/// The present request as the one sees it who asks.
inline proto::auth_request describe(
    transfer& t, const outgoing& body, proto::auth_role role, std::string& space
) {
    proto::auth_request r;
    r.method = t.request.method().name();
    // The proxy sees the absolute form, and the origin what the proxy makes of it.
    r.target = target_of(t, role == proto::auth_role::proxy, space);
    if (body.present()) {
        r.body = body.whole();
    }
    r.encrypted = role == proto::auth_role::proxy
                      ? t.endpoint->config.way->via->kind() == proxy_kind::https
                      : t.target().scheme() == "https";
    return r;
}

/// Calls f(role, login, request) for each of those who may be told who the user is, up
/// to an error: for the server and, of a request that it is sent, for the proxy.
template <class F>
std::error_code for_each_login(transfer& t, const outgoing& body, F f) {
    auto& j = *t.trip;
    for (const auto role : {proto::auth_role::origin, proto::auth_role::proxy}) {
        const bool is_proxy = role == proto::auth_role::proxy;
        auto& l = is_proxy ? j.proxy : j.server;
        if (l.who.empty() || j.users.contains(proto::names_of(role).answer)) {
            continue;
        }
        std::string target;
        auto r = describe(t, body, role, target);
        const auto peer = is_proxy ? t.endpoint->config.way->via->str()
                                   : std::string(t.target().origin());
        r.peer = peer;
        if (const std::error_code ec = f(role, l, r)) {
            return ec;
        }
    }
    return {};
}

XFER_DECL void tell_login(
    transfer& t, proto::auth_role role, std::string_view peer, std::string_view answer
) {
    if (t.traced) {
        const auto scheme = answer.substr(0, answer.find(' '));
        t.tell(trace::login{peer, scheme, role == proto::auth_role::proxy});
    }
}

XFER_DECL std::error_code authorize(transfer& t, const outgoing& body) {
    return for_each_login(
        t,
        body,
        [&](proto::auth_role role, login& l, const proto::auth_request& r) {
            const auto ec = begin_login(t, role, l, r);
            if (!ec && l.answer) {
                tell_login(t, role, r.peer, l.answer->view());
                t.trip->made.add(proto::names_of(role).answer, l.answer->view());
                l.answer.reset();
            }
            return ec;
        }
    );
}

XFER_DECL std::error_code consider_challenge(transfer& t, const outgoing& body) {
    return for_each_login(
        t,
        body,
        [&](proto::auth_role role, login& l, const proto::auth_request& r) {
            login_step step{};
            const auto ec = continue_login(
                t, role, l, r, t.response.status(), t.response.fields(), step
            );
            if (!ec && step == login_step::answered) {
                t.trip->repeats = true;
                t.goes_on = true;
            }
            return ec;
        }
    );
}

}  // namespace XFER_NAMESPACE::engine
