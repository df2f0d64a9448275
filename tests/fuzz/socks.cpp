// Conversations with a SOCKS proxy that answers anything.
#include "fuzz/input.hpp"
#include "fuzz/targets.hpp"
#include <xfer/proto/socks.hpp>
#include <xfer/proxy.hpp>
#include <xfer/url.hpp>

#include <algorithm>
#include <string>
#include <vector>

namespace fuzz {
namespace {

using namespace xfer::proto;

constexpr std::string_view kinds[] = {"socks4", "socks4a", "socks5", "socks5h"};
constexpr std::string_view users[] = {"", "user@", "user:secret@", ":@"};
constexpr std::string_view hosts[] = {
    "http://192.0.2.1/", "http://[2001:db8::1]/", "https://www.a.test/"};

void send_all(socks_client& client) {
    while (client.state() == socks_state::send) {
        require(!client.output().empty(), "there is something to be sent");
        client.sent((client.output().size() + 1) / 2);
    }
}

/// The client from its start, in replies that are no longer than the last octet of
/// each; answers how it ends and what it said.
std::string converse(
    socks_client client, std::string_view replies, const cuts& ends, cuts& turns
) {
    std::string log;
    std::size_t at = 0;
    if (client.state() == socks_state::send) log += client.output();
    send_all(client);
    each_piece(replies, ends, [&](std::string_view piece) {
        if (client.state() != socks_state::receive) return false;
        client.feed(piece);
        at += piece.size();
        if (client.state() == socks_state::receive) return true;
        turns.push_back(at);
        log.append("|").append(client.output());
        send_all(client);
        return true;
    });
    if (client.state() == socks_state::receive) {
        client.feed_end();
        require(client.state() == socks_state::failed, "an end is a failure");
    }
    const bool failed = client.state() == socks_state::failed;
    require(failed == bool(client.failure()), "a failure has a code");
    require(client.output().empty(), "nothing more is to be sent");
    if (!failed) {
        client.feed("x");
        require(client.state() == socks_state::failed, "nobody speaks before us");
    }
    return log + "|" + (failed ? std::string(client.failure().why) : "established");
}

/// How long the reply is that makes a connection; RFC 1928 6 for SOCKS5.
std::size_t size_of(std::string_view reply, bool v5) {
    if (!v5) return 8;
    constexpr std::size_t frame = 6;  // before the address, and the port behind it
    switch (reply.size() < 5 ? 0 : reply[3]) {
        case 1:
            return frame + 4;
        case 3:
            return frame + 1 + static_cast<unsigned char>(reply[4]);
        case 4:
            return frame + 16;
        default:
            return 0;
    }
}

}  // namespace

void socks(std::string_view given) {
    input in(given);
    const auto kind = kinds[in.choose(std::size(kinds))];
    const auto user = users[in.choose(std::size(users))];
    const std::string through =
        std::string(kind) + "://" + std::string(user) + "proxy.test:1080";
    const std::string_view to = hosts[in.choose(std::size(hosts))];
    xfer::parsed_proxy proxy;
    xfer::parsed_url target;
    require(!xfer::proxy::parse(through, proxy), "a proxy");
    require(!xfer::url::parse(to, target), "a URL");
    const socks_client client(proxy.target, socks_destination_of(target.target));
    if (client.state() == socks_state::failed) {
        return require(bool(client.failure()), "a failure has a code");
    }
    const octets replies = in.rest();
    cuts turns;
    const std::string octet_for_octet =
        converse(client, replies.view(), octet_by_octet(replies.view().size()), turns);
    if (octet_for_octet.ends_with("|established")) {
        const std::size_t begin = turns.size() < 2 ? 0 : turns[turns.size() - 2];
        const auto last = replies.view().substr(begin, turns.back() - begin);
        const bool v5 = kind.starts_with("socks5");
        require(last.size() == size_of(last, v5), "all of the reply, and no more");
    }
    // A proxy answers only what it was sent: a reply is cut, but not put together with
    // the next one.
    cuts ends = in.pieces(replies.view().size());
    ends.insert(ends.end(), turns.begin(), turns.end());
    std::sort(ends.begin(), ends.end());
    ends.erase(std::unique(ends.begin(), ends.end()), ends.end());
    cuts same;
    require_same(
        octet_for_octet, converse(client, replies.view(), ends, same), "in pieces"
    );
    require(turns == same, "the same turns");
    if (turns.empty()) return;
    turns.push_back(replies.view().size());
    require_same(
        octet_for_octet, converse(client, replies.view(), turns, same), "reply by reply"
    );
}

}  // namespace fuzz
