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
    body_needs_length,      ///< the server speaks HTTP/1.0, which knows no chunks

    // Names and connections.
    resolve_failed = 30,     ///< the host has no address
    proxy_resolve_failed,    ///< the proxy's host has no address
    connect_failed,          ///< no address accepted a connection
    no_descriptors,          ///< out of file descriptors (EMFILE, ENFILE)
    proxy_handshake_failed,  ///< the proxy refused or broke its protocol

    // TLS.
    tls_handshake_failed = 50,    ///< no common parameters, alert, or not TLS at all
    tls_config_invalid,           ///< a cipher, version or option that cannot be had
    ca_unusable,                  ///< CA file, directory or text that cannot be used
    client_certificate_unusable,  ///< certificate or key missing, broken or mismatched
    certificate_expired,
    certificate_not_yet_valid,
    certificate_host_mismatch,  ///< the certificate is for another name or address
    certificate_unknown_ca,     ///< the chain does not end at a trusted certificate
    certificate_self_signed,
    certificate_weak,  ///< key or signature below security level 2
    certificate_revoked,
    certificate_invalid,  ///< any other failure of chain verification
    pin_mismatch,         ///< the public key is none of the pinned ones

    // HTTP on the wire.
    send_failed = 80,
    receive_failed,
    got_nothing,       ///< closed before the first byte of a response
    weird_reply,       ///< breaks RFC 9112 in a way that is not safe to accept
    partial_body,      ///< closed before the body was complete
    header_too_large,  ///< more header than the limits allow
    body_too_large,    ///< more body than the limits allow
    bad_encoding,      ///< transfer or content coding unknown or broken
    http_status,       ///< status 400 or above, with options.fail_on_error

    // Timeouts, by the phase that was too slow.
    timeout_queue = 100,
    timeout_resolve,
    timeout_connect,
    timeout_proxy,
    timeout_tls,
    timeout_first_byte,
    timeout_idle,
    timeout_low_speed,
    timeout_total,

    // Users' code.
    aborted_by_callback = 120,  ///< a callback said no

    // Calls on the multi.
    nothing_left = 140,  ///< async_next: nothing running and nothing unread
    no_loop,             ///< perform or wait on a multi that was given an executor
    loop_stopped,        ///< the user stopped the io_context
    recursive_call,      ///< perform or wait from inside a handler of the same loop
    invalid_argument,    ///< a negative duration
    multi_closed,        ///< the multi, or its loop, is gone
    out_of_memory,
};

/// curl's names and numbers (CURLcode), never renumbered: compare an error_code with
/// one of these to ask curl's question of it, as in `ec == condition::couldnt_connect`.
enum class condition {
    unsupported_protocol = 1,
    failed_init = 2,
    url_malformat = 3,
    not_built_in = 4,
    couldnt_resolve_proxy = 5,
    couldnt_resolve_host = 6,
    couldnt_connect = 7,
    weird_server_reply = 8,
    remote_access_denied = 9,
    partial_file = 18,
    http_returned_error = 22,
    write_error = 23,
    upload_failed = 25,
    read_error = 26,
    out_of_memory = 27,
    operation_timedout = 28,
    range_error = 33,
    ssl_connect_error = 35,
    bad_download_resume = 36,
    file_couldnt_read_file = 37,
    aborted_by_callback = 42,
    bad_function_argument = 43,
    interface_failed = 45,
    too_many_redirects = 47,
    unknown_option = 48,
    got_nothing = 52,
    ssl_certproblem = 58,
    ssl_cipher = 59,
    peer_failed_verification = 60,
    bad_content_encoding = 61,
    filesize_exceeded = 63,
    use_ssl_failed = 64,
    send_fail_rewind = 65,
    login_denied = 67,
    send_error = 55,
    recv_error = 56,
    ssl_cacert_badfile = 77,
    again = 81,
    ssl_crl_badfile = 82,
    ssl_pinnedpubkeynotmatch = 90,
    ssl_invalidcertstatus = 91,
    recursive_api_call = 93,
    proxy = 97,
    ssl_clientcert = 98,
    unrecoverable_poll = 99,
    too_large = 100,
};

[[nodiscard]] XFER_DECL const std::error_category& error_category() noexcept;
[[nodiscard]] XFER_DECL const std::error_category& condition_category() noexcept;

[[nodiscard]] inline std::error_code make_error_code(error e) noexcept {
    return {static_cast<int>(e), error_category()};
}
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
