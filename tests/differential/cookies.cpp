// M36: cookies: what is taken, what is sent where, and their files.
#include "check.hpp"

#include <string>

using namespace differential;

namespace {

transfer asking(std::string target) {
    return get(std::move(target)).switched(&transfer::cookies);
}
std::string at(std::string host, std::string path = "/") {
    return "http://" + std::move(host) + ":<port>" + std::move(path);
}

/// One response sets these; then the jar is seen.
script& set(script& s, std::vector<std::string> lines, std::string target = "/page") {
    reply r(200, "set");
    for (auto& line : lines) r.with_field("Set-Cookie", std::move(line));
    s.serve("/page", r).serve("/dir/page", r);
    s.add("set", asking(std::move(target))).run();
    return s.see_cookies();
}
/// One is set by www.a.test in /dir/page; then these URLs are asked for.
script& set_and_ask(script& s, std::string line, std::vector<std::string> targets) {
    set(s, {std::move(line)}, at("www.a.test", "/dir/page"));
    for (auto& t : targets) s.add(t, asking(t)).run();
    return s;
}

const std::vector<std::string> hosts{
    at("www.a.test"), at("a.test"), at("x.www.a.test"), at("b.test")};
const std::vector<std::string> paths{
    at("www.a.test", "/"),
    at("www.a.test", "/dir"),
    at("www.a.test", "/dir/"),
    at("www.a.test", "/dir/sub/x"),
    at("www.a.test", "/directory")};

}  // namespace

M36_SCRIPT("a cookie comes back") { set(s, {"a=1"}).add("b", asking("/x")).run(); }
M36_SCRIPT("without a jar no cookie comes back") {
    set(s, {"a=1"}).add("b", get("/x")).run();
}
M36_SCRIPT("a cookie of its host alone") { set_and_ask(s, "a=1; Path=/", hosts); }
M36_SCRIPT("a cookie of a domain") {
    set_and_ask(s, "a=1; Path=/; Domain=a.test", hosts);
}
M36_SCRIPT("a cookie of a domain with a dot in front") {
    set_and_ask(s, "a=1; Path=/; Domain=.A.Test", hosts)
        .differs(difference::cookie_layout);
}
M36_SCRIPT("a cookie of the very host as a domain") {
    set_and_ask(s, "a=1; Path=/; Domain=www.a.test", hosts);
}
M36_SCRIPT("a cookie of a domain that is another's") {
    set_and_ask(s, "a=1; Domain=b.test", {at("b.test")});
}
M36_SCRIPT("a cookie of a domain below") {
    set_and_ask(s, "a=1; Domain=x.www.a.test", {at("x.www.a.test")});
}
M36_SCRIPT("a cookie of a domain that ends alike") {
    set_and_ask(s, "a=1; Domain=ww.a.test", {at("www.a.test")});
}
M36_SCRIPT("a cookie of a top level") { set_and_ask(s, "a=1; Domain=test", hosts); }
#ifdef XFER_HAS_PSL
M36_SCRIPT("a cookie of a public suffix") {
    set(s, {"a=1; Domain=co.uk", "b=2; Domain=www.co.uk"}, at("www.co.uk", "/dir/page"))
        .differs(difference::cookie_layout);
}
#endif
M36_SCRIPT("an empty domain") { set_and_ask(s, "a=1; Path=/; Domain=", hosts); }
M36_SCRIPT("a domain that ends in a dot") {
    set_and_ask(s, "a=1; Path=/; Domain=a.test.", hosts);
}
M36_SCRIPT("an address is its own domain only") {
    set(s, {"a=1; Domain=127.0.0.1", "b=2; Domain=0.0.1", "c=3"});
    s.add("b", asking("/x")).run().differs(difference::cookie_layout);
}
M36_SCRIPT("a host that ends in a dot") {
    set(s, {"a=1; Path=/"}, at("a.test.", "/dir/page"));
    s.add("b", asking(at("a.test")))
        .run()
        .add("c", asking(at("a.test.")))
        .run()
        .differs(difference::cookie_rules);
}

M36_SCRIPT("the path of a cookie without one") {
    set_and_ask(s, "a=1", paths).differs(difference::cookie_layout);
}
M36_SCRIPT("a path without a slash at its end") {
    set_and_ask(s, "a=1; Path=/dir", paths);
}
M36_SCRIPT("a path with a slash at its end") {
    set_and_ask(s, "a=1; Path=/dir/", paths).differs(difference::cookie_rules);
}
M36_SCRIPT("a path that is another one") { set_and_ask(s, "a=1; Path=/other", paths); }
M36_SCRIPT("a path that does not begin with a slash") {
    set_and_ask(s, "a=1; Path=dir", paths).differs(difference::cookie_rules);
}
M36_SCRIPT("an empty path") {
    set_and_ask(s, "a=1; Path=", paths).differs(difference::cookie_rules);
}
M36_SCRIPT("a path in quotes") {
    set_and_ask(s, "a=1; Path=\"/dir\"", paths).differs(difference::cookie_rules);
}
M36_SCRIPT("longer paths come first") {
    set(s, {"a=1; Path=/", "b=2; Path=/dir/sub", "c=3; Path=/dir"});
    s.add("b", asking("/dir/sub/x")).run();
}

M36_SCRIPT("a secure cookie of a server without TLS") {
    set_and_ask(s, "a=1; Secure; Path=/", {at("www.a.test")});
}
M36_SCRIPT("a secure cookie goes over TLS only") {
    s.speaks(protocol::https).other_speaks(protocol::http);
    s.serve("/", reply(200).with_field("Set-Cookie", "a=1; Secure"));
    s.other_serves("/", reply(200));
    s.add("a", asking("/").trusting(trust::test_ca)).run();
    s.add("b", asking("/").trusting(trust::test_ca)).run();
    s.add("c", asking("http://127.0.0.1:<other_port>/")).run();
}
M36_SCRIPT("a secure cookie for this machine") {
    set(s, {"a=1; Secure"}).add("b", asking("/x")).run();
    s.add("c", asking(at("localhost", "/page"))).run();
    s.add("d", asking(at("localhost", "/x"))).run();
}
M36_SCRIPT("prefixes of names") {
    set(s,
        {"__Secure-a=1",
         "__Secure-b=1; Secure",
         "__Host-c=1; Secure; Path=/",
         "__Host-d=1; Secure",
         "__Host-e=1; Secure; Path=/; Domain=127.0.0.1"})
        .differs(difference::cookie_rules);
}
M36_SCRIPT("HttpOnly and SameSite") {
    set(s, {"a=1; HttpOnly", "b=2; SameSite=Strict", "c=3; httponly; samesite=none"});
    s.add("b", asking("/x")).run().differs(difference::cookie_layout);
}

M36_SCRIPT("Max-Age") {
    set(s,
        {"a=1; Max-Age=3600",
         "b=2; Max-Age=0",
         "c=3; Max-Age=-1",
         "d=4; Max-Age=\"60\""});
    s.add("b", asking("/x")).run().differs(difference::cookie_rules);
}
M36_SCRIPT("a Max-Age that is no number") {
    set(s, {"a=1; Max-Age=soon", "b=2; Max-Age=", "c=3; Max-Age=60x"});
    s.add("b", asking("/x")).run().differs(difference::cookie_rules);
}
M36_SCRIPT("a Max-Age of many digits") {
    set(s, {"a=1; Max-Age=99999999999999999999"})
        .add("b", asking("/x"))
        .run()
        .differs(difference::cookie_rules);
}
M36_SCRIPT("Expires") {
    set(s,
        {"a=1; Expires=Thu, 01 Jan 1970 00:00:00 GMT",
         "b=2; Expires=Fri, 01-Jan-1999 00:00:00 GMT",
         "c=3; expires=never"});
    s.add("b", asking("/x")).run();
}
M36_SCRIPT("an Expires that is far away") {
    set(s, {"a=1; Expires=Tue, 01 Jan 2047 00:00:00 GMT"});
    s.add("b", asking("/x")).run().differs(difference::cookie_rules);
}
M36_SCRIPT("Max-Age goes before Expires") {
    set(s,
        {"a=1; Max-Age=3600; Expires=Thu, 01 Jan 1970 00:00:00 GMT",
         "b=2; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=3600"});
}
M36_SCRIPT("a cookie is replaced and ended") {
    set(s, {"a=1", "a=2", "b=3; Path=/y", "b=4"}).add("b", asking("/x")).run();
    s.serve("/end", reply(200).with_field("Set-Cookie", "a=; Max-Age=0"));
    s.add("c", asking("/end"))
        .run()
        .see_cookies()
        .add("d", asking("/x"))
        .run()
        .differs(difference::cookie_layout);
}

M36_SCRIPT("values that are odd") {
    set(s, {"a=", "b=\"quoted\"", "c=with blank", "d=x=y", "e=a,b", "f= trimmed "});
    s.add("b", asking("/x")).run().differs(difference::cookie_layout);
}
M36_SCRIPT("names that are odd") {
    set(s, {"a b=1", " c =2", "d\"e=3", "A=4", "a=5"})
        .add("b", asking("/x"))
        .run()
        .differs(difference::cookie_rules);
}
M36_SCRIPT("a cookie without a name") {
    set(s, {"=1"}).add("b", asking("/x")).run().differs(difference::cookie_rules);
}
M36_SCRIPT("a cookie without a value") {
    set(s, {"lonely"}).add("b", asking("/x")).run().differs(difference::cookie_rules);
}
M36_SCRIPT("an empty Set-Cookie") {
    set(s, {"", ";", "; Path=/"}).differs(difference::cookie_rules);
}
M36_SCRIPT("control characters in a cookie") {
    set(s, {"a=\x01", "b=x\x7fy", "c=ok", "d\x02=1"})
        .add("b", asking("/x"))
        .run()
        .differs(difference::strict_replies)
        .differs(difference::cookie_rules);
}
M36_SCRIPT("a tab in a cookie") {
    set(s, {"a=x\ty", "b\tc=1"})
        .add("b", asking("/x"))
        .run()
        .differs(difference::cookie_rules);
}
M36_SCRIPT("octets beyond ASCII") {
    set(s, {"a=\xc3\xa9", "\xc3\xa9=1"})
        .add("b", asking("/x"))
        .run()
        .differs(difference::cookie_layout);
}
M36_SCRIPT("attributes in other cases and places") {
    set(s, {"a=1;PATH=/;max-AGE=3600", "b=2 ; path = / ", "c=3; Unknown=x; Path=/; ;"});
}
M36_SCRIPT("an attribute twice") {
    set(s, {"a=1; Path=/x; Path=/", "b=2; Max-Age=60; Max-Age=3600"});
}
M36_SCRIPT("a cookie of 4096 bytes, and one of more") {
    set(s, {"a=" + std::string(4094, 'x'), "b=" + std::string(4096, 'x')});
    s.add("b", asking("/x")).run();
}
M36_SCRIPT("sixty cookies in one response") {
    std::vector<std::string> all;
    for (int i = 10; i < 70; ++i) all.push_back('c' + std::to_string(i) + "=1");
    set(s, all).add("b", asking("/x")).run().differs(difference::cookie_layout);
}
M36_SCRIPT("more cookies than fit into a field") {
    std::vector<std::string> all;
    for (int i = 10; i < 14; ++i) {
        all.push_back('c' + std::to_string(i) + '=' + std::string(3000, 'x'));
    }
    set(s, all).add("b", asking("/x")).run().differs(difference::cookie_rules);
}

M36_SCRIPT("a cookie of a redirect") {
    s.serve(
        "/", reply(302).with_field("Location", "/x").with_field("Set-Cookie", "a=1")
    );
    s.serve("/x", reply(200, "x")).add("a", asking("/").follow()).run().see_cookies();
}
M36_SCRIPT("a cookie does not follow to another host") {
    const auto go = [](std::string where) {
        return reply(302).with_field("Location", at(std::move(where), "/x"));
    };
    s.serve("/", go("b.test").with_field("Set-Cookie", "a=1"));
    s.serve("/x", reply(200, "x").with_field("Set-Cookie", "b=2"));
    s.add("a", asking(at("a.test")).follow()).run().see_cookies();
    s.add("b", asking(at("a.test", "/x"))).run();
}
M36_SCRIPT("an own Cookie field beside the jar") {
    set(s, {"a=1"})
        .add("b", asking("/x").with("Cookie", "mine=2"))
        .run()
        .differs(difference::cookie_rules);
}
M36_SCRIPT("a cookie of an error") {
    s.serve("/", reply(404, "no").with_field("Set-Cookie", "a=1"));
    s.add("a", asking("/")).run().add("b", asking("/")).run();
}
M36_SCRIPT("a cookie in a trailer") {
    s.serve("/", reply(200, "x").with_trailer("Set-Cookie", "a=1"));
    s.add("a", asking("/")).run().see_cookies();
}

M36_SCRIPT("a cookie file") {
    s.load_cookies(
        "# Netscape HTTP Cookie File\n"
        "a.test\tFALSE\t/\tFALSE\t0\tsession\t1\n"
        ".a.test\tTRUE\t/dir\tFALSE\t0\tbelow\t2\n"
        "#HttpOnly_www.a.test\tFALSE\t/\tFALSE\t0\thidden\t3\n"
        "www.a.test\tFALSE\t/\tTRUE\t0\tsecure\t4\n"
        "www.a.test\tFALSE\t/\tFALSE\t1000000000\told\t5\n"
        "b.test\tTRUE\t/\tFALSE\t0\tempty\t\n"
    );
    s.see_cookies();
    for (const auto* host : {"a.test", "www.a.test", "b.test"}) {
        s.add(host, asking(at(host, "/dir/x"))).run();
    }
}
M36_SCRIPT("a cookie file of Set-Cookie lines") {
    s.load_cookies("Set-Cookie: a=1; Domain=a.test; Path=/\nset-cookie: b=2; Path=/\n");
    s.see_cookies().add("a", asking(at("a.test"))).run();
}
M36_SCRIPT("a cookie file with lines that are none") {
    s.load_cookies(
        "nonsense\n\n"
        "a.test\tFALSE\t/\tFALSE\t0\tfew\n"
        "a.test\tFALSE\t/\tFALSE\tsoon\ttime\t1\n"
        "a.test\tMAYBE\t/\tFALSE\t0\tflag\t1\n"
        "a.test FALSE / FALSE 0 blanks 1\n"
        "a.test\tFALSE\t/\tFALSE\t0\tgood\t1\r\n"
        "a.test\tFALSE\t/\tFALSE\t0\tlast\t1"
    );
    s.see_cookies()
        .add("a", asking(at("a.test")))
        .run()
        .differs(difference::cookie_rules);
}
M36_SCRIPT("a cookie file with a cookie of nobody") {
    s.load_cookies(
        ".test\tTRUE\t/\tFALSE\t0\ttop\t1\n.co.uk\tTRUE\t/\tFALSE\t0\ttop\t1\n"
    );
    s.see_cookies()
        .add("a", asking(at("a.test")))
        .run()
        .differs(difference::cookie_rules);
}
M36_SCRIPT("what is set goes before what was in the file") {
    s.load_cookies("127.0.0.1\tFALSE\t/\tFALSE\t0\ta\told\n");
    set(s, {"a=new"}).add("b", asking("/x")).run();
}
