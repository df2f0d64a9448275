// Where xfer differs from libcurl on purpose: one table, each row with its reason.
#pragma once

#include "language.hpp"

#include <cstdint>
#include <span>
#include <string_view>

namespace differential {

enum class difference : std::uint8_t {
    user_agent,
    body_fields,
    field_layout,
    http_1_0,
    refused_early,
    url,
    strict_replies,
    head_limit,
    cut_off,
    max_body,
    kept_connection,
    queue_order,
    remove_answers,
    tls_alert,
    redirects_followed,
    redirect_rewrites,
    origin_bound,
    no_response,
    between_requests,
    digest,
    remembered_login,
    challenged_body,
    passwords,
    conditions,
    codings,
    proxies,
    forms,
    cookie_layout,
    cookie_rules,
};

/// A row of the table.
struct difference_row {
    difference which;
    std::string_view what;
    std::string_view where;  ///< the contract's number, or the page that says so
    /// Makes the traces equal in this respect and in no other.
    void (*take_away)(trace& curls, trace& ours);
    /// curl does it now one way, now the other: a script need not show it every time.
    bool by_chance = false;
};

/// The table: at most 30 rows.
[[nodiscard]] std::span<const difference_row> intended_differences();
[[nodiscard]] const difference_row& row_of(difference d);

}  // namespace differential
