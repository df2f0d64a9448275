// A proxy as a value: how it is spoken to, where it is, and who we are to it.
#pragma once

#include <xfer/config.hpp>
#include <xfer/url.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

namespace XFER_NAMESPACE {

/// What a proxy speaks. The order is that of curl's schemes.
enum class proxy_kind : std::uint8_t {
    http,     ///< HTTP: forwards http requests, tunnels all else by CONNECT
    https,    ///< the same inside TLS
    socks4,   ///< SOCKS4: IPv4 addresses that were looked up here
    socks4a,  ///< SOCKS4a: the proxy looks names up
    socks5,   ///< SOCKS5 (RFC 1928): addresses that were looked up here
    socks5h,  ///< SOCKS5: the proxy looks names up
};

/// The scheme that stands for it in a text: "http" to "socks5h".
[[nodiscard]] XFER_DECL std::string_view to_string(proxy_kind kind) noexcept;

struct parsed_proxy;

/// One proxy (CURLOPT_PROXY, _PROXYTYPE, _PROXYUSERNAME, _PROXYPASSWORD). Two are equal
/// if all of their members are, credentials included: connections through unequal ones
/// are never shared. Nothing prints the password: str() is fit for logs and messages.
class proxy {
 public:
    /// The empty proxy: host() and unix_path() are empty, and it is used by nobody.
    proxy() = default;

    /// Reads `[scheme://][user[:password]@]host[:port][/]`. Without a scheme it is an
    /// HTTP proxy; without a port 1080, or 443 for https. The schemes are those of
    /// proxy_kind; `socks` is socks4, as curl has it. User and password are
    /// percent-decoded. The host is read as in a URL: names, addresses, IPv6 in
    /// brackets with or without a zone.
    ///
    /// For the socks schemes, `socks5h://localhost/run/tor/socks` means the unix socket
    /// of that path, percent-decoded. Any other path is ignored, as by curl, unless it
    /// holds an '@': then it, like a query or a fragment, is the rest of a password in
    /// which a character was not encoded, and refused.
    ///
    /// error::invalid_option: the text is no proxy. error::scheme_unsupported: its
    /// scheme is none of these. `out.why` then says what is wrong and what to do,
    /// without any of the text, and `out.target` is empty.
    [[nodiscard]] XFER_DECL static std::error_code parse(
        std::string_view text, parsed_proxy& out
    );

    /// Whether it is the empty proxy.
    [[nodiscard]] bool empty() const noexcept {
        return host_.empty() && unix_path_.empty();
    }
    /// What it speaks; http for the empty proxy.
    [[nodiscard]] proxy_kind kind() const noexcept { return kind_; }
    /// Whether it is an HTTP proxy, in TLS or not.
    [[nodiscard]] bool is_http() const noexcept { return kind_ <= proxy_kind::https; }
    /// Whether names go to the proxy as they are: no lookup of the origin's name may
    /// happen here then.
    [[nodiscard]] bool resolves_names() const noexcept {
        return kind_ != proxy_kind::socks4 && kind_ != proxy_kind::socks5;
    }

    /// The name in lower case or the address, as url::host(). Empty for a unix socket.
    [[nodiscard]] std::string_view host() const noexcept { return host_; }
    /// What host() is; none for a unix socket.
    [[nodiscard]] xfer::host_kind host_kind() const noexcept { return host_kind_; }
    /// The zone of an IPv6 address; empty when there is none.
    [[nodiscard]] std::string_view zone() const noexcept { return zone_; }
    /// 1 to 65535; 0 for a unix socket.
    [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
    /// The path of a unix socket; empty when it is reached over the network.
    [[nodiscard]] const std::string& unix_path() const noexcept { return unix_path_; }

    /// Absent when the text has no '@'. May be empty.
    [[nodiscard]] const std::optional<std::string>& user() const noexcept {
        return user_;
    }
    /// Absent without a colon in the userinfo. SOCKS4 has no password and ignores it.
    [[nodiscard]] const std::optional<std::string>& password() const noexcept {
        return password_;
    }
    /// Sets both, as they are (CURLOPT_PROXYUSERNAME, _PROXYPASSWORD).
    XFER_DECL proxy& credentials(std::string user, std::string password);

    /// scheme://host:port, or scheme://localhost/path: without user and password.
    [[nodiscard]] XFER_DECL std::string str() const;

    /// Whether all members are equal.
    [[nodiscard]] XFER_DECL bool operator==(const proxy&) const;

 private:
    XFER_DECL static std::string_view take_unix_path(
        const parsed_url& from, proxy& made
    );

    std::string host_;
    std::string zone_;
    std::string unix_path_;
    std::optional<std::string> user_;
    std::optional<std::string> password_;
    std::uint16_t port_ = 0;
    proxy_kind kind_ = proxy_kind::http;
    xfer::host_kind host_kind_ = xfer::host_kind::none;
};

/// What proxy::parse finds in a text.
struct parsed_proxy {
    /// The proxy; empty after an error.
    proxy target;
    /// After an error: what is wrong and what to do. It holds nothing of the text.
    std::string why;
};

}  // namespace XFER_NAMESPACE

#ifndef XFER_SEPARATE_COMPILATION
#include <xfer/impl/proxy.ipp>
#endif
