// What a redirect asks for, and what of it is done: one pure decision (RFC 9110 15.4).
#pragma once

#include <xfer/config.hpp>
#include <xfer/fields.hpp>
#include <xfer/method.hpp>
#include <xfer/url.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <system_error>

namespace XFER_NAMESPACE::proto {

/// What the user allows.
struct redirect_rules {
    unsigned most = 0;            ///< redirects of one transfer; 0: none is followed
    bool https_to_http = false;   ///< a secure request may go on in clear text
    bool body_elsewhere = false;  ///< the body may be sent to another origin
    bool keep_post_301 = false;   ///< POST stays POST, as RFC 9110 15.4 would have it
    bool keep_post_302 = false;
    bool keep_post_303 = false;
    bool path_as_is = false;  ///< of a Location: see url::path_rule
    bool http = true;         ///< schemes that may be followed
    bool https = true;
};

/// The request that was redirected.
struct redirect_facts {
    const url& from;
    const xfer::method& method;
    bool has_body = false;
    unsigned followed = 0;  ///< redirects before this one
};

struct redirect_decision {
    enum class kind : std::uint8_t {
        none,     ///< no redirect: the response is the answer
        follow,   ///< ask `to` with `method`
        refused,  ///< ec and why say why
    };
    kind is = kind::none;
    url to;
    xfer::method method;
    bool keeps_body = false;
    /// Secrets of the request may go along.
    bool same_origin = false;
    std::error_code ec;
    std::string why;
};

/// Whether the status is one that is followed: 301, 302, 303, 307, 308.
[[nodiscard]] constexpr bool is_redirect(int status) noexcept {
    return status == 301 || status == 302 || status == 303 || status == 307 ||
           status == 308;
}

/// Decides about a response. Without a Location, or with an empty one, it is the
/// answer. The method and the body:
///
/// | status   | POST           | others         | body               |
/// |----------|----------------|----------------|--------------------|
/// | 301, 302 | GET            | the same       | goes with the POST |
/// | 303      | GET            | GET; HEAD HEAD | goes               |
/// | 307, 308 | the same       | the same       | stays              |
///
/// Refused:
/// - error::weird_reply: several Locations that differ, or one that is no URL.
/// - error::too_many_redirects: `most` was reached.
/// - error::redirect_refused: the scheme is not http or https, or not allowed; https to
///   http; a body for another origin.
/// User and password in a Location are dropped: the server chose them, not the user.
/// The fragment of `from` is inherited (RFC 9110 10.2.2).
[[nodiscard]] XFER_DECL redirect_decision decide_redirect(
    int status,
    fields_view response,
    const redirect_facts& facts,
    const redirect_rules& rules
);

/// The Referer of a request that follows from `from` to `to`: no userinfo (a url has
/// none), no fragment, no zone of an IPv6 address (RFC 6874 4), and nothing at all from
/// https to http (RFC 9110 10.1.3).
[[nodiscard]] XFER_DECL std::string referer(const url& from, const url& to);

}  // namespace XFER_NAMESPACE::proto

#ifndef XFER_SEPARATE_COMPILATION
#include <xfer/proto/impl/redirect.ipp>
#endif
