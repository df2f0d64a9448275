// xfer/proto/socks.hpp: each conversation in one piece, octet by octet, and split at
// every place.
#include <xfer/proto/socks.hpp>

#include <catch2/catch.hpp>

#include <random>
#include <string>
#include <string_view>
#include <vector>

using namespace std::string_literals;
using namespace std::string_view_literals;
using namespace xfer::proto;
using xfer::error;
using xfer::parsed_proxy;
using xfer::proxy;
using xfer::detail::ipv4_octets;
using xfer::detail::ipv6_octets;

namespace {

constexpr ipv4_octets v4_address{192, 0, 2, 1};
constexpr ipv6_octets v6_address{
    0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};

proxy via(std::string_view text) {
    parsed_proxy out;
    REQUIRE_FALSE(proxy::parse(text, out));
    return out.target;
}

socks_destination name(std::string_view host, std::uint16_t port = 443) {
    return {host, port};
}

/// A conversation: what the proxy answers once each message of ours has arrived.
using replies = std::vector<std::string>;

std::string state_of(const socks_client& client) {
    switch (client.state()) {
        case socks_state::send:
            return "sends";
        case socks_state::receive:
            return "receives";
        case socks_state::established:
            return "established";
        case socks_state::failed:
            break;
    }
    CHECK(client.output().empty());
    return client.failure().ec.message() + ": " + std::string(client.failure().why);
}

/// Plays it with pieces of at most `step` octets each way, the first reply of all cut
/// once more at `cut`. What was sent, message by message, and how it ended.
std::string play(
    socks_client client, const replies& script, std::size_t step, std::size_t cut = 0
) {
    std::string log;
    for (const auto& reply : script) {
        if (client.state() != socks_state::send) break;
        while (client.state() == socks_state::send) {
            const auto out = client.output().substr(0, step);
            log += out;
            client.sent(out.size());
        }
        log += '|';
        std::string_view in = reply;
        const std::size_t first = std::min(cut, in.size());
        if (first != 0) client.feed(in.substr(0, first));
        in.remove_prefix(first);
        while (!in.empty()) {
            const auto piece = in.substr(0, step);
            client.feed(piece);
            in.remove_prefix(piece.size());
        }
    }
    return log + state_of(client);
}

/// The same in every division.
std::string converse(
    std::string_view proxy_text, const socks_destination& to, const replies& script
) {
    const socks_client client(via(proxy_text), to);
    const std::string whole = play(client, script, 100'000);
    for (const std::size_t step : {1U, 2U, 3U, 7U})
        CHECK(play(client, script, step) == whole);
    std::size_t longest = 0;
    for (const auto& reply : script) longest = std::max(longest, reply.size());
    for (std::size_t cut = 1; cut < longest; ++cut) {
        if (play(client, script, 100'000, cut) != whole) FAIL_CHECK("split at " << cut);
    }
    return whole;
}

const std::string no_method = "\x05\x00"s;
const std::string password_method = "\x05\x02"s;
const std::string v5_granted = "\x05\x00\x00\x01\x7f\x00\x00\x01\x1f\x90"s;
const std::string v4_granted = "\x00\x5a\x00\x00\x00\x00\x00\x00"s;
const std::string refused =
    make_error_code(error::proxy_handshake_failed).message() + ": ";

/// How a SOCKS5 proxy without authentication fares that answers CONNECT like this.
std::string v5_answer(const std::string& reply) {
    const std::string log =
        converse("socks5://p", {v4_address, 80}, {no_method, reply});
    const std::string sent = "\x05\x01\x00|\x05\x01\x00\x01\xc0\x00\x02\x01\x00\x50|"s;
    REQUIRE(log.starts_with(sent));
    return log.substr(sent.size());
}

std::string v4_answer(const std::string& reply) {
    const std::string log = converse("socks4://p", {v4_address, 80}, {reply});
    const std::string sent = "\x04\x01\x00\x50\xc0\x00\x02\x01\x00|"s;
    REQUIRE(log.starts_with(sent));
    return log.substr(sent.size());
}

}  // namespace

TEST_CASE("socks5: an address is asked for without authentication", "[proto][socks]") {
    CHECK(v5_answer(v5_granted) == "established");
    CHECK(
        converse("socks5://p", {v6_address, 0xfffe}, {no_method, v5_granted}) ==
        "\x05\x01\x00|\x05\x01\x00\x04\x20\x01\x0d\xb8\x00\x00\x00\x00\x00\x00\x00\x00"
        "\x00\x00\x00\x01\xff\xfe|established"s
    );
}

TEST_CASE("socks5h: the proxy gets the name", "[proto][socks]") {
    CHECK(
        converse("socks5h://p", name("a.test"), {no_method, v5_granted}) ==
        "\x05\x01\x00|\x05\x01\x00\x03\x06"
        "a.test\x01\xbb|established"s
    );
    // An address of a URL is an address for the proxy too.
    CHECK(
        converse("socks5h://p", {v4_address, 80}, {no_method, v5_granted}) ==
        "\x05\x01\x00|\x05\x01\x00\x01\xc0\x00\x02\x01\x00\x50|established"s
    );
}

TEST_CASE("socks5: user and password are given if asked for", "[proto][socks]") {
    const std::string greeting = "\x05\x02\x00\x02|"s;
    const std::string connect =
        "\x05\x01\x00\x03\x01"
        "a\x01\xbb|"s;
    const auto run = [](std::string_view text, const replies& script) {
        return converse(text, name("a"), script);
    };
    CHECK(
        run("socks5h://us:pwd@p", {password_method, "\x01\x00"s, v5_granted}) ==
        greeting + "\x01\x02us\x03pwd|" + connect + "established"
    );
    CHECK(
        run("socks5h://us@p", {password_method, "\x01\x00"s, v5_granted}) ==
        greeting + "\x01\x02us\x00|"s + connect + "established"
    );
    // Nothing of them is sent to a proxy that does not ask.
    CHECK(
        run("socks5h://us:pwd@p", {no_method, v5_granted}) ==
        greeting + connect + "established"
    );
    for (const auto& status : {"\x01\x01"s, "\x01\xff"s}) {
        CHECK(run("socks5h://us:pwd@p", {password_method, status, v5_granted})
                  .starts_with(
                      greeting + "\x01\x02us\x03pwd|" + refused +
                      "the SOCKS5 proxy does not accept"
                  ));
    }
    CHECK(run("socks5h://us:pwd@p", {password_method, "\x05\x00"s, v5_granted})
              .ends_with("in a wrong version"));
}

TEST_CASE("socks5: a method that was not offered is refused", "[proto][socks]") {
    const auto run = [](std::string_view text, const std::string& reply) {
        const std::string log = converse(text, name("a"), {reply, v5_granted});
        return log.substr(log.find('|') + 1);
    };
    CHECK(run("socks5h://p", "\x05\x02").starts_with(refused));
    CHECK(run("socks5h://p", "\x05\x01").find("GSSAPI") != std::string::npos);
    CHECK(run("socks5h://u:p@p", "\x05\x01").find("GSSAPI") != std::string::npos);
    CHECK(run("socks5h://u:p@p", "\x05\x03").starts_with(refused));
    CHECK(run("socks5h://p", "\x05\xff").find("give it a user") != std::string::npos);
    CHECK(
        run("socks5h://u:p@p", "\x05\xff").find("nor a password") != std::string::npos
    );
    for (const auto& version : {"\x04"s, "\x00"s, "\x06"s, "H"s}) {
        CHECK(run("socks5h://p", version + "\x00"s).starts_with(refused + "no SOCKS5"));
    }
}

TEST_CASE("N10: each reply code of SOCKS5 has its words", "[proto][socks]") {
    const std::string_view words[] = {
        "general failure",
        "rules",
        "network unreachable",
        "host unreachable",
        "refused",
        "TTL",
        "command",
        "addresses",
        "RFC 1928"};
    std::vector<std::string> seen;
    for (char code = 1; code <= 9; ++code) {
        std::string reply = v5_granted;
        reply[1] = code;
        const std::string said = v5_answer(reply);
        CAPTURE(int(code), said);
        CHECK(said.starts_with(refused));
        CHECK(said.find(words[code - 1]) != std::string::npos);
        CHECK(std::find(seen.begin(), seen.end(), said) == seen.end());
        seen.push_back(said);
        // Many proxies close after the code.
        CHECK(v5_answer(reply.substr(0, 2)) == said);
    }
    CHECK(v5_answer("\x05\xff\x00\x01"s) == seen.back());
}

TEST_CASE("socks5: the address in a reply may be of any kind", "[proto][socks]") {
    const std::string v6 = "\x05\x00\x00\x04"s + std::string(16, '\x2a') + "\x01\xbb";
    const std::string short_name =
        "\x05\x00\x00\x03\x01"
        "a\x01\xbb"s;
    const std::string no_name = "\x05\x00\x00\x03\x00\x01\xbb"s;
    const std::string long_name =
        "\x05\x00\x00\x03\xff"s + std::string(255, 'n') + "\x01\xbb";
    const std::string reserved = "\x05\x00\x2a\x01\x7f\x00\x00\x01\x1f\x90"s;
    for (const auto& reply : {v6, short_name, no_name, long_name, reserved}) {
        CHECK(v5_answer(reply) == "established");
        CHECK(v5_answer(reply.substr(0, reply.size() - 1)) == "receives");
    }
    for (const auto& kind : {"\x00"s, "\x02"s, "\x05"s, "\xff"s}) {
        CHECK(v5_answer("\x05\x00\x00"s + kind + "aaaaaa").ends_with("unknown kind"));
    }
    CHECK(v5_answer("\x04\x00\x00\x01"s).ends_with("wrong version"));
}

TEST_CASE("socks4: an address and a user id are sent", "[proto][socks]") {
    CHECK(v4_answer(v4_granted) == "established");
    CHECK(
        converse("socks4://me:ignored@p", {v4_address, 443}, {v4_granted}) ==
        "\x04\x01\x01\xbb\xc0\x00\x02\x01me\x00|established"s
    );
    CHECK(
        converse("socks4a://me@p", name("a.test"), {v4_granted}) ==
        "\x04\x01\x01\xbb\x00\x00\x00\x01me\x00"
        "a.test\x00|established"s
    );
    CHECK(
        converse("socks4a://p", {v4_address, 80}, {v4_granted}) ==
        "\x04\x01\x00\x50\xc0\x00\x02\x01\x00|established"s
    );
}

TEST_CASE("N10: each reply code of SOCKS4 has its words", "[proto][socks]") {
    CHECK(
        v4_answer("\x00\x5b\x00\x00\x00\x00\x00\x00"s).find("rejected") !=
        std::string::npos
    );
    CHECK(v4_answer("\x00\x5c"s).find("identd on this machine") != std::string::npos);
    CHECK(v4_answer("\x00\x5d"s).find("another user id") != std::string::npos);
    CHECK(v4_answer("\x00\x5e"s).find("does not know") != std::string::npos);
    CHECK(v4_answer("\x00\x00"s).starts_with(refused));
    CHECK(
        v4_answer("\x04\x5a\x00\x00\x00\x00\x00\x00"s) ==
        refused + "no SOCKS4 proxy answered"
    );
    CHECK(
        v4_answer("HTTP/1.1 400 Bad\r\n\r\n") == refused + "no SOCKS4 proxy answered"
    );
}

TEST_CASE("socks4: IPv6 is refused before anything is sent", "[proto][socks]") {
    for (const auto* const text : {"socks4://p", "socks4a://p"}) {
        const socks_client client(via(text), {v6_address, 80});
        CHECK(state_of(client).starts_with(refused + "SOCKS4 has no IPv6"));
    }
}

TEST_CASE(
    "F2.1: names of 255 octets are sent and longer ones are an error", "[proto][socks]"
) {
    const std::string longest(255, 'n');
    CHECK(
        converse("socks5h://p", name(longest), {no_method, v5_granted}) ==
        "\x05\x01\x00|\x05\x01\x00\x03\xff"s + longest + "\x01\xbb|established"
    );
    CHECK(
        converse("socks4a://p", name(longest), {v4_granted}) ==
        "\x04\x01\x01\xbb\x00\x00\x00\x01\x00"s + longest + "\x00|established"s
    );
    for (const std::size_t size : {256u, 257u, 511u, 512u, 1000u, 65536u, 65791u}) {
        for (const auto* const text :
             {"socks5h://p", "socks5h://u:p@p", "socks4a://p"}) {
            const std::string host(size, 'n');
            const socks_client client(via(text), name(host));
            CHECK(client.state() == socks_state::failed);
            CHECK(client.failure().ec == error::proxy_name_too_long);
            CHECK(client.failure().why.find("host names") != std::string_view::npos);
            CHECK(client.output().empty());
        }
    }
    CHECK(make_error_code(error::proxy_name_too_long) == xfer::condition::proxy);
}

TEST_CASE(
    "F2.1: user and password of 255 octets are sent, longer ones are an error",
    "[proto][socks]"
) {
    proxy p = via("socks5h://p");
    const std::string longest(255, 'x');
    p.credentials(longest, longest);
    CHECK(
        play(
            socks_client(p, name("a")), {password_method, "\x01\x00"s, v5_granted}, 1
        ) == "\x05\x02\x00\x02|\x01\xff"s + longest + "\xff" + longest +
                 "|\x05\x01\x00\x03\x01"
                 "a\x01\xbb|established"s
    );
    const auto fails = [&p](std::string user, std::string password) {
        p.credentials(std::move(user), std::move(password));
        const socks_client client(p, name("a"));
        CHECK(client.output().empty());
        return client.failure();
    };
    CHECK(fails(longest + "x", "").ec == error::proxy_name_too_long);
    CHECK(fails(longest + "x", "").why.find("user") != std::string_view::npos);
    CHECK(fails("", longest + "x").ec == error::proxy_name_too_long);
    CHECK(fails("", longest + "x").why.find("password") != std::string_view::npos);
    CHECK(fails("a\0b"s, "").ec == error::invalid_argument);
    p = via("socks4://p");
    p.credentials(longest + "x", "");
    CHECK(socks_client(p, {v4_address, 1}).failure().ec == error::proxy_name_too_long);
    p.credentials("u", longest + "x");  // it has no place for it
    CHECK(socks_client(p, {v4_address, 1}).state() == socks_state::send);
}

TEST_CASE("F2.1: a name never goes to a kind that takes addresses", "[proto][socks]") {
    for (const auto* const text :
         {"socks4://p", "socks5://p", "http://p", "https://p"}) {
        const socks_client client(via(text), name("a.test"));
        CHECK(client.state() == socks_state::failed);
        CHECK(client.failure().ec == error::invalid_argument);
    }
    CHECK(
        socks_client(via("http://p"), {v4_address, 1}).failure().ec ==
        error::invalid_argument
    );
    CHECK(
        socks_client(via("socks5h://p"), name("")).failure().ec ==
        error::invalid_argument
    );
    CHECK(
        socks_client(via("socks5h://p"), name("a", 0)).failure().ec ==
        error::invalid_argument
    );
    CHECK(
        socks_client(via("socks4a://p"), name("a\0b"sv)).failure().ec ==
        error::invalid_argument
    );
}

TEST_CASE("C4.2: an octet behind the last reply is an error", "[proto][socks]") {
    const std::string extra = "octets behind its last reply";
    CHECK(v5_answer(v5_granted + "\x16") == refused + "the SOCKS proxy sent " + extra);
    CHECK(
        v4_answer(v4_granted + "HTTP/1.1 200 OK") ==
        refused + "the SOCKS proxy sent " + extra
    );
}

TEST_CASE(
    "C4.2: a proxy that speaks before it is asked is an error", "[proto][socks]"
) {
    const std::string unasked = "octets that nobody asked for";
    CHECK(
        converse("socks5h://p", name("a"), {no_method + v5_granted}).ends_with(unasked)
    );
    CHECK(converse("socks5h://u:p@p", name("a"), {password_method + "\x01"})
              .ends_with(unasked));
    socks_client early(via("socks5h://p"), name("a"));
    early.sent(1);
    early.feed("\x05");
    CHECK(state_of(early).ends_with(unasked));
}

TEST_CASE("N10: a reply that ends early is an error", "[proto][socks]") {
    const auto end_after = [](const std::string& reply) {
        socks_client client(via("socks5h://p"), name("a"));
        client.sent(client.output().size());
        client.feed(no_method);
        client.sent(client.output().size());
        client.feed(reply);
        client.feed_end();
        return state_of(client);
    };
    CHECK(
        end_after("") ==
        refused + "the SOCKS proxy closed the connection without a reply"
    );
    for (std::size_t size = 1; size < v5_granted.size(); ++size) {
        CHECK(
            end_after(v5_granted.substr(0, size)).ends_with("in the middle of a reply")
        );
    }
    CHECK(end_after(v5_granted) == "established");
    CHECK(end_after("\x05\x02").find("rules") != std::string::npos);
}

TEST_CASE("socks: a url's host is a name or an address", "[proto][socks]") {
    xfer::parsed_url out;
    REQUIRE_FALSE(xfer::url::parse("https://a.test./x", out));
    CHECK(
        std::get<std::string_view>(socks_destination_of(out.target).host) == "a.test."
    );
    CHECK(socks_destination_of(out.target).port == 443);
    REQUIRE_FALSE(xfer::url::parse("http://192.0.2.1:8080/", out));
    CHECK(std::get<ipv4_octets>(socks_destination_of(out.target).host) == v4_address);
    CHECK(socks_destination_of(out.target).port == 8080);
    REQUIRE_FALSE(xfer::url::parse("http://[2001:db8::1%25eth0]/", out));
    CHECK(std::get<ipv6_octets>(socks_destination_of(out.target).host) == v6_address);
}

TEST_CASE("socks: seeded garbage ends the same in any pieces", "[proto][socks]") {
    std::mt19937 random(1929);
    const std::string alphabet = "\x00\x01\x02\x03\x04\x05\x5a\xff"s;
    int established = 0;
    for (int round = 0; round < 20000; ++round) {
        replies script = {password_method, "\x01\x00"s, v5_granted};
        const bool v4 = round % 4 == 0;
        if (v4) script = {v4_granted};
        if (random() % 3 == 0) script.front() = no_method;
        for (auto changes = random() % 3; changes > 0; --changes) {
            auto& reply = script[random() % script.size()];
            const auto at = random() % (reply.size() + 1);
            if (at < reply.size() && random() % 2 == 0) {
                reply[at] = alphabet[random() % alphabet.size()];
            } else {
                reply.insert(at, 1, alphabet[random() % alphabet.size()]);
            }
        }
        const socks_client client(
            via(v4 ? "socks4a://u@p" : "socks5h://u:p@p"), name("a")
        );
        const std::string whole = play(client, script, 1000);
        if (play(client, script, 1 + random() % 4) != whole) FAIL("round " << round);
        established += whole.ends_with("established");
    }
    CHECK(established > 1000);
}
