// Networks and proxies out of options.
#include "requests/connections.hpp"

#include "options/letters.hpp"
#include "requests/urls.hpp"

#include <net/if.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace tool {

namespace {

/// Pieces between colons; one in brackets may have colons itself.
std::vector<std::string> split_at_colons(std::string_view text, std::size_t most) {
    std::vector<std::string> pieces(1);
    bool bracketed = false;
    for (const char c : text) {
        if (c == '[' || c == ']') {
            bracketed = c == '[';
        } else if (c == ':' && !bracketed && pieces.size() < most) {
            pieces.emplace_back();
        } else {
            pieces.back() += c;
        }
    }
    return pieces;
}

bool read_port(std::string_view text, std::uint16_t& port) {
    port = 0;
    if (text.empty()) {
        return true;
    }
    const auto end = text.data() + text.size();
    const auto read = std::from_chars(text.data(), end, port);
    return read.ec == std::errc() && read.ptr == end;
}

constexpr std::size_t parts_of_known = 3;

/// Those entries of --resolve that no later -HOST:PORT takes away.
std::vector<std::string> kept_entries(const std::vector<std::string>& entries) {
    const auto parts_of = [](std::string_view text) {
        text.remove_prefix(text.starts_with('+') || text.starts_with('-') ? 1 : 0);
        return split_at_colons(text, parts_of_known);
    };
    std::vector<std::string> kept;
    for (const auto& entry : entries) {
        if (!entry.starts_with('-')) {
            kept.push_back(entry);
            continue;
        }
        const auto gone = parts_of(entry);
        std::erase_if(kept, [&](const std::string& earlier) {
            const auto there = parts_of(earlier);
            return gone.size() > 1 && there.size() > 1 &&
                   same_letters(there[0], gone[0]) && there[1] == gone[1];
        });
    }
    return kept;
}

/// [+]HOST:PORT:ADDRESS[,ADDRESS]...
refusal add_known(const std::string& entry, xfer::network& to) {
    std::string_view text(entry);
    text.remove_prefix(text.starts_with('+') ? 1 : 0);
    constexpr auto parts = parts_of_known;
    auto pieces = split_at_colons(text, parts);
    std::uint16_t port = 0;
    if (pieces.size() < parts || pieces[0].empty() || !read_port(pieces[1], port)) {
        return {
            exit_codes::wrong_syntax,
            "Couldn't parse CURLOPT_RESOLVE entry '" + entry + "'"};
    }
    const std::string any;
    to.resolve(pieces[0] == "*" ? any : pieces[0], port, pieces[2]);
    return {};
}

/// HOST1:PORT1:HOST2:PORT2.
refusal add_detour(const std::string& entry, xfer::network& to) {
    constexpr std::size_t parts = 4;
    const auto pieces = split_at_colons(entry, parts);
    std::uint16_t from = 0;
    std::uint16_t port = 0;
    if (pieces.size() < parts || !read_port(pieces[1], from) ||
        !read_port(pieces[3], port)) {
        return {
            exit_codes::wrong_syntax,
            "--connect-to: '" + entry + "' is not host:port:host:port"};
    }
    to.connect_to(pieces[0], from, pieces[2], port);
    return {};
}

/// The first address of a name, in one family; empty: it has none.
std::string address_of(const std::string& name, int family) {
    addrinfo hints{};
    hints.ai_family = family;
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    if (::getaddrinfo(name.c_str(), nullptr, &hints, &found) != 0) {
        return {};
    }
    std::array<char, NI_MAXHOST> text{};
    const int failed = ::getnameinfo(
        found->ai_addr,
        found->ai_addrlen,
        text.data(),
        text.size(),
        nullptr,
        0,
        NI_NUMERICHOST
    );
    ::freeaddrinfo(found);
    const std::string_view address(text.data());
    return failed != 0 ? std::string()
                       : std::string(address.substr(0, address.find('%')));
}

refusal no_local_end(const std::string& name) {
    return {exit_codes::interface_failed, "Couldn't bind to '" + name + "'"};
}

refusal set_interface(const std::string& name, xfer::network& to) {
    if (name.empty() || name.size() >= IFNAMSIZ) {
        return no_local_end(name);
    }
    to.interface(name);
    return {};
}

/// "if!name", "host!name", or either without a mark: an interface if there is one. A
/// name that is neither is told of by the transfer.
refusal set_local_end(const std::string& text, xfer::network& to) {
    constexpr std::string_view interface_mark = "if!";
    constexpr std::string_view host_mark = "host!";
    if (text.starts_with(interface_mark)) {
        return set_interface(text.substr(interface_mark.size()), to);
    }
    const bool is_host = text.starts_with(host_mark);
    const auto name = text.substr(is_host ? host_mark.size() : 0);
    if (!is_host && ::if_nametoindex(name.c_str()) != 0) {
        to.interface(name);
        return {};
    }
    auto address = address_of(name, AF_INET);
    if (address.empty()) {
        address = address_of(name, AF_INET6);
    }
    if (!address.empty()) {
        to.local_address(address);
        return {};
    }
    return is_host ? no_local_end(name) : set_interface(name, to);
}

/// What the library has no name for is set on the socket itself. As with curl, a
/// system that will not have it is no failure.
void set_on_sockets(const operation& op, xfer::network& to) {
    if (!op.ip_tos && !op.vlan_priority && !op.keepalive_count && !op.tcp_fastopen) {
        return;
    }
    const auto set = [tos = op.ip_tos,
                      priority = op.vlan_priority,
                      count = op.keepalive_count,
                      fast = op.tcp_fastopen](int socket) {
        const auto option = [socket](int level, int name, unsigned value) {
            const int number = static_cast<int>(value);
            static_cast<void>(::setsockopt(socket, level, name, &number, sizeof number)
            );
        };
        if (tos) {
            option(IPPROTO_IP, IP_TOS, *tos);
            option(IPPROTO_IPV6, IPV6_TCLASS, *tos);
        }
        if (priority) {
            option(SOL_SOCKET, SO_PRIORITY, *priority);
        }
        if (count) {
            option(IPPROTO_TCP, TCP_KEEPCNT, *count);
        }
#ifdef TCP_FASTOPEN_CONNECT
        if (fast) {
            option(IPPROTO_TCP, TCP_FASTOPEN_CONNECT, 1);
        }
#else
        static_cast<void>(fast);
#endif
    };
    to.on_socket(set);
}

/// The text of a URL without user and password.
std::string without_user(std::string text) {
    const auto begin = text.find("://") + 3;
    const auto end = std::min(text.find('/', begin), text.size());
    const auto at = text.rfind('@', end);
    if (at != std::string::npos && at > begin) {
        text.erase(begin, at + 1 - begin);
    }
    return text;
}

/// A proxy as the user wrote it. All in front of the last '@' is left out: a password
/// in which a '/' was not encoded is one all the same.
std::string shown_proxy(std::string text) {
    const auto mark = text.find("://");
    const auto begin = mark == std::string::npos ? 0 : mark + 3;
    const auto at = text.rfind('@');
    if (at != std::string::npos && at >= begin) {
        text.erase(begin, at + 1 - begin);
    }
    return text;
}

/// The library's sentence, which begins with what has been said already.
std::string proxy_mistake(std::string_view why) {
    constexpr std::string_view known = "the proxy cannot be used: ";
    why.remove_prefix(why.starts_with(known) ? known.size() : 0);
    return about_it(why);
}

/// `given` is what an option or a variable says, `source` the name of that variable,
/// `text` what was made of it.
refusal check_proxy(
    const std::string& text, const std::string& given, std::string_view source = {}
) {
    if (text.empty()) {
        return {};
    }
    const auto shown = "'" + shown_proxy(given) + "'" + (source.empty() ? "" : " of ") +
                       std::string(source);
    xfer::parsed_proxy parsed;
    const auto ec = xfer::proxy::parse(text, parsed);
    const bool is_scheme_alone = text.ends_with("://");
    if (ec == xfer::error::scheme_unsupported && !is_scheme_alone) {
        return {exit_codes::no_connection, "Unsupported proxy scheme for " + shown};
    }
    if (ec) {
        return {
            exit_codes::no_proxy,
            "Unsupported proxy syntax in " + shown + ": " + proxy_mistake(parsed.why)};
    }
    return {};
}

/// --preproxy, which is SOCKS or nothing.
refusal check_first_proxy(const std::string& given) {
    if (auto refused = check_proxy(given, given)) {
        return refused;
    }
    xfer::parsed_proxy parsed;
    if (!given.empty() && !xfer::proxy::parse(given, parsed) &&
        parsed.target.is_http()) {
        return {
            exit_codes::bad_argument,
            "--preproxy: '" + shown_proxy(given) +
                "' is no SOCKS proxy, as it has to be: write it with socks5h:// or "
                "another of these in front"};
    }
    return {};
}

std::optional<std::string> look_up(const session& s, std::string_view name) {
    const char* const value = s.environment(std::string(name).c_str());
    return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

/// The first of these variables that says something, as curl reads them.
refusal check_variables(
    const operation& op, const session& s, std::span<const std::string_view> names
) {
    for (const auto name : names) {
        if (const auto value = look_up(s, name); value && !value->empty()) {
            return check_proxy(proxy_text(op, *value), *value, name);
        }
    }
    return {};
}

}  // namespace

refusal chosen_proxies::check(const xfer::url& target) const {
    return rules.choose(target).ec ? (target.scheme() == "http" ? http : https)
                                   : refusal();
}

xfer::proxy chosen_proxies::first(const operation& op, const xfer::url& target) const {
    auto choice = rules.choose(target);
    xfer::parsed_proxy before;
    if (!choice.excepted && !op.preproxy.empty() &&
        !xfer::proxy::parse(op.preproxy, before)) {
        return std::move(before.target);
    }
    return choice.via ? std::move(*choice.via) : xfer::proxy();
}

refusal network_of(const operation& op, xfer::network& made) {
    for (const auto& entry : kept_entries(op.resolve)) {
        if (auto refused = add_known(entry, made)) {
            return refused;
        }
    }
    for (const auto& entry : op.connect_to) {
        if (auto refused = add_detour(entry, made)) {
            return refused;
        }
    }
    if (!op.interface.empty()) {
        if (auto refused = set_local_end(op.interface, made)) {
            return refused;
        }
    }
    if (op.local_port != 0) {
        made.local_ports(op.local_port, op.local_port_count);
    }
    if (op.keepalive) {
        constexpr std::chrono::seconds longest(32767);
        const auto time = std::min(op.keepalive_time, longest);
        if (time.count() > 0) {
            made.tcp_keepalive(time, time);
        }
    }
    if (!op.tcp_nodelay) {
        made.tcp_nodelay(false);
    }
    if (!op.haproxy_clientip.empty()) {
        made.proxied_client(op.haproxy_clientip);
    }
    set_on_sockets(op, made);
    return {};
}

std::string proxy_text(const operation& op, std::string text) {
    if (text.empty()) {
        return text;
    }
    if (text.find("://") == std::string::npos) {
        const auto& scheme = op.default_proxy_scheme;
        text.insert(0, (scheme.empty() ? std::string("http") : scheme) + "://");
    }
    if (op.proxy_user.empty()) {
        return text;
    }
    text = without_user(std::move(text));
    const auto colon = std::min(op.proxy_user.find(':'), op.proxy_user.size());
    const auto who = std::string_view(op.proxy_user);
    std::string user = percent_encoded(who.substr(0, colon));
    if (colon < who.size()) {
        user.append(":").append(percent_encoded(who.substr(colon + 1)));
    }
    text.insert(text.find("://") + 3, user.append("@"));
    return text;
}

refusal proxies_of(const operation& op, const session& s, chosen_proxies& made) {
    const auto environment = [&](std::string_view name) -> std::optional<std::string> {
        auto value = look_up(s, name);
        const bool is_list = name == "no_proxy" || name == "NO_PROXY";
        return value && !is_list ? proxy_text(op, *value) : value;
    };
    if (op.proxy) {
        const auto text = proxy_text(op, *op.proxy);
        if (auto refused = check_proxy(text, *op.proxy)) {
            return refused;
        }
        made.rules.for_all(text);
        const auto lower = look_up(s, "no_proxy");
        made.rules.except((lower ? lower : look_up(s, "NO_PROXY")).value_or(""));
    } else {
        constexpr std::array<std::string_view, 3> http{
            "http_proxy", "all_proxy", "ALL_PROXY"};
        constexpr std::array<std::string_view, 4> https{
            "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"};
        made.rules = xfer::proxy_rules::from_environment(environment);
        made.http = check_variables(op, s, http);
        made.https = check_variables(op, s, https);
    }
    if (op.noproxy) {
        made.rules.except(*op.noproxy);
    }
    return check_first_proxy(op.preproxy);
}

}  // namespace tool
