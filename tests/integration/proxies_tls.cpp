// Proxies that are spoken to in TLS, TLS inside TLS, and the line of the PROXY
// protocol.
#include "support/names.hpp"
#include "support/scratch.hpp"
#include "support/through_proxy.hpp"

#include <catch2/catch.hpp>

#include <chrono>
#include <string>
#include <vector>

using namespace std::chrono_literals;
using support::get_through;
using support::https_options;
using support::https_proxy_options;
using support::test_proxy;
using support::transfer_one;
using support::tunnelled;
using tls_support::spec_for;
using tls_support::test_authority;
using xfer::error;
using xfer::testing::identity;
using xfer::testing::server;

namespace {

std::string at(const char* scheme, const char* host, const server& s) {
    return std::string(scheme) + "://" + host + ":" + std::to_string(s.port()) + "/";
}

/// Reads what comes and says nothing, so that the raw octets are in its log.
void listen_only(server& s) {
    xfer::testing::connect_action silent;
    silent.then = xfer::testing::connect_action::kind::silent;
    s.on_connect(silent);
}

}  // namespace

TEST_CASE("https proxy: forwards, makes tunnels, and holds TLS in TLS", "[proxy]") {
    const std::string scheme = GENERATE("http", "https");
    server s(scheme == "https" ? https_options() : xfer::testing::server_options());
    s.route("/", xfer::testing::reply::repeating("0123456789", 300'000));
    auto o = https_proxy_options();
    o.piece = GENERATE(std::size_t(0), std::size_t(1));
    test_proxy p(o);
    xfer::multi m;
    const bool tunnel = GENERATE(false, true);
    const auto done = transfer_one(
        m,
        get_through(
            p.url("https", "u:p"),
            at(scheme.c_str(), "a.test", s),
            tunnel ? tunnelled : xfer::options()
        )
    );
    INFO(done.failure().message);
    REQUIRE_FALSE(done.ec);
    CHECK(done.response.body().size() == 300'000);
    const auto seen = p.requests().at(0);
    CHECK(seen.field("Proxy-Authorization") == "Basic dTpw");
    CHECK(seen.head.starts_with("CONNECT ") == (tunnel || scheme == "https"));
    const auto& tls = *done.response.info().connection->tls;
    CHECK(tls.version == (scheme == "https" ? "TLSv1.3" : ""));
}

TEST_CASE("https proxy: one that cannot be verified gets nothing", "[proxy][T-1]") {
    auto expired = spec_for("127.0.0.1");
    expired.not_before = -2h;
    expired.not_after = -1h;
    auto client_only = spec_for("127.0.0.1");
    client_only.usage = xfer::testing::key_usage::client;
    const xfer::testing::authority other("another root");
    struct row {
        const char* name;
        identity shown;
        error expected;
    };
    const std::vector<row> rows{
        {"host", test_authority().issue({"a.test"}), error::certificate_host_mismatch},
        {"ca", other.issue({"127.0.0.1"}), error::certificate_unknown_ca},
        {"expired", test_authority().issue(expired), error::certificate_expired},
        {"self-signed",
         xfer::testing::self_signed(spec_for("127.0.0.1")),
         error::certificate_self_signed},
        {"client only",
         test_authority().issue(client_only),
         error::certificate_invalid},
    };
    server s(https_options());
    for (const auto& r : rows) {
        INFO(r.name);
        test_proxy p(https_proxy_options(r.shown));
        xfer::multi m;
        auto q = get_through(p.url("https", "user:secret"), at("https", "a.test", s));
        // What is allowed at the origin is not at the proxy.
        q.insecure();
        const auto done = transfer_one(m, std::move(q));
        CHECK(done.ec == r.expected);
        CHECK(done.ec == xfer::condition::peer_failed_verification);
        REQUIRE(p.wait_until_closed());
        CHECK(p.log().at(0).clear.empty());
        CHECK(s.counts().accepted == 0);
    }
}

TEST_CASE("https proxy: proxy_tls is not for the origin, tls not for it", "[proxy]") {
    server s(https_options());
    s.route("/", "ok");
    test_proxy p(https_proxy_options());
    const auto url = at("https", "a.test", s);
    xfer::multi m;
    auto r = xfer::get(url);
    r.proxy(p.url("https"));
    SECTION("the origin is not trusted for the proxy's sake") {
        r.proxy_tls(support::trusting_tls());
        CHECK(
            transfer_one(m, std::move(r)).ec ==
            xfer::condition::peer_failed_verification
        );
        CHECK(p.requests().size() == 1);
        CHECK(s.counts().requests == 0);
    }
    SECTION("nor the proxy for the origin's") {
        r.tls(support::trusting_tls());
        CHECK(
            transfer_one(m, std::move(r)).ec ==
            xfer::condition::peer_failed_verification
        );
        CHECK(p.requests().empty());
    }
}

TEST_CASE("https proxy: a client certificate for it, and its refusal", "[proxy]") {
    auto spec = spec_for("user");
    spec.usage = xfer::testing::key_usage::client;
    const auto mine = test_authority().issue(spec);
    server s(https_options());
    s.route("/", "ok");
    auto o = https_proxy_options();
    o.client_ca_pem = test_authority().certificate_pem();
    test_proxy p(o);
    xfer::multi m;
    auto r = get_through(p.url("https"), at("https", "a.test", s));
    SECTION("shown") {
        r.proxy_tls(support::trusting_tls().client_certificate_pem(
            mine.certificate_pem, mine.key_pem
        ));
        const auto done = transfer_one(m, std::move(r));
        INFO(done.failure().message);
        CHECK_FALSE(done.ec);
        CHECK(s.log().at(0).client_subject.empty());
    }
    SECTION("shown to the origin only") {
        r.tls(support::trusting_tls().client_certificate_pem(
            mine.certificate_pem, mine.key_pem
        ));
        const auto done = transfer_one(m, std::move(r));
        CHECK(done.ec == error::tls_handshake_failed);
        CHECK(done.ec == xfer::condition::ssl_connect_error);
        CHECK(s.counts().accepted == 0);
    }
}

TEST_CASE("C2.1: a pin that does not match at an https proxy", "[proxy][C2.1]") {
    test_proxy p(https_proxy_options());
    xfer::multi m;
    auto r = get_through(p.url("https"), "https://a.test/");
    const auto other = test_authority().issue({"127.0.0.1"});
    r.proxy_tls(support::trusting_tls().pin_public_key(
        xfer::testing::public_key_pin(other.certificate_pem)
    ));
    CHECK(transfer_one(m, std::move(r)).ec == error::pin_mismatch);
    CHECK(p.requests().empty());
}

TEST_CASE("https proxy: no TLS there", "[proxy][N8]") {
    server plain;
    xfer::testing::connect_action says;
    says.then = xfer::testing::connect_action::kind::close;
    says.bytes = support::proxy_reply(400);
    plain.on_connect(says);
    xfer::multi m;
    const auto proxy = "https://u:p@" + plain.host_port();
    const auto done = transfer_one(m, get_through(proxy, "https://a.test/"));
    CHECK(done.ec == error::tls_handshake_failed);
    CHECK(plain.log().at(0).raw.find("CONNECT") == std::string::npos);
}

TEST_CASE("https proxy: a certificate authority that cannot be read", "[proxy][M02]") {
    test_proxy p(https_proxy_options());
    xfer::multi m;
    auto r = get_through(p.url("https"), "http://a.test/");
    r.proxy_tls(xfer::tls().ca_file("/does/not/exist"));
    CHECK(transfer_one(m, std::move(r)).ec == error::ca_unusable);
    CHECK(p.connections() == 0);
}

TEST_CASE("C1.1: the origin is verified through every kind of proxy", "[proxy][C1]") {
    server s(https_options(test_authority().issue({"b.test"})));
    s.route("/", "secret");
    const std::string kind = GENERATE("http", "https", "socks4a", "socks5h");
    auto o = kind == "https" ? https_proxy_options() : support::proxy_options();
    o.socks = kind.starts_with("socks");
    test_proxy p(o);
    xfer::multi m;
    const auto done =
        transfer_one(m, get_through(p.url(kind), at("https", "a.test", s)));
    CHECK(done.ec == error::certificate_host_mismatch);
    CHECK(s.counts().requests == 0);
}

TEST_CASE("haproxy_protocol: the line is the first on each connection", "[proxy]") {
    xfer::options o;
    o.haproxy_protocol = true;
    o.total_timeout = 10s;
    const bool secure = GENERATE(false, true);
    server s(secure ? https_options() : xfer::testing::server_options());
    listen_only(s);
    xfer::multi m;
    auto r = xfer::get(at(secure ? "https" : "http", "127.0.0.1", s), o);
    r.tls(support::trusting_tls());
    const auto id = m.add(std::move(r));
    const auto end_of_line = [&] {
        const auto log = s.log();
        return !log.empty() && log[0].raw.find("\r\n") != std::string::npos &&
               log[0].raw.size() > log[0].raw.find("\r\n") + 5;
    };
    REQUIRE(support::drive_until(m, end_of_line));
    const auto raw = s.log().at(0).raw;
    const auto line = raw.substr(0, raw.find("\r\n"));
    const auto port = std::to_string(s.port());
    CHECK(line.starts_with("PROXY TCP4 127.0.0.1 127.0.0.1 "));
    CHECK(line.ends_with(" " + port));
    const auto rest = raw.substr(line.size() + 2);
    CHECK(rest.starts_with(secure ? "\x16\x03\x01" : "GET / HTTP/1.1\r\n"));
    m.cancel(id);
}

TEST_CASE("haproxy_protocol: names the client that it is told", "[proxy]") {
    const auto [client, expected] = GENERATE(table<std::string, std::string>(
        {{"192.0.2.7", "PROXY TCP4 192.0.2.7 127.0.0.1 "},
         {"2001:db8::7", "PROXY TCP6 2001:db8::7 ::ffff:127.0.0.1 "}}
    ));
    xfer::options o;
    o.haproxy_protocol = true;
    server s;
    listen_only(s);
    xfer::multi m;
    auto r = xfer::get(s.url(), o);
    r.network(xfer::network().proxied_client(client));
    const auto id = m.add(std::move(r));
    REQUIRE(support::drive_until(m, [&] {
        const auto log = s.log();
        return !log.empty() && log[0].raw.find("GET ") != std::string::npos;
    }));
    const auto raw = s.log().at(0).raw;
    INFO(raw);
    CHECK(raw.starts_with(expected));
    CHECK(raw.find(" " + std::to_string(s.port()) + "\r\nGET / HTTP/1.1\r\n") < 107);
    m.cancel(id);
}

TEST_CASE("haproxy_protocol: a unix socket has no addresses", "[proxy]") {
    const support::scratch directory;
    xfer::testing::server_options so;
    so.unix_path = directory / "socket";
    server s(so);
    listen_only(s);
    xfer::options o;
    o.haproxy_protocol = true;
    xfer::multi m;
    auto r = xfer::get("http://a.test/", o);
    r.unix_socket(so.unix_path);
    const auto id = m.add(std::move(r));
    REQUIRE(support::drive_until(m, [&] {
        const auto log = s.log();
        return !log.empty() && log[0].raw.find("GET ") != std::string::npos;
    }));
    CHECK(s.log().at(0).raw.starts_with("PROXY UNKNOWN\r\nGET / HTTP/1.1\r\n"));
    m.cancel(id);
}

TEST_CASE("haproxy_protocol: through proxies, for whoever is the server", "[proxy]") {
    xfer::options o = tunnelled;
    o.haproxy_protocol = true;
    xfer::multi m;
    SECTION("an origin behind a tunnel: as the first that goes through it") {
        server s;
        listen_only(s);
        test_proxy p;
        const auto id = m.add(get_through(p.url("http"), at("http", "a.test", s), o));
        REQUIRE(support::drive_until(m, [&] {
            const auto log = s.log();
            return !log.empty() && log[0].raw.find("GET ") != std::string::npos;
        }));
        CHECK(s.log().at(0).raw.starts_with("PROXY TCP4 127.0.0.1 127.0.0.1 "));
        CHECK(p.requests().at(0).head.starts_with("CONNECT "));
        m.cancel(id);
    }
    SECTION("a proxy that forwards: before TLS to it") {
        server s;
        s.route("/", "ok");
        auto with_line = https_proxy_options();
        with_line.reads_proxy_line = true;
        test_proxy p(with_line);
        o.proxy_tunnel = false;
        const auto done =
            transfer_one(m, get_through(p.url("https"), at("http", "a.test", s), o));
        INFO(done.failure().message);
        REQUIRE_FALSE(done.ec);
        CHECK(p.log().at(0).proxy_line.starts_with("PROXY TCP4 127.0.0.1 127.0.0.1 "));
        CHECK_FALSE(s.requests().at(0).raw.starts_with("PROXY"));
    }
}

TEST_CASE("B1: haproxy_protocol shapes a connection", "[proxy][B1]") {
    server s;
    s.route("/", "ok");
    xfer::multi m;
    xfer::options o;
    REQUIRE_FALSE(transfer_one(m, xfer::get(s.url())).ec);
    o.haproxy_protocol = true;
    // The server does not know the line and answers with an error, on another
    // connection.
    static_cast<void>(transfer_one(m, xfer::get(s.url(), o)));
    CHECK(s.counts().accepted == 2);
}
