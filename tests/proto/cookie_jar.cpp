// xfer/cookie_jar.hpp: which cookies are kept and which are sent.
#include "support/cookies.hpp"
#include <xfer/cookie_jar.hpp>
#include <xfer/proto/set_cookie.hpp>

#include <catch2/catch.hpp>

#include <string>
#include <string_view>
#include <vector>

using namespace std::chrono_literals;
using support::cookie_time;
using support::respond;
using support::sent;
using xfer::cookie;
using xfer::cookie_jar;

namespace {

cookie cookie_of(std::string name, std::string value, std::string domain) {
    cookie c;
    c.name = std::move(name);
    c.value = std::move(value);
    c.domain = std::move(domain);
    return c;
}

}  // namespace

// Session, scope, order, replacement and removal as the RFC's text and examples have
// them: what a server at `from` says, and what a request to `to` then carries.
TEST_CASE("D1.2: cookies go where RFC 6265 says", "[proto][cookie]") {
    struct row {
        std::string_view from;
        std::vector<std::string> lines;
        std::string_view to, header;
    };
    const auto r = GENERATE(values<row>({
        // 3.1: the examples of the RFC.
        {"https://example.com/",
         {"SID=31d4d96e407aad42"},
         "https://example.com/x",
         "SID=31d4d96e407aad42"},
        {"https://example.com/",
         {"SID=1; Path=/; Domain=example.com"},
         "https://www.example.com/",
         "SID=1"},
        {"https://example.com/",
         {"SID=1; Path=/; Secure; HttpOnly", "lang=en-US; Path=/; Domain=example.com"},
         "https://example.com/",
         "SID=1; lang=en-US"},
        {"https://example.com/",
         {"lang=en; Expires=Wed, 09 Jun 2027 10:18:14 GMT"},
         "https://example.com/",
         "lang=en"},
        {"https://example.com/",
         {"lang=en", "lang=; Expires=Sun, 06 Nov 1994 08:49:37 GMT"},
         "https://example.com/",
         ""},
        // 5.4, 5.7: paths.
        {"http://a.test/docs/index.html", {"x=1"}, "http://a.test/docs/more", "x=1"},
        {"http://a.test/docs/index.html", {"x=1"}, "http://a.test/docs", "x=1"},
        {"http://a.test/docs/index.html", {"x=1"}, "http://a.test/", ""},
        {"http://a.test/docs/index.html", {"x=1"}, "http://a.test/docsx", ""},
        {"http://a.test/docs/", {"x=1; Path=nowhere"}, "http://a.test/docs/", "x=1"},
        {"http://a.test/docs/", {"x=1; Path=nowhere"}, "http://a.test/", ""},
        {"http://a.test/", {"x=1; Path=/other"}, "http://a.test/other/", "x=1"},
        {"http://a.test/a;b/c", {"x=1"}, "http://a.test/a;b/", "x=1"},
        {"http://a.test/a/b?/c/d", {"x=1"}, "http://a.test/a/?x", "x=1"},
        // 5.8.3: longer paths first, then the older cookie.
        {"http://a.test/",
         {"a=1; Path=/", "b=2; Path=/x/y", "c=3; Path=/x", "d=4; Path=/"},
         "http://a.test/x/y/z",
         "b=2; c=3; a=1; d=4"},
        {"http://a.test/", {"a=1", "b=2", "a=3"}, "http://a.test/", "a=3; b=2"},
        {"http://a.test/", {"a=1", "a=2; Path=/x"}, "http://a.test/x", "a=2; a=1"},
        {"http://a.test/", {"a=1", "A=2"}, "http://a.test/", "a=1; A=2"},
        // 5.6, 5.8.3: cookies without a name or without a value.
        {"http://a.test/", {"x", "=y"}, "http://a.test/", "y"},
        {"http://a.test/", {"x="}, "http://a.test/", "x="},
        {"http://a.test/", {"n=\"a b\", c"}, "http://a.test/", "n=\"a b\", c"},
        // 8.5: ports and schemes are no border, Secure is one.
        {"http://a.test:8080/", {"x=1"}, "https://a.test:9090/", "x=1"},
        {"https://a.test/", {"x=1; Secure"}, "https://a.test/", "x=1"},
        {"https://a.test/", {"x=1; Secure"}, "wss://a.test/", "x=1"},
        {"https://a.test/", {"x=1; Secure"}, "http://a.test/", ""},
        {"http://a.test/", {"x=1; Secure"}, "https://a.test/", ""},
        {"ftp://a.test/", {"x=1"}, "http://a.test/", ""},
        {"http://a.test/", {"x=1"}, "ftp://a.test/", ""},
        // 5.7: the host alone, or the names below a domain.
        {"http://www.a.test/", {"x=1"}, "http://www.a.test/", "x=1"},
        {"http://www.a.test/", {"x=1"}, "http://a.test/", ""},
        {"http://www.a.test/", {"x=1"}, "http://x.www.a.test/", ""},
        {"http://www.a.test/", {"x=1; Domain=A.Test"}, "http://A.TEST/", "x=1"},
        {"http://www.a.test/", {"x=1; Domain=.a.test"}, "http://b.c.a.test/", "x=1"},
        {"http://www.a.test/",
         {"x=1; Domain=www.a.test"},
         "http://x.www.a.test/",
         "x=1"},
        {"http://www.a.test/", {"x=1; Domain="}, "http://x.www.a.test/", ""},
        {"http://www.a.test/", {"x=1; Domain=."}, "http://www.a.test/", "x=1"},
        {"http://www.a.test/",
         {"x=1; Domain=b.test; Domain=a.test"},
         "http://a.test/",
         "x=1"},
        // The host-only cookie and that of the domain are two.
        {"http://a.test/", {"x=1", "x=2; Domain=a.test"}, "http://a.test/", "x=1; x=2"},
        {"http://a.test/", {"x=1", "x=2; Domain=a.test"}, "http://b.a.test/", "x=2"},
    }));
    cookie_jar jar;
    respond(jar, r.from, r.lines);
    CAPTURE(r.from, r.lines, r.to);
    CHECK(sent(jar, r.to) == r.header);
}

TEST_CASE(
    "cookie_jar: a cookie is kept until its time, not longer", "[proto][cookie]"
) {
    cookie_jar jar;
    CHECK(respond(jar, "http://a.test/", {"a=1; Max-Age=60", "b=2"}) == 2);
    CHECK(sent(jar, "http://a.test/", cookie_time + 59s) == "a=1; b=2");
    CHECK(sent(jar, "http://a.test/", cookie_time + 60s) == "b=2");
    CHECK(jar.size() == 2);
    CHECK(jar.drop_expired(cookie_time + 60s) == 1);
    CHECK(jar.size() == 1);
}

TEST_CASE("K3: no date of expiry outlives 400 days", "[proto][cookie]") {
    const std::string attribute = GENERATE(
        as<std::string>(),
        "Expires=Tue, 19 Jan 2038 03:14:08 GMT",
        "Expires=Fri, 31 Dec 9999 23:59:59 GMT",
        "Max-Age=1000000000000000000000000000000"
    );
    cookie_jar jar;
    respond(jar, "http://a.test/", {"a=1; " + attribute});
    const auto end = cookie_time + xfer::proto::max_cookie_age;
    CHECK(sent(jar, "http://a.test/", end - 1s) == "a=1");
    CHECK(sent(jar, "http://a.test/", end) == "");
}

TEST_CASE("K3: a date in the past removes the cookie", "[proto][cookie]") {
    const std::string attribute = GENERATE(
        as<std::string>(),
        "Expires=Mon, 01 Jan 1601 00:00:00 GMT",
        "Expires=Thu, 01 Jan 1970 00:00:00 GMT",
        "Max-Age=0",
        "Max-Age=-1"
    );
    cookie_jar jar;
    respond(jar, "http://a.test/", {"a=1", "b=2"});
    CHECK(respond(jar, "http://a.test/", {"a=; " + attribute}) == 1);
    CHECK(sent(jar, "http://a.test/") == "b=2");
    CHECK(jar.size() == 1);
}

TEST_CASE("cookie_jar: a replaced cookie keeps its place", "[proto][cookie]") {
    cookie_jar jar;
    respond(jar, "http://a.test/", {"a=1", "b=2"});
    respond(jar, "http://a.test/", {"a=3"}, cookie_time + 10s);
    CHECK(sent(jar, "http://a.test/", cookie_time + 20s) == "a=3; b=2");
    const auto all = jar.cookies();
    REQUIRE(all.size() == 2);
    CHECK(all[0].name == "a");
    CHECK(all[0].creation == cookie_time);
    CHECK(all[0].last_access == cookie_time + 20s);
}

TEST_CASE("cookie_jar: what was set is told as it is", "[proto][cookie]") {
    cookie_jar jar;
    respond(
        jar,
        "https://www.a.test/x/y",
        {"n=v; Domain=a.test; Max-Age=60; Secure; HttpOnly; SameSite=Lax"}
    );
    cookie expected = cookie_of("n", "v", "a.test");
    expected.path = "/x";
    expected.expires = cookie_time + 60s;
    expected.creation = expected.last_access = cookie_time;
    expected.same_site = xfer::same_site::lax;
    expected.host_only = false;
    expected.secure = expected.http_only = true;
    REQUIRE(jar.cookies().size() == 1);
    CHECK(jar.cookies()[0] == expected);
}

TEST_CASE("cookie_jar: cookies may be added and removed by hand", "[proto][cookie]") {
    cookie_jar jar;
    cookie c = cookie_of("n", "v", ".A.Test.");
    c.host_only = false;
    CHECK(jar.add(c, cookie_time));
    CHECK(sent(jar, "http://b.a.test/") == "n=v");
    CHECK(jar.cookies()[0].domain == "a.test");
    CHECK(jar.remove("a.test", "/x", "n") == 0);
    CHECK(jar.remove("A.test", "/", "n") == 1);
    CHECK(jar.size() == 0);

    c.expires = cookie_time + 60s;
    CHECK(jar.add(c, cookie_time));
    CHECK(jar.add(cookie_of("s", "v", "a.test"), cookie_time));
    CHECK(jar.clear_session() == 1);
    CHECK(sent(jar, "http://a.test/") == "n=v");
    c.expires = cookie_time;
    CHECK(jar.add(c, cookie_time));
    CHECK(jar.size() == 0);
    CHECK(jar.add(cookie_of("s", "v", "a.test"), cookie_time));
    jar.clear();
    CHECK(jar.size() == 0);
    CHECK(sent(jar, "http://a.test/") == "");
}

TEST_CASE("D2.1: what is added by hand is checked as well", "[proto][cookie]") {
    cookie_jar jar;
    const auto refused = [&jar](const cookie& c) { return !jar.add(c, cookie_time); };
    CHECK(refused(cookie_of("a\r", "v", "a.test")));
    CHECK(refused(cookie_of("a", "v\nX: y", "a.test")));
    CHECK(refused(cookie_of("a", std::string(1, '\0'), "a.test")));
    CHECK(refused(cookie_of("a", "v; b=w", "a.test")));
    CHECK(refused(cookie_of("a=b", "v", "a.test")));
    CHECK(refused(cookie_of("a ", "v", "a.test")));
    CHECK(refused(cookie_of("a", " v", "a.test")));
    CHECK(refused(cookie_of("", "", "a.test")));
    CHECK(refused(cookie_of("a", std::string(4096, 'v'), "a.test")));
    CHECK(refused(cookie_of("__Secure-a", "v", "a.test")));
    CHECK(refused(cookie_of("", "__Host-a=v", "a.test")));
    for (const auto* domain :
         {"",
          ".",
          "a..test",
          "a.test/x",
          "a.test:80",
          "u@a.test",
          "a.test#",
          "%61.test",
          "a test",
          "..a.test",
          "a.test..",
          "[::1]",
          "::g",
          "1.2.3",
          "a\tb"}) {
        CAPTURE(domain);
        CHECK(refused(cookie_of("a", "v", domain)));
    }
    CHECK(refused(cookie_of("a", "v", std::string(255, 'a') + ".test")));
    cookie c = cookie_of("a", "v", "a.test");
    for (const auto* path : {"", "x", "/\n", "\"/\""}) {
        c.path = path;
        CHECK(refused(c));
    }
    c.path = "/" + std::string(cookie_jar::max_path_size, 'p');
    CHECK(refused(c));
    CHECK(jar.size() == 0);
}

TEST_CASE("D2.1: the 51st Set-Cookie of a response is ignored", "[proto][cookie]") {
    cookie_jar jar;
    std::vector<std::string> lines;
    for (int i = 0; i < 60; ++i) lines.push_back("c" + std::to_string(i) + "=1");
    lines[0] = "=";  // is none, and counts
    CHECK(respond(jar, "http://a.test/", lines) == 49);
    CHECK(jar.remove("a.test", "/", "c49") == 1);
    CHECK(jar.remove("a.test", "/", "c50") == 0);
}

TEST_CASE("D2.1: 150 cookies are sent at most", "[proto][cookie]") {
    cookie_jar jar;
    std::string expected;
    for (int i = 0; i < 170; ++i) {
        const std::string name = "c" + std::to_string(i);
        CHECK(jar.add(cookie_of(name, "v", "a.test"), cookie_time));
        if (i < 150) expected += (i == 0 ? "" : "; ") + name + "=v";
    }
    CHECK(sent(jar, "http://a.test/") == expected);
    CHECK(sent(jar, "http://a.test/") == expected);
}

TEST_CASE("D2.1: a Cookie field has 8190 octets at most", "[proto][cookie]") {
    cookie_jar jar;
    const std::string value(4000, 'v');
    CHECK(jar.add(cookie_of("a", value, "a.test"), cookie_time));
    CHECK(jar.add(cookie_of("b", value, "a.test"), cookie_time));
    // "a=...; b=...; c=" are 4002 + 2 + 4002 + 2 + 2: 180 octets are left.
    const std::string both = "a=" + value + "; b=" + value;
    cookie c = cookie_of("c", std::string(180, 'v'), "a.test");
    CHECK(jar.add(c, cookie_time));
    CHECK(sent(jar, "http://a.test/").size() == cookie_jar::max_header_size);
    c.value += 'v';
    CHECK(jar.add(c, cookie_time));
    CHECK(jar.add(cookie_of("d", "small", "a.test"), cookie_time));
    CHECK(sent(jar, "http://a.test/") == both);
}

TEST_CASE(
    "D2.1: a domain keeps 180 cookies, the used before others", "[proto][cookie]"
) {
    cookie_jar jar({.total = 100, .per_domain = 3});
    respond(jar, "http://a.test/", {"a=1; Path=/a", "b=1; Path=/b", "c=1; Path=/c"});
    respond(jar, "http://b.test/", {"x=1"});
    CHECK(sent(jar, "http://a.test/a", cookie_time + 1s) == "a=1");
    CHECK(respond(jar, "http://a.test/", {"d=1; Path=/d"}, cookie_time + 2s) == 1);
    CHECK(jar.size() == 4);
    CHECK(sent(jar, "http://a.test/a", cookie_time + 3s) == "a=1");
    CHECK(sent(jar, "http://a.test/b", cookie_time + 3s) == "");
    CHECK(sent(jar, "http://a.test/c", cookie_time + 3s) == "c=1");
    CHECK(sent(jar, "http://a.test/d", cookie_time + 3s) == "d=1");
    CHECK(sent(jar, "http://b.test/", cookie_time + 3s) == "x=1");
    CHECK(cookie_jar().size() == 0);
    CHECK(xfer::cookie_limits().per_domain == 180);
    CHECK(xfer::cookie_limits().total == 3000);
}

TEST_CASE("D2.1: a full jar drops the expired, then the unused", "[proto][cookie]") {
    cookie_jar jar({.total = 3, .per_domain = 3});
    respond(jar, "http://a.test/", {"a=1"});
    respond(jar, "http://b.test/", {"b=1; Max-Age=10"}, cookie_time + 1s);
    respond(jar, "http://c.test/", {"c=1"}, cookie_time + 2s);
    respond(jar, "http://d.test/", {"d=1"}, cookie_time + 20s);
    CHECK(jar.size() == 3);
    CHECK(jar.cookies()[0].name == "a");
    CHECK(jar.cookies()[1].name == "c");
    CHECK(sent(jar, "http://a.test/", cookie_time + 21s) == "a=1");
    respond(jar, "http://e.test/", {"e=1"}, cookie_time + 22s);
    CHECK(jar.size() == 3);
    CHECK(sent(jar, "http://a.test/", cookie_time + 23s) == "a=1");
    CHECK(sent(jar, "http://c.test/", cookie_time + 23s) == "");
}

TEST_CASE(
    "D2.2: cookies in plain text do not push out secure ones", "[proto][cookie]"
) {
    cookie_jar jar({.total = 100, .per_domain = 5});
    respond(jar, "https://a.test/", {"sid=1; Secure"});
    for (int i = 0; i < 20; ++i) {
        respond(
            jar,
            "http://a.test/",
            {"c" + std::to_string(i) + "=1"},
            cookie_time + std::chrono::seconds(i + 1)
        );
    }
    CHECK(jar.size() == 5);
    CHECK(sent(jar, "https://a.test/", cookie_time + 30s).starts_with("sid=1; "));
}

TEST_CASE("D2.1: a jar under attack stays within its limits", "[proto][cookie]") {
    cookie_jar jar({.total = 50, .per_domain = 10});
    for (int i = 0; i < 400; ++i) {
        std::vector<std::string> lines;
        for (int j = 0; j < 12; ++j) {
            lines.push_back("c" + std::to_string(i * 12 + j) + "=1; Domain=a.test");
        }
        const std::string host = "h" + std::to_string(i % 40);
        lines.emplace_back("own=1");
        respond(jar, "http://" + host + ".a.test/", lines);
        if (jar.size() > 50) FAIL("over the limit");
    }
    CHECK(jar.size() == jar.cookies().size());
    CHECK(jar.size() > 10);
}
