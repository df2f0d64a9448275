// The format of ~/.netrc: no login of one entry for another host or user.
#include "fuzz/input.hpp"
#include "fuzz/targets.hpp"
#include <xfer/detail/octets.hpp>
#include <xfer/proto/netrc.hpp>

#include <algorithm>
#include <optional>
#include <string>

namespace fuzz {
namespace {

using namespace xfer::proto;

constexpr std::string_view hosts[] = {"a.test", "b.test", "2001:db8::1", ""};
constexpr std::optional<std::string_view> users[] = {std::nullopt, "user", "other", ""};

bool same(const std::optional<netrc_login>& a, const std::optional<netrc_login>& b) {
    if (!a || !b) return a.has_value() == b.has_value();
    return a->login == b->login && a->password == b->password &&
           a->of_default == b->of_default;
}

/// A quoted string that means the text.
std::string quoted(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') out += '\\';
        if (c == '\n') {
            out += "\\n";
        } else {
            out += c;
        }
    }
    return out + "\"";
}

/// What was found, written as a file of its own, says the same.
void check_round_trip(
    const netrc_login& found,
    std::string_view host,
    std::optional<std::string_view> user,
    const netrc_limits& limits
) {
    if (found.of_default || host.empty()) return;
    std::string file = "machine " + quoted(host);
    if (found.login) file += " login " + quoted(*found.login);
    if (found.password) file += " password " + quoted(found.password->view());
    require(!check_netrc(file, limits), "what was written can be read");
    require(same(netrc_lookup(file, host, user, limits), found), "a login, written");
}

}  // namespace

void netrc(std::string_view given) {
    input in(given);
    netrc_limits limits;
    if (in.choose()) limits = {.file = 300, .line = 60, .token = 20};
    const octets text = in.rest();
    const auto refused = check_netrc(text.view(), limits);
    require(!refused || !refused.why.empty(), "a failure has a sentence");
    for (const auto host : hosts) {
        const auto first = netrc_lookup(text.view(), host, std::nullopt, limits);
        for (const auto user : users) {
            const auto found = netrc_lookup(text.view(), host, user, limits);
            require(!found || !refused, "nothing from what is refused");
            require(!found || !user || found->login == *user, "the login of that user");
            std::string capitals(host);
            std::transform(host.begin(), host.end(), capitals.begin(), [](char c) {
                return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
            });
            require(
                same(found, netrc_lookup(text.view(), capitals, user, limits)),
                "hosts compare without regard to case"
            );
            // Quotes cost octets that a limit may not have.
            const netrc_limits wide;
            if (found) check_round_trip(*found, host, user, wide);
        }
        if (!first || !first->login) continue;
        const auto of_it = netrc_lookup(text.view(), host, *first->login, limits);
        require(of_it && of_it->login == first->login, "who is found is there");
        require(same(of_it, first), "the first entry of a host is that of its user");
    }
}

}  // namespace fuzz
