// What options do: the functions that the option table names.
#pragma once

#include "options/numbers.hpp"
#include "options/reader.hpp"

#include <chrono>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

namespace tool {

/// What an option would need, and the library does not have yet.
enum class needs : std::uint8_t {
    alt_svc,
    dns,
    doh,
    early_data,
    engine,
    ftp,
    gssapi,
    hsts,
    ignored_length,
    http2,
    http3,
    ipfs,
    libcurl,
    mail,
    mail_or_ftp,
    mptcp,
    negotiate,
    ntlm,
    ocsp,
    old_connect,
    race_delay,
    session_file,
    sessions,
    sigv4,
    srp,
    ssh,
    telnet,
    tftp,
};

/// Curl's exit code 4, and a line that names what is missing.
[[nodiscard]] option_error lacks(needs what);

namespace apply {

// Where a setting is, by the pointer to its member.
template <class T>
T& room(reader& r, T operation::*member) {
    return r.now().*member;
}
template <class T>
T& room(reader& r, T command::*member) {
    return r.asked.*member;
}
template <class T>
T& room(reader& r, T operation::tls_options::*member) {
    return r.now().tls.*member;
}
template <class T>
T& proxy_room(reader& r, T operation::tls_options::*member) {
    return r.now().proxy_tls.*member;
}

template <class Text>
option_error store_text(Text& to, std::string_view argument) {
    if (argument.empty()) {
        return mistakes::blank();
    }
    to = std::string(argument);
    return {};
}

template <auto Member>
option_error set_flag(reader& r, std::string_view /*argument*/, bool on) {
    room(r, Member) = on;
    return {};
}
template <auto Member>
option_error set_proxy_flag(reader& r, std::string_view /*argument*/, bool on) {
    proxy_room(r, Member) = on;
    return {};
}

/// A text that may not be empty.
template <auto Member>
option_error set_text(reader& r, std::string_view argument, bool /*on*/) {
    return store_text(room(r, Member), argument);
}
template <auto Member>
option_error set_proxy_text(reader& r, std::string_view argument, bool /*on*/) {
    return store_text(proxy_room(r, Member), argument);
}

/// A text that may be empty.
template <auto Member>
option_error set_any_text(reader& r, std::string_view argument, bool /*on*/) {
    room(r, Member) = argument;
    return {};
}
template <auto Member>
option_error set_proxy_any_text(reader& r, std::string_view argument, bool /*on*/) {
    proxy_room(r, Member) = argument;
    return {};
}
template <auto Member>
option_error optional_text(reader& r, std::string_view argument, bool /*on*/) {
    room(r, Member).emplace(argument);
    return {};
}

template <auto Member>
option_error append_text(reader& r, std::string_view argument, bool /*on*/) {
    room(r, Member).emplace_back(argument);
    return {};
}

template <auto Member>
option_error set_seconds(reader& r, std::string_view argument, bool /*on*/) {
    return read_seconds(argument, room(r, Member));
}
template <auto Member>
option_error optional_seconds(reader& r, std::string_view argument, bool /*on*/) {
    std::chrono::milliseconds value{0};
    auto wrong = read_seconds(argument, value);
    if (wrong.code == 0) {
        room(r, Member) = value;
    }
    return wrong;
}

template <auto Member>
option_error set_unsigned(reader& r, std::string_view argument, bool /*on*/) {
    std::uint64_t value = 0;
    auto wrong = read_number(argument, std::numeric_limits<unsigned>::max(), value);
    if (wrong.code == 0) {
        room(r, Member) = static_cast<unsigned>(value);
    }
    return wrong;
}

/// Refuses an option; to switch off what is off in any case is no mistake.
template <needs What>
option_error refuse(reader& /*r*/, std::string_view /*argument*/, bool on) {
    return on ? lacks(What) : option_error();
}
/// The same, where it is --no-NAME that would need something.
template <needs What>
option_error refuse_off(reader& /*r*/, std::string_view /*argument*/, bool on) {
    return on ? option_error() : lacks(What);
}
/// The same, where both would.
template <needs What>
option_error refuse_either(reader& /*r*/, std::string_view /*argument*/, bool /*on*/) {
    return lacks(What);
}
/// What is so in any case, or has no meaning here; the manual says which.
inline option_error nothing_to_do(
    reader& /*r*/, std::string_view /*argument*/, bool /*on*/
) {
    return {};
}
/// Has had no function for long, in curl as here.
option_error retired(reader& r, std::string_view argument, bool on);

// Requests (apply_request.cpp).
option_error head(reader& r, std::string_view argument, bool on);
option_error request_method(reader& r, std::string_view argument, bool on);
option_error post_data_raw(reader& r, std::string_view argument, bool on);
option_error json_data(reader& r, std::string_view argument, bool on);
option_error form_field(reader& r, std::string_view argument, bool on);
option_error form_text(reader& r, std::string_view argument, bool on);
option_error referer(reader& r, std::string_view argument, bool on);
option_error user_agent(reader& r, std::string_view argument, bool on);
option_error range(reader& r, std::string_view argument, bool on);
option_error time_condition(reader& r, std::string_view argument, bool on);
option_error url(reader& r, std::string_view argument, bool on);
option_error url_query(reader& r, std::string_view argument, bool on);
option_error upload_file(reader& r, std::string_view argument, bool on);

// Output (apply_output.cpp).
option_error output(reader& r, std::string_view argument, bool on);
option_error out_null(reader& r, std::string_view argument, bool on);
option_error remote_name(reader& r, std::string_view argument, bool on);
option_error clobber(reader& r, std::string_view argument, bool on);
option_error continue_at(reader& r, std::string_view argument, bool on);
option_error create_file_mode(reader& r, std::string_view argument, bool on);
option_error fail(reader& r, std::string_view argument, bool on);
option_error fail_with_body(reader& r, std::string_view argument, bool on);
option_error max_filesize(reader& r, std::string_view argument, bool on);
option_error remove_on_error(reader& r, std::string_view argument, bool on);
option_error sha256(reader& r, std::string_view argument, bool on);
option_error write_out(reader& r, std::string_view argument, bool on);
option_error write_unbuffered(reader& r, std::string_view argument, bool on);

// What is shown (apply_verbose.cpp).
option_error stderr_file(reader& r, std::string_view argument, bool on);
option_error trace(reader& r, std::string_view argument, bool on);
option_error trace_ascii(reader& r, std::string_view argument, bool on);
option_error trace_config(reader& r, std::string_view argument, bool on);
option_error verbose(reader& r, std::string_view argument, bool on);

// Who the user is, and redirects (apply_identity.cpp).
option_error anyauth(reader& r, std::string_view argument, bool on);
option_error bearer(reader& r, std::string_view argument, bool on);
option_error cookie(reader& r, std::string_view argument, bool on);
option_error user(reader& r, std::string_view argument, bool on);
option_error follow(reader& r, std::string_view argument, bool on);
option_error location(reader& r, std::string_view argument, bool on);
option_error location_trusted(reader& r, std::string_view argument, bool on);
option_error max_redirs(reader& r, std::string_view argument, bool on);
option_error protocols(reader& r, std::string_view argument, bool on);
option_error redirect_protocols(reader& r, std::string_view argument, bool on);
option_error default_protocol(reader& r, std::string_view argument, bool on);

// Transfers and sockets (apply_transfer.cpp).
option_error abstract_unix_socket(reader& r, std::string_view argument, bool on);
option_error unix_socket(reader& r, std::string_view argument, bool on);
option_error ip_tos(reader& r, std::string_view argument, bool on);
option_error keepalive_count(reader& r, std::string_view argument, bool on);
option_error keepalive_time(reader& r, std::string_view argument, bool on);
option_error limit_rate(reader& r, std::string_view argument, bool on);
option_error local_port(reader& r, std::string_view argument, bool on);
option_error parallel_max(reader& r, std::string_view argument, bool on);
option_error parallel_max_host(reader& r, std::string_view argument, bool on);
option_error rate(reader& r, std::string_view argument, bool on);
option_error speed_limit(reader& r, std::string_view argument, bool on);
option_error speed_time(reader& r, std::string_view argument, bool on);
option_error vlan_priority(reader& r, std::string_view argument, bool on);

// Proxies and TLS (apply_tls.cpp).
option_error haproxy_clientip(reader& r, std::string_view argument, bool on);
option_error proxy(reader& r, std::string_view argument, bool on);
option_error cert(reader& r, std::string_view argument, bool on);
option_error proxy_cert(reader& r, std::string_view argument, bool on);
option_error encrypted_hello(reader& r, std::string_view argument, bool on);
option_error proxy_tls_1_0(reader& r, std::string_view argument, bool on);
option_error tls_max(reader& r, std::string_view argument, bool on);

// The tool itself (apply_tool.cpp).
option_error config(reader& r, std::string_view argument, bool on);
option_error dump_ca_embed(reader& r, std::string_view argument, bool on);
option_error globoff(reader& r, std::string_view argument, bool on);
option_error help(reader& r, std::string_view argument, bool on);
option_error manual(reader& r, std::string_view argument, bool on);
option_error next(reader& r, std::string_view argument, bool on);
option_error variable(reader& r, std::string_view argument, bool on);
option_error version(reader& r, std::string_view argument, bool on);

// Families of them.

option_error post(reader& r, data_piece::kind what, std::string_view argument);
template <data_piece::kind What>
option_error post_data(reader& r, std::string_view argument, bool /*on*/) {
    return post(r, What, argument);
}

option_error add_header(
    reader& r, std::vector<header_line>& to, std::string_view argument
);
template <auto Member>
option_error header(reader& r, std::string_view argument, bool /*on*/) {
    return add_header(r, room(r, Member), argument);
}

option_error set_etag_file(reader& r, std::string& file, std::string_view argument);
template <auto Member>
option_error etag(reader& r, std::string_view argument, bool /*on*/) {
    return set_etag_file(r, room(r, Member), argument);
}

option_error set_http_version(reader& r, xfer::http_version version);
template <xfer::http_version Version>
option_error http_version(reader& r, std::string_view /*argument*/, bool /*on*/) {
    return set_http_version(r, Version);
}

template <xfer::ip_version Version>
option_error ip_version(reader& r, std::string_view /*argument*/, bool /*on*/) {
    r.now().ip = Version;
    return {};
}

option_error choose_auth(reader& r, xfer::auth scheme, bool on);
template <xfer::auth Scheme>
option_error auth_scheme(reader& r, std::string_view /*argument*/, bool on) {
    return choose_auth(r, Scheme, on);
}

template <proxy_login Scheme>
option_error proxy_scheme(reader& r, std::string_view /*argument*/, bool on) {
    r.now().proxy_auth = on ? Scheme : proxy_login::basic;
    return {};
}

option_error set_proxy(reader& r, std::string_view where, std::string_view scheme);
template <xfer::proxy_kind Kind>
option_error socks(reader& r, std::string_view argument, bool /*on*/) {
    return argument.empty() ? mistakes::blank()
                            : set_proxy(r, argument, xfer::to_string(Kind));
}

/// --tlsv1.x, by 10 times the version.
option_error set_min_version(reader& r, int version);
template <int Version>
option_error tls_min(reader& r, std::string_view /*argument*/, bool /*on*/) {
    return set_min_version(r, Version);
}

option_error store_file_type(std::string& to, std::string_view argument);
template <auto Member>
option_error certificate_type(reader& r, std::string_view argument, bool /*on*/) {
    return store_file_type(room(r, Member), argument);
}
template <auto Member>
option_error proxy_certificate_type(
    reader& r, std::string_view argument, bool /*on*/
) {
    return store_file_type(proxy_room(r, Member), argument);
}

}  // namespace apply
}  // namespace tool
