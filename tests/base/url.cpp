// xfer/url.hpp: what is read, what is refused, and what comes out normalised.
#include <xfer/error.hpp>
#include <xfer/url.hpp>

#include <catch2/catch.hpp>

#include <string>
#include <string_view>
#include <utility>

using namespace std::string_view_literals;
using xfer::host_kind;
using xfer::parsed_url;
using xfer::url;

namespace {

parsed_url read(std::string_view text) {
    parsed_url out;
    const std::error_code ec = url::parse(text, out);
    CAPTURE(text, out.why);
    REQUIRE_FALSE(ec);
    CHECK(out.why.empty());
    return out;
}

std::string normal(std::string_view text) {
    return std::string(read(text).target.str());
}

std::string host_of(std::string_view text) {
    return std::string(read(text).target.host());
}

/// The sentence with which the text is refused.
std::string refusal(std::string_view text) {
    parsed_url out;
    out.user = "left over";
    const std::error_code ec = url::parse(text, out);
    CAPTURE(text);
    CHECK(ec == xfer::error::url_malformed);
    CHECK(out.target.empty());
    CHECK_FALSE(out.user);
    CHECK_FALSE(out.password);
    CHECK_FALSE(out.why.empty());
    return std::string(out.why);
}

bool says(const std::string& sentence, std::string_view part) {
    CAPTURE(sentence, part);
    return sentence.find(part) != std::string::npos;
}

}  // namespace

static_assert(sizeof(url) <= 56);

TEST_CASE("url: the components of a whole URL", "[base][url]") {
    const url u = read("https://example.com:8443/a/b?x=1&y#top").target;
    CHECK(u.scheme() == "https");
    CHECK(u.host_kind() == host_kind::name);
    CHECK(u.host() == "example.com");
    CHECK(u.zone().empty());
    CHECK(u.port() == 8443);
    CHECK(u.has_explicit_port());
    CHECK(u.path() == "/a/b");
    CHECK(u.query() == "x=1&y");
    CHECK(u.fragment() == "top");
    CHECK(u.target() == "/a/b?x=1&y");
    CHECK(u.authority() == "example.com:8443");
    CHECK(u.origin() == "https://example.com:8443");
    CHECK(u.str() == "https://example.com:8443/a/b?x=1&y#top");
    CHECK(u.str_without_fragment() == "https://example.com:8443/a/b?x=1&y");
}

TEST_CASE("url: the empty url has no component", "[base][url]") {
    const url u;
    CHECK(u.empty());
    CHECK(u.str().empty());
    CHECK(u.host().empty());
    CHECK(u.server_name().empty());
    CHECK(u.authority().empty());
    CHECK(u.target().empty());
    CHECK_FALSE(u.query());
    CHECK_FALSE(u.fragment());
    CHECK(u.port() == 0);
    CHECK_FALSE(u.same_origin(u));
}

TEST_CASE("url: an empty query or fragment is not none", "[base][url]") {
    const url u = read("http://a/?#").target;
    CHECK(u.query() == ""sv);
    CHECK(u.fragment() == ""sv);
    CHECK(u.str() == "http://a/?#");
    CHECK(u.target() == "/?");
    CHECK_FALSE(read("http://a/").target.query());
    CHECK_FALSE(read("http://a/").target.fragment());
    CHECK(read("http://a#?").target.fragment() == "?"sv);
}

TEST_CASE("url: normalised as RFC 3986 6.2.2 and 6.2.3 say", "[base][url]") {
    const std::string_view table[][2] = {
        {"HTTP://Example.COM", "http://example.com/"},
        {"http://example.com:/", "http://example.com/"},
        {"http://example.com:80/", "http://example.com/"},
        {"http://example.com:0080/", "http://example.com/"},
        {"https://example.com:443?q", "https://example.com/?q"},
        {"http://example.com:443/", "http://example.com:443/"},
        {"ws://a:80/", "ws://a/"},
        {"wss://a:443/", "wss://a/"},
        {"ftp://a:21/", "ftp://a/"},
        {"ftps://a:990/", "ftps://a/"},
        {"gopher://a:70/", "gopher://a:70/"},
        {"http://a/%7euser/%c3%a4%2f", "http://a/~user/%C3%A4%2F"},
        {"http://a/?%7e%2f#%41%0a", "http://a/?~%2F#A%0A"},
        {"http://a/b/./c/../d", "http://a/b/d"},
        {"http://a/../../b", "http://a/b"},
        {"http://a/b/..", "http://a/"},
        {"http://a/b/.", "http://a/b/"},
        {"http://a/b/%2E%2e/c", "http://a/c"},
        {"http://a/%2e", "http://a/"},
        {"http://a/..b/.c/d..", "http://a/..b/.c/d.."},
        {"http://a/...", "http://a/..."},
        {"http://a//b//../c", "http://a//b/c"},
        {"http://a/b//..//..", "http://a/b/"},
        {"http://a?/../b", "http://a/?/../b"},
        {"http://a/%252e/", "http://a/%252e/"},
        {"http://a/\"<>[]^`{|}", "http://a/%22%3C%3E%5B%5D%5E%60%7B%7C%7D"},
        {"http://a/?a[]=1", "http://a/?a%5B%5D=1"},
        {"http://a/#x#y", "http://a/#x%23y"},
        {"http://a/\xc3\xa4?\xff#\x80", "http://a/%C3%A4?%FF#%80"},
        {"http://%65xample.com/", "http://example.com/"},
        {"http://a/:@!$&'()*+,;=-._~", "http://a/:@!$&'()*+,;=-._~"},
        {"mailto:A@B", "mailto:A@B"},
        {"urn:a/../b", "urn:a/../b"},
        {"file:///x/../y", "file:///y"},
        {"file:/x", "file:/x"},
        {"file://", "file:///"},
        {"x+y-z.1:", "x+y-z.1:"},
        {"foo:/a/..//b", "foo:/.//b"},
        {"foo:/.//b", "foo:/.//b"},
        {"foo:?q#f", "foo:?q#f"},
    };
    for (const auto& [text, expected] : table) {
        CAPTURE(text);
        CHECK(normal(text) == expected);
        CHECK(normal(expected) == expected);
    }
}

TEST_CASE("url: the default port comes from the scheme", "[base][url]") {
    CHECK(read("http://a").target.port() == 80);
    CHECK(read("ws://a").target.port() == 80);
    CHECK(read("HTTPS://a").target.port() == 443);
    CHECK(read("wss://a").target.port() == 443);
    CHECK(read("ftp://a").target.port() == 21);
    CHECK(read("ftps://a").target.port() == 990);
    CHECK(read("foo://a").target.port() == 0);
    CHECK(read("foo://a:7").target.port() == 7);
    CHECK_FALSE(read("http://a:80").target.has_explicit_port());
    CHECK(read("http://a:65535").target.port() == 65535);
    CHECK(read("http://a:1").target.authority() == "a:1");
}

TEST_CASE(
    "url: any scheme is read and those of the network need a host", "[base][url]"
) {
    CHECK(read("mailto:a@b").target.host_kind() == host_kind::none);
    CHECK(read("mailto:a@b").target.path() == "a@b");
    CHECK(read("mailto:a@b").target.authority().empty());
    CHECK(read("mailto:a@b").target.origin().empty());
    CHECK(read("file:///x").target.host_kind() == host_kind::none);
    CHECK(read("file:///x").target.path() == "/x");
    const std::string_view text = GENERATE(
        as<std::string_view>(),
        "http:",
        "http:/",
        "http:a",
        "http:/a",
        "http://",
        "http:///",
        "http:///a",
        "http://?a",
        "http://#a",
        "http://:80",
        "http://:80/",
        "http://@/",
        "http://u:p@/",
        "http://u:p@:80/",
        "https://:/",
        "ws://",
        "wss:/a",
        "ftp:a",
        "ftps://",
        "foo://:80/",
        "foo://u@/"
    );
    CHECK(says(refusal(text), "no host"));
}

TEST_CASE("url: a text without a scheme is told so", "[base][url]") {
    const std::string_view text = GENERATE(
        as<std::string_view>(),
        "",
        "/",
        "example.com",
        "example.com/x",
        "//example.com/",
        "?a:b",
        "#",
        ":",
        "://a",
        "1http://a/",
        "-a:b",
        "h_t:x",
        "example.com/a:b"
    );
    CHECK(says(refusal(text), "no scheme"));
}

TEST_CASE("url: the userinfo is moved out and decoded", "[base][url]") {
    const parsed_url both = read("http://us%65r:p%40ss:w%3Ard@Host/x");
    CHECK(both.target.str() == "http://host/x");
    CHECK(both.target.authority() == "host");
    CHECK(both.user == "user");
    CHECK(both.password == "p@ss:w:rd");
    CHECK(read("http://u@h/").user == "u");
    CHECK_FALSE(read("http://u@h/").password);
    CHECK(read("http://u:@h/").password == "");
    CHECK(read("http://:p@h/").user == "");
    CHECK(read("http://:p@h/").password == "p");
    CHECK(read("http://@h/").user == "");
    CHECK_FALSE(read("http://h/").user);
    CHECK(read("http://\xc3\xa4:%c3%A4@h/").password == "\xc3\xa4");
    CHECK(read("http://\xc3\xa4:%c3%A4@h/").user == "\xc3\xa4");
    CHECK(read("http://u:p@[::1]:8/").target.authority() == "[::1]:8");
    CHECK_FALSE(read("http://h/u:p@x").user);
}

TEST_CASE("url: a second parse leaves no user of the first", "[base][url]") {
    parsed_url out;
    REQUIRE_FALSE(url::parse("http://u:p@h/", out));
    REQUIRE_FALSE(url::parse("http://h/", out));
    CHECK_FALSE(out.user);
    CHECK_FALSE(out.password);
}

TEST_CASE("url: a refusal says nothing of the password", "[base][url]") {
    const std::string_view text = GENERATE(
        as<std::string_view>(),
        "http://u:secret%0a@h/",
        "http://u:secret%@h/",
        "http://u:secret[@h/",
        "http://u:secret@h@h/",
        "http://u:secret@h:99999/",
        "http://u:secret@h..h/",
        "http://u:sec/secret@h/",
        "http://u:secret@1.2/",
        "http://u:secret @h/",
        "//u:secret@h/"
    );
    CHECK_FALSE(says(refusal(text), "sec"));
}

TEST_CASE("url: control octets never come out of the userinfo", "[base][url]") {
    const std::string_view text = GENERATE(
        as<std::string_view>(),
        "http://u%0d:p@h/",
        "http://u:p%0A@h/",
        "http://u:%00@h/",
        "http://%7f@h/",
        "http://u:p%1b@h/",
        "http://u%09@h/",
        "http://u%:p@h/",
        "http://u:p%4@h/",
        "http://u:<p>@h/",
        "http://u:p|@h/",
        "http://[@h/"
    );
    CHECK(says(refusal(text), "user or password"));
}

TEST_CASE("E1.1: no parser is led to another host", "[base][url][E1.1]") {
    CHECK(host_of("http://example.com#@evil.com/") == "example.com");
    CHECK(host_of("http://example.com?@evil.com/") == "example.com");
    CHECK(host_of("http://example.com/@evil.com/") == "example.com");
    CHECK(host_of("http://example.com%40evil@good.test/") == "good.test");
    CHECK(read("http://example.com%40evil@good.test/").user == "example.com@evil");
    CHECK(host_of("http://good.test:80#@evil.com:81/") == "good.test");
    CHECK(host_of("http://a@good.test?b@evil.com") == "good.test");
    CHECK(host_of("http://a;b@good.test/") == "good.test");
    CHECK(says(refusal("http://a@b@c/"), "more than one @"));
    CHECK(says(refusal("http://a:b@c:d@e/"), "more than one @"));
    CHECK(says(refusal("http://good.test\\@evil.com/"), "backslash"));
    CHECK(says(refusal("http:\\\\a"), "no host"));
    CHECK(says(refusal("http://\\\\a"), "backslash"));
    CHECK(says(refusal("http://a/\\b"), "backslash"));
    CHECK(says(refusal("http://a b/"), "space"));
    CHECK(says(refusal("http://good.test:80:81/"), "more than one colon"));
    CHECK(says(refusal("http://good.test:evil.com/"), "port"));
    CHECK(says(refusal("http://::1/"), "brackets"));
    CHECK(says(refusal("http://%5b::1%5d/"), "brackets"));
}

TEST_CASE("E1.1: a host is decoded once and then checked", "[base][url][E1.1]") {
    CHECK(host_of("http://ex%61mple%2ecom/") == "example.com");
    CHECK(host_of("http://%31%32%37.0.0.1/") == "127.0.0.1");
    CHECK(read("http://%31%32%37.0.0.1/").target.host_kind() == host_kind::ipv4);
    const std::string_view text = GENERATE(
        as<std::string_view>(),
        "http://example.com%2F10.0.0.1/",
        "http://a%3Fb/",
        "http://a%23b/",
        "http://a%40b/",
        "http://a%3A80/",
        "http://a%5Cb/",
        "http://a%2541/",
        "http://a%20b/",
        "http://a%00b/",
        "http://a%0d%0ab/",
        "http://a%7f/",
        "http://a%5b/",
        "http://a!b/",
        "http://a*b/",
        "http://a,b/",
        "http://a;b/",
        "http://a=b/",
        "http://a{b/",
        "http://a<b/",
        "http://a\"b/",
        "http://a|b/"
    );
    CHECK(says(refusal(text), "host has a character"));
}

TEST_CASE("url: a percent sign of a host needs two digits", "[base][url]") {
    const std::string_view text = GENERATE(
        as<std::string_view>(), "http://a%/", "http://a%4/", "http://a%4", "http://a%"
    );
    CHECK(says(refusal(text), "host has a %"));
}

TEST_CASE("url: a percent sign behind the host may stand for itself", "[base][url]") {
    const auto row = GENERATE(
        as<std::pair<std::string_view, std::string_view>>(),
        std::pair{"http://a/%", "http://a/%25"},
        std::pair{"http://a/%4", "http://a/%254"},
        std::pair{"http://a/%4g", "http://a/%254g"},
        std::pair{"http://a/%%41", "http://a/%25A"},
        std::pair{"http://a/%%32e", "http://a/%252e"},
        std::pair{"http://a/?q=100%", "http://a/?q=100%25"},
        std::pair{"http://a/#%g1", "http://a/#%25g1"},
        std::pair{"http://a/%/../b", "http://a/b"},
        std::pair{"http://a/x/.%/b", "http://a/x/.%25/b"},
        std::pair{"foo:%", "foo:%25"}
    );
    CAPTURE(row.first);
    CHECK(read(row.first).target.str() == row.second);
    CHECK(read(row.second).target.str() == row.second);
    CHECK(says(refusal("http://a/% 41"), "space"));
}

TEST_CASE(
    "E1.1: empty labels are refused and one trailing dot is kept", "[base][url][E1.1]"
) {
    const url dotted = read("http://a.test./").target;
    CHECK(dotted.host() == "a.test.");
    CHECK(dotted.server_name() == "a.test");
    CHECK(dotted.authority() == "a.test.");
    CHECK_FALSE(dotted.same_origin(read("http://a.test/").target));
    CHECK(read("http://a.test/").target.server_name() == "a.test");
    const std::string_view text = GENERATE(
        as<std::string_view>(),
        "http://.a.test/",
        "http://a..b/",
        "http://a.../",
        "http://./",
        "http://../",
        "http://a.test../",
        "http://%2ea/",
        "http://a%2e.b/",
        "http://.:80/"
    );
    CHECK(says(refusal(text), "dot"));
}

TEST_CASE("E1.1: ports are 1 to 65535 in digits", "[base][url][E1.1]") {
    const std::string_view text = GENERATE(
        as<std::string_view>(),
        "http://a:0/",
        "http://a:65536/",
        "http://a:+80/",
        "http://a:-1/",
        "http://a:0x50/",
        "http://a:80a/",
        "http://a:8%30/",
        "http://a:8.0/",
        "http://a:99999999999999999999/",
        "http://a:4294967376/",
        "http://a:00000/",
        "http://[::1]:0/",
        "http://[::1]:x/",
        "http://a:\xd9\xa1/",
        "http://127.0.0.1:65616/"
    );
    CHECK(says(refusal(text), "port"));
}

TEST_CASE(
    "E1.1: a numeric host is four decimal parts or refused", "[base][url][E1.1]"
) {
    CHECK(read("http://192.0.2.1/").target.host_kind() == host_kind::ipv4);
    CHECK(read("http://255.255.255.255:1/").target.authority() == "255.255.255.255:1");
    const std::string_view text = GENERATE(
        as<std::string_view>(),
        "http://0x7f.1/",
        "http://127.1/",
        "http://0177.0.0.1/",
        "http://2130706433/",
        "http://127.0.0.1./",
        "http://1.2.3/",
        "http://1.2.3.4.5/",
        "http://1.2.3.256/",
        "http://01.2.3.4/",
        "http://1.2.3.04/",
        "http://1.2.3.0x4/",
        "http://0x7f000001/",
        "http://0X7F.0.0.1/",
        "http://0x/",
        "http://a.0x/",
        "http://a.1/",
        "http://0/",
        "http://1e3.5/",
        "http://1.2.3.1000/",
        "http://00.0.0.0/",
        "http://%30x7f.1/",
        "http://017700000001/"
    );
    CHECK(says(refusal(text), "IPv4"));
}

TEST_CASE("url: names that only resemble numbers are names", "[base][url]") {
    const std::string_view name = GENERATE(
        as<std::string_view>(),
        "1.2.3.4a",
        "1a",
        "0xg",
        "0x7f.a",
        "1.test",
        "127.0.0.1.test",
        "a0x1",
        "face",
        "0b1",
        "1-1",
        "x",
        "a_b",
        "a-",
        "~",
        "10.0.0.1.in-addr.arpa."
    );
    const std::string text = "http://" + std::string(name) + "/";
    CHECK(read(text).target.host() == name);
    CHECK(read(text).target.host_kind() == host_kind::name);
}
