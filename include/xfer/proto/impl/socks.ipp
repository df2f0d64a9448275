// SOCKS, octet by octet: however the replies are cut, the same comes out.
#pragma once

#include <xfer/proto/socks.hpp>

#include <algorithm>
#include <utility>

namespace XFER_NAMESPACE::proto {
namespace detail_socks {

inline constexpr std::uint8_t method_none = 0;
inline constexpr std::uint8_t method_gssapi = 1;
inline constexpr std::uint8_t method_password = 2;

template <std::size_t N>
inline void append_octets(std::string& to, const std::array<std::uint8_t, N>& octets) {
    for (const std::uint8_t octet : octets) to += static_cast<char>(octet);
}

inline void append_port(std::string& to, std::uint16_t port) {
    to += static_cast<char>(static_cast<std::uint8_t>(port >> 8U));
    to += static_cast<char>(static_cast<std::uint8_t>(port & 0xffU));
}

/// RFC 1928 6.
inline std::string_view describe_reply(std::uint8_t code) noexcept {
    switch (code) {
        case 1:
            return "the SOCKS5 proxy reports a general failure";
        case 2:
            return "the SOCKS5 proxy's rules do not allow this connection";
        case 3:
            return "the SOCKS5 proxy finds the network unreachable";
        case 4:
            return "the SOCKS5 proxy finds the host unreachable, or no such name";
        case 5:
            return "the SOCKS5 proxy's connection to the host was refused";
        case 6:
            return "the SOCKS5 proxy's connection to the host ran out of hops (TTL)";
        case 7:
            return "the SOCKS5 proxy does not know the command CONNECT";
        case 8:
            return "the SOCKS5 proxy does not take addresses of this kind";
        default:
            return "the SOCKS5 proxy refused for a reason that RFC 1928 does not know";
    }
}

inline std::string_view describe_reply4(std::uint8_t code) noexcept {
    switch (code) {
        case 91:
            return "the SOCKS4 proxy rejected the connection, or it failed";
        case 92:
            return "the SOCKS4 proxy cannot reach an identd on this machine";
        case 93:
            return "the SOCKS4 proxy has another user id from identd than was sent";
        default:
            return "the SOCKS4 proxy refused for a reason that SOCKS4 does not know";
    }
}

inline std::string_view describe_method(std::uint8_t method, bool has_login) noexcept {
    if (method == method_gssapi) {
        return "the SOCKS5 proxy wants GSSAPI, which was not offered";
    }
    if (method != 0xff) return "the SOCKS5 proxy wants a method that was not offered";
    return has_login ? "the SOCKS5 proxy takes neither no authentication nor a password"
                     : "the SOCKS5 proxy wants authentication: give it a user and a "
                       "password";
}

/// The text as what SOCKS can carry.
inline refusal check_text(
    std::optional<std::string_view> text, socks_text& out, std::string_view too_long
) noexcept {
    if (!text) return {};
    if (text->size() > socks_text::max_size) {
        return {error::proxy_name_too_long, too_long};
    }
    const auto checked = socks_text::from(*text);
    if (!checked) return {error::invalid_argument, "a text for SOCKS has a NUL"};
    out = *checked;
    return {};
}

/// Whether such a proxy can be asked for that at all; `name` if it is one.
inline refusal check_destination(
    const proxy& through, const socks_destination& to, socks_text& name
) noexcept {
    if (through.is_http()) return {error::invalid_argument, "this is no SOCKS proxy"};
    if (to.port == 0) {
        return {error::invalid_argument, "port 0 cannot be connected to"};
    }
    if (const auto* const host = std::get_if<std::string_view>(&to.host)) {
        if (!through.resolves_names() || host->empty()) {
            return {error::invalid_argument, "this SOCKS proxy needs an address"};
        }
        return check_text(
            *host,
            name,
            "SOCKS takes host names of up to 255 octets, and this one is longer"
        );
    }
    const bool v5 =
        through.kind() == proxy_kind::socks5 || through.kind() == proxy_kind::socks5h;
    if (!v5 && std::holds_alternative<detail::ipv6_octets>(to.host)) {
        return {
            error::proxy_handshake_failed,
            "SOCKS4 has no IPv6 addresses: use a SOCKS5 proxy"};
    }
    return {};
}

}  // namespace detail_socks

XFER_DECL socks_destination socks_destination_of(const url& target) {
    const auto address = target.host_kind() == host_kind::name
                             ? std::nullopt
                             : detail::parse_ip(target.host());
    socks_host host = target.host();
    if (address) {
        std::visit([&host](const auto& octets) { host = octets; }, *address);
    }
    return {host, target.port()};
}

XFER_DECL socks_client::socks_client(
    const proxy& through, const socks_destination& to
) {
    failure_ = begin(through, to);
}

XFER_DECL refusal
socks_client::begin(const proxy& through, const socks_destination& to) {
    const bool v4 =
        through.kind() == proxy_kind::socks4 || through.kind() == proxy_kind::socks4a;
    socks_text name, user, password;
    if (refusal bad = detail_socks::check_destination(through, to, name)) return bad;
    if (refusal bad = detail_socks::check_text(
            through.user(),
            user,
            "SOCKS takes a user of up to 255 octets, and this one is longer"
        )) {
        return bad;
    }
    if (v4) {
        begin_v4(to, name, user);
        return {};
    }
    if (refusal bad = detail_socks::check_text(
            through.password(),
            password,
            "SOCKS takes a password of up to 255 octets, and this one is longer"
        )) {
        return bad;
    }
    has_login_ = through.user().has_value();
    if (has_login_) {
        login_ = '\x01';  // the version of RFC 1929
        login_ += user.size_octet();
        login_ += user.view();
        login_ += password.size_octet();
        login_ += password.view();
    }
    begin_v5(to, name);
    return {};
}

XFER_DECL void socks_client::begin_v4(
    const socks_destination& to, socks_text name, socks_text user
) {
    std::string out("\x04\x01", 2);  // version, CONNECT
    detail_socks::append_port(out, to.port);
    const auto* const address = std::get_if<detail::ipv4_octets>(&to.host);
    // An address that cannot be is the mark of SOCKS4a: a name follows.
    const detail::ipv4_octets mark{0, 0, 0, 1};
    detail_socks::append_octets(out, address != nullptr ? *address : mark);
    out += user.view();
    out += '\0';
    if (address == nullptr) {
        out += name.view();
        out += '\0';
    }
    send_next(std::move(out), step::reply4);
}

/// RFC 1928 3 and 4.
XFER_DECL void socks_client::begin_v5(const socks_destination& to, socks_text name) {
    connect_.assign("\x05\x01\x00", 3);  // version, CONNECT, reserved
    if (const auto* const v4 = std::get_if<detail::ipv4_octets>(&to.host)) {
        connect_ += '\x01';
        detail_socks::append_octets(connect_, *v4);
    } else if (const auto* const v6 = std::get_if<detail::ipv6_octets>(&to.host)) {
        connect_ += '\x04';
        detail_socks::append_octets(connect_, *v6);
    } else {
        connect_ += '\x03';
        connect_ += name.size_octet();
        connect_ += name.view();
    }
    detail_socks::append_port(connect_, to.port);

    std::string greeting("\x05", 1);
    greeting += has_login_ ? '\x02' : '\x01';  // how many methods
    greeting += static_cast<char>(detail_socks::method_none);
    if (has_login_) greeting += static_cast<char>(detail_socks::method_password);
    send_next(std::move(greeting), step::method);
}

XFER_DECL void socks_client::sent(std::size_t octets) {
    if (state_ != socks_state::send) return;
    sent_ += std::min(octets, output_.size() - sent_);
    if (sent_ < output_.size()) return;
    output_.clear();
    sent_ = 0;
    state_ = socks_state::receive;
}

XFER_DECL void socks_client::feed(std::string_view octets) {
    for (const char c : octets) {
        if (state_ == socks_state::failed) return;
        if (state_ == socks_state::receive) {
            take(static_cast<std::uint8_t>(c));
        } else if (state_ == socks_state::send) {
            fail("the SOCKS proxy sent octets that nobody asked for");
        } else {
            fail("the SOCKS proxy sent octets behind its last reply");
        }
    }
}

XFER_DECL void socks_client::feed_end() {
    if (state_ == socks_state::failed || state_ == socks_state::established) return;
    fail(
        at_ == 0 && step_ != step::rest && step_ != step::name_size
            ? "the SOCKS proxy closed the connection without a reply"
            : "the SOCKS proxy closed the connection in the middle of a reply"
    );
}

XFER_DECL void socks_client::take(std::uint8_t octet) {
    switch (step_) {
        case step::method:
            return take_method(octet);
        case step::credentials:
            return take_credentials(octet);
        case step::head:
            return take_head(octet);
        case step::name_size:
            return expect(step::rest, std::size_t{octet} + 2);
        case step::rest:
            if (--left_ == 0) state_ = socks_state::established;
            return;
        case step::reply4:
            return take_reply4(octet);
    }
}

XFER_DECL void socks_client::take_method(std::uint8_t octet) {
    if (at_++ == 0) {
        if (octet != 5) fail("no SOCKS5 proxy answered");
        return;
    }
    if (octet == detail_socks::method_none) {
        return send_next(std::move(connect_), step::head);
    }
    if (octet == detail_socks::method_password && has_login_) {
        return send_next(std::move(login_), step::credentials);
    }
    fail(detail_socks::describe_method(octet, has_login_));
}

XFER_DECL void socks_client::take_credentials(std::uint8_t octet) {
    if (at_++ == 0) {
        if (octet == 1) return;
        return fail("the SOCKS5 proxy answered to user and password in a wrong version"
        );
    }
    if (octet == 0) return send_next(std::move(connect_), step::head);
    fail("the SOCKS5 proxy does not accept the user and password: correct them");
}

XFER_DECL void socks_client::take_head(std::uint8_t octet) {
    switch (at_++) {
        case 0:
            if (octet != 5) {
                fail("the SOCKS5 proxy's reply has a wrong version");
            }
            return;
        case 1:
            // A refusal is one at once: many proxies close without the rest.
            if (octet != 0) {
                fail(detail_socks::describe_reply(octet));
            }
            return;
        case 2:
            return;  // reserved; proxies that leave something in it do no harm
        default:
            break;
    }
    switch (octet) {
        case 1:
            return expect(step::rest, 4 + 2);
        case 3:
            return expect(step::name_size, 1);
        case 4:
            return expect(step::rest, 16 + 2);
        default:
            return fail("the SOCKS5 proxy's reply has an address of an unknown kind");
    }
}

XFER_DECL void socks_client::take_reply4(std::uint8_t octet) {
    constexpr std::uint8_t granted = 90;
    switch (at_++) {
        case 0:
            if (octet != 0) {
                fail("no SOCKS4 proxy answered");
            }
            return;
        case 1:
            if (octet != granted) {
                return fail(detail_socks::describe_reply4(octet));
            }
            return expect(step::rest, 6);
        default:
            return;
    }
}

XFER_DECL void socks_client::send_next(std::string octets, step then) {
    output_ = std::move(octets);
    sent_ = 0;
    state_ = socks_state::send;
    expect(then, 0);
}

XFER_DECL void socks_client::expect(step next, std::size_t octets) noexcept {
    step_ = next;
    at_ = 0;
    left_ = octets;
}

XFER_DECL void socks_client::fail(std::string_view why) noexcept {
    state_ = socks_state::failed;
    output_.clear();
    sent_ = 0;
    failure_ = {error::proxy_handshake_failed, why};
}

}  // namespace XFER_NAMESPACE::proto
