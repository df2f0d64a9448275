// The short way through url::parse: whatever it takes is what the long one makes of it.
// With the headers alone the second of these is a part of the first.
// clang-format off
#include <xfer/url.hpp>
#include <xfer/detail/impl/url_reader_class.ipp>
// clang-format on

#include <catch2/catch.hpp>

#include <initializer_list>
#include <random>
#include <string>
#include <string_view>

using xfer::parsed_url;
using xfer::url;
using xfer::detail::url_reader;

namespace {

bool same(const url& a, const url& b) {
    return a.str() == b.str() && a.scheme() == b.scheme() && a.host() == b.host() &&
           a.host_kind() == b.host_kind() && a.zone() == b.zone() &&
           a.port() == b.port() && a.has_explicit_port() == b.has_explicit_port() &&
           a.path() == b.path() && a.query() == b.query() &&
           a.fragment() == b.fragment() && a.target() == b.target() &&
           a.authority() == b.authority() && a.origin() == b.origin() &&
           a.str_without_fragment() == b.str_without_fragment();
}

/// Whether the short way took the text; checks that it was right to.
bool takes(std::string_view text) {
    parsed_url plain;
    plain.user = "left over";
    plain.password = "left over";
    plain.why = "left over";
    if (!url_reader::read_plain(text, plain)) {
        if (plain.user != "left over" || !plain.target.empty()) {
            FAIL("touched, but not taken: " << text);
        }
        return false;
    }
    // An empty user is all that makes of it a text for the long way.
    std::string long_way(text);
    long_way.insert(text.find("//") + 2, "@");
    parsed_url full;
    if (url::parse(long_way, full) || full.user != "" || plain.user || plain.password ||
        !plain.why.empty() || !same(plain.target, full.target)) {
        FAIL("not the same: " << text);
    }
    return true;
}

}  // namespace

TEST_CASE("url: the short way is for what is normal already", "[base][url]") {
    for (const auto* const text :
         {"http://127.0.0.1:8180/f1k",
          "https://example.com",
          "https://example.com/",
          "https://www.example.com./a/b.c/d..?x=1&y=/../",
          "http://a_b-c.example:65535/a//b/?",
          "http://example.com/0123456789abcdef_0123456789ABCDEF"}) {
        CAPTURE(text);
        CHECK(takes(text));
    }
    for (const auto* const text :
         {"",
          "http://",
          "http:///",
          "HTTP://a/",
          "ftp://a/",
          "http://A/",
          "http://a:80/",
          "http://a:/",
          "http://a:08/",
          "http://a:65536/",
          "http://a:123456/",
          "http://a:1@b/",
          "http://u@a/",
          "http://[::1]/",
          "http://.a/",
          "http://a..b/",
          "http://127.1/",
          "http://a/#b",
          "http://a/%41",
          "http://a/b/../c",
          "http://a/.",
          "http://a?b",
          "http://a/ ",
          "http://a/0123456789abcde\\",
          "http://a/0123456789abcd\xc3\xa4"}) {
        CAPTURE(text);
        CHECK_FALSE(takes(text));
    }
}

TEST_CASE("url: each octet of a path is told right in both ways", "[base][url]") {
    for (std::size_t at = 0; at < 40; ++at) {
        for (unsigned octet = 0; octet < 256; ++octet) {
            std::string tail(40, 'a');
            tail[at] = static_cast<char>(octet);
            takes("http://a/" + tail);
            takes("http://a/?" + tail);
        }
    }
}

TEST_CASE("url: the short way makes what the long one makes", "[base][url]") {
    std::mt19937 random(3986);
    const auto among = [&](std::size_t n) { return std::size_t{random()} % n; };
    // Pieces that are normal, and now and then one that is not.
    constexpr std::string_view hosts[] = {
        "a",
        "www",
        ".",
        "example",
        "com",
        "1",
        "0",
        "127.0.0.1",
        "-",
        "_",
        "0x7f",
        "255",
        "~"};
    constexpr std::string_view tails[] = {
        "/", "/", "a", "b.c", "?", "=", "&", "index", ".html", "_", "0123456789abcdef",
        "-", ";", ":", "@",   "Z", "+", ",", "~",     "!"};
    constexpr std::string_view odd[] = {
        "%",
        "%41",
        "..",
        "/../",
        "/.",
        "#",
        "@",
        "[",
        "]",
        "\\",
        " ",
        "\x7f",
        "\xff",
        "A",
        ":",
        "<"};
    constexpr std::string_view ports[] = {
        "", "", ":8080", ":1", ":80", ":443", ":65535", ":65536", ":0", ":080", ":"};
    int taken = 0;
    constexpr int rounds = 40000;
    for (int round = 0; round < rounds; ++round) {
        const auto piece = [&](const auto& set) {
            return among(40) == 0 ? odd[among(std::size(odd))]
                                  : set[among(std::size(set))];
        };
        std::string text = among(2) == 0 ? "http://" : "https://";
        for (auto n = among(5); n-- > 0;) text += piece(hosts);
        text += piece(ports);
        if (among(8) != 0) text += '/';
        for (auto n = among(14); n-- > 0;) text += piece(tails);
        taken += takes(text) ? 1 : 0;
    }
    CHECK(taken > rounds / 8);
    CHECK(taken < rounds * 7 / 8);
}

TEST_CASE("url: a text that points into the result is read right", "[base][url]") {
    parsed_url out;
    REQUIRE_FALSE(url::parse("http://u:p@example.com/a/b?http://127.0.0.1/x", out));
    REQUIRE_FALSE(url::parse(*out.target.query(), out));
    CHECK(out.target.str() == "http://127.0.0.1/x");
    CHECK(out.target.path() == "/x");
    CHECK_FALSE(out.user);
}

TEST_CASE("url: the longest texts take the long way", "[base][url]") {
    const std::string start = "http://example.com/";
    const std::string most = start + std::string(url::max_size - start.size(), 'a');
    CHECK_FALSE(takes(most));
    CHECK(takes(std::string_view(most).substr(0, most.size() - 1)));
    parsed_url out;
    CHECK_FALSE(url::parse(most, out));
    CHECK(url::parse(most + "a", out));
}

TEST_CASE("url: one of the same origin at hand changes nothing", "[base][url]") {
    const std::string origins[] = {
        "http://a.example",
        "http://a.example:8080",
        "https://a.example",
        "http://127.0.0.1:81",
        "http://[::1]",
        "http://[fe80::1%25eth0]",
        "mailto:a"};
    const std::string rests[] = {
        "", "/", "/x?y=/../", "/../x", "?x", "#f", ":8080/", "1/", "x/", "@b/", "/a b"};
    for (const auto& known : origins) {
        parsed_url like;
        REQUIRE_FALSE(url::parse(known + "/known", like));
        for (const auto& origin : origins) {
            for (const auto& rest : rests) {
                const auto text = origin + rest;
                CAPTURE(known, text);
                parsed_url alone;
                parsed_url beside;
                const auto ec = url::parse(text, alone);
                CHECK(url::parse(std::string(text), beside, like.target) == ec);
                CHECK(same(alone.target, beside.target));
                CHECK(alone.user == beside.user);
                CHECK(alone.why == beside.why);
            }
        }
    }
}
