// Through HTTP proxies on real sockets: what is forwarded, what goes through a tunnel,
// and which of user, proxy and origin is told what (HAZARDS A2).
#include "support/names.hpp"
#include "support/scratch.hpp"
#include "support/through_proxy.hpp"
#include <xfer/cookie_jar.hpp>

#include <catch2/catch.hpp>

#include <string>

using support::get_through;
using support::https_options;
using support::make_names;
using support::test_proxy;
using support::transfer_one;
using support::tunnelled;
using xfer::error;
using xfer::proxy_rules;
using xfer::testing::reply;
using xfer::testing::server;

namespace {

constexpr xfer::options following = [] {
    xfer::options o;
    o.max_redirects = 30;
    return o;
}();

std::string at(const char* scheme, const char* host, const server& s) {
    return std::string(scheme) + "://" + host + ":" + std::to_string(s.port()) + "/";
}

bool has(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("proxy: an http request is forwarded in absolute form", "[proxy]") {
    server s;
    s.route("/a", [](const auto& r) { return reply(200, r.method + " " + r.body); });
    test_proxy p;
    xfer::multi m;
    auto r = xfer::post("http://a.test:" + std::to_string(s.port()) + "/a?b#c", "body");
    r.proxy(p.url("http"));
    const auto done = transfer_one(m, std::move(r));
    INFO(done.failure().message);
    REQUIRE_FALSE(done.ec);
    CHECK(done.response.body() == "POST body");
    const auto seen = p.requests();
    REQUIRE(seen.size() == 1);
    const auto authority = "a.test:" + std::to_string(s.port());
    CHECK(seen[0].line() == "POST http://" + authority + "/a?b HTTP/1.1");
    CHECK(seen[0].field("Host") == authority);
    CHECK(s.requests().at(0).field("Host") == authority);
    CHECK(done.response.info().proxy_status == 0);
    CHECK(done.response.info().remote_port() == p.port());
}

TEST_CASE("proxy: https goes through a tunnel to the host and port", "[proxy]") {
    server s(https_options());
    s.route("/", "secret");
    test_proxy p;
    xfer::multi m;
    const auto done =
        transfer_one(m, get_through(p.url("http"), at("https", "a.test", s)));
    INFO(done.failure().message);
    REQUIRE_FALSE(done.ec);
    CHECK(done.response.body() == "secret");
    const auto& info = done.response.info();
    CHECK(info.proxy_status == 200);
    CHECK(info.connection->tls->host_verified);
    CHECK(s.log().at(0).server_name == "a.test");
    const auto target = "a.test:" + std::to_string(s.port());
    CHECK(p.requests().at(0).line() == "CONNECT " + target + " HTTP/1.1");
    CHECK(p.requests().at(0).field("Host") == target);
    const auto asked = p.requests().at(0).head.size() + s.log().at(0).raw.size();
    CHECK(info.request_size == asked);
    CHECK(info.timings.name_lookup <= info.timings.connect);
    CHECK(info.timings.connect < info.timings.tls);
}

TEST_CASE("proxy: a tunnel for http where it is asked for", "[proxy]") {
    server s;
    s.route("/", "plain");
    test_proxy p;
    xfer::multi m;
    const auto done =
        transfer_one(m, get_through(p.url("http"), at("http", "a.test", s), tunnelled));
    REQUIRE_FALSE(done.ec);
    CHECK(done.response.body() == "plain");
    CHECK(p.requests().size() == 1);
    CHECK(p.requests()[0].head.starts_with("CONNECT a.test:"));
    CHECK(s.requests().at(0).target == "/");
    const auto& times = done.response.info().timings;
    CHECK(times.connect > xfer::duration::zero());
    CHECK(times.connect <= times.pre_transfer);
}

TEST_CASE(
    "A2.1: CONNECT has what is the proxy's, the tunnel what is the origin's", "[proxy]"
) {
    server s(https_options());
    s.route("/", "ok");
    test_proxy p;
    xfer::multi m;
    auto r = get_through(p.url("http", "user:secret"), at("https", "a.test", s));
    r.header("Authorization", "Bearer mine")
        .header("Cookie", "c=1")
        .header("X-Api-Key", "key")
        .header("User-Agent", "me/1")
        .header("Proxy-Trace", "t1");
    REQUIRE_FALSE(transfer_one(m, std::move(r)).ec);
    const auto target = "a.test:" + std::to_string(s.port());
    CHECK(
        p.requests().at(0).head ==
        "CONNECT " + target + " HTTP/1.1\r\nHost: " + target +
            "\r\nUser-Agent: me/1\r\nProxy-Trace: t1\r\n"
            "Proxy-Authorization: Basic dXNlcjpzZWNyZXQ=\r\n\r\n"
    );
    // Nothing else of it is to be read by the proxy.
    CHECK(p.log().at(0).clear == p.requests()[0].head);
    const auto seen = s.requests().at(0);
    CHECK(seen.field("Authorization") == "Bearer mine");
    CHECK(seen.field("Cookie") == "c=1");
    CHECK(seen.field("X-Api-Key") == "key");
    CHECK_FALSE(has(seen.raw, "Proxy-"));
}

TEST_CASE("A2.1: a proxy that forwards gets its fields, a server never", "[proxy]") {
    server s;
    s.route("/", "ok");
    test_proxy p;
    xfer::multi m;
    auto r = get_through(p.url("http", "user:secret"), s.url());
    r.header("Proxy-Trace", "t1");
    const auto to_bind = s.url();
    r.header_for(to_bind, "Proxy-Bound", "b1");
    SECTION("through the proxy") {
        REQUIRE_FALSE(transfer_one(m, std::move(r)).ec);
        const auto seen = p.requests().at(0);
        CHECK(seen.field("Proxy-Authorization") == "Basic dXNlcjpzZWNyZXQ=");
        CHECK(seen.field("Proxy-Trace") == "t1");
        CHECK(seen.field("Proxy-Bound") == "b1");
    }
    SECTION("and without it") {
        r.proxy("");
        REQUIRE_FALSE(transfer_one(m, std::move(r)).ec);
        CHECK(p.connections() == 0);
        CHECK_FALSE(has(s.requests().at(0).raw, "Proxy-"));
    }
}

TEST_CASE("A2.1: a field of the user's own goes before the proxy's text", "[proxy]") {
    server s(https_options());
    s.route("/", "ok");
    test_proxy p;
    xfer::multi m;
    auto r = get_through(p.url("http", "user:secret"), at("https", "a.test", s));
    r.header("Proxy-Authorization", "Other abc");
    REQUIRE_FALSE(transfer_one(m, std::move(r)).ec);
    CHECK(has(p.requests().at(0).head, "\r\nProxy-Authorization: Other abc\r\n"));
    CHECK_FALSE(has(p.requests().at(0).head, "Basic"));
}

TEST_CASE(
    "A2.3: on a redirect to https the other proxy learns no password", "[proxy]"
) {
    server s(https_options());
    s.route("/", "there");
    server first;
    first.route("/", reply(302).with_field("Location", at("https", "a.test", s)));
    test_proxy a;
    test_proxy b;
    proxy_rules rules;
    rules.for_http(a.url("http", "user:secret")).for_https(b.url("http"));
    xfer::multi m;
    auto r = xfer::get(at("http", "a.test", first), following);
    r.proxies(rules).tls(support::trusting_tls());
    const auto done = transfer_one(m, std::move(r));
    INFO(done.failure().message);
    REQUIRE_FALSE(done.ec);
    CHECK(done.response.body() == "there");
    CHECK(a.requests().at(0).field("Proxy-Authorization") == "Basic dXNlcjpzZWNyZXQ=");
    REQUIRE(b.requests().size() == 1);
    CHECK_FALSE(has(b.log().at(0).clear, "Proxy-Authorization"));
    CHECK_FALSE(has(s.requests().at(0).raw, "Proxy-Authorization"));
}

TEST_CASE("A2.3: on a redirect from https to http likewise", "[proxy]") {
    server s;
    s.route("/", "there");
    server first(https_options());
    first.route("/", reply(302).with_field("Location", at("http", "a.test", s)));
    test_proxy a;
    test_proxy b;
    proxy_rules rules;
    rules.for_http(a.url("http")).for_https(b.url("http", "user:secret"));
    auto o = following;
    o.redirect_to_http = true;
    xfer::multi m;
    auto r = xfer::get(at("https", "a.test", first), o);
    r.proxies(rules).tls(support::trusting_tls());
    const auto done = transfer_one(m, std::move(r));
    INFO(done.failure().message);
    REQUIRE_FALSE(done.ec);
    CHECK(b.requests().at(0).field("Proxy-Authorization") == "Basic dXNlcjpzZWNyZXQ=");
    REQUIRE(a.requests().size() == 1);
    CHECK_FALSE(has(a.log().at(0).clear, "Proxy-Authorization"));
}

TEST_CASE("A2.4: a 401 of a proxy is answered by nobody", "[proxy]") {
    test_proxy p(support::answering(
        support::proxy_reply(401, "WWW-Authenticate: Basic realm=\"r\"\r\n")
    ));
    xfer::multi m;
    auto r = get_through(p.url("http"), "https://user:secret@a.test/");
    const auto done = transfer_one(m, std::move(r));
    CHECK(done.ec == error::proxy_denied);
    CHECK(done.response.status() == 0);
    CHECK(done.response.info().proxy_status == 401);
    CHECK(p.requests().size() == 1);
    CHECK_FALSE(has(p.log().at(0).clear, "Authorization"));
}

TEST_CASE("A2.4: a 407 through a tunnel does not get the proxy's password", "[proxy]") {
    server s(https_options());
    s.route(
        "/", reply(407, "no").with_field("Proxy-Authenticate", "Basic realm=\"r\"")
    );
    test_proxy p;
    xfer::multi m;
    const auto done = transfer_one(
        m, get_through(p.url("http", "user:secret"), at("https", "a.test", s))
    );
    REQUIRE_FALSE(done.ec);
    CHECK(done.response.status() == 407);
    CHECK(s.counts().requests == 1);
    CHECK_FALSE(has(s.requests().at(0).raw, "Proxy-Authorization"));
}

TEST_CASE("A2.5: an exception is matched by the host alone", "[proxy]") {
    test_proxy p(support::answering(support::proxy_reply(200)));
    proxy_rules rules;
    rules.for_all(p.url("http")).except("*.example.com");
    xfer::multi m;
    auto r = xfer::get("http://[::1%25.example.com]/");
    r.proxies(rules);
    const auto done = transfer_one(m, std::move(r));
    REQUIRE_FALSE(done.ec);
    CHECK(p.requests().at(0).line() == "GET http://[::1]/ HTTP/1.1");
}

TEST_CASE("A3.2: a proxy's password is that of its own request alone", "[proxy]") {
    server s;
    s.route("/", "ok");
    test_proxy p;
    xfer::multi m;
    REQUIRE_FALSE(transfer_one(m, get_through(p.url("http", "u:p"), s.url())).ec);
    REQUIRE_FALSE(transfer_one(m, get_through(p.url("http"), s.url())).ec);
    const auto seen = p.requests();
    REQUIRE(seen.size() == 2);
    CHECK(seen[0].field("Proxy-Authorization") == "Basic dTpw");
    CHECK_FALSE(has(seen[1].head, "Proxy-Authorization"));
}

TEST_CASE("proxy: the multi's rules are for requests without their own", "[proxy]") {
    server s;
    s.route("/", "ok");
    test_proxy ours;
    test_proxy theirs;
    auto rules = std::make_shared<proxy_rules>(
        proxy_rules::from_environment([&](std::string_view name) {
            return name == "http_proxy" ? std::optional(ours.url("http"))
                                        : std::nullopt;
        })
    );
    xfer::multi m({.proxies = rules});
    REQUIRE_FALSE(transfer_one(m, s.url()).ec);
    CHECK(ours.requests().size() == 1);
    REQUIRE_FALSE(transfer_one(m, get_through(theirs.url("http"), s.url())).ec);
    CHECK(theirs.requests().size() == 1);
    CHECK(ours.requests().size() == 1);
    REQUIRE_FALSE(transfer_one(m, get_through("", s.url())).ec);
    CHECK(theirs.requests().size() == 1);
    CHECK(ours.requests().size() == 1);
    CHECK(s.counts().requests == 3);
}

TEST_CASE("proxy: NO_PROXY names hosts that are reached without", "[proxy]") {
    server s;
    s.route("/", "ok");
    test_proxy p;
    auto rules = std::make_shared<proxy_rules>(
        proxy_rules::from_environment([&](std::string_view name) {
            return name == "all_proxy"  ? std::optional(p.url("http"))
                   : name == "NO_PROXY" ? std::optional(std::string("b.test"))
                                        : std::nullopt;
        })
    );
    const auto table =
        make_names({{"a.b.test", {"127.0.0.1"}}, {"b.test", {"127.0.0.1"}}});
    xfer::multi m({.proxies = rules, .resolver = table->resolver()});
    REQUIRE_FALSE(transfer_one(m, at("http", "a.b.test", s)).ec);
    REQUIRE_FALSE(transfer_one(m, at("http", "b.test", s)).ec);
    CHECK(p.connections() == 0);
    REQUIRE_FALSE(transfer_one(m, at("http", "xb.test", s)).ec);
    CHECK(p.connections() == 1);
}

TEST_CASE("proxy: a unix socket goes before all proxies", "[proxy]") {
    const support::scratch directory;
    xfer::testing::server_options o;
    o.unix_path = directory / "socket";
    server s(o);
    s.route("/", "local");
    test_proxy p;
    xfer::multi m;
    auto r = get_through(p.url("http", "u:p"), "http://a.test/");
    r.unix_socket(o.unix_path).pre_proxy(p.url("socks5h"));
    const auto done = transfer_one(m, std::move(r));
    REQUIRE_FALSE(done.ec);
    CHECK(done.response.body() == "local");
    CHECK(s.requests().at(0).target == "/");
    CHECK_FALSE(has(s.requests()[0].raw, "Proxy-"));
    CHECK(p.connections() == 0);
}

TEST_CASE("proxy: what is none fails before any traffic", "[proxy]") {
    server s;
    test_proxy p;
    xfer::multi m;
    auto r = xfer::get(s.url());
    auto expected = error::invalid_option;
    SECTION("an unknown scheme") {
        r.proxy("gopher://127.0.0.1:1");
        expected = error::scheme_unsupported;
    }
    SECTION("no host") { r.proxy("http://"); }
    SECTION("a pre-proxy that speaks HTTP") {
        r.proxy(p.url("http")).pre_proxy(p.url("http"));
    }
    SECTION("a unix socket behind another proxy") {
        r.proxy("socks5h://localhost/run/socks").pre_proxy(p.url("socks5h"));
    }
    SECTION("a user that Basic cannot carry") { r.proxy(p.url("http", "us%3aer:p")); }
    SECTION("a way that has no password") {
        r.proxy(p.url("http", "u:p")).proxy_auth(xfer::auth::bearer);
    }
    const auto done = transfer_one(m, std::move(r));
    CHECK(done.ec == expected);
    CHECK_FALSE(done.failure().message.empty());
    CHECK(s.counts().accepted == 0);
    CHECK(p.connections() == 0);
}

TEST_CASE("proxy: a negative proxy_timeout is refused", "[proxy]") {
    xfer::options o;
    o.proxy_timeout = std::chrono::seconds(-1);
    xfer::multi m;
    const auto done = transfer_one(m, xfer::get("http://127.0.0.1:1/", o));
    CHECK(done.ec == error::invalid_option);
    CHECK(has(done.failure().message, "proxy_timeout"));
}

TEST_CASE("proxy: what it answers to a forwarded request is the response", "[proxy]") {
    test_proxy p(support::answering(support::proxy_reply(403, "", "not there")));
    xfer::multi m;
    const auto done = transfer_one(m, get_through(p.url("http"), "http://a.test/"));
    REQUIRE_FALSE(done.ec);
    CHECK(done.response.status() == 403);
    CHECK(done.response.body() == "not there");
}

TEST_CASE("proxy: cookies and Referer are the origin's, not the proxy's", "[proxy]") {
    server s;
    s.route("/", reply(200, "ok").with_field("Set-Cookie", "a=1"));
    test_proxy p;
    auto jar = std::make_shared<xfer::cookie_jar>();
    xfer::multi m({.cookies = jar});
    const auto url = at("http", "a.test", s);
    REQUIRE_FALSE(transfer_one(m, get_through(p.url("http"), url)).ec);
    REQUIRE_FALSE(transfer_one(m, get_through(p.url("http"), url)).ec);
    REQUIRE_FALSE(
        transfer_one(m, get_through(p.url("http"), at("http", "b.test", s))).ec
    );
    const auto seen = p.requests();
    REQUIRE(seen.size() == 3);
    CHECK(seen[1].field("Cookie") == "a=1");
    CHECK(seen[2].field("Cookie").empty());
}
