// Reading addresses, and the networks that are set apart (the IANA special-purpose
// registries, RFC 6890).
#pragma once

#include <xfer/detail/ip_text.hpp>
#include <xfer/ip_address.hpp>

#include <algorithm>
#include <cstddef>
#include <span>

namespace XFER_NAMESPACE {
namespace detail {

/// A network: the address begins with the first `bits` bits of `octets`.
template <std::size_t N>
struct ip_network {
    std::array<std::uint8_t, N> octets;
    unsigned bits;

    [[nodiscard]] constexpr bool holds(const std::array<std::uint8_t, N>& a
    ) const noexcept {
        for (unsigned bit = 0; bit < bits; ++bit) {
            const unsigned differs = unsigned(octets[bit / 8]) ^ a[bit / 8];
            if (((differs << (bit % 8)) & 0x80U) != 0) {
                return false;
            }
        }
        return true;
    }
};

inline constexpr ip_network<4> special_v4[] = {
    {{0}, 8},              // this network; 0.0.0.0 connects to this machine
    {{10}, 8},             // private
    {{100, 64}, 10},       // shared by the customers of a provider
    {{127}, 8},            // loopback
    {{169, 254}, 16},      // link-local, where clouds keep their metadata
    {{172, 16}, 12},       // private
    {{192, 0, 0}, 24},     // protocol assignments
    {{192, 0, 2}, 24},     // documentation
    {{192, 88, 99}, 24},   // 6to4 relays
    {{192, 168}, 16},      // private
    {{198, 18}, 15},       // benchmarks
    {{198, 51, 100}, 24},  // documentation
    {{203, 0, 113}, 24},   // documentation
    {{224}, 3},            // multicast, reserved, broadcast
};

inline constexpr ip_network<16> global_v6{{0x20}, 3};
inline constexpr ip_network<16> special_v6[] = {
    {{0x20, 0x01, 0x00}, 23},        // protocol assignments, Teredo
    {{0x20, 0x01, 0x0d, 0xb8}, 32},  // documentation
    {{0x20, 0x02}, 16},              // 6to4
    {{0x3f, 0xff, 0x00}, 20},        // documentation
};
/// NAT64: an IPv4 address is reached through it.
inline constexpr ip_network<16> translated_v6{{0x00, 0x64, 0xff, 0x9b}, 96};
inline constexpr ip_network<16> mapped_v6{
    {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff}, 96};

inline ip_address::v4_octets last_four(const ip_address::v6_octets& from) noexcept {
    ip_address::v4_octets to{};
    std::copy_n(from.end() - to.size(), to.size(), to.begin());
    return to;
}

template <std::size_t N>
bool any_holds(
    std::span<const ip_network<N>> networks, const std::array<std::uint8_t, N>& a
) noexcept {
    return std::ranges::any_of(networks, [&](const auto& n) { return n.holds(a); });
}

}  // namespace detail

XFER_DECL std::optional<ip_address> ip_address::parse(std::string_view text) {
    const auto octets = detail::parse_ip(text);
    if (!octets) {
        return std::nullopt;
    }
    return std::visit([](const auto& o) { return ip_address(o); }, *octets);
}

XFER_DECL ip_address ip_address::unmapped() const noexcept {
    const auto* six = v6();
    return six != nullptr && detail::mapped_v6.holds(*six)
               ? ip_address(detail::last_four(*six))
               : *this;
}

XFER_DECL std::string ip_address::str() const {
    std::string text;
    detail::append_ip(text, octets_);
    return text;
}

XFER_DECL bool is_public_address(const ip_address& address) noexcept {
    const auto inner = address.unmapped();
    if (const auto* four = inner.v4()) {
        return !detail::any_holds<4>(detail::special_v4, *four);
    }
    const auto& six = *inner.v6();
    if (detail::translated_v6.holds(six)) {
        return is_public_address(ip_address(detail::last_four(six)));
    }
    return detail::global_v6.holds(six) &&
           !detail::any_holds<16>(detail::special_v6, six);
}

XFER_DECL bool is_loopback_address(const ip_address& address) noexcept {
    const auto inner = address.unmapped();
    if (const auto* four = inner.v4()) {
        return four->front() == 127;
    }
    ip_address::v6_octets loopback{};
    loopback.back() = 1;
    return *inner.v6() == loopback;
}

XFER_DECL bool ip_address::operator==(const ip_address&) const = default;

}  // namespace XFER_NAMESPACE
