// What an HTTP proxy is sent: a CONNECT of its own making, or an origin's request with
// another target. Proxy and origin have different types, so that no field of the one
// reaches the other.
#pragma once

#include <xfer/fields.hpp>
#include <xfer/proto/octets.hpp>
#include <xfer/proto/refusal.hpp>
#include <xfer/url.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace XFER_NAMESPACE::proto {

/// Fields that are meant for a proxy: their names begin with "Proxy-". Nothing else can
/// be in them, an Authorization, a Cookie or a Host least of all. It is not made from
/// `fields`.
class proxy_fields {
 public:
    /// Appends a field. error::invalid_header, and nothing is appended: the name does
    /// not begin with "Proxy-" or is no token, or the value has a control octet.
    [[nodiscard]] XFER_DECL refusal add(std::string_view name, std::string_view value);

    /// The value of Proxy-Authorization, in place of one that was there. Errors as in
    /// add().
    [[nodiscard]] XFER_DECL refusal authorization(std::string_view value);

    /// For the head of a request that the proxy forwards (generated_fields::more).
    [[nodiscard]] const fields& view() const noexcept { return lines_; }

 private:
    fields lines_;
};

/// A CONNECT request (RFC 9110 9.3.6): the origin's host and port, User-Agent, and
/// fields for the proxy. Whatever else the transfer's request holds goes through the
/// tunnel, and has no way into this.
class proxy_request {
 public:
    /// A tunnel to the URL's host and port. Nullopt when it has none. The zone of an
    /// IPv6 address is left out.
    [[nodiscard]] XFER_DECL static std::optional<proxy_request> connect(
        const url& origin
    );

    /// Empty: none.
    proxy_request& user_agent(wire_value value) {
        user_agent_ = value.view();
        return *this;
    }
    proxy_request& with(proxy_fields lines) {
        lines_ = std::move(lines);
        return *this;
    }

    /// host:port, the port always there: the target (RFC 9112 3.2.3) and the Host
    /// field.
    [[nodiscard]] std::string_view target() const noexcept { return target_; }

    /// Appends the head. There is no body.
    XFER_DECL void append_to(std::string& out) const;

 private:
    explicit proxy_request(std::string target) : target_(std::move(target)) {}

    std::string target_;
    std::string user_agent_;
    proxy_fields lines_;
};

/// Appends the target of a request that a proxy forwards, in absolute form (RFC 9112
/// 3.2.2): without user and password, which no url has, without fragment and zone.
XFER_DECL void append_absolute_target(std::string& out, const url& target);

}  // namespace XFER_NAMESPACE::proto

#ifndef XFER_SEPARATE_COMPILATION
#include <xfer/proto/impl/proxy_request.ipp>
#endif
