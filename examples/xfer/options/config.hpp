// What a command line asks for: plain data, filled by the option table, read by the
// rest.
#pragma once

#include <xfer.hpp>

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace tool {

/// One URL of the command line, and the -o, -O, -T or --sha256 that goes with it.
struct target {
    std::string url;  ///< before globbing; empty: an -o or -T that found no URL
    enum class output_kind {
        standard,     ///< no -o and no -O: standard output
        file,         ///< -o
        remote_name,  ///< -O, --remote-name-all
        nowhere,      ///< --out-null
    };
    output_kind output = output_kind::standard;
    std::string file;                   ///< of -o; "-" is standard output
    std::optional<std::string> upload;  ///< of -T; "-" and "." are standard input
    std::string sha256;                 ///< --sha256 (our own); empty: not checked
    bool globbing = true;               ///< false: of --url @file, stands for itself
};

/// A piece of the body that -d and its like build up.
struct data_piece {
    enum class kind {
        text,         ///< -d text, --data-raw
        file_text,    ///< -d @file: CR, LF and NUL are dropped
        file_binary,  ///< --data-binary @file
        urlencode,    ///< --data-urlencode, with all of its forms
        json,         ///< --json: pieces are not joined by '&'
    };
    kind what = kind::text;
    std::string value;  ///< as on the command line, without a leading '@' of a file
};

/// A part of -F or --form-string.
struct form_piece {
    std::string text;      ///< as on the command line
    bool literal = false;  ///< of --form-string: '@', '<' and ';type=' mean nothing
    bool escape = false;   ///< of --form-escape
};

/// A field of -H or --proxy-header; "Name:" removes, "Name;" sends an empty one,
/// "@file" was read already.
struct header_line {
    std::string text;
};

enum class time_condition {
    none,
    if_modified_since,
    if_unmodified_since,
    last_modified
};

/// What becomes of an output file that is there already.
enum class clobbering {
    usual,   ///< it is overwritten, unless -J has named it
    always,  ///< --clobber
    never,   ///< --no-clobber: another name is taken
};
enum class proxy_login { basic, digest, any };

/// Everything between two --next: settings, and the URLs that they hold for.
struct operation {
    std::vector<target> targets;

    // Request.
    std::string method;                        ///< -X
    std::vector<header_line> headers;          ///< -H
    std::vector<header_line> proxy_headers;    ///< --proxy-header
    std::vector<data_piece> data;              ///< -d and its like
    bool json = false;                         ///< --json was there
    std::vector<std::string> url_query;        ///< --url-query
    std::vector<form_piece> form;              ///< -F
    bool form_escape = false;                  ///< --form-escape
    bool get = false;                          ///< -G
    bool head = false;                         ///< -I
    std::optional<std::string> user_agent;     ///< -A; empty: none is sent
    std::string referer;                       ///< -e
    bool auto_referer = false;                 ///< -e ";auto"
    std::string request_target;                ///< --request-target
    bool path_as_is = false;                   ///< --path-as-is
    bool globbing = true;                      ///< -g switches it off
    bool compressed = false;                   ///< --compressed
    bool tr_encoding = false;                  ///< --tr-encoding
    bool raw = false;                          ///< --raw
    std::string range;                         ///< -r
    std::optional<std::uint64_t> resume_from;  ///< -C number
    bool resume_from_file = false;             ///< -C -
    bool resume = false;                       ///< --resume (our own)
    xfer::http_version http = xfer::http_version::any;
    bool http_0_9 = false;                            ///< --http0.9
    bool crlf = false;                                ///< --crlf
    std::optional<std::uint64_t> max_filesize;        ///< --max-filesize
    time_condition condition = time_condition::none;  ///< -z
    std::chrono::sys_seconds condition_time{};        ///< -z
    std::string etag_save;                            ///< --etag-save
    std::string etag_compare;                         ///< --etag-compare

    // Output.
    std::string output_dir;                    ///< --output-dir
    bool create_dirs = false;                  ///< --create-dirs
    std::optional<unsigned> create_file_mode;  ///< --create-file-mode, octal
    clobbering clobber = clobbering::usual;
    bool skip_existing = false;       ///< --skip-existing
    bool remove_on_error = false;     ///< --remove-on-error
    bool remote_name_all = false;     ///< --remote-name-all
    bool remote_header_name = false;  ///< -J
    bool remote_time = false;         ///< -R
    bool xattr = false;               ///< --xattr
    std::string dump_header;          ///< -D
    bool include = false;             ///< -i, --show-headers
    bool no_buffer = false;           ///< -N
    bool fail = false;                ///< -f
    bool fail_with_body = false;      ///< --fail-with-body
    std::string write_out;            ///< -w, "@file" was read already
    bool styled_output = true;        ///< --styled-output

    // Redirects.
    bool follow = false;             ///< -L, --follow
    bool location_trusted = false;   ///< --location-trusted
    std::optional<long> max_redirs;  ///< --max-redirs; -1: no limit; default 50
    bool post301 = false;
    bool post302 = false;
    bool post303 = false;
    std::vector<std::string> protocols;           ///< --proto, worked out; empty: all
    std::vector<std::string> redirect_protocols;  ///< --proto-redir, worked out
    bool protocols_set = false;
    bool redirect_protocols_set = false;
    std::string default_protocol;  ///< --proto-default

    // Who the user is.
    std::string user;  ///< -u, "name:password" or "name"
    bool user_set = false;
    xfer::auth auth = xfer::auth::basic;    ///< --basic, --digest, --anyauth
    std::string bearer;                     ///< --oauth2-bearer
    bool netrc = false;                     ///< -n
    bool netrc_optional = false;            ///< --netrc-optional
    std::string netrc_file;                 ///< --netrc-file
    bool disallow_username_in_url = false;  ///< --disallow-username-in-url

    // Cookies.
    std::vector<std::string> cookies;       ///< -b name=value
    std::vector<std::string> cookie_files;  ///< -b file
    std::string cookie_jar;                 ///< -c
    bool junk_session_cookies = false;      ///< -j

    // Retries.
    unsigned retry = 0;                           ///< --retry
    bool retry_all_errors = false;                ///< --retry-all-errors
    bool retry_connrefused = false;               ///< --retry-connrefused
    std::chrono::milliseconds retry_delay{0};     ///< --retry-delay; 0: grows
    std::chrono::milliseconds retry_max_time{0};  ///< --retry-max-time

    // Time and speed. Zero: no limit.
    std::chrono::milliseconds max_time{0};         ///< -m
    std::chrono::milliseconds connect_timeout{0};  ///< --connect-timeout
    std::uint64_t limit_rate = 0;                  ///< --limit-rate
    std::uint64_t speed_limit = 0;                 ///< -Y
    std::chrono::seconds speed_time{0};            ///< -y
    std::optional<std::chrono::milliseconds> expect100_timeout;
    bool keepalive = true;                    ///< --no-keepalive
    std::chrono::seconds keepalive_time{60};  ///< --keepalive-time
    std::optional<unsigned> keepalive_count;  ///< --keepalive-cnt
    bool tcp_nodelay = true;                  ///< --no-tcp-nodelay
    bool tcp_fastopen = false;                ///< --tcp-fastopen
    std::optional<unsigned> ip_tos;           ///< --ip-tos, 0 to 255
    std::optional<unsigned> vlan_priority;    ///< --vlan-priority, 0 to 7

    // Proxies.
    std::optional<std::string> proxy;  ///< -x; empty: none, whatever the environment
    std::string default_proxy_scheme;  ///< of --socks5 and its like: "socks5" ...
    std::string preproxy;              ///< --preproxy
    std::string proxy_user;            ///< -U
    proxy_login proxy_auth = proxy_login::basic;
    std::optional<std::string> noproxy;     ///< --noproxy
    bool proxy_tunnel = false;              ///< -p
    bool suppress_connect_headers = false;  ///< --suppress-connect-headers
    bool haproxy_protocol = false;          ///< --haproxy-protocol
    std::string haproxy_clientip;           ///< --haproxy-clientip

    // Names and sockets.
    std::vector<std::string> resolve;             ///< --resolve
    std::vector<std::string> connect_to;          ///< --connect-to
    xfer::ip_version ip = xfer::ip_version::any;  ///< -4, -6
    std::string interface;                        ///< --interface
    std::uint16_t local_port = 0;                 ///< --local-port
    std::uint16_t local_port_count = 1;
    std::string unix_socket;           ///< --unix-socket
    std::string abstract_unix_socket;  ///< --abstract-unix-socket

    // TLS, to the origin and to an https proxy.
    struct tls_options {
        bool insecure = false;                         ///< -k
        std::string ca_file;                           ///< --cacert
        std::string ca_path;                           ///< --capath
        bool ca_native = false;                        ///< --ca-native
        std::string cert;                              ///< -E, without the password
        std::string cert_type;                         ///< --cert-type
        std::string key;                               ///< --key
        std::string key_type;                          ///< --key-type
        std::string pass;                              ///< --pass
        std::string pinned;                            ///< --pinnedpubkey
        std::string crl_file;                          ///< --crlfile
        std::optional<xfer::tls_version> min_version;  ///< --tlsv1.x
        std::optional<xfer::tls_version> max_version;  ///< --tls-max
        std::string ciphers;                           ///< --ciphers
        std::string tls13_ciphers;                     ///< --tls13-ciphers
        std::string curves;                            ///< --curves
        std::string signature_algorithms;              ///< --sigalgs
    };
    tls_options tls;
    tls_options proxy_tls;
};

/// What holds for the whole run, wherever it stands.
struct command {
    std::vector<operation> operations;

    bool silent = false;                         ///< -s
    bool show_error = false;                     ///< -S
    bool verbose = false;                        ///< -v
    bool fail_early = false;                     ///< --fail-early
    bool parallel = false;                       ///< -Z
    unsigned parallel_max = 50;                  ///< --parallel-max
    unsigned parallel_max_host = 0;              ///< --parallel-max-host; 0: no limit
    bool progress_bar = false;                   ///< -#
    bool progress_meter = true;                  ///< --no-progress-meter
    std::chrono::milliseconds rate_interval{0};  ///< --rate: between two starts
    std::string error_file;                      ///< --stderr; "-" is standard output
    std::string trace_file;    ///< --trace or --trace-ascii; "-", "%" as curl
    bool trace_ascii = false;  ///< it was --trace-ascii
    bool trace_time = false;   ///< --trace-time
    bool trace_ids = false;    ///< --trace-ids
    std::vector<std::string> trace_config;         ///< --trace-config
    bool stats = false;                            ///< --stats (our own)
    std::map<std::string, std::string> variables;  ///< --variable

    /// To be printed unless -s, each a text without the "Warning: " in front and
    /// without a line end.
    std::vector<std::string> warnings;
};

}  // namespace tool
