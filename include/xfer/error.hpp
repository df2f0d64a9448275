// Every way in which a transfer, or a call on a multi, can fail; and curl's view of it.
#pragma once

#include <xfer/config.hpp>

#include <system_error>
#include <type_traits>

namespace XFER_NAMESPACE {

/// What went wrong, specific to the stage in which it did. A completion's error_code
/// holds one of these, or asio::error::operation_aborted for a transfer that was
/// cancelled. The values are stable within a major version.
enum class error {
    // The request itself; no byte has left.
    url_malformed = 1,      ///< the URL breaks RFC 3986, or its host is not valid
    scheme_unsupported,     ///< no protocol of that name is built in, or it is refused
    invalid_method,         ///< not a token (RFC 9110 5.6.2)
    invalid_header,         ///< a field name or value that must not reach the wire
    invalid_option,         ///< a negative timeout, a contradiction between options
    source_failed,          ///< the body source failed or ended early
    source_not_rewindable,  ///< the body must be sent again but cannot be read again
    sink_failed,            ///< the sink failed, threw, or cannot be opened
    body_needs_length,      ///< HTTP/1.0 is spoken, which knows no chunks
    no_entropy,             ///< OpenSSL has no random octets

    // Names and connections.
    resolve_failed = 30,     ///< the host has no address
    proxy_resolve_failed,    ///< the proxy's host has no address
    connect_failed,          ///< no address accepted a connection
    no_descriptors,          ///< out of file descriptors (EMFILE, ENFILE)
    proxy_handshake_failed,  ///< the proxy refused or broke its protocol
    proxy_denied,            ///< an HTTP proxy would not make the tunnel
    proxy_name_too_long,     ///< host, user or password past the 255 octets of SOCKS
    interface_failed,        ///< no such interface, local address or free local port

    // TLS.
    tls_handshake_failed = 50,    ///< no common parameters, alert, or not TLS at all
    tls_config_invalid,           ///< a cipher, version or option that cannot be had
    ca_unusable,                  ///< CA file, directory or text that cannot be used
    client_certificate_unusable,  ///< certificate or key missing, broken or mismatched
    certificate_expired,          ///< a certificate of the server's chain has expired
    certificate_not_yet_valid,    ///< the time of one has not begun
    certificate_host_mismatch,    ///< the certificate is for another name or address
    certificate_unknown_ca,       ///< the chain does not end at a trusted certificate
    certificate_self_signed,  ///< signed by its own key, and not among the trusted ones
    certificate_weak,         ///< key or signature below security level 2
    certificate_revoked,      ///< taken back by its issuer
    certificate_invalid,      ///< any other failure of chain verification
    pin_mismatch,             ///< the public key is none of the pinned ones
    crl_unusable,             ///< revocation list file or text that cannot be used

    // HTTP on the wire.
    send_failed = 80,    ///< the connection broke while the request was being sent
    receive_failed,      ///< it broke while the response was awaited or read
    got_nothing,         ///< closed before the first byte of a response
    weird_reply,         ///< breaks RFC 9112 in a way that is not safe to accept
    partial_body,        ///< closed before the body was complete
    header_too_large,    ///< more header than the limits allow
    body_too_large,      ///< more body than the limits allow
    bad_encoding,        ///< transfer or content coding unknown or broken
    http_status,         ///< status 400 or above, with options.fail_on_error
    too_many_redirects,  ///< more than options.max_redirects
    redirect_refused,    ///< it leads where this request must not go
    auth_unsafe,         ///< a password would be sent over a plain connection

    // Timeouts, by the phase that was too slow.
    timeout_queue = 100,  ///< options.queue_timeout
    timeout_resolve,      ///< options.resolve_timeout
    timeout_connect,      ///< options.connect_timeout
    timeout_proxy,        ///< the proxy did not answer in time
    timeout_tls,          ///< options.tls_timeout
    timeout_first_byte,   ///< options.first_byte_timeout
    timeout_idle,         ///< options.idle_timeout
    timeout_low_speed,    ///< options.low_speed_limit and low_speed_time
    timeout_total,        ///< options.total_timeout

    // Users' code.
    aborted_by_callback = 120,  ///< a callback said no

    // Calls on the multi.
    nothing_left = 140,  ///< async_next: nothing running and nothing unread
    no_loop,             ///< perform or wait on a multi that was given an executor
    loop_stopped,        ///< the user stopped the io_context
    recursive_call,      ///< perform or wait from inside a handler of the same loop
    invalid_argument,    ///< a negative duration
    multi_closed,        ///< the multi, or its loop, is gone
    out_of_memory,       ///< memory ran out in a transfer or in the resolver
};

/// curl's names and numbers (CURLcode), never renumbered: compare an error_code with
/// one of these to ask curl's question of it, as in `ec == condition::couldnt_connect`.
/// Which errors are equal to which is in docs/errors.md; some of curl's have none.
enum class condition {
    unsupported_protocol = 1,       ///< no such scheme is built in
    failed_init = 2,                ///< curl could not start
    url_malformat = 3,              ///< the URL is malformed
    not_built_in = 4,               ///< asked for what was not built in
    couldnt_resolve_proxy = 5,      ///< the proxy has no address
    couldnt_resolve_host = 6,       ///< the host has no address
    couldnt_connect = 7,            ///< no connection
    weird_server_reply = 8,         ///< not HTTP, or not safe to accept
    remote_access_denied = 9,       ///< the server denies access
    partial_file = 18,              ///< the body ended early
    http_returned_error = 22,       ///< status 400 or above
    write_error = 23,               ///< the sink failed
    upload_failed = 25,             ///< the server refuses the upload
    read_error = 26,                ///< the body source failed
    out_of_memory = 27,             ///< memory ran out
    operation_timedout = 28,        ///< any timeout
    range_error = 33,               ///< the server cannot resume
    ssl_connect_error = 35,         ///< the TLS handshake failed
    bad_download_resume = 36,       ///< the place to resume at is not there
    file_couldnt_read_file = 37,    ///< a file:// URL cannot be read
    aborted_by_callback = 42,       ///< a callback said no
    bad_function_argument = 43,     ///< a wrong call, or a wrong request
    interface_failed = 45,          ///< no such interface or local address
    too_many_redirects = 47,        ///< more redirects than allowed
    unknown_option = 48,            ///< an option that is not known
    got_nothing = 52,               ///< closed without a response
    ssl_certproblem = 58,           ///< the client's certificate is unusable
    ssl_cipher = 59,                ///< a TLS setting that cannot be had
    peer_failed_verification = 60,  ///< the server's certificate is not accepted
    bad_content_encoding = 61,      ///< a coding is unknown or broken
    filesize_exceeded = 63,         ///< the body is too large
    use_ssl_failed = 64,            ///< TLS was asked for and cannot be had
    send_fail_rewind = 65,          ///< the body cannot be sent again
    login_denied = 67,              ///< the credentials were refused
    send_error = 55,                ///< sending failed
    recv_error = 56,                ///< receiving failed
    ssl_cacert_badfile = 77,        ///< the CA certificates are unusable
    again = 81,                     ///< nothing to be had at the moment
    ssl_crl_badfile = 82,           ///< the revocation list is unusable
    ssl_pinnedpubkeynotmatch = 90,  ///< the public key is none of the pinned ones
    ssl_invalidcertstatus = 91,     ///< the stapled OCSP answer is not good
    recursive_api_call = 93,        ///< called from inside a callback
    proxy = 97,                     ///< the proxy refused
    ssl_clientcert = 98,            ///< a client certificate is required
    unrecoverable_poll = 99,        ///< waiting is not possible
    too_large = 100,                ///< something exceeds its limit
};

/// The category of xfer::error, named "xfer".
[[nodiscard]] XFER_DECL const std::error_category& error_category() noexcept;
/// The category of xfer::condition.
[[nodiscard]] XFER_DECL const std::error_category& condition_category() noexcept;

/// Lets `std::error_code ec = error::x` and `ec == error::x` be written.
[[nodiscard]] inline std::error_code make_error_code(error e) noexcept {
    return {static_cast<int>(e), error_category()};
}
/// Lets `ec == condition::x` be written.
[[nodiscard]] inline std::error_condition make_error_condition(condition c) noexcept {
    return {static_cast<int>(c), condition_category()};
}

/// The CURLcode that curl would have returned: 0 for success, 42 for a cancelled
/// transfer, 43 for a code that is not of a transfer.
[[nodiscard]] XFER_DECL int curl_code(const std::error_code& ec) noexcept;

/// Whether the code is that of a cancelled transfer: asio::error::operation_aborted,
/// or std::errc::operation_canceled of any category.
[[nodiscard]] XFER_DECL bool is_cancelled(const std::error_code& ec) noexcept;

/// Whether the code is one of the timeout_* values.
[[nodiscard]] XFER_DECL bool is_timeout(const std::error_code& ec) noexcept;

}  // namespace XFER_NAMESPACE

template <>
struct std::is_error_code_enum<xfer::error> : std::true_type {};
template <>
struct std::is_error_condition_enum<xfer::condition> : std::true_type {};

#ifndef XFER_SEPARATE_COMPILATION
#include <xfer/impl/error.ipp>
#endif
