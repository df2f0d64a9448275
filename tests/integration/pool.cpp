// M25 and M26: which requests may share a connection, and when none may.
#include "support/certificates.hpp"
#include "support/names.hpp"
#include "support/scratch.hpp"
#include "support/transfers.hpp"
#include <xfer/engine/endpoint.hpp>
#include <xfer/testing/server.hpp>

#include <functional>
#include <string>
#include <vector>

using support::drive_until;
using support::make_names;
using support::run;
using support::successes;
using support::transfer_one;
using xfer::testing::reply;
using xfer::testing::server;
using xfer::testing::server_options;

namespace {

// Tripwires: a new field of any of them needs a row below (those of proxies stand in
// proxies_pool.cpp), and a name here.
static_assert(sizeof(xfer::engine::connection_config) == 176);
static_assert(sizeof(xfer::engine::route) == 104);
[[maybe_unused]] void every_field(
    const xfer::engine::connection_config& config,
    const xfer::engine::route& route,
    const xfer::tls_settings& tls,
    const xfer::network_settings& net
) {
    [[maybe_unused]] const auto& [scheme, host, zone, port, unix_socket, ip, keepalive, t, way] =
        config;
    [[maybe_unused]] const auto& [via, before, proxy_tls, tunnel_fields, forwarded, haproxy, n] =
        route;
    [[maybe_unused]] const auto& [ca_file, ca_directory, ca_pem, ca_native, partial_chain, crl_file, crl_pem, client_certificate, min_version, max_version, ciphers, tls13_ciphers, groups, signature_algorithms, pinned_keys, verify_peer, verify_host, key_log_file] =
        tls;
    [[maybe_unused]] const auto& [known, detours, local_address, interface, first_port, ports, nodelay, probes, idle, interval, on_socket, filter, first_error] =
        net;
}

server_options secure() {
    server_options o;
    o.certificate_pem = tls_support::good_identity().certificate_pem;
    o.key_pem = tls_support::good_identity().key_pem;
    return o;
}

}  // namespace

TEST_CASE("M25: each field of a plain connection tells connections apart", "[M25]") {
    server s;
    s.route("/", "x");
    const auto table =
        make_names({{"a.test", {"127.0.0.1"}}, {"b.test", {"127.0.0.1"}}});
    xfer::multi m({.resolver = table->resolver()});
    const auto at = [&](const std::string& host) {
        return xfer::get("http://" + host + ":" + std::to_string(s.port()) + "/");
    };
    REQUIRE_FALSE(transfer_one(m, at("a.test")).ec);
    auto second = at("a.test");
    std::size_t expected = 2;
    SECTION("nothing") { expected = 1; }
    SECTION("a header is nothing of the connection") {
        second.header("Authorization", "Bearer other");
        expected = 1;
    }
    SECTION("the host") { second = at("b.test"); }
    SECTION("the scheme") {
        second = xfer::get(
            "https://a.test:" + std::to_string(s.port()) + "/",
            {.tls_timeout = std::chrono::milliseconds(30)}
        );
        second.insecure();
        transfer_one(m, second);
        CHECK(s.counts().accepted == 2);
        return;
    }
    SECTION("the IP version") {
        xfer::options o;
        o.ip = xfer::ip_version::v4;
        second.options(o);
    }
    SECTION("TCP keep-alive") { second.options({.tcp_keepalive = true}); }
    REQUIRE_FALSE(transfer_one(m, second).ec);
    CHECK(s.counts().accepted == expected);
    // And each of the two finds its own again.
    REQUIRE_FALSE(transfer_one(m, at("a.test")).ec);
    REQUIRE_FALSE(transfer_one(m, second).ec);
    CHECK(s.counts().accepted == expected);
}

TEST_CASE("M25: port and unix socket tell connections apart", "[M25]") {
    server a;
    server b;
    server_options o;
    o.unix_path = "/tmp/xfer-pool-" + std::to_string(::getpid()) + ".sock";
    server c(o);
    for (auto* s : {&a, &b, &c}) s->route("/", "x");
    xfer::multi m;
    for (int i = 0; i < 3; ++i) {
        REQUIRE_FALSE(transfer_one(m, a.url()).ec);
        REQUIRE_FALSE(transfer_one(m, b.url()).ec);
        auto local = xfer::get(a.url());
        REQUIRE_FALSE(transfer_one(m, local.unix_socket(o.unix_path)).ec);
    }
    for (auto* s : {&a, &b, &c}) {
        CHECK(s->counts().accepted == 1);
        CHECK(s->counts().requests == 3);
    }
}

TEST_CASE("M25: the zone of an IPv6 address tells connections apart", "[M25]") {
    server_options o;
    o.address = "::1";
    server s(o);
    s.route("/", "x");
    xfer::multi m;
    const auto port = ":" + std::to_string(s.port()) + "/";
    REQUIRE_FALSE(transfer_one(m, "http://[::1]" + port).ec);
    const auto zoned = transfer_one(m, "http://[::1%25lo]" + port);
    INFO(zoned.failure().message);
    CHECK_FALSE(zoned.response.info().connection_reused);
}

TEST_CASE("M25: each field of the TLS configuration tells connections apart", "[M25]") {
    server s(secure());
    s.route("/", "x");
    const auto& root = tls_support::test_authority().certificate_pem();
    const auto trust = xfer::tls().ca_pem(root);
    const auto me = tls_support::test_authority().issue({"me"});
    const xfer::testing::authority another("another");
    const auto list = tls_support::test_authority().revocation_list();
    const support::scratch d;
    support::write_file(d / "list.pem", list);
    support::write_file(d / "root.pem", root);
    const std::vector<std::function<void(xfer::tls&)>> changes{
        [&](xfer::tls& t) { t.ca_pem(root + another.certificate_pem()); },
        [&](xfer::tls& t) { t.client_certificate_pem(me.certificate_pem, me.key_pem); },
        [](xfer::tls& t) { t.min_version(xfer::tls_version::v1_3); },
        [](xfer::tls& t) { t.max_version(xfer::tls_version::v1_2); },
        [](xfer::tls& t) { t.ciphers("ECDHE-ECDSA-AES128-GCM-SHA256"); },
        [](xfer::tls& t) { t.tls13_ciphers("TLS_AES_128_GCM_SHA256"); },
        [](xfer::tls& t) { t.groups("P-256"); },
        [](xfer::tls& t) {
            const auto& leaf = tls_support::good_identity().certificate_pem;
            t.pin_public_key(xfer::testing::public_key_pin(leaf));
        },
        [](xfer::tls& t) { t.verify_peer(false); },
        [](xfer::tls& t) { t.verify_host(false); },
        [&](xfer::tls& t) { t.ca_file(d / "root.pem"); },
        [](xfer::tls& t) { t.partial_chain(false); },
        [&](xfer::tls& t) { t.crl_file(d / "list.pem"); },
        [&](xfer::tls& t) { t.crl_pem(list); },
        [](xfer::tls& t) { t.signature_algorithms("ECDSA+SHA256"); },
        [&](xfer::tls& t) { t.key_log_file(d / "keys"); },
        [](xfer::tls& t) { t.ca_native(); },
        [&](xfer::tls& t) { t.ca_directory("/etc/ssl/certs"); },
    };
    // What these name may not be there to be read.
    constexpr std::size_t of_the_system = 2;
    xfer::multi m;
    auto first = xfer::get(s.url());
    REQUIRE_FALSE(transfer_one(m, first.tls(trust)).ec);
    std::size_t connections = 1;
    for (const auto& change : changes) {
        INFO("change " << connections);
        auto changed = trust;
        change(changed);
        auto r = xfer::get(s.url());
        const auto done = transfer_one(m, r.tls(changed));
        INFO(done.failure().message);
        if (connections <= changes.size() - of_the_system) REQUIRE_FALSE(done.ec);
        if (done.ec) continue;
        CHECK(s.counts().accepted == ++connections);
        CHECK_FALSE(done.response.info().connection->tls->resumed);
    }
    // An equal configuration that was built anew is the same one.
    auto again = xfer::get(s.url());
    const auto rebuilt = xfer::tls().ca_pem(std::string(root));
    CHECK(transfer_one(m, again.tls(rebuilt)).response.info().connection_reused);
    CHECK(s.counts().accepted == connections);
}

TEST_CASE("M25: each field of the network tells connections apart", "[M25]") {
    server s;
    s.route("/", "x");
    const auto hook = [](int) {};
    const auto filter = [](const xfer::ip_address&) { return true; };
    using std::chrono::seconds;
    const std::vector<std::function<void(xfer::network&)>> changes{
        [&](xfer::network& n) { n.resolve("a.test", s.port(), "127.0.0.1, ::1"); },
        [](xfer::network& n) { n.resolve("b.test", 0, "127.0.0.1"); },
        [&](xfer::network& n) { n.connect_to("a.test", 0, "127.0.0.1", s.port()); },
        [](xfer::network& n) { n.local_address("127.0.0.2"); },
        [](xfer::network& n) { n.interface("lo"); },
        // So many that one is free.
        [](xfer::network& n) { n.local_ports(20000, 10000); },
        [](xfer::network& n) { n.local_ports(20001, 10000); },
        [](xfer::network& n) { n.local_ports(20000, 10001); },
        [](xfer::network& n) { n.tcp_nodelay(false); },
        [](xfer::network& n) { n.tcp_keepalive(seconds(60), seconds(60)); },
        [](xfer::network& n) { n.tcp_keepalive(seconds(61), seconds(60)); },
        [](xfer::network& n) { n.tcp_keepalive(seconds(60), seconds(61)); },
        [&](xfer::network& n) { n.on_socket(hook); },
        [&](xfer::network& n) { n.on_socket(hook); },
        [&](xfer::network& n) { n.address_filter(filter); },
        [](xfer::network& n) { n.address_filter(xfer::is_loopback_address); },
    };
    const auto table = make_names({});
    xfer::multi m({.resolver = table->resolver()});
    const auto url = "http://a.test:" + std::to_string(s.port()) + "/";
    const auto get_with = [&](const xfer::network& n) {
        auto r = xfer::get(url);
        return transfer_one(m, r.network(n));
    };
    xfer::network first;
    first.resolve("a.test", 0, "127.0.0.1");
    REQUIRE_FALSE(get_with(first).ec);
    std::size_t connections = 1;
    for (const auto& change : changes) {
        INFO("change " << connections);
        auto changed = first;
        change(changed);
        const auto done = get_with(changed);
        INFO(done.failure().message);
        REQUIRE_FALSE(done.ec);
        CHECK(s.counts().accepted == ++connections);
        // A copy of it is the same one.
        const auto copy = changed;
        CHECK(get_with(copy).response.info().connection_reused);
    }
    // An equal one that was built anew is the same one, if it holds no closure.
    xfer::network again;
    again.resolve("A.test", 0, "127.0.0.1");
    CHECK(get_with(again).response.info().connection_reused);
    again.address_filter(xfer::is_loopback_address);
    CHECK(get_with(again).response.info().connection_reused);
    CHECK(s.counts().accepted == connections);
}

TEST_CASE(
    "M26: after network_changed idle connections and names are forgotten", "[M26]"
) {
    server s;
    s.route("/", "x");
    const auto table = make_names({{"a.test", {"127.0.0.1"}}});
    xfer::multi m({.resolver = table->resolver()});
    const auto url = "http://a.test:" + std::to_string(s.port()) + "/";
    REQUIRE_FALSE(transfer_one(m, url).ec);
    REQUIRE_FALSE(transfer_one(m, url).ec);
    CHECK(s.counts().accepted == 1);
    m.network_changed();
    CHECK(m.stats().connections == 0);
    CHECK(s.wait_for_open_at_most(0));
    REQUIRE_FALSE(transfer_one(m, url).ec);
    CHECK(s.counts().accepted == 2);
    CHECK(table->asked() == 2);
}

TEST_CASE("M26: busy connections end their transfer and are not used again", "[M26]") {
    server s;
    s.route("/", reply(200, "x").hold());
    xfer::multi m;
    m.add(s.url());
    REQUIRE(drive_until(m, [&] { return s.counts().requests == 1; }));
    m.network_changed();
    s.release();
    CHECK(successes(run(m)) == 1);
    CHECK(m.stats().idle_connections == 0);
    s.route("/", "y");
    CHECK_FALSE(transfer_one(m, s.url()).response.info().connection_reused);
    CHECK(s.counts().accepted == 2);
}

TEST_CASE("a server that answered in HTTP/1.0 is sent no chunks", "[integration]") {
    server s;
    s.route(
        "/",
        reply::exactly("HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n"
                       "Content-Length: 2\r\n\r\nhi")
    );
    xfer::multi m;
    const auto sent = [&] { return s.requests().size(); };
    const auto unsized = [&] {
        auto source = xfer::from_function([left = 1](std::span<char> out) mutable {
            out[0] = 'x';
            return static_cast<std::size_t>(left-- > 0);
        });
        return xfer::post(s.url("/"), std::move(source));
    };
    REQUIRE_FALSE(transfer_one(m, s.url("/")).ec);
    const auto refused = transfer_one(m, unsized());
    CHECK(refused.ec == xfer::error::body_needs_length);
    CHECK(refused.ec == xfer::condition::upload_failed);
    CHECK_FALSE(refused.response.info().request_may_have_been_processed);
    CHECK(sent() == 1);
    REQUIRE_FALSE(transfer_one(m, s.url("/")).ec);
    const auto sized = transfer_one(m, xfer::post(s.url("/"), "x"));
    CHECK_FALSE(sized.ec);
    CHECK(sized.response.info().connection_reused);
    CHECK(sent() == 3);
}
