// The client's side of SOCKS4, SOCKS4a and SOCKS5 (RFC 1928, 1929), without I/O.
#pragma once

#include <xfer/config.hpp>
#include <xfer/detail/ip_text.hpp>
#include <xfer/proto/refusal.hpp>
#include <xfer/proxy.hpp>
#include <xfer/url.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace XFER_NAMESPACE::proto {

/// A text that SOCKS carries behind one octet of length: 0 to 255 octets, no NUL, as
/// SOCKS4 ends its texts by one. Longer ones cannot be held, so nothing can be cut off.
/// It owns nothing.
class socks_text {
 public:
    static constexpr std::size_t max_size = 255;

    constexpr socks_text() noexcept = default;
    [[nodiscard]] static constexpr std::optional<socks_text> from(std::string_view text
    ) noexcept {
        if (text.size() > max_size || text.find('\0') != text.npos) return std::nullopt;
        return socks_text(text);
    }
    [[nodiscard]] constexpr std::string_view view() const noexcept { return text_; }
    /// Its octet of length.
    [[nodiscard]] constexpr char size_octet() const noexcept {
        return static_cast<char>(static_cast<std::uint8_t>(text_.size()));
    }

 private:
    explicit constexpr socks_text(std::string_view text) noexcept : text_(text) {}

    std::string_view text_;
};

/// Where the proxy shall connect to: an address, or a name that it looks up.
using socks_host =
    std::variant<detail::ipv4_octets, detail::ipv6_octets, std::string_view>;

struct socks_destination {
    socks_host host;
    std::uint16_t port;
};

/// The host and port of a URL, as they stand in it: an address as an address. A zone is
/// left out, it means nothing elsewhere. Valid as long as the URL.
[[nodiscard]] XFER_DECL socks_destination socks_destination_of(const url& target);

/// What a socks_client waits for.
enum class socks_state : std::uint8_t {
    send,         ///< output() is to be sent
    receive,      ///< feed() wants octets
    established,  ///< the connection is the origin's from here on
    failed,       ///< see failure()
};

/// One conversation with a SOCKS proxy. What is to be sent is in output(), what was
/// received goes into feed(), in whatever pieces; the caller does both as long as
/// state() says so.
///
///     socks_client socks(proxy, destination);
///     for (;;) switch (socks.state()) {
///         case send: socks.sent(write_some(socks.output())); break;
///         case receive: socks.feed(read_some()); break;    // feed_end() at the end
///         case established: return hand_on();
///         case failed: return socks.failure();
///     }
///
/// SOCKS5 offers to go on without authentication, and user and password if the proxy
/// has a user; never GSSAPI. SOCKS4 sends the user alone.
///
/// Failures, after which the connection is to be closed:
/// - error::proxy_name_too_long: host, user or password are longer than 255 octets.
///   Nothing is sent, and nothing may be looked up here instead (CVE-2023-38545).
/// - error::proxy_handshake_failed: the proxy refused (the sentence says why, from its
///   code), broke the protocol, ended, or sent octets that nobody asked for: behind its
///   last reply they would be taken for the origin's. Or SOCKS4 and an IPv6 address.
/// - error::invalid_argument: no SOCKS proxy; a name for a kind that takes addresses;
/// an
///   empty name; a NUL in name, user or password; port 0.
class socks_client {
 public:
    /// Copies what it needs.
    XFER_DECL socks_client(const proxy& through, const socks_destination& to);

    [[nodiscard]] socks_state state() const noexcept { return state_; }
    /// What is still to be sent; empty unless state() is send.
    [[nodiscard]] std::string_view output() const noexcept {
        return std::string_view(output_).substr(sent_);
    }
    /// The first `octets` of output() have been sent.
    XFER_DECL void sent(std::size_t octets);
    /// Octets from the proxy, all that were read: what is too much is a failure, in
    /// state established as well.
    XFER_DECL void feed(std::string_view octets);
    /// The proxy closed the connection.
    XFER_DECL void feed_end();

    [[nodiscard]] const refusal& failure() const noexcept { return failure_; }

 private:
    /// The reply that is being read, or the part of it.
    enum class step : std::uint8_t {
        method,       // SOCKS5: version, method
        credentials,  // RFC 1929: version, status
        head,         // SOCKS5: version, reply, reserved, kind of address
        name_size,    // SOCKS5: the octet before a name
        rest,         // of the address, and the port: nothing in it matters
        reply4,       // SOCKS4: version, code, and six octets
    };

    XFER_DECL refusal begin(const proxy& through, const socks_destination& to);
    XFER_DECL void begin_v4(
        const socks_destination& to, socks_text name, socks_text user
    );
    XFER_DECL void begin_v5(const socks_destination& to, socks_text name);
    XFER_DECL void take(std::uint8_t octet);
    XFER_DECL void take_method(std::uint8_t octet);
    XFER_DECL void take_credentials(std::uint8_t octet);
    XFER_DECL void take_head(std::uint8_t octet);
    XFER_DECL void take_reply4(std::uint8_t octet);
    XFER_DECL void send_next(std::string octets, step then);
    XFER_DECL void expect(step next, std::size_t octets) noexcept;
    XFER_DECL void fail(std::string_view why) noexcept;

    socks_state state_ = socks_state::failed;
    step step_ = step::method;
    bool has_login_ = false;  // user and password were offered
    std::size_t at_ = 0;      // octets of this step's reply that came
    std::size_t left_ = 0;    // octets until the end, in step rest
    std::string output_;
    std::size_t sent_ = 0;
    std::string connect_;  // SOCKS5: sent once the proxy knows who we are
    std::string login_;    // SOCKS5: the whole message of RFC 1929
    refusal failure_;
};

}  // namespace XFER_NAMESPACE::proto

#ifndef XFER_SEPARATE_COMPILATION
#include <xfer/proto/impl/socks.ipp>
#endif
