// The table of intended differences.
#include "differences.hpp"

#include "take_away.hpp"

#include <algorithm>
#include <array>

namespace differential {

namespace {

constexpr std::array table {
    difference_row{
        difference::user_agent,
        "xfer sends a User-Agent by itself",
        "docs/curl-to-xfer.md, Requests",
        take_away::user_agent},
        difference_row{
            difference::body_fields,
            "curl adds to a body what nobody asked for: Content-Type, Expect",
            "docs/curl-to-xfer.md, Requests",
            take_away::body_fields},
        difference_row{
            difference::field_layout,
            "fields of a request, and what is in them, have another order; blanks",
            "docs/curl-to-xfer.md, Requests",
            take_away::field_layout},
        difference_row{
            difference::http_1_0,
            "a request says HTTP/1.1 (RFC 9110 2.5), also to a server of HTTP/1.0",
            "docs/curl-to-xfer.md, Requests",
            take_away::http_1_0},
        difference_row{
            difference::refused_early,
            "what must not be sent or cannot be trusted is refused before any traffic",
            "M02",
            take_away::refused_early},
        difference_row{
            difference::url,
            "xfer normalises a URL, and guesses no scheme",
            "docs/curl-to-xfer.md, Requests",
            take_away::url},
        difference_row{
            difference::strict_replies,
            "a reply against RFC 9112 is weird_reply; a doubtful one closes",
            "docs/curl-to-xfer.md, Responses",
            take_away::strict_replies},
        difference_row{
            difference::head_limit,
            "a head that is too large is header_too_large, as in newer curls",
            "docs/curl-to-xfer.md, Responses",
            take_away::head_limit},
        difference_row{
            difference::cut_off,
            "a response that is cut off is an error everywhere",
            "docs/curl-to-xfer.md, Responses",
            take_away::cut_off},
        difference_row{
            difference::max_body,
            "max_body_size bounds the body of the answer, whether or not it says its "
            "length",
            "docs/curl-to-xfer.md, Easy options",
            take_away::max_body},
        difference_row{
            difference::kept_connection,
            "a kept connection is looked at first; what may have been done is not sent "
            "again",
            "M24",
            take_away::kept_connection},
        difference_row{
            difference::queue_order,
            "a queue is first come, first served",
            "M20",
            take_away::queue_order,
            true},
        difference_row{
            difference::remove_answers,
            "removing what has ended says so",
            "M10",
            take_away::remove_answers},
        difference_row{
            difference::tls_alert,
            "a refused client certificate is tls_handshake_failed also in TLS 1.3",
            "docs/errors.md, TLS",
            take_away::tls_alert},
        difference_row{
            difference::redirects_followed,
            "a redirect is followed by five statuses, and one that cannot be ends at "
            "its "
            "head",
            "docs/curl-to-xfer.md, Responses",
            take_away::redirects_followed},
        difference_row{
            difference::redirect_rewrites,
            "a GET that a redirect makes of a request is one, without fields of a body",
            "S23",
            take_away::redirect_rewrites},
        difference_row{
            difference::origin_bound,
            "what is meant for one origin goes to no other, and from https not to http",
            "A1",
            take_away::origin_bound},
        difference_row{
            difference::no_response,
            "a request without a response has no status, whatever came before it",
            "docs/curl-to-xfer.md, Responses",
            take_away::no_response},
        difference_row{
            difference::between_requests,
            "whether a connection goes on from one request of a transfer to the next",
            "S24, and docs/curl-to-xfer.md, Queues and connections",
            take_away::between_requests},
        difference_row{
            difference::digest,
            "Digest is that of RFC 7616, and comes to an end",
            "docs/curl-to-xfer.md, Credentials",
            take_away::digest},
        difference_row{
            difference::remembered_login,
            "a multi remembers what a server asked, and answers the next time unasked",
            "docs/curl-to-xfer.md, Credentials",
            take_away::remembered_login},
        difference_row{
            difference::challenged_body,
            "a request that may be challenged is sent with its body",
            "docs/curl-to-xfer.md, Credentials",
            take_away::challenged_body},
        difference_row{
            difference::passwords,
            "a password is not shown in clear text unasked, nor to a user that has "
            "another",
            "A4, A5",
            take_away::passwords},
        difference_row{
            difference::conditions,
            "conditions are for the server to judge, and a file is resumed on one only",
            "I6, and docs/curl-to-xfer.md, Responses",
            take_away::conditions},
#if defined(XFER_HAS_ZLIB) && defined(XFER_HAS_BROTLI) && defined(XFER_HAS_ZSTD)
        difference_row{
            difference::codings,
            "gzip may have several members, and what is broken is not given",
            "docs/curl-to-xfer.md, Responses",
            take_away::codings},
#endif
        difference_row{
            difference::proxies,
            "fields for a proxy go to it alone, none is made up, and it fails by its "
            "own "
            "error",
            "A2, N10",
            take_away::proxies},
        difference_row{
            difference::forms,
            "forms are encoded as browsers do, and each file has a type",
            "docs/curl-to-xfer.md, Requests",
            take_away::forms},
        difference_row{
            difference::cookie_layout,
            "cookies have another order, and other spellings in files",
            "docs/curl-to-xfer.md, Cookies",
            take_away::cookie_layout},
        difference_row{
            difference::cookie_rules,
            "cookies are those of RFC 6265bis",
            "D1, D2",
            take_away::cookie_rules},
};

}  // namespace

std::span<const difference_row> intended_differences() { return table; }

const difference_row& row_of(difference d) {
    return *std::ranges::find(table, d, &difference_row::which);
}

}  // namespace differential
