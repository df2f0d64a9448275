// What a transfer does, step by step: for logs, traces of all bytes, and HAR files.
#pragma once

#include <xfer/config.hpp>
#include <xfer/time_source.hpp>
#include <xfer/trace_detail.hpp>
#include <xfer/transfer_id.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <variant>

namespace XFER_NAMESPACE {

struct connection_facts;
struct info;
struct tls_info;

/// The steps of a transfer, as request::on_trace() and settings.trace are told of them.
/// What they refer to is valid during the call only. URLs have no user and password.
namespace trace {

/// A request waits for its turn, and for a connection. Each redirect, and each answer
/// to a challenge, is a request of its own.
struct queued {};
/// Its turn has come: it goes over a connection, or opens one.
struct started {
    std::string_view method;  ///< as on the wire
    std::string_view url;     ///< with its query, without its fragment
};
/// The addresses of a host are looked up, or taken from the cache; a host that is an
/// address passes here too.
struct resolving {
    std::string_view host;  ///< the origin's, or the proxy's
};
/// They are known.
struct resolved {
    std::string_view host;                   ///< of resolving
    std::span<const std::string> addresses;  ///< in the order in which they are tried
};
/// One of them is connected to; another may be at the same time (RFC 8305).
struct connecting {
    std::string_view address;  ///< without port; or the path of a unix socket
    std::uint16_t port;        ///< 0 for a unix socket
};
/// That came to nothing; another address may be tried.
struct connect_failed {
    std::string_view address;  ///< of connecting
    std::uint16_t port;        ///< of connecting
    std::error_code cause;     ///< the system's word
};
/// A socket is connected, to the origin or to the first proxy.
struct connected {
    const connection_facts& facts;  ///< its ends; nothing of TLS yet
};
/// A proxy is spoken to.
struct proxy {
    std::string_view name;  ///< scheme://host:port
};
/// A TLS handshake is complete.
struct secured {
    const tls_info& tls;    ///< version, cipher, ALPN, certificate
    bool to_proxy = false;  ///< TLS is spoken with a proxy, not with the origin
};
/// A connection that was kept is used, so that nothing from resolving to secured
/// happens.
struct reused {
    const connection_facts& facts;  ///< its ends and its TLS
    std::uint64_t requests;         ///< how many it has carried before
};
/// The head of a request was given to the connection.
struct request_head {
    std::string_view text;  ///< as on the wire, but for secrets; see trace_detail
    bool to_proxy = false;  ///< it is a CONNECT
};
/// So was a piece of its body.
struct request_body {
    std::string_view bytes;  ///< without the framing of chunks
};
/// All of the request was sent: the response is waited for.
struct request_sent {};
/// An interim response (1xx) has come.
struct interim_head {
    int status;             ///< 100 to 199
    std::string_view text;  ///< as request_head::text
};
/// The head of a response has come.
struct response_head {
    int status;               ///< 200 to 999; 0 in HTTP/0.9
    std::string_view text;    ///< as request_head::text; empty in HTTP/0.9
    bool from_proxy = false;  ///< it answers a CONNECT
};
/// So has a piece of its body, be it one that nobody is to see: of a redirect, say.
struct response_body {
    /// Not decoded yet; without the framing of chunks, unless options.raw_transfer.
    std::string_view bytes;
};
/// Who the user is goes with the next request.
struct login {
    std::string_view peer;    ///< an origin, or the proxy as proxy::name
    std::string_view scheme;  ///< "Basic", "Digest" or "Bearer"
    bool to_proxy = false;    ///< it is for a proxy
};
/// A response sends the transfer to another URL.
struct redirected {
    int status;           ///< 301, 302, 303, 307 or 308
    std::string_view to;  ///< the next URL
};
/// The same request will be made again.
struct retried {
    /// Why the connection that was kept was of no use; none: the file to be resumed is
    /// to be had as a whole.
    std::error_code cause;
};
/// Octets were given to the connection, above TLS. Only with trace_detail::wire.
struct wire_sent {
    std::string_view bytes;  ///< as they are, secrets included
};
/// Octets were taken from the connection, likewise.
struct wire_received {
    std::string_view bytes;  ///< as they are, secrets included
};
/// The transfer has ended.
struct done {
    std::error_code ec;        ///< the completion's
    std::string_view message;  ///< failure::message; empty without an error
    const xfer::info& info;    ///< times and counts of bytes
};

}  // namespace trace

/// One step of a transfer.
struct trace_event {
    /// Any of them.
    using step = std::variant<
        trace::queued,
        trace::started,
        trace::resolving,
        trace::resolved,
        trace::connecting,
        trace::connect_failed,
        trace::connected,
        trace::proxy,
        trace::secured,
        trace::reused,
        trace::request_head,
        trace::request_body,
        trace::request_sent,
        trace::interim_head,
        trace::response_head,
        trace::response_body,
        trace::login,
        trace::redirected,
        trace::retried,
        trace::wire_sent,
        trace::wire_received,
        trace::done>;

    transfer_id id;  ///< of the transfer
    /// connection_facts::id of the connection that it uses; 0 while it has none.
    std::uint64_t connection = 0;
    time_point time{};  ///< by the clock of the multi
    step what;          ///< which step, and what belongs to it

    /// What belongs to a step of that type, or null.
    template <class Step>
    [[nodiscard]] const Step* as() const noexcept {
        return std::get_if<Step>(&what);
    }
};

/// The step's name, as that of its type.
[[nodiscard]] XFER_DECL std::string_view to_string(const trace_event& e) noexcept;

}  // namespace XFER_NAMESPACE

#ifndef XFER_SEPARATE_COMPILATION
#include <xfer/impl/trace.ipp>
#endif
