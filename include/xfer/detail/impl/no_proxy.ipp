// Reading the entries of NO_PROXY, and comparing hosts with them.
#pragma once

#include <xfer/detail/idn.hpp>
#include <xfer/detail/ip_text.hpp>
#include <xfer/detail/no_proxy.hpp>
#include <xfer/detail/octets.hpp>
#include <xfer/url.hpp>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace XFER_NAMESPACE::detail {

/// The whole text as a number up to `max`; nullopt when it is anything else.
[[nodiscard]] inline std::optional<unsigned> whole_number(
    std::string_view text, unsigned max
) noexcept {
    unsigned value = 0;
    const char* const end = text.data() + text.size();
    const auto [at, failed] = std::from_chars(text.data(), end, value);
    if (text.empty() || failed != std::errc() || at != end || value > max) {
        return std::nullopt;
    }
    return value;
}

[[nodiscard]] inline std::span<const std::uint8_t> octets_of(const ip_octets& address
) noexcept {
    if (const auto* v4 = std::get_if<ipv4_octets>(&address)) {
        return *v4;
    }
    const auto* v6 = std::get_if<ipv6_octets>(&address);
    return v6 != nullptr ? std::span<const std::uint8_t>(*v6)
                         : std::span<const std::uint8_t>();
}

/// Whether two addresses of one kind have the same first `bits` bits.
[[nodiscard]] inline bool same_network(
    const ip_octets& a, const ip_octets& b, unsigned bits
) noexcept {
    if (a.index() != b.index()) return false;
    const auto left = octets_of(a);
    const auto right = octets_of(b);
    const std::size_t whole = bits / 8;
    const auto common = left.first(whole);
    if (!std::equal(common.begin(), common.end(), right.begin())) return false;
    const unsigned rest = bits % 8;
    return rest == 0 || ((left[whole] ^ right[whole]) >> (8U - rest)) == 0;
}

/// Whether `name` lies below `domain`, both without a dot at the end.
[[nodiscard]] inline bool is_below(
    std::string_view name, std::string_view domain
) noexcept {
    if (name.size() <= domain.size()) return false;
    const std::size_t dot = name.size() - domain.size() - 1;
    return name[dot] == '.' && name.substr(dot + 1) == domain;
}

struct no_proxy::entries {
    struct everything {
        [[nodiscard]] bool operator==(const everything&) const = default;
    };
    struct domain {
        std::string name;  // in lower case, without dots at its ends
        bool itself;       // or only what is below it
        [[nodiscard]] bool operator==(const domain&) const = default;
    };
    struct network {
        ip_octets address;
        unsigned bits;
        [[nodiscard]] bool operator==(const network&) const = default;
    };
    struct entry {
        std::variant<everything, domain, network> what;
        std::uint16_t port = 0;  // 0: any
        [[nodiscard]] bool operator==(const entry&) const = default;
    };

    XFER_DECL void add(std::string_view text);
    XFER_DECL void add_domain(std::string_view text, std::uint16_t port);
    [[nodiscard]] XFER_DECL bool add_network(std::string_view text, std::uint16_t port);

    std::vector<entry> all;
};

XFER_DECL no_proxy::no_proxy(std::string_view list) {
    constexpr std::string_view separators = ", \t\r\n";
    entries read;
    while (!list.empty()) {
        const std::size_t end = std::min(list.find_first_of(separators), list.size());
        read.add(list.substr(0, end));
        list.remove_prefix(std::min(end + 1, list.size()));
    }
    if (!read.all.empty()) list_ = std::make_shared<const entries>(std::move(read));
}

XFER_DECL void no_proxy::entries::add(std::string_view text) {
    // First, as the colons of an IPv6 address are those of no port.
    if (text.empty() || add_network(text, 0)) return;
    const std::size_t colon = text.rfind(':');
    const std::string_view host = text.substr(0, colon);
    std::uint16_t port = 0;
    if (colon != std::string_view::npos) {
        const auto number = whole_number(text.substr(colon + 1), 65535);
        const bool bare_ipv6 = host.find(':') != host.npos && host.front() != '[';
        if (!number || *number == 0 || bare_ipv6 || host.find('/') != host.npos) return;
        port = static_cast<std::uint16_t>(*number);
    }
    if (host == "*") {
        all.push_back({everything{}, port});
    } else if (port == 0 || !add_network(host, port)) {
        add_domain(host, port);
    }
}

/// An address or a network; false when the text is neither.
XFER_DECL bool no_proxy::entries::add_network(
    std::string_view text, std::uint16_t port
) {
    const std::size_t slash = text.find('/');
    std::string_view address_text = text.substr(0, slash);
    const bool brackets = address_text.starts_with('[') && address_text.ends_with(']');
    if (brackets) {
        address_text = address_text.substr(1, address_text.size() - 2);
    }
    const auto address = parse_ip(address_text);
    if (!address) return false;
    const bool v6 = std::holds_alternative<ipv6_octets>(*address);
    if (brackets && !v6) return false;
    unsigned bits = v6 ? 128 : 32;
    if (slash != std::string_view::npos) {
        const auto written = whole_number(text.substr(slash + 1), bits);
        if (!written) return false;
        bits = *written;
    }
    all.push_back({network{*address, bits}, port});
    return true;
}

/// In the form in which the host of a URL is; what could not be one is left out.
XFER_DECL void no_proxy::entries::add_domain(
    std::string_view text, std::uint16_t port
) {
    const bool below_only = text.starts_with("*.");
    if (below_only) {
        text.remove_prefix(2);
    } else if (text.starts_with('.')) {
        text.remove_prefix(1);
    }
    std::string name;
    const bool ascii = std::none_of(text.begin(), text.end(), [](char c) {
        return static_cast<unsigned char>(c) >= 0x80;
    });
    if (ascii) {
        name = text;
    } else if (!host_to_ascii(text, name)) {
        return;
    }
    std::transform(name.begin(), name.end(), name.begin(), to_lower);
    if (name.ends_with('.')) name.pop_back();
    const bool dots = name.starts_with('.') || name.ends_with('.') ||
                      name.find("..") != std::string::npos;
    // What ends in a number is a wrong address: no host of a URL is a name like that.
    if (name.empty() || dots || ends_in_number(name) ||
        name.find_first_of("*/:[]%@") != std::string::npos) {
        return;
    }
    all.push_back({domain{std::move(name), !below_only}, port});
}

XFER_DECL bool no_proxy::matches(const url& target) const {
    if (empty() || target.host_kind() == host_kind::none) return false;
    const bool is_name = target.host_kind() == host_kind::name;
    const std::string_view name = target.server_name();
    const auto address = is_name ? std::nullopt : parse_ip(target.host());
    return std::any_of(
        list_->all.begin(),
        list_->all.end(),
        [&](const entries::entry& e) {
            if (e.port != 0 && e.port != target.port()) return false;
            if (std::holds_alternative<entries::everything>(e.what)) return true;
            if (const auto* const net = std::get_if<entries::network>(&e.what)) {
                return address && same_network(*address, net->address, net->bits);
            }
            const auto& wanted = std::get<entries::domain>(e.what);
            return is_name && ((wanted.itself && name == wanted.name) ||
                               is_below(name, wanted.name));
        }
    );
}

XFER_DECL bool no_proxy::operator==(const no_proxy& other) const {
    if (empty() || other.empty()) return empty() == other.empty();
    return list_ == other.list_ || list_->all == other.list_->all;
}

}  // namespace XFER_NAMESPACE::detail
