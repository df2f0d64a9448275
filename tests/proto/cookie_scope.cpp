// xfer/cookie_jar.hpp: for whom a server may set cookies, and what it must leave alone.
#include "support/cookies.hpp"
#include <xfer/cookie_jar.hpp>

#include <catch2/catch.hpp>

#include <string>
#include <string_view>

using support::cookie_time;
using support::respond;
using support::sent;
using xfer::cookie_jar;

TEST_CASE("D1.1: a server sets cookies for itself and above only", "[proto][cookie]") {
    struct row {
        std::string_view host, domain;
    };
    const auto r = GENERATE(
        row{"example.com", "ample.com"},
        row{"ample.com", "example.com"},
        row{"example.com", "www.example.com"},
        row{"www.example.com", "www2.example.com"},
        row{"www.example.com", "..example.com"},
        row{"www.example.com", "example.com."},
        row{"example.com", "example.com."},
        row{"example.com.", "example.com."},
        row{"www.example.com", "com"},
        row{"www.example.com", ".com"},
        row{"www.example.com", "com."},
        row{"www.example.com", ".com."},
        row{"www.example.com.", "com"},
        row{"www.example.com.", "com."},
        row{"example.com.", "com."},
        row{"www.example.com", "COM"},
        row{"www.example.xn--p1ai", "xn--p1ai"},
        row{"www.example.xn--p1ai", "XN--P1AI."},
        row{"www.intranet", "intranet"},
        row{"www.localhost", "localhost"},
        row{"192.168.0.1", "168.0.1"},
        row{"192.168.0.1", "0.1"},
        row{"192.168.0.1", "1"},
        row{"192.168.0.1", "192.168.0.1."},
        row{"192.168.0.1", "192.168.0.2"},
        row{"[::1]", "[::1]"},
        row{"[::1]", ":1"},
        row{"[::ffff:192.0.2.1]", "192.0.2.1"},
        row{"www.example.com", "ex%61mple.com"},
        row{"www.example.com", "example.com/"},
        row{"www.example.com", "example.com:80"},
        row{"www.example.com", "\xc3\xa4xample.com"},
        row{"www.example.com", "*.com"}
    );
    CAPTURE(r.host, r.domain);
    cookie_jar jar;
    const std::string from = "http://" + std::string(r.host) + "/";
    CHECK(respond(jar, from, {"a=1; Domain=" + std::string(r.domain)}) == 0);
    CHECK(jar.size() == 0);
}

TEST_CASE("D1.1: a trailing dot of the host is no other host", "[proto][cookie]") {
    cookie_jar jar;
    respond(jar, "http://www.example.com./", {"a=1", "b=2; Domain=example.com"});
    CHECK(sent(jar, "http://www.example.com/") == "a=1; b=2");
    CHECK(sent(jar, "http://example.com./") == "b=2");
    CHECK(jar.cookies()[0].domain == "www.example.com");
}

TEST_CASE("D1.1: a cookie of an address is for that address alone", "[proto][cookie]") {
    cookie_jar jar;
    CHECK(respond(jar, "http://192.168.0.1/", {"a=1; Domain=192.168.0.1"}) == 1);
    CHECK(respond(jar, "http://[2001:DB8::1]/", {"b=1; Domain=2001:db8::1"}) == 1);
    CHECK(jar.cookies()[0].host_only);
    CHECK(jar.cookies()[1].host_only);
    CHECK(sent(jar, "http://192.168.0.1/") == "a=1");
    CHECK(sent(jar, "http://[2001:db8:0::1]/") == "b=1");

    xfer::cookie c;
    c.name = "n";
    c.domain = "2001:DB8:0:0::2";
    c.host_only = false;
    CHECK(jar.add(c, cookie_time));
    CHECK(sent(jar, "http://[2001:db8::2]/") == "n=");
}

TEST_CASE("D1.1: an address in another zone is another machine", "[proto][cookie]") {
    cookie_jar jar;
    CHECK(respond(jar, "http://[fe80::1%25eth0]/", {"a=1"}) == 0);
    CHECK(respond(jar, "http://[fe80::1]/", {"a=1"}) == 1);
    CHECK(sent(jar, "http://[fe80::1%25eth0]/") == "");
    CHECK(sent(jar, "http://[fe80::1]/") == "a=1");
}

TEST_CASE("D1.1: a host that is a public suffix keeps its own", "[proto][cookie]") {
    cookie_jar jar;
    CHECK(respond(jar, "http://intranet/", {"a=1; Domain=intranet"}) == 1);
    CHECK(sent(jar, "http://intranet/") == "a=1");
    CHECK(sent(jar, "http://www.intranet/") == "");
    xfer::cookie c;
    c.name = "n";
    c.domain = "intranet";
    c.host_only = false;
    CHECK_FALSE(jar.add(c, cookie_time));
}

#ifdef XFER_HAS_PSL
TEST_CASE("D1.1: public suffixes have no cookies, in any spelling", "[proto][cookie]") {
    const std::string domain = GENERATE(
        as<std::string>(),
        "co.uk",
        "co.UK",
        "CO.UK",
        ".co.uk",
        "co.uk.",
        ".co.uk.",
        ".cO.uK."
    );
    const std::string dot = GENERATE(as<std::string>(), "", ".");
    CAPTURE(domain, dot);
    cookie_jar jar;
    CHECK(
        respond(jar, "http://www.a.co.uk" + dot + "/", {"a=1; Domain=" + domain}) == 0
    );
    CHECK(respond(jar, "http://a.co.uk" + dot + "/", {"a=1; Domain=" + domain}) == 0);
    CHECK(jar.size() == 0);
    CHECK(respond(jar, "http://www.a.co.uk" + dot + "/", {"a=1; Domain=a.co.UK"}) == 1);
    CHECK(sent(jar, "http://b.a.co.uk/") == "a=1");
    // From the very host it is a cookie for that host.
    jar.clear();
    respond(jar, "http://co.uk" + dot + "/", {"a=1; Domain=CO.uk"});
    CHECK(sent(jar, "http://co.uk/") == "a=1");
    CHECK(sent(jar, "http://a.co.uk/") == "");
}

TEST_CASE("D1.1: both parts of the public suffix list count", "[proto][cookie]") {
    cookie_jar jar;
    CHECK(respond(jar, "http://me.github.io/", {"a=1; Domain=github.io"}) == 0);
    CHECK(respond(jar, "http://a.b.ck/", {"a=1; Domain=b.ck"}) == 0);
    CHECK(respond(jar, "http://www.ck/", {"a=1; Domain=www.ck"}) == 1);
    CHECK(respond(jar, "http://a.xn--55qx5d.cn/", {"a=1; Domain=xn--55qx5d.cn"}) == 0);
    CHECK(sent(jar, "http://x.www.ck/") == "a=1");
}
#endif

TEST_CASE("cookie_jar: this very machine counts as secure", "[proto][cookie]") {
    const std::string host = GENERATE(
        as<std::string>(),
        "localhost",
        "localhost.",
        "LOCALHOST:81",
        "127.0.0.1",
        "[::1]"
    );
    CAPTURE(host);
    cookie_jar jar;
    CHECK(respond(jar, "http://" + host + "/", {"a=1; Secure"}) == 1);
    CHECK(sent(jar, "http://" + host + "/") == "a=1");
    CHECK(respond(jar, "http://x.localhost/", {"a=1; Secure"}) == 0);
    CHECK(respond(jar, "http://127.0.0.2/", {"a=1; Secure"}) == 0);
}

TEST_CASE("D2.2: plain text leaves secure cookies alone", "[proto][cookie]") {
    cookie_jar jar;
    REQUIRE(respond(jar, "https://a.test/", {"sid=1; Secure; Path=/x"}) == 1);
    const auto refused = [&jar](std::string_view from, const std::string& line) {
        return respond(jar, from, {line}) == 0;
    };
    CHECK(refused("http://a.test/x", "sid=2; Path=/x"));
    CHECK(refused("http://a.test/", "sid=2; Path=/"));
    CHECK(refused("http://a.test/", "sid=2; Path=\""));
    CHECK(refused("http://a.test/x/y", "sid=2; Path=\"/x\""));
    CHECK(refused("http://a.test/", "sid=2; Path="));
    CHECK(refused("http://a.test/", "sid=2"));
    CHECK(refused("http://a.test/x/y", "sid=2"));
    CHECK(refused("http://a.test/", "sid=2; Path=/x/"));
    CHECK(refused("http://a.test/", "sid=2; Path=/x/y"));
    CHECK(refused("http://a.test/", "sid=2; Path=/x; Domain=a.test"));
    CHECK(refused("http://a.test/", "sid=2; Path=/%78/y"));
    CHECK(refused("http://a.test/", "sid=; Path=/x; Max-Age=0"));
    CHECK(refused("http://www.a.test/", "sid=2; Domain=a.test"));
    CHECK(refused("http://www.a.test/", "sid=2"));
    CHECK(refused("http://a.test/", "sid=2; Secure"));
    // What a server could not tell from it by its name.
    CHECK(refused("http://a.test/", "=sid=2"));
    CHECK(jar.size() == 1);
    CHECK(sent(jar, "https://a.test/x") == "sid=1");
    // Others are free: other names, paths that never meet, other hosts, and TLS.
    CHECK_FALSE(refused("http://a.test/", "SID=2"));
    CHECK_FALSE(refused("http://a.test/", "sid=2; Path=/xy"));
    CHECK_FALSE(refused("http://b.test/", "sid=2"));
    CHECK_FALSE(refused("https://a.test/", "sid=3; Path=/x"));
    CHECK(sent(jar, "https://a.test/x") == "sid=3; SID=2");
}

TEST_CASE("D2.2: secure cookies shield the names below a domain", "[proto][cookie]") {
    cookie_jar jar;
    respond(jar, "https://a.test/", {"sid=1; Secure; Domain=a.test"});
    CHECK(respond(jar, "http://www.a.test/", {"sid=2"}) == 0);
    CHECK(respond(jar, "http://b.www.a.test/", {"sid=2; Domain=www.a.test"}) == 0);
    CHECK(respond(jar, "http://aa.test/", {"sid=2"}) == 1);
    // And one below keeps those above from being set over it.
    jar.clear();
    respond(jar, "https://www.a.test/", {"sid=1; Secure"});
    CHECK(respond(jar, "http://b.a.test/", {"sid=2; Domain=a.test"}) == 0);
    CHECK(respond(jar, "http://www-a.test/", {"sid=2"}) == 1);
}

TEST_CASE("D2.2: prefixes hold for the host that sends them", "[proto][cookie]") {
    cookie_jar jar;
    CHECK(respond(jar, "http://a.test/", {"__Secure-a=1; Secure"}) == 0);
    CHECK(respond(jar, "http://a.test/", {"__secure-a=1"}) == 0);
    CHECK(respond(jar, "https://a.test/", {"__Secure-a=1; Secure"}) == 1);
    CHECK(respond(jar, "https://a.test/", {"__hOST-a=1; Secure"}) == 0);
    CHECK(respond(jar, "https://a.test/", {"__Host-a=1; Secure; Path=/"}) == 1);
    CHECK(
        respond(
            jar, "https://a.test/", {"__Host-b=1; Secure; Path=/; Domain=a.test"}
        ) == 0
    );
    CHECK(sent(jar, "https://a.test/") == "__Secure-a=1; __Host-a=1");
}

TEST_CASE(
    "cookie_jar: a path is the same however its octets are written", "[proto][cookie]"
) {
    const std::string as_sent = GENERATE("/caf%c3%a9", "/caf%C3%A9", "/%7Eu", "/~u");
    cookie_jar jar;
    const auto here = "http://a.test" + as_sent;
    CHECK(respond(jar, here, {"a=1; Path=" + as_sent}) == 1);
    CHECK(sent(jar, here) == "a=1");
    CHECK(sent(jar, here + "/below") == "a=1");
    CHECK(sent(jar, here + "x").empty());
    // What it was sent as is what is told and kept in files.
    CHECK(jar.cookies().at(0).path == as_sent);
    CHECK(respond(jar, here, {"a=; Max-Age=0; Path=" + as_sent}) == 1);
    CHECK(jar.size() == 0);
}
