// Which connections through proxies are used again, and for whom (HAZARDS B1, B2).
#include "support/names.hpp"
#include "support/through_proxy.hpp"

#include <catch2/catch.hpp>

#include <functional>
#include <string>
#include <vector>

using support::get_through;
using support::https_options;
using support::https_proxy_options;
using support::test_proxy;
using support::transfer_one;
using support::tunnelled;
using xfer::testing::server;

namespace {

/// Both requests on one multi: how many connections the origin got.
std::size_t connections_for(server& s, xfer::request first, xfer::request second) {
    xfer::multi m;
    const auto one = transfer_one(m, std::move(first));
    INFO(one.failure().message);
    REQUIRE_FALSE(one.ec);
    const auto two = transfer_one(m, std::move(second));
    INFO(two.failure().message);
    REQUIRE_FALSE(two.ec);
    CHECK(two.response.info().connection_reused == (s.counts().accepted == 1));
    return s.counts().accepted;
}

}  // namespace

TEST_CASE("B1: a tunnel is used again by an equal request alone", "[proxy][B1]") {
    server s(https_options());
    s.route("/", "ok");
    test_proxy p;
    test_proxy other;
    test_proxy socks(support::socks_options());
    const auto url = "https://a.test:" + std::to_string(s.port()) + "/";
    const auto plain = [&] { return get_through(p.url("http", "user1:pw"), url); };
    auto second = plain();
    std::size_t expected = 2;
    SECTION("equal") { expected = 1; }
    SECTION("another user") { second.proxy(p.url("http", "user2:pw")); }
    SECTION("another password") { second.proxy(p.url("http", "user1:PW")); }
    SECTION("no user") { second.proxy(p.url("http")); }
    SECTION("another proxy") { second.proxy(other.url("http", "user1:pw")); }
    SECTION("no proxy") {
        second.proxy("");
        const auto table = support::make_names({{"a.test", {"127.0.0.1"}}});
        xfer::multi m({.resolver = table->resolver()});
        REQUIRE_FALSE(transfer_one(m, plain()).ec);
        REQUIRE_FALSE(transfer_one(m, std::move(second)).ec);
        CHECK(s.counts().accepted == 2);
        return;
    }
    SECTION("another kind") { second.proxy(socks.url("socks5h", "user1:pw")); }
    SECTION("a proxy before it") { second.pre_proxy(socks.url("socks5h")); }
    SECTION("a field of the user's for the proxy") {
        second.header("Proxy-Authorization", "Basic eDp5");
    }
    SECTION("fields that are not for the proxy") {
        second.header("Authorization", "Basic eDp5");
        expected = 1;
    }
    SECTION("another TLS configuration of the origin") {
        second.tls(support::trusting_tls().max_version(xfer::tls_version::v1_2));
    }
    CHECK(connections_for(s, plain(), std::move(second)) == expected);
}

TEST_CASE("B1: proxy_tls shapes a connection to an https proxy", "[proxy][B1]") {
    server s;
    s.route("/", "ok");
    test_proxy p(https_proxy_options());
    const auto url = "http://a.test:" + std::to_string(s.port()) + "/";
    auto second = get_through(p.url("https"), url, tunnelled);
    std::size_t expected = 1;
    SECTION("equal") {}
    SECTION("another") {
        second.proxy_tls(support::trusting_tls().max_version(xfer::tls_version::v1_2));
        expected = 2;
    }
    auto first = get_through(p.url("https"), url, tunnelled);
    CHECK(connections_for(s, std::move(first), std::move(second)) == expected);
}

TEST_CASE("B1: a tunnel to one host is not used for another", "[proxy][B1]") {
    server s;
    s.route("/", "ok");
    test_proxy p;
    const auto port = std::to_string(s.port());
    auto first = get_through(p.url("http"), "http://a.test:" + port + "/", tunnelled);
    auto second = get_through(p.url("http"), "http://b.test:" + port + "/", tunnelled);
    CHECK(connections_for(s, std::move(first), std::move(second)) == 2);
}

TEST_CASE("B1: a tunnel and a forwarding connection are not the same", "[proxy][B1]") {
    server s;
    s.route("/", "ok");
    test_proxy p;
    xfer::multi m;
    // A tunnel to the proxy itself has the host and port of a connection to it.
    const auto url = "http://127.0.0.1:" + std::to_string(s.port()) + "/";
    REQUIRE_FALSE(transfer_one(m, get_through(p.url("http"), url)).ec);
    REQUIRE_FALSE(transfer_one(m, get_through(p.url("http"), url, tunnelled)).ec);
    CHECK(p.connections() == 2);
    auto direct = xfer::get(p.url("http") + "/");
    direct.proxy("");
    // The proxy takes it for a request that it cannot forward: on a connection of its
    // own.
    CHECK(transfer_one(m, std::move(direct)).response.status() == 400);
    CHECK(p.connections() == 3);
}

TEST_CASE("B1: a forwarding connection is shared by all origins", "[proxy][B1]") {
    server a;
    server b;
    a.route("/x", "of a");
    b.route("/y", "of b");
    test_proxy p;
    xfer::multi m;
    const auto url_a = "http://a.test:" + std::to_string(a.port()) + "/x";
    const auto url_b = "http://b.test:" + std::to_string(b.port()) + "/y";
    const std::vector<std::pair<std::string, std::string>> turns{
        {url_a, "of a"}, {url_b, "of b"}, {url_a, "of a"}};
    for (const auto& [url, body] : turns) {
        const auto done = transfer_one(m, get_through(p.url("http"), url));
        REQUIRE_FALSE(done.ec);
        CHECK(done.response.body() == body);
    }
    CHECK(p.connections() == 1);
    const auto seen = p.requests();
    REQUIRE(seen.size() == 3);
    CHECK(seen[0].line() == "GET " + url_a + " HTTP/1.1");
    CHECK(seen[1].line() == "GET " + url_b + " HTTP/1.1");
    CHECK(seen[2].line() == "GET " + url_a + " HTTP/1.1");
    CHECK(seen[1].field("Host") == "b.test:" + std::to_string(b.port()));
    CHECK(seen[2].field("Host") == "a.test:" + std::to_string(a.port()));
}

TEST_CASE("proxy: limits for a host count the proxy's connections", "[proxy]") {
    server s;
    s.route("/", "ok");
    test_proxy p;
    xfer::multi m({.max_connections_per_host = 1});
    for (const char* host : {"a", "b", "c", "d"}) {
        const auto url =
            std::string("http://") + host + ".test:" + std::to_string(s.port()) + "/";
        m.add(get_through(p.url("http"), url));
    }
    CHECK(support::successes(support::run(m)) == 4);
    CHECK(p.connections() == 1);
}

TEST_CASE("N21: a dead tunnel is found out, and made anew", "[proxy][N21]") {
    server s;
    s.route("/", "ok");
    auto p = std::make_unique<test_proxy>();
    const auto url = "http://a.test:" + std::to_string(s.port()) + "/";
    xfer::multi m;
    const auto text = p->url("http");
    REQUIRE_FALSE(transfer_one(m, get_through(text, url, tunnelled)).ec);
    s.close_idle();
    REQUIRE(p->wait_until_closed());
    const auto again = transfer_one(m, get_through(text, url, tunnelled));
    REQUIRE_FALSE(again.ec);
    CHECK_FALSE(again.response.info().connection_reused);
    CHECK(again.response.info().proxy_status == 200);
    CHECK(p->connections() == 2);
}

TEST_CASE("B2.2: sessions of an https proxy and of the origin do not mix", "[proxy]") {
    // The same name and the same certificate at both, so that only the role differs;
    // the proxy's port is not the origin's, so tickets are shown to whom they are not
    // of only if the cache mixes them.
    server s(https_options());
    s.route("/", "ok");
    test_proxy p(https_proxy_options());
    xfer::multi m;
    const auto url = "https://127.0.0.1:" + std::to_string(s.port()) + "/";
    const auto go = [&] {
        xfer::options o;
        o.forbid_reuse = true;
        const auto done = transfer_one(m, get_through(p.url("https"), url, o));
        INFO(done.failure().message);
        REQUIRE_FALSE(done.ec);
        return done.response.info().connection->tls->resumed;
    };
    CHECK_FALSE(go());
    CHECK(go());
    // Tickets of the origin are worth nothing now, those of the proxy still are.
    s.rotate_ticket_keys();
    CHECK_FALSE(go());
    REQUIRE(p.wait_until_closed());
    const auto seen = p.log();
    REQUIRE(seen.size() == 3);
    CHECK_FALSE(seen[0].resumed);
    CHECK(seen[1].resumed);
    CHECK(seen[2].resumed);
}
