// The setters of xfer::network: what is bad is noted, and refused before any traffic.
#pragma once

#include <xfer/network.hpp>
#include <xfer/url.hpp>

#include <algorithm>
#include <cstddef>

namespace XFER_NAMESPACE {
namespace detail {

/// A host as a URL has it. `why`: what is wrong with the text.
struct network_host {
    std::string name;
    std::string zone;
    std::string why;
};

/// One trailing dot says that a name is complete, and nothing else here.
inline std::string_view without_dot(std::string_view host) noexcept {
    if (host.ends_with('.')) {
        host.remove_suffix(1);
    }
    return host;
}

/// Reads it with the one parser that reads hosts. An empty text is the empty host.
inline network_host read_host(std::string_view text) {
    network_host out;
    if (text.empty()) {
        return out;
    }
    const bool bare_ipv6 = text.front() != '[' && text.find(':') != text.npos;
    const bool cut_ipv6 = text.front() == '[' && text.back() != ']';
    std::string whole = bare_ipv6 ? "http://[" : "http://";
    whole.append(text).append(bare_ipv6 ? "]/" : "/");
    parsed_url read;
    if (url::parse(std::move(whole), read)) {
        out.why = read.why;
    } else if (cut_ipv6 || read.user || read.target.path() != "/" || read.target.query() || read.target.fragment()) {
        out.why = "it is more than a host";
    } else {
        out.name = without_dot(read.target.host());
        out.zone = read.target.zone();
    }
    return out;
}

/// The addresses of a list; empty when one of them is none.
inline std::vector<ip_address> read_addresses(std::string_view list) {
    constexpr std::string_view blanks = " \t";
    std::vector<ip_address> all;
    while (!list.empty()) {
        const auto end = std::min(list.find(','), list.size());
        auto one = list.substr(0, end);
        list.remove_prefix(std::min(end + 1, list.size()));
        one.remove_prefix(std::min(one.find_first_not_of(blanks), one.size()));
        one = one.substr(0, one.find_last_not_of(blanks) + 1);
        if (one.size() > 2 && one.front() == '[' && one.back() == ']') {
            one = one.substr(1, one.size() - 2);
        }
        const auto address = ip_address::parse(one);
        if (!address) {
            return {};
        }
        all.push_back(*address);
    }
    return all;
}

template <class Rule>
const Rule* find_rule(
    const std::vector<Rule>& rules, std::string_view host, std::uint16_t port
) noexcept {
    const auto found = std::ranges::find_if(rules, [&](const Rule& r) {
        return (r.host.empty() || r.host == without_dot(host)) &&
               (r.port == 0 || r.port == port);
    });
    return found == rules.end() ? nullptr : &*found;
}

/// What Linux takes for the name of an interface, and other systems too.
inline bool is_interface_name(std::string_view name) noexcept {
    constexpr std::size_t longest = 15;
    return !name.empty() && name.size() <= longest &&
           std::ranges::all_of(name, [](char c) {
               return c > ' ' && c != '/' && c != '\x7f';
           });
}

}  // namespace detail

XFER_DECL const std::vector<ip_address>* network_settings::addresses_of(
    std::string_view host, std::uint16_t port
) const noexcept {
    const auto* rule = detail::find_rule(known, host, port);
    return rule == nullptr ? nullptr : &rule->addresses;
}

XFER_DECL const network_settings::detour* network_settings::detour_of(
    std::string_view host, std::uint16_t port
) const noexcept {
    return detail::find_rule(detours, host, port);
}

XFER_DECL const network_settings& network::settings() const noexcept {
    static const network_settings defaults;
    return settings_ ? *settings_ : defaults;
}

XFER_DECL network_settings& network::change() {
    auto copy = std::make_shared<network_settings>(settings());
    settings_ = copy;
    return *copy;
}

XFER_DECL network& network::refuse(std::string why) {
    if (settings().first_error.empty()) {
        change().first_error = std::move(why);
    }
    return *this;
}

XFER_DECL network& network::resolve(
    std::string_view host, std::uint16_t port, std::string_view addresses
) {
    auto read = detail::read_host(host);
    if (!read.why.empty()) {
        return refuse("resolve() was given no host: " + read.why);
    }
    auto all = detail::read_addresses(addresses);
    if (all.empty()) {
        return refuse(
            "resolve() was given no address for '" + read.name +
            "': it takes IP addresses, separated by commas"
        );
    }
    auto& known = change().known;
    auto rule = std::ranges::find_if(known, [&](const auto& k) {
        return k.host == read.name && k.port == port;
    });
    if (rule == known.end()) {
        rule = known.insert(known.end(), {std::move(read.name), port, {}});
    }
    rule->addresses = std::move(all);
    return *this;
}

XFER_DECL network& network::connect_to(
    std::string_view host,
    std::uint16_t port,
    std::string_view to_host,
    std::uint16_t to_port
) {
    auto from = detail::read_host(host);
    auto to = detail::read_host(to_host);
    if (!from.why.empty() || !to.why.empty()) {
        return refuse(
            "connect_to() was given no host: " + (from.why.empty() ? to.why : from.why)
        );
    }
    change().detours.push_back(
        {std::move(from.name), port, std::move(to.name), std::move(to.zone), to_port}
    );
    return *this;
}

XFER_DECL network& network::local_address(std::string_view address) {
    const auto read = detail::read_addresses(address);
    if (read.size() != 1) {
        return refuse("local_address() takes one IP address");
    }
    change().local_address = read.front();
    return *this;
}

XFER_DECL network& network::proxied_client(std::string_view address) {
    const auto read = detail::read_addresses(address);
    if (read.size() != 1) {
        return refuse("proxied_client() takes one IP address");
    }
    change().proxied_client = read.front();
    return *this;
}

XFER_DECL network& network::interface(std::string name) {
    if (!detail::is_interface_name(name)) {
        return refuse(
            "interface() takes the name of an interface: 1 to 15 characters, no blank "
            "and no slash among them"
        );
    }
    change().interface = std::move(name);
    return *this;
}

XFER_DECL network& network::local_ports(std::uint16_t first, std::uint16_t count) {
    if (first == 0 || count == 0 || 65536 - first < count) {
        return refuse(
            "local_ports() takes ports from 1 to 65535, and one or more of them: " +
            std::to_string(count) + " from " + std::to_string(first) + " are not"
        );
    }
    auto& s = change();
    s.first_local_port = first;
    s.local_port_count = count;
    return *this;
}

XFER_DECL network& network::tcp_nodelay(bool on) {
    change().tcp_nodelay = on;
    return *this;
}

XFER_DECL network& network::tcp_keepalive(
    std::chrono::seconds idle, std::chrono::seconds interval
) {
    using std::chrono::seconds;
    constexpr seconds shortest(1);
    constexpr seconds longest(32767);  // of Linux
    if (std::min(idle, interval) < shortest || std::max(idle, interval) > longest) {
        return refuse("tcp_keepalive() takes times from 1 to 32767 seconds");
    }
    auto& s = change();
    s.tcp_keepalive = true;
    s.keepalive_idle = idle;
    s.keepalive_interval = interval;
    return *this;
}

XFER_DECL bool network_settings::known_addresses::operator==(const known_addresses&)
    const = default;
XFER_DECL bool network_settings::detour::operator==(const detour&) const = default;
XFER_DECL bool network_settings::operator==(const network_settings&) const = default;
XFER_DECL bool network::operator==(const network& other) const {
    return settings_ == other.settings_ || settings() == other.settings();
}

}  // namespace XFER_NAMESPACE
