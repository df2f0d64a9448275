// SOCKS proxies on real sockets: who looks names up, what is told to whom, and what
// becomes of proxies that break the rules.
#include "support/names.hpp"
#include "support/scratch.hpp"
#include "support/through_proxy.hpp"

#include <catch2/catch.hpp>

#include <string>

using support::get_through;
using support::https_options;
using support::make_names;
using support::socks_options;
using support::test_proxy;
using support::transfer_one;
using xfer::error;
using xfer::testing::server;

namespace {

std::string at(const std::string& scheme, const std::string& host, const server& s) {
    return scheme + "://" + host + ":" + std::to_string(s.port()) + "/";
}
std::string port_of(const server& s) { return std::to_string(s.port()); }

}  // namespace

TEST_CASE("socks: each kind connects to http and https origins", "[proxy][socks]") {
    const std::string kind = GENERATE("socks4", "socks4a", "socks5", "socks5h");
    const std::string scheme = GENERATE("http", "https");
    server s(scheme == "https" ? https_options() : xfer::testing::server_options());
    s.route("/", "ok");
    auto o = socks_options();
    o.piece = GENERATE(std::size_t(0), std::size_t(1));
    test_proxy p(o);
    const auto table = make_names({{"a.test", {"127.0.0.1"}}});
    xfer::multi m({.resolver = table->resolver()});
    const auto done =
        transfer_one(m, get_through(p.url(kind), at(scheme, "a.test", s)));
    INFO(kind << ' ' << scheme << ": " << done.failure().message);
    REQUIRE_FALSE(done.ec);
    CHECK(done.response.body() == "ok");
    CHECK(s.requests().at(0).target == "/");
    CHECK(s.requests().at(0).field("Host") == "a.test:" + port_of(s));
    const bool here = kind == "socks4" || kind == "socks5";
    const std::string asked_for = here ? "127.0.0.1:" : "a.test:";
    CHECK(p.log().at(0).destination == asked_for + port_of(s));
    CHECK(table->asked() == (here ? 1 : 0));
}

TEST_CASE("socks: the address of a literal is told as one", "[proxy][socks]") {
    server s;
    s.route("/", "ok");
    test_proxy p(socks_options());
    xfer::multi m;
    const std::string kind = GENERATE("socks4", "socks4a", "socks5", "socks5h");
    REQUIRE_FALSE(
        transfer_one(m, get_through(p.url(kind), at("http", "127.0.0.1", s))).ec
    );
    CHECK(p.log().at(0).destination == "127.0.0.1:" + port_of(s));
}

TEST_CASE("socks: an IPv6 address goes to SOCKS5 only", "[proxy][socks]") {
    server s;
    s.route("/", "ok");
    test_proxy p(socks_options());
    xfer::multi m;
    const auto url = at("http", "[::1]", s);
    REQUIRE_FALSE(transfer_one(m, get_through(p.url("socks5"), url)).ec);
    CHECK(p.log().at(0).destination == "::1:" + port_of(s));
    const auto refused = transfer_one(m, get_through(p.url("socks4"), url));
    CHECK(refused.ec == error::proxy_handshake_failed);
    CHECK(refused.ec == xfer::condition::proxy);
}

TEST_CASE("socks: the version of IP that is asked for is told", "[proxy][socks]") {
    server s;
    s.route("/", "ok");
    test_proxy p(socks_options());
    const auto table =
        make_names({{"a.test", {"::1", "127.0.0.1"}}, {"six.test", {"::1"}}});
    xfer::multi m({.resolver = table->resolver()});
    const auto ask = [&](const char* kind, const char* host, xfer::ip_version v) {
        xfer::options o;
        o.ip = v;
        return transfer_one(m, get_through(p.url(kind), at("http", host, s), o));
    };
    REQUIRE_FALSE(ask("socks5", "a.test", xfer::ip_version::v4).ec);
    CHECK(p.log().back().destination == "127.0.0.1:" + port_of(s));
    REQUIRE_FALSE(ask("socks4", "a.test", xfer::ip_version::any).ec);
    CHECK(p.log().back().destination == "127.0.0.1:" + port_of(s));
    CHECK(ask("socks4", "six.test", xfer::ip_version::any).ec == error::resolve_failed);
    CHECK(ask("socks5", "six.test", xfer::ip_version::v4).ec == error::resolve_failed);
}

TEST_CASE("socks: user and password", "[proxy][socks]") {
    server s;
    s.route("/", "ok");
    auto o = socks_options();
    o.user = "us er";
    o.password = "p:w";
    test_proxy p(o);
    xfer::multi m;
    const auto url = at("http", "a.test", s);
    CHECK_FALSE(transfer_one(m, get_through(p.url("socks5h", "us%20er:p%3Aw"), url)).ec
    );
    const auto wrong =
        transfer_one(m, get_through(p.url("socks5h", "us%20er:no"), url));
    CHECK(wrong.ec == error::proxy_handshake_failed);
    const auto none = transfer_one(m, get_through(p.url("socks5h"), url));
    CHECK(none.ec == error::proxy_handshake_failed);
    CHECK(none.failure().message.find("user and a password") != std::string::npos);
    // What was for the proxy did not reach the server.
    CHECK(s.requests().at(0).raw.find("p:w") == std::string::npos);
}

TEST_CASE("F2.1: names of 255 octets fit, longer ones go nowhere", "[proxy][F2.1]") {
    server s;
    s.route("/", "ok");
    auto o = socks_options();
    o.piece = 1;
    const auto size = GENERATE(std::size_t(255), std::size_t(256), std::size_t(1000));
    const bool fits = size == 255;
    // Labels of 63 octets at most, as a name has them.
    std::string host;
    while (host.size() < size) host += std::string(49, 'a') + ".";
    host.resize(size);
    if (host.back() == '.') host.back() = 'a';
    std::string user = "u";
    std::string password = "p";
    const int what = GENERATE(0, 1, 2);
    if (what == 1) user.resize(size, 'u');
    if (what == 2) password.resize(size, 'p');
    if (what != 0) {
        host = "a.test";
        o.user = user;
        o.password = password;
    }
    test_proxy p(o);
    const auto table = make_names({{host, {"127.0.0.1"}}});
    xfer::multi m({.resolver = table->resolver()});
    const auto login = what == 0 ? std::string() : user + ":" + password;
    const auto done =
        transfer_one(m, get_through(p.url("socks5h", login), at("http", host, s)));
    INFO(done.failure().message);
    CHECK(table->asked() == 0);
    if (fits) {
        REQUIRE_FALSE(done.ec);
        CHECK(p.log().at(0).destination == host + ":" + port_of(s));
    } else {
        // The URL's own limit may come first.
        CHECK((done.ec == error::proxy_name_too_long || done.ec == error::url_malformed)
        );
        if (what != 0) CHECK(done.ec == error::proxy_name_too_long);
        REQUIRE(p.wait_until_closed());
        for (const auto& c : p.log()) CHECK(c.clear.empty());
        CHECK(s.counts().accepted == 0);
    }
}

TEST_CASE("socks: a name that has no address is not the proxy's affair", "[proxy]") {
    test_proxy p(socks_options());
    const auto table = make_names({});
    xfer::multi m({.resolver = table->resolver()});
    const auto done = transfer_one(m, get_through(p.url("socks5"), "http://a.test/"));
    CHECK(done.ec == error::resolve_failed);
    CHECK(done.failure().message.find("a.test") != std::string::npos);
    // One that ended so early may or may not have been accepted.
    REQUIRE(p.wait_until_closed());
    for (const auto& c : p.log()) CHECK(c.clear.empty());
}

TEST_CASE("N10: each refusal of SOCKS5 has its sentence", "[proxy][N10]") {
    const int code = GENERATE(range(1, 9));
    auto o = socks_options();
    o.socks_reply = [code](int step, std::string usual) {
        if (step == 3) usual[1] = static_cast<char>(code);
        return usual;
    };
    server s;
    test_proxy p(o);
    xfer::multi m;
    const auto done =
        transfer_one(m, get_through(p.url("socks5h"), at("http", "a.test", s)));
    CHECK(done.ec == error::proxy_handshake_failed);
    CHECK(done.ec == xfer::condition::proxy);
    CHECK(done.failure().stage == xfer::stage::proxying);
    CHECK(done.failure().message.find("SOCKS5") != std::string::npos);
    CHECK_FALSE(done.failure().request_may_have_been_processed);
}

TEST_CASE("N10: SOCKS replies that are broken", "[proxy][N10]") {
    const std::string kind = GENERATE("socks4a", "socks5h");
    const int broken_at = GENERATE(1, 2, 3);
    if (kind == "socks4a" && broken_at != 3) return;
    const std::string how = GENERATE("version", "cut", "empty", "more");
    auto o = socks_options();
    o.user = broken_at == 2 ? "u" : "";
    o.password = o.user;
    o.socks_reply = [=](int step, std::string usual) {
        if (step != broken_at) return usual;
        if (how == "version") usual[0] = '\x07';
        if (how == "cut") usual.pop_back();
        if (how == "empty") return std::string("\x05");
        if (how == "more") usual += "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil";
        return usual;
    };
    server s;
    s.route("/", "good");
    test_proxy p(o);
    xfer::multi m;
    const auto login = broken_at == 2 ? "u:u" : "";
    const auto done =
        transfer_one(m, get_through(p.url(kind, login), at("http", "a.test", s)));
    INFO(kind << ' ' << broken_at << ' ' << how << ": " << done.failure().message);
    CHECK(done.ec == error::proxy_handshake_failed);
    CHECK(done.response.body().empty());
    CHECK(s.counts().requests == 0);
}

TEST_CASE("socks: the proxy at a unix socket", "[proxy][socks]") {
    const support::scratch directory;
    server s;
    s.route("/", "ok");
    auto o = socks_options();
    o.unix_path = directory / "socks";
    test_proxy p(o);
    xfer::multi m;
    const auto done = transfer_one(
        m, get_through("socks5h://localhost" + o.unix_path, at("http", "a.test", s))
    );
    INFO(done.failure().message);
    REQUIRE_FALSE(done.ec);
    CHECK(p.log().at(0).destination == "a.test:" + port_of(s));
}

TEST_CASE("pre_proxy: the way to the other proxy", "[proxy][socks]") {
    server s(https_options());
    s.route("/", "ok");
    auto o = socks_options();
    o.piece = GENERATE(std::size_t(0), std::size_t(1));
    test_proxy first(o);
    xfer::multi m;
    SECTION("which makes a tunnel") {
        test_proxy second;
        auto r = get_through(
            "http://u:p@proxy.test:" + std::to_string(second.port()),
            at("https", "a.test", s)
        );
        r.pre_proxy(first.url("socks5h"));
        const auto done = transfer_one(m, std::move(r));
        INFO(done.failure().message);
        REQUIRE_FALSE(done.ec);
        CHECK(
            first.log().at(0).destination ==
            "proxy.test:" + std::to_string(second.port())
        );
        CHECK(second.requests().at(0).field("Proxy-Authorization") == "Basic dTpw");
    }
    SECTION("which speaks TLS") {
        test_proxy second(support::https_proxy_options());
        auto r = get_through(second.url("https"), at("https", "a.test", s));
        r.pre_proxy(first.url("socks4a"));
        const auto done = transfer_one(m, std::move(r));
        INFO(done.failure().message);
        REQUIRE_FALSE(done.ec);
        CHECK(first.log().at(0).destination == second.url("").substr(3));
    }
    SECTION("which speaks SOCKS too") {
        test_proxy second(socks_options());
        auto r = get_through(second.url("socks5h"), at("https", "a.test", s));
        r.pre_proxy(first.url("socks5h"));
        REQUIRE_FALSE(transfer_one(m, std::move(r)).ec);
        CHECK(second.log().at(0).destination == "a.test:" + port_of(s));
    }
    SECTION("which is not there: alone it is the proxy") {
        auto r = xfer::get(at("https", "a.test", s));
        r.pre_proxy(first.url("socks5h")).tls(support::trusting_tls());
        REQUIRE_FALSE(transfer_one(m, std::move(r)).ec);
        CHECK(first.log().at(0).destination == "a.test:" + port_of(s));
    }
    SECTION("and not for a host that is an exception") {
        auto r = xfer::get(at("https", "127.0.0.1", s));
        xfer::proxy_rules rules;
        rules.for_all("http://127.0.0.1:1").except("127.0.0.1");
        r.proxies(rules);
        r.pre_proxy(first.url("socks5h")).tls(support::trusting_tls());
        REQUIRE_FALSE(transfer_one(m, std::move(r)).ec);
        CHECK(first.connections() == 0);
    }
}

TEST_CASE("pre_proxy: one that takes addresses looks up the other proxy", "[proxy]") {
    server s;
    s.route("/", "ok");
    test_proxy first(socks_options());
    test_proxy second;
    const auto table = make_names({{"proxy.test", {"127.0.0.1"}}});
    xfer::multi m({.resolver = table->resolver()});
    const auto go = [&](const char* name) {
        auto r = get_through(
            std::string("http://") + name + ":" + std::to_string(second.port()),
            at("http", "a.test", s)
        );
        r.pre_proxy(first.url("socks4"));
        return transfer_one(m, std::move(r));
    };
    REQUIRE_FALSE(go("proxy.test").ec);
    CHECK(first.log().at(0).destination == second.url("").substr(3));
    CHECK(go("nowhere.test").ec == error::proxy_resolve_failed);
}
