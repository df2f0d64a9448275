// The texts that say which proxy: its URL, and the hosts that are reached without.
#include "fuzz/input.hpp"
#include "fuzz/targets.hpp"
#include <xfer/detail/no_proxy.hpp>
#include <xfer/detail/octets.hpp>
#include <xfer/error.hpp>
#include <xfer/proxy.hpp>
#include <xfer/proxy_rules.hpp>
#include <xfer/url.hpp>

#include <algorithm>
#include <string>
#include <vector>

namespace fuzz {
namespace {

using xfer::detail::no_proxy;

void check_proxy(std::string_view text) {
    xfer::parsed_proxy read;
    if (const auto ec = xfer::proxy::parse(text, read)) {
        require(read.target.empty() && !read.why.empty(), "a sentence, and no proxy");
        require(
            ec == xfer::error::invalid_option || ec == xfer::error::scheme_unsupported,
            "the errors of a proxy"
        );
        return;
    }
    const auto& made = read.target;
    require(!made.empty(), "a proxy");
    require(made.host().empty() != made.unix_path().empty(), "a host or a socket");
    require((made.port() == 0) == made.host().empty(), "a port, if there is a host");
    // A path of a socket may hold anything, percent-encoded.
    if (!made.unix_path().empty()) return;
    xfer::parsed_proxy again;
    require(!xfer::proxy::parse(made.str(), again), "what str() says is a proxy");
    require_same(again.target.str(), made.str(), "the same proxy");
    require(again.target.kind() == made.kind(), "of the same kind");
    require(!again.target.user() && !again.target.password(), "nobody in str()");
}

std::vector<std::string_view> entries_of(std::string_view list) {
    std::vector<std::string_view> entries;
    while (!list.empty()) {
        const auto end = std::min(list.find_first_of(", \t\r\n"), list.size());
        entries.push_back(list.substr(0, end));
        list.remove_prefix(std::min(end + 1, list.size()));
    }
    return entries;
}

/// A list is its entries, in whichever order.
void check_list(std::string_view list, const xfer::url& target) {
    const no_proxy rules(list);
    const bool matches = rules.matches(target);
    require(rules == no_proxy(list), "one list is as another");
    auto entries = entries_of(list);
    const bool any = std::any_of(entries.begin(), entries.end(), [&](auto entry) {
        return no_proxy(octets(entry).view()).matches(target);
    });
    require(any == matches, "a list matches what one of its entries matches");
    std::reverse(entries.begin(), entries.end());
    std::string reversed;
    std::string capitals;
    for (const auto entry : entries) reversed.append(entry).append(",");
    require(no_proxy(reversed).matches(target) == matches, "in whichever order");
    const bool ascii = std::all_of(list.begin(), list.end(), [](char c) {
        return static_cast<unsigned char>(c) < 0x80;
    });
    for (const char c : list) {
        capitals += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    }
    require(
        !ascii || no_proxy(capitals).matches(target) == matches, "in capitals as well"
    );
    if (target.zone().empty() && target.port() != 0) {
        std::string host(target.server_name());
        if (target.host_kind() == xfer::host_kind::ipv6) host = "[" + host + "]";
        const std::string port = std::to_string(target.port());
        const std::string other_port = std::to_string(target.port() % 65535 + 1);
        require(no_proxy(host).matches(target), "a host is what it is called");
        require(no_proxy(host + ":" + port).matches(target), "and at its port");
        require(!no_proxy(host + ":" + other_port).matches(target), "at no other");
    }
    const bool has_host = target.host_kind() != xfer::host_kind::none;
    require(no_proxy(reversed + "*").matches(target) == has_host, "everything");
}

}  // namespace

void proxies(std::string_view given) {
    input in(given);
    const octets address = in.line();
    const octets through = in.line();
    const octets list = in.rest();
    check_proxy(through.view());
    xfer::parsed_url at;
    if (xfer::url::parse(address.view(), at)) {
        require(!xfer::url::parse("http://www.a.test:8080/", at), "a URL that is one");
    }
    check_list(list.view(), at.target);

    xfer::proxy_rules rules;
    rules.for_http("http://first.test").for_all(through.view()).except(list.view());
    const auto choice = rules.choose(at.target);
    require(choice.excepted == no_proxy(list.view()).matches(at.target), "excepted");
    require(!(choice.excepted && choice.via), "who is excepted goes without");
    require(!(choice.ec && choice.via), "no proxy after an error");
    if (choice.via && at.target.scheme() == "http") {
        require(choice.via->host() == "first.test", "the scheme's own comes first");
    }
}

}  // namespace fuzz
