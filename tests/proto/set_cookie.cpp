// xfer/proto/set_cookie.hpp: the field, and the rules that need no store.
#include "support/cookies.hpp"
#include <xfer/proto/set_cookie.hpp>

#include <catch2/catch.hpp>

#include <random>
#include <string>
#include <string_view>
#include <vector>

using namespace std::chrono;
using namespace std::string_literals;
using xfer::proto::parse_set_cookie;
using xfer::proto::set_cookie;

namespace {

constexpr sys_seconds cookie_time = sys_days(2026y / March / 15) + 12h;

set_cookie parsed(std::string_view text) {
    CAPTURE(text);
    const auto set = parse_set_cookie(text, cookie_time);
    REQUIRE(set);
    return *set;
}

bool refused(std::string_view text) { return !parse_set_cookie(text, cookie_time); }

}  // namespace

TEST_CASE("set_cookie: name and value are what stands there", "[proto][cookie]") {
    struct row {
        std::string_view text, name, value;
    };
    const auto r = GENERATE(
        row{"SID=31d4d96e407aad42", "SID", "31d4d96e407aad42"},
        row{"  a \t=\t b c  ", "a", "b c"},
        row{"a=b=c", "a", "b=c"},
        row{"a=\"b;c\"", "a", "\"b"},
        row{"a=\"b c\"", "a", "\"b c\""},
        row{"a=", "a", ""},
        row{"=b", "", "b"},
        row{"==b", "", "=b"},
        row{"b", "", "b"},
        row{"a=\xc3\xa4", "a", "\xc3\xa4"},
        row{"a=b\tc", "a", "b\tc"},
        row{"a=b,c=d", "a", "b,c=d"},
        row{"a=b;", "a", "b"},
        row{"a=b; ; ;=;x", "a", "b"}
    );
    CAPTURE(r.text);
    const auto set = parsed(r.text);
    CHECK(set.name == r.name);
    CHECK(set.value == r.value);
    CHECK(set.domain.empty());
    CHECK(set.path.empty());
    CHECK_FALSE(set.expires);
}

TEST_CASE("set_cookie: what has neither name nor value is ignored", "[proto][cookie]") {
    CHECK(refused(""));
    CHECK(refused("  "));
    CHECK(refused("="));
    CHECK(refused(" = ; Path=/"));
    CHECK(refused("; a=b"));
}

TEST_CASE("D2.1: a control octet anywhere refuses the cookie", "[proto][cookie]") {
    for (int octet = 0; octet < 256; ++octet) {
        const bool control = (octet < 0x20 && octet != '\t') || octet == 0x7f;
        const std::string c(1, static_cast<char>(octet));
        CAPTURE(octet);
        CHECK(refused("a=b" + c + "c") == control);
        CHECK(refused("a" + c + "a=b") == control);
        CHECK(refused("a=b; Path=/" + c) == control);
        CHECK(refused("a=b; x" + c + "y=z") == control);
    }
}

TEST_CASE("D2.1: name and value have 4096 octets at most", "[proto][cookie]") {
    CHECK(parsed("n=" + std::string(4095, 'v')).value.size() == 4095);
    CHECK(refused("n=" + std::string(4096, 'v')));
    CHECK(parsed(std::string(4096, 'n') + "=").name.size() == 4096);
    CHECK(refused(std::string(4096, 'n') + "=v"));
    CHECK(refused(std::string(4097, 'v')));
    // Blanks do not count.
    CHECK(parsed("n= " + std::string(4095, 'v') + " ").value.size() == 4095);
}

TEST_CASE("D2.1: an attribute of 1025 octets is ignored alone", "[proto][cookie]") {
    const std::string longest = "/" + std::string(1023, 'p');
    CHECK(parsed("a=b; Path=" + longest).path == longest);
    CHECK(parsed("a=b; Path=" + longest + "p; Secure").path.empty());
    CHECK(parsed("a=b; Path=" + longest + "p; Secure").secure);
    CHECK(parsed("a=b; Path=/x; Path=" + longest + "p").path == "/x");
}

TEST_CASE("set_cookie: attributes are found in any spelling", "[proto][cookie]") {
    const auto set = parsed(
        "a=b;domain = Example.COM ;PATH=/x y ; SECURE;httponly=no;samesite=STRICT"
    );
    CHECK(set.domain == "Example.COM");
    CHECK(set.path == "/x y");
    CHECK(set.secure);
    CHECK(set.http_only);
    CHECK(set.same_site == xfer::same_site::strict);
    CHECK(parsed("a=b; SameSite=lax").same_site == xfer::same_site::lax);
    CHECK(parsed("a=b; SameSite=None").same_site == xfer::same_site::none);
    CHECK(parsed("a=b; SameSite=foo").same_site == xfer::same_site::unset);
    CHECK(parsed("a=b; SameSite=Lax; SameSite").same_site == xfer::same_site::unset);
    CHECK_FALSE(parsed("a=b; Secured; HttpOnlyish").secure);
}

TEST_CASE("set_cookie: the last of equal attributes counts", "[proto][cookie]") {
    const auto set = parsed("a=b; Path=/1; Domain=one.test; Path=/2; Domain=.two.test");
    CHECK(set.path == "/2");
    CHECK(set.domain == "two.test");
    CHECK(parsed("a=b; Path=/1; Path=x").path.empty());
    CHECK(parsed("a=b; Domain=one.test; Domain=").domain.empty());
    CHECK(parsed("a=b; Domain=..one.test").domain == ".one.test");
}

TEST_CASE("K3: Max-Age ends a cookie, at most 400 days from now", "[proto][cookie]") {
    const auto expires = [](std::string_view age) {
        return parsed("a=b; Max-Age=" + std::string(age)).expires;
    };
    const sys_seconds latest = cookie_time + days(400);
    CHECK(expires("60") == cookie_time + 60s);
    CHECK(expires("060") == cookie_time + 60s);
    CHECK(expires("34560000") == latest);
    CHECK(expires("34560001") == latest);
    CHECK(expires("9223372036854775807") == latest);
    CHECK(expires("1" + std::string(30, '0')) == latest);
    CHECK(expires("0") == sys_seconds::min());
    CHECK(expires("-1") == sys_seconds::min());
    CHECK(expires("-0") == sys_seconds::min());
    CHECK(expires("-1" + std::string(30, '0')) == sys_seconds::min());
    for (const auto* none : {"", "-", "+1", "1e30", "1.5", "0x10", "--1", "1 2", "x"}) {
        CAPTURE(none);
        CHECK_FALSE(expires(none));
    }
}

TEST_CASE("K3: Expires ends a cookie, at most 400 days from now", "[proto][cookie]") {
    const auto expires = [](std::string_view date) {
        return parsed("a=b; Expires=" + std::string(date)).expires;
    };
    const sys_seconds latest = cookie_time + days(400);
    CHECK(expires("Sun, 15 Mar 2026 12:00:01 GMT") == cookie_time + 1s);
    CHECK(expires("Mon, 01 Jan 1601 00:00:00 GMT") == sys_days(1601y / January / 1));
    CHECK(expires("Tue, 19 Jan 2038 03:14:08 GMT") == latest);
    CHECK(expires("Fri, 31 Dec 9999 23:59:59 GMT") == latest);
    // No date at all: a session cookie, which lives shorter still.
    CHECK_FALSE(expires("Fri, 31 Dec 99999 23:59:59 GMT"));
    CHECK_FALSE(expires("0"));
}

TEST_CASE(
    "set_cookie: Max-Age goes before Expires, wrong ones away", "[proto][cookie]"
) {
    const std::string date = "Expires=Mon, 16 Mar 2026 12:00:00 GMT";
    CHECK(parsed("a=b; " + date).expires == cookie_time + 24h);
    CHECK(parsed("a=b; Max-Age=60; " + date).expires == cookie_time + 60s);
    CHECK(parsed("a=b; " + date + "; Max-Age=60").expires == cookie_time + 60s);
    CHECK(parsed("a=b; " + date + "; Max-Age=x").expires == cookie_time + 24h);
    CHECK(parsed("a=b; Max-Age=60; Max-Age=x").expires == cookie_time + 60s);
    CHECK(parsed("a=b; " + date + "; Expires=0").expires == cookie_time + 24h);
}

TEST_CASE("K3: the end of time is no place to overflow", "[proto][cookie]") {
    const auto set = parse_set_cookie("a=b; Max-Age=60", sys_seconds::max());
    REQUIRE(set);
    CHECK(set->expires == sys_seconds::max());
    CHECK(
        xfer::proto::limited_cookie_expiry(sys_seconds::max(), sys_seconds::min()) ==
        sys_seconds::min() + days(400)
    );
}

TEST_CASE("D2.2: prefixes are kept whatever their case", "[proto][cookie]") {
    const std::string secure = GENERATE(as<std::string>(), "__Secure-", "__sEcUrE-");
    CHECK_FALSE(refused(secure + "a=b; Secure"));
    CHECK_FALSE(refused(secure + "a=b; Secure; Domain=example.com; Path=/x"));
    CHECK(refused(secure + "a=b"));
    CHECK(refused(secure + "=b"));
    CHECK(refused(secure + "a"));  // a value, as there is no '='
    CHECK(refused("=" + secure + "a=b; Secure"));

    const std::string host = GENERATE(as<std::string>(), "__Host-", "__hOsT-");
    CHECK_FALSE(refused(host + "a=b; Secure; Path=/"));
    CHECK_FALSE(refused(host + "a=b; Secure; Path=/; Domain="));
    CHECK(refused(host + "a=b; Secure"));
    CHECK(refused(host + "a=b; Path=/"));
    CHECK(refused(host + "a=b; Secure; Path=/x"));
    CHECK(refused(host + "a=b; Secure; Path=/; Domain=example.com"));
    CHECK(refused("=" + host + "a=b; Secure; Path=/"));
    CHECK_FALSE(refused("__Hosta=b; x__Host-=1"));
}

TEST_CASE("set_cookie: the default path ends at the last slash", "[proto][cookie]") {
    using xfer::proto::default_cookie_path;
    CHECK(default_cookie_path("/") == "/");
    CHECK(default_cookie_path("/a") == "/");
    CHECK(default_cookie_path("/a/") == "/a");
    CHECK(default_cookie_path("/a/b") == "/a");
    CHECK(default_cookie_path("/a/b/") == "/a/b");
    CHECK(default_cookie_path("//") == "/");
    CHECK(default_cookie_path("") == "/");
    CHECK(default_cookie_path("a/b") == "/");
}

TEST_CASE("set_cookie: paths match at slashes only", "[proto][cookie]") {
    using xfer::proto::cookie_path_matches;
    CHECK(cookie_path_matches("/", "/"));
    CHECK(cookie_path_matches("/a", "/"));
    CHECK(cookie_path_matches("/a", "/a"));
    CHECK(cookie_path_matches("/a/", "/a"));
    CHECK(cookie_path_matches("/a/b", "/a"));
    CHECK(cookie_path_matches("/a/b", "/a/"));
    CHECK_FALSE(cookie_path_matches("/ab", "/a"));
    CHECK_FALSE(cookie_path_matches("/a", "/a/"));
    CHECK_FALSE(cookie_path_matches("/A", "/a"));
    CHECK_FALSE(cookie_path_matches("/", "/a"));
}

TEST_CASE(
    "set_cookie: paths match however their octets are written", "[proto][cookie]"
) {
    using xfer::proto::cookie_path_matches;
    CHECK(cookie_path_matches("/caf%C3%A9", "/caf%c3%a9"));
    CHECK(cookie_path_matches("/caf%C3%A9/x", "/caf%c3%a9"));
    CHECK(cookie_path_matches("/~u/x", "/%7Eu"));
    CHECK(cookie_path_matches("/%7eu/x", "/~u/"));
    CHECK(cookie_path_matches("/a", "/%61"));
    CHECK_FALSE(cookie_path_matches("/caf%C3%A9", "/caf%c3%a8"));
    CHECK_FALSE(cookie_path_matches("/~ux", "/%7Eu"));
    // What is no letter of the path's own stays apart from what is (RFC 3986 2.2).
    CHECK_FALSE(cookie_path_matches("/a/b", "/a%2Fb"));
    CHECK_FALSE(cookie_path_matches("/a%2Fb", "/a"));
    CHECK(cookie_path_matches("/a%2Fb", "/a%2fb"));
    // Nor is anything decoded twice, or that is not encoded.
    CHECK_FALSE(cookie_path_matches("/~u", "/%257Eu"));
    CHECK_FALSE(cookie_path_matches("/%257Eu", "/%7Eu"));
    CHECK(cookie_path_matches("/%", "/%"));
    CHECK(cookie_path_matches("/%7", "/%7"));
    CHECK_FALSE(cookie_path_matches("/~", "/%7"));
    CHECK(cookie_path_matches("/my%20files/x", "/my files"));
    CHECK(cookie_path_matches("/a%5Cb", "/a\\b"));
    CHECK(cookie_path_matches("/a%23b%3Fc", "/a#b?c"));
    CHECK_FALSE(cookie_path_matches("/%zz", "/%ZZ"));
}

TEST_CASE("D1.1: a domain matches whole labels only", "[proto][cookie]") {
    using xfer::proto::cookie_domain_matches;
    CHECK(cookie_domain_matches("example.com", "example.com"));
    CHECK(cookie_domain_matches("www.example.com", "example.com"));
    CHECK(cookie_domain_matches("a.b.example.com", "example.com"));
    CHECK_FALSE(cookie_domain_matches("example.com", "ample.com"));
    CHECK_FALSE(cookie_domain_matches("ample.com", "example.com"));
    CHECK_FALSE(cookie_domain_matches("example.com", "www.example.com"));
    CHECK_FALSE(cookie_domain_matches("www.example.com", ".example.com"));
    CHECK_FALSE(cookie_domain_matches("example.com", ""));
}

TEST_CASE("D2.1: any octets are read without harm", "[proto][cookie]") {
    std::mt19937 random(4096);
    const std::string seed =
        "__Host-a=b; Domain=.x.y; Path=/\"; Max-Age=-9; Expires=1 Jan 2027 1:2:3; "
        "Secure";
    std::size_t read = 0;
    for (int round = 0; round < 20000; ++round) {
        std::string text = seed.substr(random() % 8);
        for (auto change = random() % 6; change > 0; --change) {
            text[random() % text.size()] = static_cast<char>(random() & 0xffU);
        }
        text.resize(random() % 3 == 0 ? random() % text.size() : text.size());
        // In memory of its very size, so that a step too far is seen.
        const std::vector<char> exact(text.begin(), text.end());
        const std::string_view view(exact.data(), exact.size());
        if (const auto set = parse_set_cookie(view, cookie_time)) {
            ++read;
            if (set->name.size() + set->value.size() == 0) FAIL(text);
            if (set->expires > cookie_time + days(400)) FAIL(text);
        }
    }
    CHECK(read > 1000);
}
