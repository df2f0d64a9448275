// What is known about a transfer beside its response: times, sizes, addresses, TLS.
#pragma once

#include <xfer/detail/indirect.hpp>
#include <xfer/time_source.hpp>
#include <xfer/tls.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace XFER_NAMESPACE {

/// Moments of a transfer, each counted from the moment at which it left the queue, as
/// curl does; a step that did not happen (a reused connection) repeats the step before.
struct timings {
    duration queue{};         ///< in the queue, before all others (CURLINFO_QUEUE_TIME)
    duration name_lookup{};   ///< until the addresses were known
    duration connect{};       ///< until the socket was connected
    duration tls{};           ///< until the TLS handshake was complete (APPCONNECT)
    duration pre_transfer{};  ///< until the first byte of the request was to be sent
    duration first_byte{};    ///< until the first byte of the response (STARTTRANSFER)
    duration total{};         ///< until the end
    duration redirect{};      ///< of all hops before the last one
};

/// What a connection knows about its two ends; shared by all transfers that used it.
struct connection_facts {
    std::uint64_t id = 0;            ///< unique within the multi, from 1 on
    std::string remote_address;      ///< without port; or the path of a unix socket
    std::uint16_t remote_port = 0;   ///< 0 for a unix socket
    std::string local_address;       ///< without port
    std::uint16_t local_port = 0;    ///< 0 for a unix socket
    detail::indirect<tls_info> tls;  ///< unset without TLS: then all of it is empty
};

/// A response that sent the transfer to another URL.
struct redirect_hop {
    std::string url;        ///< that was asked, without user and password
    int status = 0;         ///< of that response: 301, 302, 303, 307 or 308
    xfer::timings timings;  ///< as they were then; total: until it was followed
};

/// Measurements of one transfer (CURLINFO_*).
struct info {
    xfer::timings timings;             ///< how long what took
    std::uint64_t request_size = 0;    ///< bytes of request heads, those to proxies too
    std::uint64_t header_size = 0;     ///< bytes of response heads, of proxies too
    std::uint64_t bytes_sent = 0;      ///< bytes of request body
    std::uint64_t bytes_received = 0;  ///< bytes of response body, as on the wire
    /// The connection that was used last; null if there was none.
    std::shared_ptr<const connection_facts> connection;
    /// Whether that connection had already carried a request.
    bool connection_reused = false;
    /// The responses before this one, in their order.
    std::vector<redirect_hop> redirects;
    /// What an HTTP proxy answered to CONNECT (CURLINFO_HTTP_CONNECTCODE); 0 without.
    int proxy_status = 0;
    /// How many connections were opened for this transfer.
    std::uint32_t connections_opened = 0;
    /// Whether the server may have acted on the request.
    bool request_may_have_been_processed = false;

    /// Body bytes received per second, on average over timings.total; 0 without a time
    /// (CURLINFO_SPEED_DOWNLOAD_T).
    [[nodiscard]] double receive_speed() const noexcept {
        return per_second(bytes_received);
    }
    /// Body bytes sent per second, likewise (CURLINFO_SPEED_UPLOAD_T).
    [[nodiscard]] double send_speed() const noexcept { return per_second(bytes_sent); }
    /// The server's address without port, or the path of a unix socket; empty if there
    /// was no connection (CURLINFO_PRIMARY_IP).
    [[nodiscard]] std::string_view remote_address() const noexcept {
        return connection ? std::string_view(connection->remote_address)
                          : std::string_view();
    }
    /// The server's port; 0 without one (CURLINFO_PRIMARY_PORT).
    [[nodiscard]] std::uint16_t remote_port() const noexcept {
        return connection ? connection->remote_port : std::uint16_t{0};
    }
    /// This side's address; empty without one (CURLINFO_LOCAL_IP).
    [[nodiscard]] std::string_view local_address() const noexcept {
        return connection ? std::string_view(connection->local_address)
                          : std::string_view();
    }
    /// This side's port; 0 without one (CURLINFO_LOCAL_PORT).
    [[nodiscard]] std::uint16_t local_port() const noexcept {
        return connection ? connection->local_port : std::uint16_t{0};
    }

 private:
    [[nodiscard]] double per_second(std::uint64_t bytes) const noexcept {
        const std::chrono::duration<double> t = timings.total;
        return t.count() > 0 ? static_cast<double>(bytes) / t.count() : 0.0;
    }
};

/// A moment of a transfer in progress, for on_progress.
struct progress {
    std::uint64_t received = 0;       ///< body bytes so far
    std::uint64_t receive_total = 0;  ///< expected; 0 when unknown
    std::uint64_t sent = 0;           ///< body bytes so far
    std::uint64_t send_total = 0;     ///< expected; 0 when unknown
};

}  // namespace XFER_NAMESPACE
