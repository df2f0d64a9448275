// The reader behind url::parse, and every sentence that it may end with.
#pragma once

#include <xfer/detail/url_octets.hpp>
#include <xfer/url.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace XFER_NAMESPACE::detail {

/// What is wrong with a URL, as constant text; nullptr when nothing is.
using url_complaint = const char*;

namespace url_complaints {

inline constexpr url_complaint too_long =
    "the URL is longer than 65535 bytes: shorten it";
inline constexpr url_complaint no_scheme =
    "the URL has no scheme: begin it with https:// or http://";
inline constexpr url_complaint bad_octet =
    "the URL contains a space, a control character or a backslash: percent-encode it";
inline constexpr url_complaint bad_percent =
    "the URL's host has a % that no two hexadecimal digits follow: correct it";
inline constexpr url_complaint no_host =
    "the URL has no host: write one behind the scheme, as in https://example.com/";
inline constexpr url_complaint two_ats =
    "the URL has more than one @ before its path: write %40 for the one in the user or "
    "password";
inline constexpr url_complaint bad_userinfo =
    "the URL's user or password has a character that must be percent-encoded, or "
    "encodes "
    "a control character: pass them as options instead";
inline constexpr url_complaint bad_port =
    "the URL's port is not a number from 1 to 65535: correct it, or leave it out";
inline constexpr url_complaint bare_ipv6 =
    "the URL's host has more than one colon: put an IPv6 address in brackets, as in "
    "http://[::1]/";
inline constexpr url_complaint bad_ipv6 =
    "the URL's host is in brackets but is no IPv6 address: write it as in "
    "http://[::1]/";
inline constexpr url_complaint bad_zone =
    "the URL's IPv6 zone is not valid: write it as in http://[fe80::1%25eth0]/";
inline constexpr url_complaint host_octet =
    "the URL's host has a character that is not a letter, a digit or one of -._~: "
    "correct the name";
inline constexpr url_complaint host_not_ascii =
    "the URL's host has letters outside ASCII: write the name in its xn-- form";
inline constexpr url_complaint host_not_idn =
    "the URL's host has letters outside ASCII that make no international name (UTS 46, "
    "IDNA 2008): correct it";
inline constexpr url_complaint empty_label =
    "the URL's host begins with a dot or has two dots in a row: correct the name";
inline constexpr url_complaint bad_ipv4 =
    "the URL's host looks like a number but is no IPv4 address of four decimal parts: "
    "write it as in http://127.0.0.1/";
inline constexpr url_complaint colon_in_first_segment =
    "the relative reference has a colon in its first segment: put ./ before it";
inline constexpr url_complaint no_hierarchy =
    "the relative reference has a base without a path to go from: use an absolute URL";

}  // namespace url_complaints

/// Reads one text, from left to right, into one url. Used once.
class url_reader {
 public:
    explicit url_reader(
        std::string_view text, url::path_rule paths = url::path_rule::normal
    ) noexcept
        : in_(text), as_is_(paths == url::path_rule::as_is) {}

    [[nodiscard]] url_complaint read();

    /// The short way for most URLs: http or https, normalised already, with neither
    /// userinfo nor fragment; the text is copied as it is, or taken from its owner.
    /// False when it is anything else, right or wrong: then `out` is untouched, and
    /// read() is to be asked. An origin that is also that of `like` is not read again.
    [[nodiscard]] XFER_DECL static bool read_plain(
        std::string_view text,
        parsed_url& out,
        std::string* owner = nullptr,
        const url* like = nullptr
    );

    url made;
    std::optional<std::string> user;
    std::optional<std::string> password;

 private:
    [[nodiscard]] static bool read_plain_origin(
        std::string_view text, url::places& part
    );
    [[nodiscard]] url_complaint read_scheme();
    [[nodiscard]] url_complaint read_authority();
    [[nodiscard]] url_complaint read_userinfo(std::string_view userinfo);
    [[nodiscard]] url_complaint read_host(std::string_view host_and_port);
    [[nodiscard]] url_complaint read_name(std::string_view name);
    [[nodiscard]] url_complaint append_decoded_name(std::string_view name);
    [[nodiscard]] url_complaint append_international_name(std::string_view name);
    [[nodiscard]] url_complaint read_ipv6(std::string_view inside_brackets);
    [[nodiscard]] url_complaint read_zone(std::string_view encoded);
    [[nodiscard]] url_complaint read_port(std::string_view port);
    [[nodiscard]] url_complaint read_rest();
    void append_path(std::string_view path, bool clean);
    void append_tail(std::string_view tail, bool clean);
    void append_segments(std::string_view path);
    void append_encoded(std::string_view raw);
    [[nodiscard]] url_complaint finish();

    // Where the components begin in the text that is being made. It may outgrow the
    // offsets of a url on its way; finish() sees to that.
    struct {
        std::size_t scheme_end, host, host_end, zone_end, path, query, fragment;
    } at_{};
    std::string_view in_;
    std::size_t next_ = 0;  // in in_
    std::uint16_t default_port_ = 0;
    url_octet_set host_seen_ = 0;  // the classes of octets in host and port
    bool has_authority_ = false;
    bool as_is_ = false;  // path and query
};

}  // namespace XFER_NAMESPACE::detail
