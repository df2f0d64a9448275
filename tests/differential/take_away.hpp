// How each intended difference is taken away: both traces are made equal in that
// respect and in no other.
#pragma once

#include "language.hpp"

#include <initializer_list>
#include <string>
#include <string_view>

namespace differential {

/// One function for each row of the table, of the same name.
namespace take_away {

void user_agent(trace& curls, trace& ours);
void body_fields(trace& curls, trace& ours);
void field_layout(trace& curls, trace& ours);
void http_1_0(trace& curls, trace& ours);
void refused_early(trace& curls, trace& ours);
void url(trace& curls, trace& ours);
void strict_replies(trace& curls, trace& ours);
void head_limit(trace& curls, trace& ours);
void cut_off(trace& curls, trace& ours);
void max_body(trace& curls, trace& ours);
void kept_connection(trace& curls, trace& ours);
void queue_order(trace& curls, trace& ours);
void remove_answers(trace& curls, trace& ours);
void tls_alert(trace& curls, trace& ours);

// Of transfers that take several requests.
void redirects_followed(trace& curls, trace& ours);
void redirect_rewrites(trace& curls, trace& ours);
void origin_bound(trace& curls, trace& ours);
void no_response(trace& curls, trace& ours);
void digest(trace& curls, trace& ours);
void remembered_login(trace& curls, trace& ours);
void challenged_body(trace& curls, trace& ours);
void passwords(trace& curls, trace& ours);
void conditions(trace& curls, trace& ours);
void codings(trace& curls, trace& ours);
void proxies(trace& curls, trace& ours);
void forms(trace& curls, trace& ours);
void between_requests(trace& curls, trace& ours);
void cookie_layout(trace& curls, trace& ours);
void cookie_rules(trace& curls, trace& ours);

}  // namespace take_away

// What they have in common.

/// Removes the first line of a request's head that begins so.
void drop_line(std::string& request, std::string_view beginning);
/// The same in each request.
void drop_lines(trace& t, std::string_view beginning);
/// Whether the head has a line that begins so.
[[nodiscard]] bool has_line(const std::string& request, std::string_view beginning);

/// Where a transfer ended with one of these codes in curl and with one of those in
/// xfer, curl's outcome becomes ours.
void take_outcomes(
    trace& curls,
    const trace& ours,
    std::initializer_list<int> curl_codes,
    std::initializer_list<int> our_codes
);
/// Where curl went on with a connection that xfer gave up, its later requests move to
/// the connections that xfer made for them.
void take_connections(trace& curls, const trace& ours);
/// Removes the requests that curl sent beside ours, known by their first lines, and the
/// connections that it made for them.
void drop_requests_of_curl_alone(trace& curls, const trace& ours);

}  // namespace differential
