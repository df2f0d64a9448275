// curl's words for errors.
#include "output/failures.hpp"

#include "output/option_names.hpp"
#include "requests/connections.hpp"

#include <charconv>
#include <chrono>
#include <string>
#include <string_view>

namespace tool {

namespace {

using xfer::error;

long long milliseconds_of(const xfer::response& r) {
    using std::chrono::duration_cast;
    return duration_cast<std::chrono::milliseconds>(r.info().timings.total).count();
}

/// How long the body was to be; none: not said.
std::optional<std::uint64_t> expected_size(const xfer::response& r) {
    const auto text = r.header("Content-Length");
    std::uint64_t size = 0;
    const auto end = text.data() + text.size();
    const auto read = std::from_chars(text.data(), end, size);
    const bool is_number = !text.empty() && read.ec == std::errc() && read.ptr == end;
    return is_number ? std::optional<std::uint64_t>(size) : std::nullopt;
}

std::string timeout_text(const std::error_code& ec, const xfer::response& r) {
    const auto after = " after " + std::to_string(milliseconds_of(r)) + " milliseconds";
    const auto stage = r.failure().stage;
    if (ec == error::timeout_resolve || stage == xfer::stage::resolving) {
        return "Resolving timed out" + after;
    }
    if (stage == xfer::stage::connecting || stage == xfer::stage::proxying ||
        stage == xfer::stage::securing) {
        return "Connection timed out" + after;
    }
    if (ec == error::timeout_low_speed) {
        return "Operation too slow. " + r.failure().message;
    }
    const auto received = std::to_string(r.info().bytes_received);
    const auto size = expected_size(r);
    const auto of = size ? " out of " + std::to_string(*size) : std::string();
    return "Operation timed out" + after + " with " + received + of + " bytes received";
}

std::string partial_text(const xfer::response& r) {
    const auto size = expected_size(r);
    if (!size || *size < r.info().bytes_received) {
        return "transfer closed with outstanding read data remaining";
    }
    const auto left = *size - r.info().bytes_received;
    return "transfer closed with " + std::to_string(left) + " bytes remaining to read";
}

std::string_view last_url(const asked_url& url, const xfer::response& r) {
    return r.url().empty() ? std::string_view(url.text) : r.url();
}

std::string host_of(const asked_url& url, const xfer::response& r) {
    xfer::parsed_url parsed;
    const bool failed = static_cast<bool>(xfer::url::parse(last_url(url, r), parsed));
    return failed ? std::string() : std::string(parsed.target.host());
}

bool is_bad_chunk(const std::error_code& ec, const xfer::response& r) {
    return ec == error::weird_reply && r.header("Transfer-Encoding") == "chunked" &&
           !xfer::status::leads_elsewhere(r.status());
}

/// There is nothing to resolve: it is an address of a kind that is not to be used.
bool is_address(const asked_url& url, const xfer::response& r) {
    const auto host = host_of(url, r);
    return xfer::ip_address::parse(host).has_value();
}

std::string connect_text(
    std::string_view host, std::uint16_t port, const xfer::response& r
) {
    return "Failed to connect to " + std::string(host) + " port " +
           std::to_string(port) + " after " + std::to_string(milliseconds_of(r)) +
           " ms: Couldn't connect to server";
}

/// The server of the URL that was asked for last cannot be reached.
std::string server_text(const asked_url& url, const xfer::response& r) {
    xfer::parsed_url parsed;
    const bool failed = static_cast<bool>(xfer::url::parse(last_url(url, r), parsed));
    return failed ? r.failure().message
                  : connect_text(parsed.target.host(), parsed.target.port(), r);
}

/// The proxy that the first connection was to be made to; empty: it was the server.
xfer::proxy first_proxy(
    const operation& op, const asked_url& url, const xfer::response& r
) {
    xfer::parsed_url parsed;
    if (url.proxies == nullptr || xfer::url::parse(last_url(url, r), parsed)) {
        return {};
    }
    return url.proxies->first(op, parsed.target);
}

/// A redirect has led to a URL whose proxy is none.
refusal refused_proxy(const asked_url& url, const xfer::response& r) {
    xfer::parsed_url parsed;
    if (url.proxies == nullptr || xfer::url::parse(last_url(url, r), parsed)) {
        return {};
    }
    return url.proxies->check(parsed.target);
}

/// Nobody has answered: a proxy, or the server.
std::string nobody_text(
    const operation& op, const asked_url& url, const xfer::response& r
) {
    const auto proxy = first_proxy(op, url, r);
    if (proxy.empty()) {
        return server_text(url, r);
    }
    return proxy.unix_path().empty() ? connect_text(proxy.host(), proxy.port(), r)
                                     : r.failure().message;
}

/// Where the name of a second proxy stands in the library's sentence is its own affair.
std::string proxy_host(
    const operation& op, const asked_url& url, const xfer::response& r
) {
    const auto proxy = first_proxy(op, url, r);
    const bool was_second = r.failure().stage == xfer::stage::proxying;
    return was_second || proxy.host().empty() ? r.failure().message
                                              : std::string(proxy.host());
}

std::string certificate_text(
    const std::error_code& ec, const std::string& host, const xfer::response& r
) {
    constexpr std::string_view problem = "SSL certificate problem: ";
    const auto say = [&](std::string_view what) {
        return std::string(problem).append(what);
    };
    switch (static_cast<error>(ec.value())) {
        case error::certificate_expired:
            return say("certificate has expired");
        case error::certificate_not_yet_valid:
            return say("certificate is not yet valid");
        case error::certificate_unknown_ca:
            return say("unable to get local issuer certificate");
        case error::certificate_self_signed:
            return say("self-signed certificate");
        case error::certificate_revoked:
            return say("certificate revoked");
        case error::certificate_host_mismatch:
            return "SSL: no alternative certificate subject name matches target host "
                   "name '" +
                   host + "'";
        default:
            return say(r.failure().message);
    }
}

std::string redirect_text(const xfer::response& r) {
    const auto location = r.header("Location");
    const auto scheme = location.substr(0, location.find(':'));
    return "Protocol \"" + std::string(scheme) + "\" not supported";
}

std::string status_text(const xfer::response& r) {
    return "The requested URL returned error: " + std::to_string(r.status());
}

/// The library's sentence about a URL, which has been named as what is wrong.
std::string url_mistake(std::string_view message) {
    constexpr std::string_view known = "the URL is malformed: ";
    message.remove_prefix(message.starts_with(known) ? known.size() : 0);
    return about_it(message);
}

/// The library's sentence about a file, without what curl's words say already.
std::string source_mistake(std::string_view message) {
    constexpr std::string_view subject = "the body file ";
    constexpr std::string_view known = " cannot be read: ";
    const auto at = message.find(known);
    if (!message.starts_with(subject) || at == std::string_view::npos) {
        return std::string(message);
    }
    std::string text(message.substr(subject.size(), at - subject.size()));
    return text.append(": ").append(message.substr(at + known.size()));
}

/// The line for an error of the library's, where curl has words of its own.
std::string words_for(
    const operation& op,
    const asked_url& url,
    const std::error_code& ec,
    const xfer::response& r
) {
    const auto& message = r.failure().message;
    switch (static_cast<error>(ec.value())) {
        case error::url_malformed:
            return "URL rejected: " + url_mistake(message);
        case error::resolve_failed:
            return "Could not resolve host: " + host_of(url, r);
        case error::proxy_resolve_failed:
            return "Could not resolve proxy: " + proxy_host(op, url, r);
        case error::connect_failed:
            return nobody_text(op, url, r);
        case error::source_failed:
            return "Failed to open/read local data from file/application: " +
                   source_mistake(message);
        case error::sink_failed:
            return "Failure writing output to destination: " + message;
        case error::partial_body:
            return partial_text(r);
        case error::got_nothing:
            return "Empty reply from server";
        case error::http_status:
            return status_text(r);
        case error::too_many_redirects:
            return "Maximum (" + std::to_string(r.info().redirects.size()) +
                   ") redirects followed";
        case error::redirect_refused:
            return redirect_text(r);
        case error::body_too_large:
            return "Maximum file size exceeded";
        case error::pin_mismatch:
            return "SSL: public key does not match pinned public key";
        case error::receive_failed:
        case error::send_failed: {
            const auto cause = r.failure().cause;
            const bool sending = ec == error::send_failed;
            const std::string what(sending ? "Send failure: " : "Recv failure: ");
            return what + (cause ? cause.message() : message);
        }
        case error::proxy_denied:
            return "CONNECT tunnel failed, response " +
                   std::to_string(r.info().proxy_status);
        default:
            return message.empty() ? ec.message() : with_option_names(op, message);
    }
}

}  // namespace

refusal judge(
    const operation& op,
    const asked_url& url,
    const std::error_code& ec,
    const xfer::response& r
) {
    constexpr int least_bad = 400;
    if (!ec) {
        const bool bad = (op.fail || op.fail_with_body) && r.status() >= least_bad;
        constexpr int complete = 416;
        const bool resumes = op.resume_from_file || op.resume_from;
        if (bad && !(resumes && r.status() == complete)) {
            return {exit_codes::http_status, status_text(r)};
        }
        return {};
    }
    if (auto refused = refused_proxy(url, r)) {
        return refused;
    }
    const int code = xfer::curl_code(ec);
    if (xfer::is_timeout(ec)) {
        return {code, timeout_text(ec, r)};
    }
    if (code == exit_codes::not_verified) {
        return {code, certificate_text(ec, host_of(url, r), r)};
    }
    if (is_about_netrc(r.failure().message)) {
        return {exit_codes::read_error, netrc_text(r.failure().message)};
    }
    if (r.failure().not_http && !op.http_0_9) {
        return {exit_codes::unsupported_protocol, "Received HTTP/0.9 when not allowed"};
    }
    if (is_bad_chunk(ec, r)) {
        return {
            exit_codes::receive_error, "Malformed encoding found in chunked-encoding"};
    }
    if (ec == error::resolve_failed && is_address(url, r)) {
        return {exit_codes::no_connection, server_text(url, r)};
    }
    if (ec.category() != xfer::error_category()) {
        return {code, ec.message()};
    }
    return {code, words_for(op, url, ec, r)};
}

}  // namespace tool
