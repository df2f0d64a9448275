// Reading the text of a proxy. The one URL parser reads it; here it is only understood.
#pragma once

#include <xfer/detail/impl/url_reader.ipp>
#include <xfer/detail/octets.hpp>
#include <xfer/error.hpp>
#include <xfer/proxy.hpp>

#include <charconv>
#include <cstddef>
#include <utility>

namespace XFER_NAMESPACE {
namespace detail {

[[nodiscard]] inline std::optional<proxy_kind> proxy_kind_of(std::string_view scheme
) noexcept {
    if (iequals(scheme, "socks")) return proxy_kind::socks4;
    for (unsigned kind = 0; kind <= unsigned(proxy_kind::socks5h); ++kind) {
        if (iequals(scheme, to_string(proxy_kind(kind)))) return proxy_kind(kind);
    }
    return std::nullopt;
}

[[nodiscard]] inline std::error_code refuse_proxy(
    parsed_proxy& out, error code, std::string_view why
) {
    out.target = proxy();
    out.why = "the proxy cannot be used: ";
    out.why += why;
    return code;
}

}  // namespace detail

XFER_DECL std::string_view to_string(proxy_kind kind) noexcept {
    switch (kind) {
        case proxy_kind::http:
            return "http";
        case proxy_kind::https:
            return "https";
        case proxy_kind::socks4:
            return "socks4";
        case proxy_kind::socks4a:
            return "socks4a";
        case proxy_kind::socks5:
            return "socks5";
        case proxy_kind::socks5h:
            return "socks5h";
    }
    return "unknown";
}

/// What is wrong with the path, nothing when it is fine or is not looked at.
XFER_DECL std::string_view proxy::take_unix_path(const parsed_url& from, proxy& made) {
    const std::string_view path = from.target.path();
    if (made.is_http() || from.target.host() != "localhost" || path.size() < 2) {
        return {};
    }
    if (from.target.has_explicit_port()) {
        return "a unix socket has no port: leave out the port or the path";
    }
    for (std::size_t i = 0; i < path.size(); ++i) {
        char octet = path[i];
        if (octet == '%') {
            octet = static_cast<char>(detail::percent_value(path.substr(i)));
            i += 2;
        }
        if (octet == '\0') return "the path of a unix socket has a NUL: correct it";
        made.unix_path_ += octet;
    }
    return {};
}

XFER_DECL std::error_code proxy::parse(std::string_view text, parsed_proxy& out) {
    constexpr std::string_view mark = "://";
    const std::size_t scheme_end = text.find(mark);
    const bool has_scheme = scheme_end != std::string_view::npos;
    const auto kind = detail::proxy_kind_of(
        has_scheme ? text.substr(0, scheme_end) : std::string_view("http")
    );
    if (!kind) {
        return detail::refuse_proxy(
            out,
            error::scheme_unsupported,
            "its scheme is none of http, https, socks4, socks4a, socks5 and socks5h"
        );
    }
    // A scheme without a port of its own, as those of a proxy are not those of a URL.
    std::string whole = "proxy";
    if (!has_scheme) whole += mark;
    whole += text.substr(has_scheme ? scheme_end : 0);
    parsed_url read;
    if (url::parse(whole, read)) {
        return detail::refuse_proxy(out, error::invalid_option, read.why);
    }
    if (read.target.host_kind() == xfer::host_kind::none) {
        return detail::refuse_proxy(
            out, error::invalid_option, "it has no host: write it as in proxy.test:3128"
        );
    }
    if (read.target.query() || read.target.fragment() ||
        read.target.path().find('@') != std::string_view::npos) {
        return detail::refuse_proxy(
            out,
            error::invalid_option,
            "percent-encode / ? # and @ in its user and password"
        );
    }
    proxy made;
    made.kind_ = *kind;
    const std::string_view bad = take_unix_path(read, made);
    if (!bad.empty()) return detail::refuse_proxy(out, error::invalid_option, bad);
    if (made.unix_path_.empty()) {
        const std::uint16_t usual = *kind == proxy_kind::https ? 443 : 1080;
        made.host_ = read.target.host();
        made.host_kind_ = read.target.host_kind();
        made.zone_ = read.target.zone();
        made.port_ = read.target.has_explicit_port() ? read.target.port() : usual;
    }
    made.user_ = std::move(read.user);
    made.password_ = std::move(read.password);
    out.target = std::move(made);
    out.why.clear();
    return {};
}

XFER_DECL proxy& proxy::credentials(std::string user, std::string password) {
    user_ = std::move(user);
    password_ = std::move(password);
    return *this;
}

XFER_DECL std::string proxy::str() const {
    if (empty()) return {};
    std::string out(to_string(kind_));
    out += "://";
    if (!unix_path_.empty()) {
        out += "localhost";
        for (const char c : unix_path_) {
            const auto fine = detail::url_octet_unreserved | detail::url_octet_slash;
            if ((detail::url_octet_class(c) & fine) != 0) {
                out += c;
            } else {
                detail::append_percent(out, static_cast<unsigned char>(c));
            }
        }
        return out;
    }
    const bool brackets = host_kind_ == xfer::host_kind::ipv6;
    if (brackets) out += '[';
    out += host_;
    if (!zone_.empty()) out += "%25" + zone_;
    if (brackets) out += ']';
    out += ':';
    char digits[5];
    const auto end = std::to_chars(digits, digits + sizeof digits, port_).ptr;
    out.append(digits, end);
    return out;
}

XFER_DECL bool proxy::operator==(const proxy&) const = default;

}  // namespace XFER_NAMESPACE
