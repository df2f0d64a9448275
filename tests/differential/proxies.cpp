// M36: proxies: what is forwarded, tunnels, SOCKS, logins, and who goes without.
#include "chance.hpp"
#include "check.hpp"

#include <string>
#include <utility>

using namespace differential;
using support::proxy_answer;
using support::proxy_options;
using support::proxy_request_seen;
using xfer::auth;

namespace {

constexpr auto http_proxy = "http://<proxy>";

transfer through(std::string proxy, transfer t = get()) {
    t.proxy = std::move(proxy);
    return t;
}
transfer forwarded(transfer t = get()) { return through(http_proxy, std::move(t)); }
transfer tunnelled(transfer t = get()) {
    return forwarded(std::move(t)).switched(&transfer::tunnel);
}
transfer secure(transfer t = get()) { return forwarded(t.trusting(trust::test_ca)); }

proxy_answer answer(std::string say, proxy_answer::then then) {
    proxy_answer a;
    a.say = std::move(say);
    a.goes_on = then;
    return a;
}
/// The proxy says this to whoever does not show a login, and serves the others.
proxy_options asking(std::string challenge) {
    proxy_options o;
    o.answer = [=](const proxy_request_seen& r) {
        if (!r.field("Proxy-Authorization").empty()) return proxy_answer();
        const auto field = "Proxy-Authenticate: " + challenge + "\r\n";
        return answer(support::proxy_reply(407, field), proxy_answer::then::next);
    };
    return o;
}
/// The proxy says this to everyone.
proxy_options saying(
    std::string text, proxy_answer::then then = proxy_answer::then::close
) {
    proxy_options o;
    o.answer = [=](const proxy_request_seen&) { return answer(text, then); };
    return o;
}
proxy_options socks(std::string user = {}, std::string password = {}) {
    proxy_options o;
    o.socks = true;
    o.user = std::move(user);
    o.password = std::move(password);
    return o;
}
/// A SOCKS proxy that says this in place of its reply of that step.
proxy_options socks_saying(int step, std::string text) {
    auto o = socks();
    o.socks_reply = [=](int now, std::string usual) {
        return now == step ? text : usual;
    };
    return o;
}

/// A transfer through the proxy to a server that answers everything.
script& one(script& s, proxy_options o, transfer t) {
    if (!o.socks) s.differs(difference::proxies);
    return s.proxied(std::move(o)).serve("/", reply(200, "x")).add("a", t).run();
}
/// The same to a server that speaks TLS.
script& one_secure(script& s, proxy_options o, transfer t) {
    return one(s.speaks(protocol::https), std::move(o), std::move(t));
}

const std::string md5 = "Digest realm=\"p\", nonce=\"n1\", qop=\"auth\"";
/// Of the user that Digest is checked for.
const std::string login = "http://user:open%20sesame@<proxy>";

}  // namespace

// Forwarded requests.

M36_SCRIPT("a proxy forwards a GET") {
    one(s, {}, forwarded(get("http://a.test:<port>/?q#f")));
}
M36_SCRIPT("a proxy forwards twice over one connection") {
    one(s, {}, forwarded()).add("b", forwarded()).run();
}
M36_SCRIPT("a proxy forwards to two hosts over one connection") {
    one(s, {}, forwarded(get("http://a.test:<port>/")));
    s.add("b", forwarded(get("http://b.test:<port>/"))).run();
}
M36_SCRIPT("a proxy forwards a POST") {
    one(s, {}, forwarded(with_body("POST", "b"))).differs(difference::body_fields);
}
M36_SCRIPT("a proxy forwards HEAD and OPTIONS") {
    one(s, {}, forwarded(ask("OPTIONS"))).add("b", forwarded(ask("HEAD"))).run();
}
M36_SCRIPT("a proxy forwards own fields") {
    one(s, {}, forwarded(get().with("X-Mine", "1").with("Authorization", "own")));
}
M36_SCRIPT("a proxy without its scheme") { one(s, {}, through("<proxy>")); }
M36_SCRIPT("a proxy that refuses") {
    one(s, saying(support::proxy_reply(403)), forwarded());
}
M36_SCRIPT("a proxy that says nothing") { one(s, saying(""), forwarded()); }
M36_SCRIPT("a proxy that talks nonsense") {
    one(s, saying("what?\r\n\r\n"), forwarded()).differs(difference::strict_replies);
}
M36_SCRIPT("a proxy that is not there") {
    s.add("a", through("http://127.0.0.1:1")).run();
}
M36_SCRIPT("a proxy whose name does not resolve") {
    s.add("a", through("http://name.invalid:3128")).run();
}
M36_SCRIPT("a proxy of a scheme that nobody knows") {
    one(s, {}, through("gopher://<proxy>"));
}
M36_SCRIPT("a redirect through a proxy") {
    s.serve("/x", reply(302).with_field("Location", "http://b.test:<port>/"));
    one(s, {}, forwarded(get("http://a.test:<port>/x").follow()));
}
M36_SCRIPT("cookies through a proxy") {
    s.serve("/set", reply(200).with_field("Set-Cookie", "a=1; Path=/"));
    one(s, {}, forwarded(get("/set").switched(&transfer::cookies)));
    s.add("b", forwarded(get().switched(&transfer::cookies))).run();
}
M36_SCRIPT("user and password for the server of a forwarded request") {
    one(s, {}, forwarded(get().login("user", "secret")));
}

// Who goes without.

M36_SCRIPT("hosts that go without a proxy") {
    s.proxied().serve("/", reply(200, "x")).differs(difference::proxies);
    for (const auto* list :
         {"a.test",
          ".a.test",
          "test",
          "b.test,a.test",
          "b.test a.test",
          "*",
          "A.TEST",
          "b.test",
          "xa.test",
          "www.a.test",
          "",
          "a.test."}) {
        auto t = forwarded(get("http://a.test:<port>/"));
        t.no_proxy = list;
        s.add(list, t).run();
    }
}
M36_SCRIPT("addresses that go without a proxy") {
    s.proxied().serve("/", reply(200, "x")).differs(difference::proxies);
    for (const auto* list :
         {"127.0.0.1",
          "127.0.0.0/8",
          "10.0.0.0/8,127.0.0.1/32",
          "127.0.0.2",
          "0.0.1"}) {
        auto t = forwarded();
        t.no_proxy = list;
        s.add(list, t).run();
    }
}
M36_SCRIPT("a redirect to a host that goes without") {
    s.serve("/x", reply(302).with_field("Location", "http://b.test:<port>/"));
    auto t = forwarded(get("http://a.test:<port>/x").follow());
    t.no_proxy = "b.test";
    one(s, {}, t);
}

// Logins.

M36_SCRIPT("a login for a proxy") { one(s, {}, through("http://user:secret@<proxy>")); }
M36_SCRIPT("a login for a proxy, encoded") {
    one(s, {}, through("http://us%65r:p%40%3a%2f@<proxy>"));
}
M36_SCRIPT("a user without a password for a proxy") {
    one(s, {}, through("http://user@<proxy>"));
}
M36_SCRIPT("two logins for a proxy") {
    one(s, {}, through("http://user:secret@<proxy>"));
    s.add("b", through("http://other:word@<proxy>")).run();
}
M36_SCRIPT("a proxy that wants a login and gets none") {
    one(s, asking("Basic realm=\"p\""), forwarded());
}
M36_SCRIPT("a proxy that refuses the login") {
    const auto no =
        support::proxy_reply(407, "Proxy-Authenticate: Basic realm=\"p\"\r\n");
    one(s, saying(no, proxy_answer::then::next), through("http://user:bad@<proxy>"));
}
M36_SCRIPT("Digest for a proxy") {
    auto t = through(login);
    t.proxy_ways = auth::digest;
    one(s, asking(md5), t).differs(difference::digest);
}
M36_SCRIPT("the stronger way for a proxy") {
    auto t = through(login);
    t.proxy_ways = auth::any;
    one(s, asking("Basic realm=\"p\"\r\nProxy-Authenticate: " + md5), t)
        .differs(difference::digest);
}
M36_SCRIPT("Digest for a proxy and a tunnel") {
    auto t = through(login).switched(&transfer::tunnel);
    t.proxy_ways = auth::digest;
    one(s, asking(md5), t).differs(difference::field_layout);
}
M36_SCRIPT("a login for a proxy is not the server's") {
    auto t = through("http://user:secret@<proxy>").switched(&transfer::tunnel);
    one(s, {}, t);
}
M36_SCRIPT("logins for a proxy and for the server") {
    one(s, {}, through("http://user:secret@<proxy>", get().login("me", "mine")));
}

// Tunnels.

M36_SCRIPT("a tunnel to a server with TLS") { one_secure(s, {}, secure()); }
M36_SCRIPT("a tunnel is used again") {
    one_secure(s, {}, secure()).add("b", secure()).run();
}
M36_SCRIPT("a tunnel to a server without TLS") {
    one(s, {}, tunnelled(get("http://a.test:<port>/")));
}
M36_SCRIPT("a tunnel hides the request's fields") {
    one(s, {}, tunnelled(get().with("Authorization", "own").with("X-Mine", "1")));
}
M36_SCRIPT("a tunnel with a login") {
    auto t = get().trusting(trust::test_ca);
    one_secure(s, {}, through("http://user:secret@<proxy>", t));
}
M36_SCRIPT("a tunnel with the User-Agent of the request") {
    one(s, {}, tunnelled(get().with("User-Agent", "mine/1")))
        .differs(difference::field_layout);
}
M36_SCRIPT("a tunnel with a field for the proxy") {
    one(s, {}, tunnelled(get().with("Proxy-Mine", "1")));
}
M36_SCRIPT("a tunnel that is refused") {
    one_secure(s, saying(support::proxy_reply(403)), secure());
}
M36_SCRIPT("a tunnel that is refused for want of a login") {
    one_secure(s, asking("Basic realm=\"p\""), secure());
}
M36_SCRIPT("a tunnel, and the proxy redirects") {
    const auto there = "Location: http://b.test/\r\n";
    one_secure(s, saying(support::proxy_reply(302, there)), secure(get().follow()));
}
M36_SCRIPT("a tunnel, and the proxy hangs up") { one_secure(s, saying(""), secure()); }
M36_SCRIPT("a tunnel, and the proxy talks nonsense") {
    one_secure(s, saying("what?\r\n\r\n"), secure())
        .differs(difference::strict_replies);
}
M36_SCRIPT("a tunnel that the proxy's 200 with fields opens") {
    proxy_options o;
    o.answer = [](const proxy_request_seen&) {
        proxy_answer a;
        a.established = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-Any: 1\r\n\r\n";
        return a;
    };
    one_secure(s, o, secure());
}
M36_SCRIPT("a tunnel that HTTP/1.0 opens") {
    proxy_options o;
    o.answer = [](const proxy_request_seen&) {
        proxy_answer a;
        a.established = "HTTP/1.0 200 OK\r\n\r\n";
        return a;
    };
    one_secure(s, o, secure());
}
M36_SCRIPT("a tunnel to a server that nobody trusts") {
    one_secure(s, {}, forwarded());
}
M36_SCRIPT("a tunnel to a port where nobody listens") {
    one(s, {}, tunnelled(get("http://a.test:1/")));
}
M36_SCRIPT("from http to https through a proxy") {
    s.other_speaks(protocol::https).other_serves("/", reply(200, "secret"));
    s.serve("/x", reply(302).with_field("Location", "https://<other>/"));
    one(s, {}, secure(get("/x").follow()));
}
M36_SCRIPT("a tunnel and no tunnel share no connection") {
    one(s, {}, forwarded()).add("b", tunnelled()).run().add("c", get()).run();
}

// SOCKS.

M36_SCRIPT("SOCKS4") { one(s, socks(), through("socks4://<proxy>")); }
M36_SCRIPT("SOCKS4 with a user") { one(s, socks(), through("socks4://user@<proxy>")); }
M36_SCRIPT("SOCKS4 of a name") {
    one(s, socks(), through("socks4://<proxy>", get("http://a.test:<port>/")));
}
M36_SCRIPT("SOCKS4a") {
    one(s, socks(), through("socks4a://<proxy>", get("http://a.test:<port>/")));
}
M36_SCRIPT("SOCKS5") {
    one(s, socks(), through("socks5://<proxy>", get("http://a.test:<port>/")));
}
M36_SCRIPT("SOCKS5 and the proxy looks up the name") {
    one(s, socks(), through("socks5h://<proxy>", get("http://a.test:<port>/")));
}
M36_SCRIPT("SOCKS5 of an address that the proxy could look up") {
    one(s, socks(), through("socks5h://<proxy>"));
}
M36_SCRIPT("SOCKS5 with a login") {
    one(s, socks("user", "secret"), through("socks5h://user:secret@<proxy>"));
}
M36_SCRIPT("SOCKS5 with a login that nobody asks for") {
    one(s, socks(), through("socks5h://user:secret@<proxy>"));
}
M36_SCRIPT("SOCKS5 with a login that is wrong") {
    one(s, socks("user", "secret"), through("socks5h://user:bad@<proxy>"));
}
M36_SCRIPT("SOCKS5 without the login that is wanted") {
    one(s, socks("user", "secret"), through("socks5h://<proxy>"));
}
M36_SCRIPT("SOCKS5 twice over one connection") {
    one(s, socks(), through("socks5h://<proxy>"));
    s.add("b", through("socks5h://<proxy>")).run();
}
M36_SCRIPT("SOCKS5 to a server with TLS") {
    auto t = get().trusting(trust::test_ca);
    one_secure(s, socks(), through("socks5h://<proxy>", t));
}
M36_SCRIPT("SOCKS5 to a port where nobody listens") {
    one(s, socks(), through("socks5h://<proxy>", get("http://a.test:1/")));
}
M36_SCRIPT("SOCKS4 to a port where nobody listens") {
    one(s, socks(), through("socks4://<proxy>", get("http://127.0.0.1:1/")));
}
M36_SCRIPT("SOCKS5 of another version") {
    one(s, socks_saying(1, std::string("\x04\x00", 2)), through("socks5h://<proxy>"));
}
M36_SCRIPT("SOCKS5 without a method") {
    one(s, socks_saying(1, "\x05\xff"), through("socks5h://<proxy>"));
}
M36_SCRIPT("SOCKS5 that is cut off") {
    one(s, socks_saying(3, std::string("\x05\x00\x00", 3)), through("socks5h://<proxy>")
    );
}
M36_SCRIPT("SOCKS5 that does not allow it") {
    const std::string no("\x05\x02\x00\x01\x00\x00\x00\x00\x00\x00", 10);
    one(s, socks_saying(3, no), through("socks5h://<proxy>"));
}
M36_SCRIPT("a host name that is too long for SOCKS5") {
    const auto host = std::string(250, 'a') + ".test";
    one(s, socks(), through("socks5h://<proxy>", get("http://" + host + ":<port>/")));
    const auto longer = std::string(260, 'a') + ".test";
    s.add("b", through("socks5h://<proxy>", get("http://" + longer + ":<port>/")))
        .run();
}
M36_SCRIPT("a SOCKS proxy that goes without HTTP's") {
    one(s, socks(), through("socks5h://<proxy>", get().with("Proxy-Mine", "1")));
    s.differs(difference::proxies);
}
