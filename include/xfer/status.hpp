// What HTTP status codes mean (RFC 9110 15). The codes themselves are plain ints.
#pragma once

#include <xfer/config.hpp>

#include <string_view>

/// What HTTP status codes mean (RFC 9110 15); the codes are plain ints.
namespace XFER_NAMESPACE::status {

/// 1xx: an interim response, the final one follows.
[[nodiscard]] constexpr bool is_informational(int code) noexcept {
    return code >= 100 && code < 200;
}

/// 2xx.
[[nodiscard]] constexpr bool is_success(int code) noexcept {
    return code >= 200 && code < 300;
}

/// 3xx, of which not all lead elsewhere: see leads_elsewhere().
[[nodiscard]] constexpr bool is_redirection(int code) noexcept {
    return code >= 300 && code < 400;
}

/// 4xx.
[[nodiscard]] constexpr bool is_client_error(int code) noexcept {
    return code >= 400 && code < 500;
}

/// 5xx.
[[nodiscard]] constexpr bool is_server_error(int code) noexcept {
    return code >= 500 && code < 600;
}

/// 4xx or 5xx: what error::http_status stands for.
[[nodiscard]] constexpr bool is_error(int code) noexcept {
    return code >= 400 && code < 600;
}

/// Whether a Location field of this response names the URL to go to: 301, 302, 303, 307
/// and 308. Not 300, 304, 305 or 306 (RFC 9110 15.4).
[[nodiscard]] constexpr bool leads_elsewhere(int code) noexcept {
    return code == 301 || code == 302 || code == 303 || code == 307 || code == 308;
}

/// Whether a response with this code has no body, whatever its fields say (RFC
/// 9112 6.3): 1xx, 204 and 304.
[[nodiscard]] constexpr bool has_no_body(int code) noexcept {
    return is_informational(code) || code == 204 || code == 304;
}

/// The phrase of the IANA registry, as "Not Found" for 404; empty for a code that has
/// none. HTTP/2 sends no phrase, so this one is shown instead.
[[nodiscard]] constexpr std::string_view reason_phrase(int code) noexcept {
    switch (code) {
        case 100:
            return "Continue";
        case 101:
            return "Switching Protocols";
        case 102:
            return "Processing";
        case 103:
            return "Early Hints";
        case 200:
            return "OK";
        case 201:
            return "Created";
        case 202:
            return "Accepted";
        case 203:
            return "Non-Authoritative Information";
        case 204:
            return "No Content";
        case 205:
            return "Reset Content";
        case 206:
            return "Partial Content";
        case 207:
            return "Multi-Status";
        case 208:
            return "Already Reported";
        case 226:
            return "IM Used";
        case 300:
            return "Multiple Choices";
        case 301:
            return "Moved Permanently";
        case 302:
            return "Found";
        case 303:
            return "See Other";
        case 304:
            return "Not Modified";
        case 305:
            return "Use Proxy";
        case 307:
            return "Temporary Redirect";
        case 308:
            return "Permanent Redirect";
        case 400:
            return "Bad Request";
        case 401:
            return "Unauthorized";
        case 402:
            return "Payment Required";
        case 403:
            return "Forbidden";
        case 404:
            return "Not Found";
        case 405:
            return "Method Not Allowed";
        case 406:
            return "Not Acceptable";
        case 407:
            return "Proxy Authentication Required";
        case 408:
            return "Request Timeout";
        case 409:
            return "Conflict";
        case 410:
            return "Gone";
        case 411:
            return "Length Required";
        case 412:
            return "Precondition Failed";
        case 413:
            return "Content Too Large";
        case 414:
            return "URI Too Long";
        case 415:
            return "Unsupported Media Type";
        case 416:
            return "Range Not Satisfiable";
        case 417:
            return "Expectation Failed";
        case 421:
            return "Misdirected Request";
        case 422:
            return "Unprocessable Content";
        case 423:
            return "Locked";
        case 424:
            return "Failed Dependency";
        case 425:
            return "Too Early";
        case 426:
            return "Upgrade Required";
        case 428:
            return "Precondition Required";
        case 429:
            return "Too Many Requests";
        case 431:
            return "Request Header Fields Too Large";
        case 451:
            return "Unavailable For Legal Reasons";
        case 500:
            return "Internal Server Error";
        case 501:
            return "Not Implemented";
        case 502:
            return "Bad Gateway";
        case 503:
            return "Service Unavailable";
        case 504:
            return "Gateway Timeout";
        case 505:
            return "HTTP Version Not Supported";
        case 506:
            return "Variant Also Negotiates";
        case 507:
            return "Insufficient Storage";
        case 508:
            return "Loop Detected";
        case 510:
            return "Not Extended";
        case 511:
            return "Network Authentication Required";
        default:
            return {};
    }
}

}  // namespace XFER_NAMESPACE::status
