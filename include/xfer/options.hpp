// The plain numbers and switches of one transfer, for designated initialisers.
#pragma once

#include <xfer/time_source.hpp>

#include <chrono>
#include <cstdint>
#include <type_traits>

namespace XFER_NAMESPACE {

/// Which addresses of a host may be used (CURLOPT_IPRESOLVE).
enum class ip_version : std::uint8_t {
    any,  ///< both, raced (RFC 8305)
    v4,   ///< IPv4 only
    v6,   ///< IPv6 only
};

/// Which version of HTTP requests are in (CURLOPT_HTTP_VERSION).
enum class http_version : std::uint8_t {
    any,   ///< the highest that is spoken: HTTP/1.1
    v1_0,  ///< HTTP/1.0, for servers that choke on anything later
    v1_1,  ///< HTTP/1.1 at most
};

/// Options of one transfer, as in `get(url, {.total_timeout = 5s})`. Durations: zero
/// means no limit, a negative one is error::invalid_option. Time spent waiting for a
/// free slot counts in no timeout but queue_timeout (see total_includes_queue).
///
/// Trivially destructible, so that it may be written in braces inside a co_await
/// expression; whatever owns memory is a setter of request.
struct options {
    /// Longest wait for a slot or a connection under the limits of the multi.
    duration queue_timeout{};
    /// Longest wait for the addresses of the host.
    duration resolve_timeout = std::chrono::seconds(30);
    /// Longest wait for a connected socket, all addresses together.
    duration connect_timeout = std::chrono::seconds(60);
    /// Longest talk with a proxy, from its connection to the origin's: SOCKS, or
    /// CONNECT.
    duration proxy_timeout = std::chrono::seconds(60);
    /// Longest TLS handshake.
    duration tls_timeout = std::chrono::seconds(60);
    /// Longest time from the lookup of the host to a connection that is ready for the
    /// request: lookup, connecting, proxy and TLS together (CURLOPT_CONNECTTIMEOUT).
    /// What it ends completes with the timeout of the phase that it was in.
    duration setup_timeout{};
    /// Longest time between the end of the request and the first byte of the response
    /// (CURLOPT_SERVER_RESPONSE_TIMEOUT).
    duration first_byte_timeout = std::chrono::minutes(5);
    /// Longest time without a byte moving while the request is sent or the response
    /// received. A paused transfer, and a sink or source that takes its time, do not
    /// count as idle.
    duration idle_timeout = std::chrono::seconds(60);
    /// Longest time of the whole transfer (CURLOPT_TIMEOUT).
    duration total_timeout{};
    /// Whether total_timeout also runs while the transfer is queued.
    bool total_includes_queue = false;

    /// The transfer fails when it moved fewer bytes per second than this on average
    /// during low_speed_time (CURLOPT_LOW_SPEED_LIMIT). 0: no check.
    std::uint64_t low_speed_limit = 0;
    /// The window of low_speed_limit (CURLOPT_LOW_SPEED_TIME).
    duration low_speed_time = std::chrono::seconds(30);
    /// At most so many body bytes per second are read, on average
    /// (CURLOPT_MAX_RECV_SPEED_LARGE). 0: as fast as it goes.
    std::uint64_t max_receive_rate = 0;
    /// At most so many body bytes per second are sent, likewise
    /// (CURLOPT_MAX_SEND_SPEED_LARGE).
    std::uint64_t max_send_rate = 0;

    /// A larger response body is error::body_too_large (CURLOPT_MAXFILESIZE_LARGE).
    /// 0: no limit.
    std::uint64_t max_body_size = 0;

    /// Path and query are sent as the URL has them, dot segments and percent-encodings
    /// included (CURLOPT_PATH_AS_IS); of the URLs of redirects too. Octets that no URL
    /// holds are encoded all the same.
    bool path_as_is = false;

    /// So many redirects are followed (CURLOPT_FOLLOWLOCATION, CURLOPT_MAXREDIRS): 301,
    /// 302, 303, 307 and 308 to http and https. 0: none, and a redirect is a response
    /// like any other. One more than that is error::too_many_redirects. curl's limit
    /// is 30. What belongs to the origin of the request's URL (Authorization, Cookie,
    /// Host, Referer, a client certificate) or its proxy (`Proxy-`) goes to no other.
    std::uint16_t max_redirects = 0;
    /// Also from https to http, which anyone on the way can read and change.
    bool redirect_to_http = false;
    /// 307 and 308 may send the request's body to another origin.
    bool resend_body_elsewhere = false;
    /// A POST stays one, and keeps its body, after 301 (CURLOPT_POSTREDIR).
    bool keep_post_301 = false;
    /// The same after 302.
    bool keep_post_302 = false;
    /// The same after 303.
    bool keep_post_303 = false;
    /// Sends the URL that redirected as Referer (CURLOPT_AUTOREFERER), without user,
    /// password and fragment, in place of one that was set; never from https to http.
    bool auto_referer = false;
    /// What belongs to the origin or the proxy of the request's URL goes to every other
    /// on a redirect's way (CURLOPT_UNRESTRICTED_AUTH): whoever can redirect gets it.
    /// All but the client certificate, and Host, which names the origin itself.
    bool secrets_everywhere = false;

    /// Asks for the content codings that are built in (gzip and deflate by zlib, br,
    /// zstd) and undoes them (CURLOPT_ACCEPT_ENCODING with an empty text). What is
    /// broken, unknown or cut off is error::bad_encoding; a body that grows past
    /// max_decoded_ratio or max_body_size is error::body_too_large. Content-Encoding
    /// stays among the fields. Parts (206) and files to be resumed are never decoded,
    /// so where one is asked for, no coding is.
    bool decode = false;
    /// So many times its size on the wire a body may have once it is decoded, beyond
    /// its first mebibyte: 1100-fold is more than gzip alone can make, and far above
    /// anything but a bomb. 0: no limit, as in curl; then set max_body_size, or be sure
    /// of the server.
    std::uint16_t max_decoded_ratio = 1100;

    /// Asks for gzip as a transfer coding (CURLOPT_TRANSFER_ENCODING), with `TE: gzip`,
    /// and undoes it: part of the way and not of what is transferred, so files to be
    /// resumed and parts (206) too. Limits and errors are those of decode, whose
    /// codings lie within. In effect only where zlib was built in, and not in HTTP/1.0;
    /// a transfer coding that was not asked for is error::bad_encoding.
    bool transfer_codings = false;

    /// Hands the body on as it is framed (CURLOPT_HTTP_TRANSFER_DECODING 0): chunks
    /// with their sizes, and trailers, which response::trailers() has as well. Nothing
    /// is undone, by decode and transfer_codings neither. With a file that is to be
    /// resumed: error::invalid_option.
    bool raw_transfer = false;

    /// The version of the requests. In HTTP/1.0 a body needs a length
    /// (error::body_needs_length), expect_continue is not asked for (RFC 9110 10.1.1),
    /// and a connection is kept only if the reply says `Connection: keep-alive`, which
    /// a field of that name and value in the request may ask for.
    http_version http = http_version::any;
    /// Octets that do not begin as a reply of HTTP/1 does are taken for one of HTTP/0.9
    /// (CURLOPT_HTTP09_ALLOWED): a body without a head, up to the end of the
    /// connection; version() is 9, status() 0. Only as the first on a new connection,
    /// and not to a HEAD. Without this such a reply is error::weird_reply.
    bool allow_http_0_9 = false;

    /// A status of 400 or above is error::http_status (CURLOPT_FAILONERROR).
    bool fail_on_error = false;
    /// Ask the server before a body is sent, with Expect: 100-continue (RFC 9110
    /// 10.1.1), and wait for its answer at most expect_continue_timeout.
    bool expect_continue = false;
    /// Longest wait for that answer; then the body is sent
    /// (CURLOPT_EXPECT_100_TIMEOUT_MS). Zero: no wait, as in curl.
    duration expect_continue_timeout = std::chrono::seconds(1);

    /// Use a new connection, none that was kept (CURLOPT_FRESH_CONNECT).
    bool fresh_connection = false;
    /// Close the connection afterwards (CURLOPT_FORBID_REUSE).
    bool forbid_reuse = false;
    /// Which of the host's addresses are tried; none of that kind is
    /// error::resolve_failed.
    ip_version ip = ip_version::any;
    /// http URLs go through a tunnel of an HTTP proxy as https ones do, in place of
    /// being forwarded by it (CURLOPT_HTTPPROXYTUNNEL).
    bool proxy_tunnel = false;
    /// Begins each connection with a line of HAProxy's PROXY protocol, version 1, that
    /// says who connects to whom (CURLOPT_HAPROXYPROTOCOL).
    bool haproxy_protocol = false;
    /// TCP keep-alive probes (CURLOPT_TCP_KEEPALIVE).
    bool tcp_keepalive = false;
    /// Refuse line endings of a bare LF in a response's head.
    bool strict_parsing = false;
};

static_assert(
    std::is_trivially_destructible_v<options>,
    "g++ 12 destroys a braced argument in a co_await expression twice"
);

}  // namespace XFER_NAMESPACE
