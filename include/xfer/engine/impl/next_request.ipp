// Redirects and repetitions: where to, and what goes along.
#pragma once

#include <xfer/engine/check.hpp>
#include <xfer/engine/login.hpp>
#include <xfer/engine/next_request.hpp>
#include <xfer/engine/request_fields.hpp>
#include <xfer/engine/state.hpp>

#include <string>
#include <utility>

namespace XFER_NAMESPACE::engine {

inline proto::redirect_rules rules_of(const options& o) noexcept {
    proto::redirect_rules rules;
    rules.most = o.max_redirects;
    rules.https_to_http = o.redirect_to_http;
    rules.body_elsewhere = o.resend_body_elsewhere;
    rules.keep_post_301 = o.keep_post_301;
    rules.keep_post_302 = o.keep_post_302;
    rules.keep_post_303 = o.keep_post_303;
    rules.path_as_is = o.path_as_is;
    return rules;
}

/// Whether a redirect is followed.
inline std::error_code consider_redirect(transfer& t, const outgoing& body) {
    auto decided = proto::decide_redirect(
        t.response.status(),
        t.response.fields(),
        {t.target(),
         t.request.method(),
         body.present(),
         t.trip ? t.trip->redirects : 0},
        rules_of(t.request.options())
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

/// The next request is this one without what was asked of a part, and another one as
/// far as the challenges of servers and proxies are concerned.
inline void ask_anew(journey& j) {
    j.repeats = true;
    j.server.attempt.answers = 0;
    j.proxy.attempt.answers = 0;
}

/// Whether its body goes on with the file.
inline std::error_code consider_file(transfer& t, delivery& sink) {
    switch (sink.judge()) {
        case resume_verdict::append:
        case resume_verdict::begin:
            return {};
        case resume_verdict::complete:
            t.passed_over = true;
            return sink.finish();
        case resume_verdict::ask_anew:
            if (t.traced) {
                t.tell(trace::retried());
            }
            ask_anew(trip_of(t));
            t.goes_on = true;
            return {};
        default:
            return t.fail(
                error::http_status,
                "the server answered with status " +
                    std::to_string(t.response.status()) +
                    "; the file to be resumed is as it was"
            );
    }
}

/// What becomes of a response whose head is here.
inline std::error_code judge_head(transfer& t, const outgoing& body, delivery& sink) {
    t.goes_on = false;
    t.passed_over = false;
    if (auto* jar = cookies_of(t)) {
        jar->store(t.target(), t.response.fields());
    }
    std::error_code ec;
    if (t.request.options().max_redirects != 0 &&
        proto::is_redirect(t.response.status())) {
        ec = consider_redirect(t, body);
    }
    if (!ec && t.trip) {
        // A redirect asks for nothing, but may name the nonce of the next answer.
        ec = consider_challenge(t, body);
    }
    if (!ec && !t.goes_on && sink.resumption() != nullptr) {
        ec = consider_file(t, sink);
    }
    t.passed_over = t.passed_over || t.goes_on;
    return ec;
}

XFER_DECL std::error_code consider(transfer& t, const outgoing& body, delivery& sink) {
    auto ec = judge_head(t, body, sink);
    if (t.shows_heads) {
        // Also where it was the last straw: it has come.
        const auto refused = t.show_final_head();
        ec = ec ? ec : refused;
    }
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
    if (t.traced) {
        t.tell(trace::redirected{t.response.status(), j.next.to.str_without_fragment()}
        );
    }
    ++j.redirects;
    const bool dropped = !j.next.keeps_body && body.present();
    if (dropped) {
        body.drop();
        t.send_total = 0;
    }
    // What became GET has no body, whether or not there was one to be described.
    j.body_dropped = j.body_dropped || dropped || j.next.method != t.request.method();
    j.referer = t.request.options().auto_referer ? proto::referer(t.target(), j.next.to)
                                                 : std::string();
    t.request.method(std::move(j.next.method));
    t.start_over(std::move(j.next.to));
}

/// Whether a transfer that has had so many heads may have another: each is bounded, and
/// so are all of them.
inline std::error_code check_heads(transfer& t) {
    constexpr unsigned most = 20;  // as large as one may be
    const auto limit = t.engine().message_limits().head.bytes;
    if (t.response.info().header_size / most <= limit) {
        return {};
    }
    return t.fail(
        error::header_too_large,
        "the heads of all responses on the way are larger than " +
            std::to_string(most) + " times max_header_bytes"
    );
}

XFER_DECL std::error_code go_on(transfer& t, outgoing& body, const delivery& sink) {
    auto& j = *t.trip;
    if (const auto ec = check_heads(t)) {
        return ec;
    }
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
        if (const auto ec = find_endpoint(t)) {
            return ec;
        }
        find_credentials(t);
    }
    const auto ec = choose_fields(t, body, sink);
    return ec ? ec : t.enter(stage::queued);
}

XFER_DECL std::error_code send_again(
    transfer& t, const outgoing& body, const delivery& sink
) {
    const auto cause = t.ec;
    t.resend();
    if (t.traced) {
        t.tell(trace::retried{cause});
    }
    // An answer by Digest is good for one request (RFC 7616 3.4).
    const auto ec = t.trip ? choose_fields(t, body, sink) : std::error_code();
    return ec ? ec : t.enter(stage::queued);
}

XFER_DECL xfer::tls tls_of(transfer& t) {
    auto tls = t.request.tls();
    if (t.trip && !t.target().same_origin(t.trip->first)) {
        tls.without_client_certificate();
    }
    return tls;
}

}  // namespace XFER_NAMESPACE::engine
