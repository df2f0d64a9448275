// HAZARDS B1.2 and B1.3 as they are told there, C1.2, C1.3 and S21 with TLS over real
// sockets, and S27 in many rounds.
#include "support/names.hpp"
#include "support/rig.hpp"
#include "support/scratch.hpp"
#include "support/through_proxy.hpp"
#include <xfer/auth.hpp>
#include <xfer/network.hpp>

#include <catch2/catch.hpp>

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

using namespace std::chrono_literals;
using support::https_options;
using support::make_names;
using support::test_proxy;
using support::transfer_one;
using support::trusting_tls;
using tls_support::test_authority;
using xfer::auth;
using xfer::credentials;
using xfer::error;
using xfer::testing::server;

namespace {

/// Whatever the host's name, it is here.
xfer::network all_here() {
    xfer::network n;
    n.resolve("", 0, "127.0.0.1");
    return n;
}

xfer::request secure_get(const server& s, std::string_view host) {
    auto r = xfer::get(
        "https://" + std::string(host) + ":" + std::to_string(s.port()) + "/"
    );
    r.tls(trusting_tls()).network(all_here());
    return r;
}

}  // namespace

TEST_CASE("B1.2: what must be secret never takes a plain connection", "[B1][B1.2]") {
    server plain;
    plain.route("/", "plain");
    xfer::multi m;
    REQUIRE_FALSE(transfer_one(m, plain.url()).ec);
    REQUIRE(m.stats().idle_connections == 1);
    const auto before = plain.log().at(0).received;
    auto r = xfer::get("https://" + plain.host_port() + "/", {.tls_timeout = 100ms});
    const auto done = transfer_one(m, r.tls(trusting_tls()));
    CHECK(done.ec == error::timeout_tls);  // a ClientHello is no request to answer
    CHECK(plain.counts().accepted == 2);
    CHECK(plain.counts().requests == 1);
    CHECK(plain.log().at(0).received == before);
    // The plain one is still there for who may use it.
    const auto again = transfer_one(m, plain.url());
    CHECK(again.response.info().connection_reused);
}

TEST_CASE("B1.2: nor does what is plain take a secret one", "[B1][B1.2]") {
    server s(https_options());
    s.route("/", "secret");
    xfer::multi m;
    REQUIRE_FALSE(transfer_one(m, secure_get(s, "127.0.0.1")).ec);
    REQUIRE(m.stats().idle_connections == 1);
    CHECK(transfer_one(m, "http://" + s.host_port() + "/").ec);
    CHECK(s.counts().accepted == 2);
    CHECK(s.counts().requests == 1);
    CHECK(transfer_one(m, secure_get(s, "127.0.0.1")).response.info().connection_reused
    );
}

TEST_CASE("B1.2: files whose names differ in case are different files", "[B1][B1.2]") {
    const support::scratch d;
    auto options = https_options();
    options.client_ca_pem = test_authority().certificate_pem();
    server s(options);
    s.route("/", "for members");
    const auto write = [&](const char* name) {
        auto spec = tls_support::spec_for(name);
        spec.usage = xfer::testing::key_usage::client;
        const auto made = test_authority().issue(spec);
        support::write_file(d / name, made.certificate_pem + made.key_pem);
    };
    write("CERT.pem");
    write("cert.pem");
    xfer::multi m;
    const auto fetch = [&](const char* name) {
        auto r = xfer::get(s.url());
        r.tls(trusting_tls().client_certificate(d / name));
        return transfer_one(m, r);
    };
    const auto first = fetch("CERT.pem");
    INFO(first.failure().message);
    CHECK_FALSE(first.ec);
    CHECK_FALSE(fetch("cert.pem").response.info().connection_reused);
    CHECK(fetch("CERT.pem").response.info().connection_reused);
    CHECK(s.counts().accepted == 2);
    CHECK(s.counts().resumed == 0);
}

TEST_CASE("B1.2: the zone of an address is part of where it is", "[B1][B1.2]") {
    support::rig r(GENERATE(support::both_ways()));
    const xfer::testing::memory_server s(*r.network, "fe80::1", 80, "hello");
    const auto reused = [&](const char* url) {
        const auto done = r.transfer(xfer::get(url));
        CHECK_FALSE(done.ec);
        return done.response.info().connection_reused;
    };
    CHECK_FALSE(reused("http://[fe80::1%25lo]/"));
    CHECK_FALSE(reused("http://[fe80::1]/"));
    CHECK_FALSE(reused("http://[fe80::1%25eth0]/"));
    CHECK(reused("http://[fe80::1%25lo]/"));
    CHECK(reused("http://[fe80::1]/"));
    CHECK(s.connections() == 3);
}

TEST_CASE("B1.2: a tunnel is for the user who asked for it", "[B1][B1.2][proxy]") {
    server s(https_options());
    s.route("/", "x");
    test_proxy proxy;
    xfer::multi m;
    const auto fetch = [&](const char* user) {
        const auto done =
            transfer_one(m, support::get_through(proxy.url("http", user), s.url()));
        CHECK_FALSE(done.ec);
        return done.response.info().connection_reused;
    };
    CHECK_FALSE(fetch("user1:p"));
    CHECK_FALSE(fetch("user2:p"));
    CHECK_FALSE(fetch("user1:P"));
    CHECK_FALSE(fetch(""));
    CHECK(fetch("user1:p"));
    CHECK(fetch("user2:p"));
    CHECK(proxy.connections() == 4);
    const auto asked = proxy.requests();
    REQUIRE(asked.size() == 4);
    CHECK(asked[0].field("Proxy-Authorization") == "Basic dXNlcjE6cA==");
    CHECK(asked[1].field("Proxy-Authorization") == "Basic dXNlcjI6cA==");
    CHECK(asked[2].field("Proxy-Authorization") == "Basic dXNlcjE6UA==");
    CHECK(asked[3].head.find("Proxy-Authorization") == std::string::npos);
}

TEST_CASE("B1.3: users share a connection and no credentials", "[B1][B1.3]") {
    const bool secure = GENERATE(false, true);
    server s(secure ? https_options() : xfer::testing::server_options());
    s.route("/", "x");
    xfer::multi m;
    const auto ask = [&](const credentials* who, const char* user_in_url = "") {
        auto url = s.url();
        url.insert(url.find("//") + 2, user_in_url);
        auto r = xfer::get(url);
        r.tls(trusting_tls());
        if (who != nullptr) r.credentials(*who);
        CHECK_FALSE(transfer_one(m, std::move(r)).ec);
        const auto seen = s.requests().back();
        CHECK(seen.count("Authorization") <= 1);
        return std::string(seen.field("Authorization"));
    };
    const credentials ann("ann", "a", auth::basic);
    const credentials bob("bob", "b", auth::basic);
    const auto token = credentials::bearer("t.o.k.e.n");
    for (int round = 0; round < 2; ++round) {
        CHECK(ask(&ann) == "Basic YW5uOmE=");
        CHECK(ask(&bob) == "Basic Ym9iOmI=");
        CHECK(ask(nullptr).empty());
        CHECK(ask(&token) == "Bearer t.o.k.e.n");
        CHECK(ask(nullptr).empty());
        // To that user alone, and only if it may be sent in clear.
        const auto in_url = ask(nullptr, "eve:e@");
        CHECK((in_url.empty() || in_url == "Basic ZXZlOmU="));
        CHECK(ask(&ann) == "Basic YW5uOmE=");
    }
    CHECK(s.counts().accepted == 1);
}

TEST_CASE("C1.2: a wrong host is refused where the chain is not looked at", "[C1.2]") {
    server s(https_options(xfer::testing::self_signed(tls_support::spec_for("b.test")))
    );
    s.route("/", "x");
    xfer::multi m;
    const auto with = [&](const xfer::tls& t) {
        auto r = secure_get(s, "a.test");
        return transfer_one(m, r.tls(t));
    };
    const auto half = with(trusting_tls().verify_peer(false));
    CHECK(half.ec == error::certificate_host_mismatch);
    CHECK(s.counts().received == 0);
    const auto other_half = with(trusting_tls().verify_host(false));
    CHECK(other_half.ec == error::certificate_self_signed);
    CHECK(s.counts().received == 0);
    const auto none = with(trusting_tls().verify_peer(false).verify_host(false));
    REQUIRE_FALSE(none.ec);
    REQUIRE(none.response.info().connection);
    REQUIRE(none.response.info().connection->tls);
    CHECK_FALSE(none.response.info().connection->tls->peer_verified);
    CHECK_FALSE(none.response.info().connection->tls->host_verified);
}

TEST_CASE("C1.3: one dot at the end is no part of the name for TLS", "[C1.3]") {
    server s(https_options());
    s.route("/", "x");
    xfer::multi m;
    const auto done = transfer_one(m, secure_get(s, "a.test."));
    INFO(done.failure().message);
    CHECK_FALSE(done.ec);
    CHECK(s.log().at(0).server_name == "a.test");
    CHECK(
        transfer_one(m, secure_get(s, "b.test.")).ec == error::certificate_host_mismatch
    );
}

TEST_CASE("C1.3: a host that begins with a dot is asked for nowhere", "[C1.3]") {
    server s(https_options());
    const auto table = make_names({});
    xfer::multi m({.resolver = table->resolver()});
    const std::string host =
        GENERATE(".a.test", "a..test", ".", "a.test..", ".127.0.0.1");
    auto r = xfer::get("https://" + host + ":" + std::to_string(s.port()) + "/");
    const auto done = transfer_one(m, r.tls(trusting_tls()));
    CHECK(done.ec == error::url_malformed);
    CHECK(done.failure().stage == xfer::stage::queued);
    CHECK(table->asked() == 0);
    CHECK(s.counts().accepted == 0);
}

TEST_CASE(
    "S21: who is not trusted is no reason to ask the next address", "[S21][tls]"
) {
    // The same port by IPv6, where the certificate is of another, and by IPv4.
    auto options =
        https_options(xfer::testing::self_signed(tls_support::spec_for("dual.test")));
    options.address = "::1";
    std::unique_ptr<server> six;
    std::unique_ptr<server> four;
    for (int attempt = 0; !four && attempt < 20; ++attempt) {
        six = std::make_unique<server>(options);
        auto same = https_options(test_authority().issue({"dual.test"}));
        same.port = six->port();
        try {
            four = std::make_unique<server>(same);
        } catch (const std::system_error&) {
            // Somebody else has it.
        }
    }
    REQUIRE(four);
    six->route("/", "evil");
    four->route("/", "good");
    const auto table = make_names({{"dual.test", {"::1", "127.0.0.1"}}});
    xfer::multi m({.resolver = table->resolver()});
    auto r = xfer::get("https://dual.test:" + std::to_string(four->port()) + "/");
    r.tls(trusting_tls());
    const auto before = support::open_descriptors();
    const auto done = transfer_one(m, r);
    CHECK(done.ec == error::certificate_self_signed);
    CHECK(done.response.info().connections_opened <= 1);
    CHECK(six->counts().accepted == 1);
    CHECK(six->counts().received == 0);
    CHECK(four->counts().accepted == 0);
    CHECK(m.stats().connections == 0);
    REQUIRE(six->wait_for_open_at_most(0));
    CHECK(support::open_descriptors() <= before + 3);  // of the loop's own
    // It was not for want of the other.
    r.network(xfer::network().resolve("dual.test", 0, "127.0.0.1"));
    CHECK_FALSE(transfer_one(m, r).ec);
}

TEST_CASE("S27: a resolver slower than the timeout finds nobody", "[S27]") {
    // The sanitizers see what a late answer touches.
    for (int round = 0; round < 60; ++round) {
        INFO(round);
        const auto table = make_names({{"slow.test", {"127.0.0.1"}}});
        table->hang();
        auto io = std::make_unique<asio::io_context>();
        auto m = std::make_unique<xfer::multi>(
            *io, xfer::settings{.resolver = table->resolver()}
        );
        const xfer::options brief{.resolve_timeout = 1ms};
        const xfer::options total{.total_timeout = 1ms};
        m->add(xfer::get("http://slow.test/a", brief));
        m->add(xfer::get("http://slow.test/b", total));
        m->add(xfer::get("http://slow.test/c"));
        while (m->stats().unread < 2) io->run_for(1ms);
        while (const auto done = m->info_read()) {
            CHECK(done->ec == xfer::condition::operation_timedout);
            CHECK(done->failure().stage == xfer::stage::resolving);
        }
        // The answer comes while all of it goes, from a thread of the resolver's.
        std::thread late([table, round] {
            const auto until =
                std::chrono::steady_clock::now() + std::chrono::microseconds(round * 5);
            while (std::chrono::steady_clock::now() < until) {
            }
            table->release();
        });
        if (round % 3 == 0) io.reset();
        if (round % 3 == 1) io->run_for(1us);
        m.reset();
        io.reset();
        late.join();
    }
}
