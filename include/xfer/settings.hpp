// What one multi is made with: limits and shared parts.
#pragma once

#include <xfer/network.hpp>
#include <xfer/time_source.hpp>
#include <xfer/trace_detail.hpp>

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>

namespace XFER_NAMESPACE {

class cookie_jar;
class proxy_rules;
namespace net {
class dialer;
class resolver;
}  // namespace net

/// Settings of a multi, for designated initialisers. The limits of transfers and
/// connections queue and never fail; for each of these 0 means no limit.
struct settings {
    /// Transfers in progress at the same time; the others wait in the order of add().
    std::size_t max_transfers = 0;
    /// Connections at the same time, busy and idle (CURLMOPT_MAX_TOTAL_CONNECTIONS).
    /// One that is being made counts once, though up to six of its host's addresses may
    /// be tried at a time, each with a socket.
    std::size_t max_connections = 0;
    /// Connections to one host and port (CURLMOPT_MAX_HOST_CONNECTIONS).
    std::size_t max_connections_per_host = 0;
    /// Idle connections kept for reuse (CURLMOPT_MAXCONNECTS).
    std::size_t max_idle_connections = 1000;
    /// An idle connection older than this is not used again (CURLOPT_MAXAGE_CONN).
    duration max_idle_time = std::chrono::seconds(118);
    /// A connection that was opened longer ago than this is not used again
    /// (CURLOPT_MAXLIFETIME_CONN); the transfer that has it is not disturbed.
    duration max_connection_age{};

    /// Most handlers of the loop, foreign ones included, that one perform() runs, and
    /// most steps of transfers. At least 1.
    std::size_t max_steps = 10'000;
    /// Most bytes of a response's head, and of all interim ones before it; more, or 20
    /// times as much with all redirects, is error::header_too_large. 0 refuses all.
    std::size_t max_header_bytes = std::size_t{300} * 1024;
    /// Most fields of a head; more is error::header_too_large.
    std::size_t max_header_fields = 5000;

    /// Where transfers keep cookies that have no jar of their own
    /// (CURLOPT_COOKIEFILE); may be shared with other multis and threads. Null: none.
    std::shared_ptr<cookie_jar> cookies = nullptr;
    /// The proxies of all transfers that have none of their own; null: none. The
    /// environment is read by proxy_rules::from_environment() only.
    std::shared_ptr<const proxy_rules> proxies = nullptr;
    /// How transfers reach the network that have no network of their own.
    xfer::network network = {};
    /// Called for each step of each transfer, in order, on the multi's thread (curl's
    /// --trace); see request::on_trace(). What it throws fails that transfer only. An
    /// empty function: nobody.
    std::function<void(const trace_event&)> trace = nullptr;
    /// What that function is told beside what may be shown to anyone.
    xfer::trace_detail trace_detail = {};
    /// The resolver, to share its threads and cache between multis; null: one's own.
    std::shared_ptr<net::resolver> resolver = nullptr;
    /// The clock, for tests; null: the steady clock.
    std::shared_ptr<time_source> clock = nullptr;
    /// How connections are made, for tests; null: sockets.
    std::shared_ptr<net::dialer> dialer = nullptr;
};

}  // namespace XFER_NAMESPACE
