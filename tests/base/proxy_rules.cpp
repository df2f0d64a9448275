// xfer/proxy_rules.hpp: which proxy a URL goes through, and which hosts go without.
#include <xfer/detail/idn.hpp>
#include <xfer/error.hpp>
#include <xfer/proxy_rules.hpp>

#include <catch2/catch.hpp>

#include <map>
#include <random>
#include <string>
#include <string_view>
#include <vector>

using xfer::parsed_url;
using xfer::proxy_rules;
using xfer::url;

namespace {

url to_url(std::string_view text) {
    parsed_url out;
    CAPTURE(text);
    REQUIRE_FALSE(url::parse(text, out));
    return out.target;
}

/// What is chosen for it, as text.
std::string choice(const proxy_rules& rules, std::string_view text) {
    const auto made = rules.choose(to_url(text));
    if (made.ec) return "error: " + made.why;
    CHECK(made.why.empty());
    return made.via ? made.via->str() : "direct";
}

/// Whether the host is reached without a proxy under that list.
bool exempt(std::string_view list, std::string_view host) {
    proxy_rules rules;
    rules.for_all("proxy.test:1").except(list);
    return choice(rules, "http://" + std::string(host) + "/") == "direct";
}

using variables = std::map<std::string, std::string, std::less<>>;

proxy_rules from(const variables& set) {
    return proxy_rules::from_environment(
        [&set](std::string_view name) -> std::optional<std::string> {
            const auto found = set.find(name);
            if (found == set.end()) return std::nullopt;
            return found->second;
        }
    );
}

}  // namespace

TEST_CASE("proxy_rules: the default is no proxy", "[base][proxy_rules]") {
    CHECK(choice({}, "http://a/") == "direct");
    CHECK(choice({}, "https://a/") == "direct");
    CHECK(proxy_rules() == from({}));
}

TEST_CASE(
    "proxy_rules: a scheme's own proxy goes before the one for all",
    "[base][proxy_rules]"
) {
    proxy_rules rules;
    rules.for_http("h:1").for_all("socks5h://all:2");
    CHECK(choice(rules, "http://a/") == "http://h:1");
    CHECK(choice(rules, "ws://a/") == "http://h:1");
    CHECK(choice(rules, "https://a/") == "socks5h://all:2");
    CHECK(choice(rules, "wss://a/") == "socks5h://all:2");
    CHECK(choice(rules, "ftp://a/") == "socks5h://all:2");
    rules.for_https("https://s");
    CHECK(choice(rules, "https://a/") == "https://s:443");
    CHECK(choice(rules, "wss://a/") == "https://s:443");
    CHECK(choice(rules, "http://a/") == "http://h:1");
    rules.for_https("");
    CHECK(choice(rules, "https://a/") == "direct");
}

TEST_CASE(
    "proxy_rules: a text that is no proxy never means none", "[base][proxy_rules]"
) {
    proxy_rules rules;
    rules.for_http("h:1")
        .for_https("u:secret@h:x")
        .for_all("gopher://h")
        .except("ok.test");
    CHECK(choice(rules, "http://a/") == "http://h:1");
    const auto https = rules.choose(to_url("https://a/"));
    CHECK(https.ec == xfer::error::invalid_option);
    CHECK_FALSE(https.via);
    CHECK(https.why.find("port") != std::string::npos);
    CHECK(https.why.find("secret") == std::string::npos);
    CHECK(rules.choose(to_url("ftp://a/")).ec == xfer::error::scheme_unsupported);
    CHECK(choice(rules, "https://ok.test/") == "direct");
}

TEST_CASE(
    "A2.3: the credentials of one scheme's proxy stay with it", "[base][proxy_rules]"
) {
    const auto rules =
        from({{"http_proxy", "http://u:p@a:1"}, {"https_proxy", "http://b:1"}});
    const auto http = rules.choose(to_url("http://x/"));
    const auto https = rules.choose(to_url("https://x/"));
    REQUIRE(http.via);
    REQUIRE(https.via);
    CHECK(http.via->user() == "u");
    CHECK_FALSE(https.via->user());
    CHECK_FALSE(https.via->password());
}

TEST_CASE(
    "proxy_rules: the environment is read as curl reads it", "[base][proxy_rules]"
) {
    // Everything a CGI program may get from a client begins with HTTP_.
    CHECK(choice(from({{"HTTP_PROXY", "evil:1"}}), "http://a/") == "direct");
    CHECK(choice(from({{"http_proxy", "h:1"}}), "http://a/") == "http://h:1");
    CHECK(choice(from({{"http_proxy", "h:1"}}), "https://a/") == "direct");
    CHECK(choice(from({{"HTTPS_PROXY", "h:1"}}), "https://a/") == "http://h:1");
    CHECK(
        choice(from({{"HTTPS_PROXY", "h:1"}, {"https_proxy", "l:1"}}), "https://a/") ==
        "http://l:1"
    );
    CHECK(
        choice(from({{"HTTPS_PROXY", "h:1"}, {"https_proxy", ""}}), "https://a/") ==
        "http://h:1"
    );
    CHECK(choice(from({{"ALL_PROXY", "h:1"}}), "http://a/") == "http://h:1");
    CHECK(
        choice(from({{"ALL_PROXY", "h:1"}, {"all_proxy", "l:1"}}), "ftp://a/") ==
        "http://l:1"
    );
    CHECK(
        choice(from({{"all_proxy", "h:1"}, {"http_proxy", ""}}), "http://a/") ==
        "http://h:1"
    );
    const variables both = {{"all_proxy", "h:1"}, {"NO_PROXY", "a"}};
    CHECK(choice(from(both), "http://a/") == "direct");
    CHECK(choice(from(both), "http://b/") == "http://h:1");
    const variables lower = {
        {"all_proxy", "h:1"}, {"NO_PROXY", "a"}, {"no_proxy", "b"}};
    CHECK(choice(from(lower), "http://a/") == "http://h:1");
    CHECK(choice(from(lower), "http://b/") == "direct");
}

TEST_CASE(
    "proxy_rules: the process's environment asks for these names alone",
    "[base][proxy_rules]"
) {
    std::vector<std::string> asked;
    const auto rules = proxy_rules::from_environment(
        [&asked](std::string_view name) -> std::optional<std::string> {
            asked.emplace_back(name);
            return std::nullopt;
        }
    );
    CHECK(rules == proxy_rules());
    const std::vector<std::string> expected = {
        "http_proxy",
        "https_proxy",
        "HTTPS_PROXY",
        "all_proxy",
        "ALL_PROXY",
        "no_proxy",
        "NO_PROXY"};
    CHECK(asked == expected);
}

TEST_CASE("proxy_rules: a host that is excepted is told from none", "[base]") {
    proxy_rules rules;
    rules.for_https("proxy.test:1").except("b.test");
    CHECK_FALSE(rules.choose(to_url("http://a.test/")).excepted);
    CHECK_FALSE(rules.choose(to_url("https://a.test/")).excepted);
    CHECK(rules.choose(to_url("https://b.test/")).excepted);
    // Also where there is no proxy for the scheme: one before it is not used either.
    CHECK(rules.choose(to_url("http://b.test/")).excepted);
}

TEST_CASE("no_proxy: names are for themselves and what is below", "[base][no_proxy]") {
    const struct {
        std::string_view list;
        std::string_view host;
        bool matches;
    } table[] = {
        {"", "a.test", false},
        {"a.test", "a.test", true},
        {"a.test", "A.TEST", true},
        {"A.Test", "a.test", true},
        {"a.test", "x.a.test", true},
        {"a.test", "x.y.a.test", true},
        {"a.test", "xa.test", false},
        {"a.test", "a.test.evil", false},
        {"a.test", "test", false},
        {".a.test", "a.test", true},
        {".a.test", "x.a.test", true},
        {".a.test", "xa.test", false},
        {"*.a.test", "x.a.test", true},
        {"*.a.test", "x.y.a.test", true},
        {"*.a.test", "a.test", false},
        {"*.a.test", "xa.test", false},
        {"a.test.", "a.test", true},
        {"a.test", "a.test.", true},
        {"a.test.", "x.a.test.", true},
        {".a.test.", "x.a.test", true},
        {"test", "a.test", true},
        {"..a.test", "a.test", false},
        {"a.test..", "a.test", false},
        {"a..test", "a.test", false},
        {".", "a.test", false},
        {"*.", "a.test", false},
        {"a.*", "a.test", false},
        {"*a.test", "a.test", false},
        {"**", "a.test", false},
        {"a.tes", "a.test", false},
        {"*", "a.test", true},
        {"*", "192.0.2.1", true},
        {"*", "[::1]", true},
        {"b.test,*", "a.test", true},
        {"b.test,a.test", "a.test", true},
        {"b.test a.test", "a.test", true},
        {" , b.test ,\ta.test , ", "a.test", true},
        {"b.testa.test", "a.test", false},
        {"http://a.test", "a.test", false},
        {"a.test/", "a.test", false},
        {"u@a.test", "a.test", false},
        {"xn--strae-oqa.de", "xn--strae-oqa.de", true},
    };
    for (const auto& [list, host, matches] : table) {
        CAPTURE(list, host);
        CHECK(exempt(list, host) == matches);
    }
}

TEST_CASE("no_proxy: addresses and networks", "[base][no_proxy]") {
    const struct {
        std::string_view list;
        std::string_view host;
        bool matches;
    } table[] = {
        {"192.0.2.1", "192.0.2.1", true},
        {"192.0.2.1", "192.0.2.11", false},
        {"192.0.2.1", "x.192.0.2.1.test", false},
        {"0.2.1", "192.0.2.1", false},
        {".0.2.1", "192.0.2.1", false},
        {"1", "192.0.2.1", false},
        {"192.0.2", "192.0.2.1", false},
        {"[192.0.2.1]", "192.0.2.1", false},
        {"192.0.2.0/24", "192.0.2.255", true},
        {"192.0.2.77/24", "192.0.2.1", true},
        {"192.0.2.0/24", "192.0.3.1", false},
        {"192.0.2.0/32", "192.0.2.0", true},
        {"192.0.2.0/32", "192.0.2.1", false},
        {"192.0.2.128/25", "192.0.2.127", false},
        {"192.0.2.128/25", "192.0.2.128", true},
        {"10.0.0.0/7", "11.1.2.3", true},
        {"10.0.0.0/7", "12.0.0.0", false},
        {"0.0.0.0/0", "198.51.100.7", true},
        {"0.0.0.0/0", "[::1]", false},
        {"0.0.0.0/0", "a.test", false},
        {"192.0.2.0/33", "192.0.2.0", false},
        {"192.0.2.0/", "192.0.2.0", false},
        {"192.0.2.0/-1", "192.0.2.0", false},
        {"192.0.2.0/+8", "192.0.2.0", false},
        {"192.0.2.0/8x", "192.0.2.0", false},
        {"192.0.2.0/4294967296", "192.0.2.0", false},
        {"a.test/24", "a.test", false},
        {"::1", "[::1]", true},
        {"[::1]", "[::1]", true},
        {"0:0:0:0:0:0:0:1", "[::1]", true},
        {"::2", "[::1]", false},
        {"2001:db8::/32", "[2001:db8:ffff::1]", true},
        {"[2001:db8::]/32", "[2001:db8::1]", true},
        {"2001:db8::/32", "[2001:db9::1]", false},
        {"fe80::/10", "[febf::1]", true},
        {"fe80::/10", "[fec0::1]", false},
        {"::/0", "[2001:db8::1]", true},
        {"::/0", "192.0.2.1", false},
        {"::1/128", "[::1]", true},
        {"::1/129", "[::1]", false},
        {"[::1", "[::1]", false},
        {"192.0.2.1", "[::ffff:192.0.2.1]", false},
        {"::ffff:192.0.2.1", "[::ffff:c000:201]", true},
        {"::ffff:192.0.2.1", "192.0.2.1", false},
    };
    for (const auto& [list, host, matches] : table) {
        CAPTURE(list, host);
        CHECK(exempt(list, host) == matches);
    }
}

TEST_CASE("no_proxy: an entry with a port is for that port", "[base][no_proxy]") {
    CHECK(exempt("a.test:8080", "a.test:8080"));
    CHECK(exempt(".a.test:8080", "x.a.test:8080"));
    CHECK_FALSE(exempt("a.test:8080", "a.test"));
    CHECK(exempt("a.test:80", "a.test"));
    CHECK(exempt("192.0.2.1:80", "192.0.2.1"));
    CHECK_FALSE(exempt("192.0.2.1:81", "192.0.2.1"));
    CHECK(exempt("[::1]:80", "[::1]"));
    CHECK_FALSE(exempt("[::1]:81", "[::1]"));
    CHECK(exempt("*:80", "a.test"));
    CHECK_FALSE(exempt("*:81", "a.test"));
    for (const auto* const port : {"0", "", "x", "-1", "65536", "80x"}) {
        CAPTURE(port);
        CHECK_FALSE(exempt(std::string("a.test:") + port, "a.test"));
        CHECK_FALSE(exempt(std::string("[::1]:") + port, "[::1]"));
    }
}

TEST_CASE("A2.5: the zone of an address is no name", "[base][no_proxy]") {
    for (const auto* const list :
         {"*.example.com", ".example.com", "example.com", "com"}) {
        CAPTURE(list);
        CHECK(exempt(list, "x.example.com"));
        CHECK_FALSE(exempt(list, "[::1%25.example.com]"));
        CHECK_FALSE(exempt(list, "[::1%25x.example.com]:80"));
    }
    CHECK(exempt("::1", "[::1%25.example.com]"));
    CHECK_FALSE(exempt("::1%25eth0", "[::1%25eth0]"));
}

TEST_CASE(
    "no_proxy: letters outside ASCII are compared in their ASCII form",
    "[base][no_proxy]"
) {
    CHECK(
        exempt(
            "stra\xc3\x9f"
            "e.de",
            "xn--strae-oqa.de"
        ) == xfer::detail::has_idn
    );
    CHECK_FALSE(exempt("\xff", "a.test"));
    if (xfer::detail::has_idn) CHECK(exempt(".\xc3\x84.test", "x.\xc3\xa4.test"));
}

TEST_CASE(
    "no_proxy: any text is a list, and matches no more than it says", "[base][no_proxy]"
) {
    const std::string_view pieces[] = {
        "a", ".",   "test",      "*",  ",",   " ", "[",        "]", ":",    "/",
        "1", "::1", "192.0.2.1", "24", "%25", "@", "\xc3\xa4", "-", "\x01", "80"};
    std::mt19937 random(1614);
    for (int round = 0; round < 20000; ++round) {
        std::string list;
        for (std::size_t count = random() % 9; count > 0; --count) {
            list += pieces[random() % std::size(pieces)];
        }
        if (exempt(list, "unrelated.example")) {
            // An entry that is a star, perhaps with a port.
            const bool star =
                (" " + list + " ").find_first_of('*') != std::string::npos;
            if (!star) FAIL(list);
        }
    }
}
