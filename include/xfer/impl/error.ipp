// Messages, and the table from errors to curl's conditions.
#pragma once

#include <xfer/error.hpp>

#include <string>
#include <string_view>

namespace XFER_NAMESPACE {
namespace detail {

struct error_row {
    const char* message;
    condition curl;
};

inline error_row describe(error e) noexcept {
    switch (e) {
        case error::url_malformed:
            return {"the URL is malformed", condition::url_malformat};
        case error::scheme_unsupported:
            return {"the scheme is not supported", condition::unsupported_protocol};
        case error::invalid_method:
            return {"the method is not a token", condition::bad_function_argument};
        case error::invalid_header:
            return {"a header is not valid", condition::bad_function_argument};
        case error::invalid_option:
            return {"an option is not valid", condition::bad_function_argument};
        case error::source_failed:
            return {"reading the request body failed", condition::read_error};
        case error::source_not_rewindable:
            return {
                "the request body cannot be sent again", condition::send_fail_rewind};
        case error::sink_failed:
            return {"writing the response body failed", condition::write_error};
        case error::body_needs_length:
            return {
                "the server takes no body of unknown length", condition::upload_failed};
        case error::no_entropy:
            return {"there are no random octets", condition::failed_init};
        case error::resolve_failed:
            return {"the host could not be resolved", condition::couldnt_resolve_host};
        case error::proxy_resolve_failed:
            return {
                "the proxy could not be resolved", condition::couldnt_resolve_proxy};
        case error::connect_failed:
            return {"the connection could not be made", condition::couldnt_connect};
        case error::no_descriptors:
            return {"no file descriptor is left", condition::couldnt_connect};
        case error::proxy_handshake_failed:
            return {"the proxy refused", condition::proxy};
        case error::proxy_denied:
            return {"the proxy refused to make the tunnel", condition::recv_error};
        case error::proxy_name_too_long:
            return {
                "a host name, user or password is too long for the proxy",
                condition::proxy};
        case error::interface_failed:
            return {
                "the local end of the connection cannot be had",
                condition::interface_failed};
        case error::tls_handshake_failed:
            return {"the TLS handshake failed", condition::ssl_connect_error};
        case error::tls_config_invalid:
            return {"the TLS configuration cannot be used", condition::ssl_cipher};
        case error::ca_unusable:
            return {
                "the CA certificates cannot be used", condition::ssl_cacert_badfile};
        case error::client_certificate_unusable:
            return {
                "the client certificate cannot be used", condition::ssl_certproblem};
        case error::certificate_expired:
            return {"the certificate has expired", condition::peer_failed_verification};
        case error::certificate_not_yet_valid:
            return {
                "the certificate is not valid yet",
                condition::peer_failed_verification};
        case error::certificate_host_mismatch:
            return {
                "the certificate is for another host",
                condition::peer_failed_verification};
        case error::certificate_unknown_ca:
            return {
                "the certificate's issuer is not trusted",
                condition::peer_failed_verification};
        case error::certificate_self_signed:
            return {
                "the certificate is self-signed", condition::peer_failed_verification};
        case error::certificate_weak:
            return {
                "the certificate's key or signature is too weak",
                condition::peer_failed_verification};
        case error::certificate_revoked:
            return {"the certificate is revoked", condition::peer_failed_verification};
        case error::certificate_invalid:
            return {
                "the certificate is not valid", condition::peer_failed_verification};
        case error::pin_mismatch:
            return {
                "the public key is not the pinned one",
                condition::ssl_pinnedpubkeynotmatch};
        case error::crl_unusable:
            return {"the revocation lists cannot be used", condition::ssl_crl_badfile};
        case error::send_failed:
            return {"sending failed", condition::send_error};
        case error::receive_failed:
            return {"receiving failed", condition::recv_error};
        case error::got_nothing:
            return {"the server closed without a response", condition::got_nothing};
        case error::weird_reply:
            return {"the response is not valid", condition::weird_server_reply};
        case error::partial_body:
            return {"the body ended early", condition::partial_file};
        case error::header_too_large:
            return {"the response header is too large", condition::too_large};
        case error::body_too_large:
            return {"the body is too large", condition::filesize_exceeded};
        case error::bad_encoding:
            return {"the coding is unknown or broken", condition::bad_content_encoding};
        case error::http_status:
            return {"the status says failure", condition::http_returned_error};
        case error::too_many_redirects:
            return {"there were too many redirects", condition::too_many_redirects};
        case error::redirect_refused:
            return {"the redirect is not allowed", condition::unsupported_protocol};
        case error::auth_unsafe:
            return {"the password would be sent readable", condition::login_denied};
        case error::timeout_queue:
            return {"timeout while queued", condition::operation_timedout};
        case error::timeout_resolve:
            return {"timeout while resolving", condition::operation_timedout};
        case error::timeout_connect:
            return {"timeout while connecting", condition::operation_timedout};
        case error::timeout_proxy:
            return {
                "timeout while talking to the proxy", condition::operation_timedout};
        case error::timeout_tls:
            return {"timeout in the TLS handshake", condition::operation_timedout};
        case error::timeout_first_byte:
            return {"timeout before the first byte", condition::operation_timedout};
        case error::timeout_idle:
            return {"timeout: nothing was transferred", condition::operation_timedout};
        case error::timeout_low_speed:
            return {"timeout: the transfer is too slow", condition::operation_timedout};
        case error::timeout_total:
            return {"timeout of the whole transfer", condition::operation_timedout};
        case error::aborted_by_callback:
            return {"a callback aborted the transfer", condition::aborted_by_callback};
        case error::nothing_left:
            return {"nothing is running and nothing is unread", condition::again};
        case error::no_loop:
            return {
                "this multi has no loop of its own to run",
                condition::bad_function_argument};
        case error::loop_stopped:
            return {"the io_context was stopped", condition::unrecoverable_poll};
        case error::recursive_call:
            return {
                "called from inside a handler of the same loop",
                condition::recursive_api_call};
        case error::invalid_argument:
            return {"an argument is not valid", condition::bad_function_argument};
        case error::multi_closed:
            return {"the multi is closed", condition::bad_function_argument};
        case error::out_of_memory:
            return {"out of memory", condition::out_of_memory};
    }
    return {"unknown xfer error", condition::bad_function_argument};
}

class error_category_type final : public std::error_category {
 public:
    const char* name() const noexcept override { return "xfer"; }
    std::string message(int value) const override {
        return describe(static_cast<error>(value)).message;
    }
};

class condition_category_type final : public std::error_category {
 public:
    const char* name() const noexcept override { return "xfer.curl"; }
    std::string message(int value) const override {
        return "curl error " + std::to_string(value);
    }
    bool equivalent(const std::error_code& code, int value) const noexcept override {
        return code && curl_code(code) == value;
    }
};

}  // namespace detail

XFER_DECL const std::error_category& error_category() noexcept {
    static const detail::error_category_type instance;
    return instance;
}

XFER_DECL const std::error_category& condition_category() noexcept {
    static const detail::condition_category_type instance;
    return instance;
}

XFER_DECL int curl_code(const std::error_code& ec) noexcept {
    if (!ec) {
        return 0;
    }
    if (ec.category() == error_category()) {
        return static_cast<int>(detail::describe(static_cast<error>(ec.value())).curl);
    }
    if (is_cancelled(ec)) {
        return static_cast<int>(condition::aborted_by_callback);
    }
    if (ec == std::errc::not_enough_memory) {
        return static_cast<int>(condition::out_of_memory);
    }
    return static_cast<int>(condition::bad_function_argument);
}

XFER_DECL bool is_cancelled(const std::error_code& ec) noexcept {
    // Asio's operation_aborted is ECANCELED of a category of Asio's own, which does not
    // say what it means in std::errc.
    return ec == std::errc::operation_canceled ||
           (ec.value() == static_cast<int>(std::errc::operation_canceled) &&
            std::string_view(ec.category().name()) == "asio.system");
}

XFER_DECL bool is_timeout(const std::error_code& ec) noexcept {
    return ec.category() == error_category() &&
           ec.value() >= static_cast<int>(error::timeout_queue) &&
           ec.value() <= static_cast<int>(error::timeout_total);
}

}  // namespace XFER_NAMESPACE
