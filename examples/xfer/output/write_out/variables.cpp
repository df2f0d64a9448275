// The variables of -w: a name, and what it stands for.
//
// What the library does not know yet: of the server's certificates only the first, and
// of that subject, issuer and end (certs, num_certs); the reason why a certificate
// that -k let pass is not trusted (ssl_verify_result is 1, X509_V_ERR_UNSPECIFIED).
#include "output/write_out/variables.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

namespace tool {

namespace {

using std::chrono::microseconds;

variable_value number(std::uint64_t n) { return static_cast<std::int64_t>(n); }

variable_value text_or_null(std::string_view text) {
    return text.empty() ? variable_value() : variable_value(std::string(text));
}

variable_value time_of(xfer::duration t) {
    return std::chrono::duration_cast<microseconds>(t);
}

const xfer::info& info_of(const outcome& o) { return o.response.info(); }

const xfer::tls_info* tls_of(const outcome& o) {
    const auto& connection = info_of(o).connection;
    if (!connection || connection->tls->version.empty()) return nullptr;
    return &*connection->tls;
}

/// curl counts no connection where one was taken that was there.
xfer::duration unless_reused(const outcome& o, xfer::duration t) {
    return info_of(o).connection_reused ? xfer::duration() : t;
}

std::string certificates(const outcome& o) {
    const auto* tls = tls_of(o);
    std::string text;
    if (tls != nullptr && !tls->subject.empty()) {
        text += "Subject:" + tls->subject + "\n";
        text += "Issuer:" + tls->issuer + "\n";
        text += "Expire date:" + tls->expires + "\n";
    }
    return text;
}

/// OpenSSL's X509_V_ERR_* of what the library says; 0: nothing is wrong.
std::int64_t verify_result(const outcome& o) {
    const auto is = [&](xfer::error e) { return o.ec == e; };
    if (is(xfer::error::certificate_not_yet_valid)) return 9;
    if (is(xfer::error::certificate_expired)) return 10;
    if (is(xfer::error::certificate_self_signed)) return 18;
    if (is(xfer::error::certificate_unknown_ca)) return 20;
    if (is(xfer::error::certificate_revoked)) return 23;
    if (is(xfer::error::certificate_weak)) return 66;
    if (is(xfer::error::certificate_invalid)) return 1;
    const auto* tls = tls_of(o);
    // A resumed session was verified when it began.
    return tls == nullptr || tls->peer_verified || tls->resumed ? 0 : 1;
}

std::string http_version(const outcome& o) {
    switch (o.response.version()) {
        case 10:
            return "1";
        case 11:
            return "1.1";
        default:
            return "0";
    }
}

std::string referer(const outcome& o) {
    const auto& hops = info_of(o).redirects;
    if (o.asked != nullptr && o.asked->auto_referer && !hops.empty()) {
        const std::string& from = hops.back().url;
        return from.substr(0, from.find('#'));
    }
    return o.asked != nullptr ? o.asked->referer : std::string();
}

/// The scheme of the connection; none is none.
std::string scheme(const outcome& o) {
    if (!info_of(o).connection) return {};
    return std::string(o.response.url().substr(0, o.response.url().find(':')));
}

template <url_part Part>
variable_value asked(const outcome& o) {
    return url_component(o.url, Part);
}

template <url_part Part>
variable_value fetched(const outcome& o) {
    return url_component(effective_url(o), Part);
}

constexpr std::array all{
    variable{
        "certs", [](const outcome& o) -> variable_value { return certificates(o); }},
    variable{
        "conn_id",
        [](const outcome& o) -> variable_value {
            const auto& connection = info_of(o).connection;
            return connection ? static_cast<std::int64_t>(connection->id) - 1
                              : std::int64_t{-1};
        }},
    variable{
        "content_type",
        [](const outcome& o) {
            return text_or_null(o.response.header("Content-Type"));
        }},
    variable{
        "errormsg",
        [](const outcome& o) {
            return o.exit_code == 0 ? variable_value() : variable_value(o.message);
        }},
    variable{
        "exitcode",
        [](const outcome& o) -> variable_value { return std::int64_t{o.exit_code}; }},
    variable{
        "filename_effective", [](const outcome& o) { return text_or_null(o.file); }},
    variable{"ftp_entry_path", [](const outcome&) { return variable_value(); }},
    variable{
        "http_code",
        [](const outcome& o) -> variable_value {
            return status_value{o.response.status()};
        }},
    variable{
        "http_connect",
        [](const outcome& o) -> variable_value {
            return status_value{info_of(o).proxy_status};
        }},
    variable{
        "http_version",
        [](const outcome& o) -> variable_value { return http_version(o); }},
    variable{
        "local_ip",
        [](const outcome& o) -> variable_value {
            return std::string(info_of(o).local_address());
        }},
    variable{
        "local_port", [](const outcome& o) { return number(info_of(o).local_port()); }},
    variable{"method", [](const outcome& o) { return text_or_null(o.method); }},
    variable{
        "num_certs",
        [](const outcome& o) -> variable_value {
            const auto* tls = tls_of(o);
            return std::int64_t{tls != nullptr && !tls->subject.empty()};
        }},
    variable{
        "num_connects",
        [](const outcome& o) { return number(info_of(o).connections_opened); }},
    variable{
        "num_headers",
        [](const outcome& o) { return number(o.response.fields().size()); }},
    variable{
        "num_redirects",
        [](const outcome& o) { return number(info_of(o).redirects.size()); }},
    variable{"num_retries", [](const outcome& o) { return number(o.retries); }},
    variable{
        "proxy_ssl_verify_result",
        [](const outcome&) -> variable_value { return std::int64_t{0}; }},
    variable{
        "proxy_used",
        [](const outcome& o) -> variable_value { return std::int64_t{o.proxy_used}; }},
    variable{
        "redirect_url", [](const outcome& o) { return text_or_null(redirect_url(o)); }},
    variable{"referer", [](const outcome& o) { return text_or_null(referer(o)); }},
    variable{
        "remote_ip",
        [](const outcome& o) -> variable_value {
            return std::string(info_of(o).remote_address());
        }},
    variable{
        "remote_port",
        [](const outcome& o) { return number(info_of(o).remote_port()); }},
    variable{
        "response_code",
        [](const outcome& o) -> variable_value {
            return status_value{o.response.status()};
        }},
    variable{"scheme", [](const outcome& o) { return text_or_null(scheme(o)); }},
    variable{
        "size_download",
        [](const outcome& o) { return number(info_of(o).bytes_received); }},
    variable{
        "size_header", [](const outcome& o) { return number(info_of(o).header_size); }},
    variable{
        "size_request",
        [](const outcome& o) {
            return number(info_of(o).request_size + info_of(o).bytes_sent);
        }},
    variable{
        "size_upload", [](const outcome& o) { return number(info_of(o).bytes_sent); }},
    variable{
        "speed_download",
        [](const outcome& o) -> variable_value {
            return static_cast<std::int64_t>(info_of(o).receive_speed());
        }},
    variable{
        "speed_upload",
        [](const outcome& o) -> variable_value {
            return static_cast<std::int64_t>(info_of(o).send_speed());
        }},
    variable{
        "ssl_verify_result",
        [](const outcome& o) -> variable_value { return verify_result(o); }},
    variable{
        "time_appconnect",
        [](const outcome& o) {
            // Without TLS the library repeats the step before, curl says zero.
            return tls_of(o) == nullptr
                       ? time_of({})
                       : time_of(unless_reused(o, info_of(o).timings.tls));
        }},
    variable{
        "time_connect",
        [](const outcome& o) {
            return time_of(unless_reused(o, info_of(o).timings.connect));
        }},
    variable{
        "time_namelookup",
        [](const outcome& o) { return time_of(info_of(o).timings.name_lookup); }},
    variable{
        "time_posttransfer",
        [](const outcome& o) {
            const auto& t = info_of(o).timings;
            return time_of(std::max(o.post_transfer, t.pre_transfer));
        }},
    variable{
        "time_pretransfer",
        [](const outcome& o) { return time_of(info_of(o).timings.pre_transfer); }},
    variable{
        "time_queue",
        [](const outcome& o) { return time_of(info_of(o).timings.queue); }},
    variable{
        "time_redirect",
        [](const outcome& o) { return time_of(info_of(o).timings.redirect); }},
    variable{
        "time_starttransfer",
        [](const outcome& o) { return time_of(info_of(o).timings.first_byte); }},
    variable{
        "time_total",
        [](const outcome& o) { return time_of(info_of(o).timings.total); }},
    variable{
        "tls_earlydata",
        [](const outcome&) -> variable_value { return std::int64_t{0}; }},
    variable{"url", [](const outcome& o) { return text_or_null(o.url); }},
    variable{"url.fragment", asked<url_part::fragment>},
    variable{"url.host", asked<url_part::host>},
    variable{"url.options", asked<url_part::options>},
    variable{"url.password", asked<url_part::password>},
    variable{"url.path", asked<url_part::path>},
    variable{"url.port", asked<url_part::port>},
    variable{"url.query", asked<url_part::query>},
    variable{"url.scheme", asked<url_part::scheme>},
    variable{"url.user", asked<url_part::user>},
    variable{"url.zoneid", asked<url_part::zoneid>},
    variable{
        "url_effective",
        [](const outcome& o) { return text_or_null(effective_url(o)); }},
    variable{"urle.fragment", fetched<url_part::fragment>},
    variable{"urle.host", fetched<url_part::host>},
    variable{"urle.options", fetched<url_part::options>},
    variable{"urle.password", fetched<url_part::password>},
    variable{"urle.path", fetched<url_part::path>},
    variable{"urle.port", fetched<url_part::port>},
    variable{"urle.query", fetched<url_part::query>},
    variable{"urle.scheme", fetched<url_part::scheme>},
    variable{"urle.user", fetched<url_part::user>},
    variable{"urle.zoneid", fetched<url_part::zoneid>},
    variable{"urlnum", [](const outcome& o) { return number(o.url_number); }},
    variable{
        "xfer_id",
        [](const outcome& o) -> variable_value {
            return static_cast<std::int64_t>(o.transfer) - 1;
        }},
};

static_assert(
    std::is_sorted(
        all.begin(),
        all.end(),
        [](const variable& a, const variable& b) { return a.name < b.name; }
    ),
    "find_variable searches by halves, and JSON is in this order"
);

}  // namespace

std::span<const variable> all_variables() noexcept { return all; }

const variable* find_variable(std::string_view name) noexcept {
    const auto* at = std::lower_bound(
        all.begin(),
        all.end(),
        name,
        [](const variable& v, std::string_view wanted) { return v.name < wanted; }
    );
    return at != all.end() && at->name == name ? at : nullptr;
}

std::string plain_text(const variable_value& value) {
    if (const auto* text = std::get_if<std::string>(&value)) return *text;
    if (const auto* n = std::get_if<std::int64_t>(&value)) return std::to_string(*n);
    std::array<char, 48> text{};
    if (const auto* s = std::get_if<status_value>(&value)) {
        std::snprintf(text.data(), text.size(), "%03d", s->status);
    } else if (const auto* t = std::get_if<microseconds>(&value)) {
        const auto us = static_cast<long long>(t->count());
        std::snprintf(
            text.data(), text.size(), "%lld.%06lld", us / 1000000, us % 1000000
        );
    }
    return text.data();
}

}  // namespace tool
