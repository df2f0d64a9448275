// An IP address as a value, and what kind of network it belongs to.
#pragma once

#include <xfer/config.hpp>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace XFER_NAMESPACE {

/// An IPv4 or IPv6 address, without port and zone. Small, and owns nothing.
class ip_address {
 public:
    /// Octets in network order.
    using v4_octets = std::array<std::uint8_t, 4>;
    /// Octets in network order.
    using v6_octets = std::array<std::uint8_t, 16>;

    /// 0.0.0.0.
    ip_address() noexcept : octets_(v4_octets{}) {}
    /// The IPv4 address of these octets.
    explicit ip_address(const v4_octets& octets) noexcept : octets_(octets) {}
    /// The IPv6 address of these octets.
    explicit ip_address(const v6_octets& octets) noexcept : octets_(octets) {}

    /// Reads four decimal numbers, or an IPv6 address without brackets and zone. No
    /// other form of an IPv4 address (octal, hexadecimal, shorter) is one.
    [[nodiscard]] XFER_DECL static std::optional<ip_address> parse(std::string_view text
    );

    /// Whether it is an IPv4 address.
    [[nodiscard]] bool is_v4() const noexcept { return v4() != nullptr; }
    /// The octets of an IPv4 address, otherwise null.
    [[nodiscard]] const v4_octets* v4() const noexcept {
        return std::get_if<v4_octets>(&octets_);
    }
    /// The octets of an IPv6 address, otherwise null.
    [[nodiscard]] const v6_octets* v6() const noexcept {
        return std::get_if<v6_octets>(&octets_);
    }
    /// The IPv4 address that an IPv4-mapped one (RFC 4291 2.5.5.2) stands for; any
    /// other as it is.
    [[nodiscard]] XFER_DECL ip_address unmapped() const noexcept;
    /// In dotted decimal, or in the form of RFC 5952.
    [[nodiscard]] XFER_DECL std::string str() const;

    /// Whether kind and octets are the same.
    [[nodiscard]] XFER_DECL bool operator==(const ip_address&) const;

 private:
    std::variant<v4_octets, v6_octets> octets_;
};

/// Whether an address is one of the internet at large: what a program that fetches URLs
/// of strangers may connect to, as in `network().address_filter(is_public_address)`.
/// False for loopback, private, shared (100.64.0.0/10), link-local (169.254.169.254 and
/// its like among them), unique local, multicast, broadcast, unspecified, reserved and
/// documentation addresses, for 6to4 and Teredo, and for all of IPv6 outside 2000::/3.
/// An IPv4-mapped address, and one of 64:ff9b::/96 (RFC 6052), are as public as the
/// IPv4 address inside.
[[nodiscard]] XFER_DECL bool is_public_address(const ip_address& address) noexcept;

/// Whether an address is this machine's own: 127.0.0.0/8, ::1, and the former mapped.
[[nodiscard]] XFER_DECL bool is_loopback_address(const ip_address& address) noexcept;

}  // namespace XFER_NAMESPACE

#ifndef XFER_SEPARATE_COMPILATION
#include <xfer/impl/ip_address.ipp>
#endif
