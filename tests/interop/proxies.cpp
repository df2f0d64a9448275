// Through real proxies: tinyproxy, squid, haproxy, microsocks and Dante.
#include "support/service.hpp"
#include "support/through_proxy.hpp"

#include <catch2/catch.hpp>
#include <unistd.h>

#include <algorithm>
#include <string>

using support::get_through;
using support::https_options;
using support::service;
using support::transfer_one;
using xfer::error;
using xfer::testing::reply;
using xfer::testing::server;

namespace {

service::plan tinyproxy(const std::string& directory, std::uint16_t port) {
    return {
        {"/usr/bin/tinyproxy"},
        {"-d", "-c", directory + "conf"},
        "Port " + std::to_string(port) +
            "\nListen 127.0.0.1\nAllow 127.0.0.1\nTimeout 60\nMaxClients 50\n"
            "BasicAuth user secret\n"};
}

/// Asks for a password by these lines of its configuration, if there are any.
service::planner squid(const std::string& login, const std::string& port_options = {}) {
    return [=](const std::string& directory, std::uint16_t port) -> service::plan {
        const bool digest = login.find("digest") != login.npos;
        // "secret", as `openssl passwd -apr1` hides it.
        const std::string hidden = "$apr1$xfertest$2muFDTBez13Lpbl3iCRhb.";
        support::write_file(
            directory + "users", "user:" + (digest ? "secret" : hidden) + "\n"
        );
        auto conf =
            "http_port 127.0.0.1:" + std::to_string(port) + port_options +
            "\npid_filename none\ncache deny all\nshutdown_lifetime 0 seconds\n"
            "access_log none\ncache_log stdio:/dev/stderr\ncache_store_log none\n"
            "coredump_dir " +
            directory + "\nlogfile_rotate 0\nvisible_hostname squid.test\n";
        if (login.empty()) {
            conf += "http_access allow localhost\n";
        } else {
            conf += login + " " + directory + "users\nauth_param " +
                    (digest ? "digest" : "basic") +
                    " children 1\nacl known proxy_auth REQUIRED\n"
                    "http_access allow known\n";
        }
        conf += "http_access deny all\n";
        if (!port_options.empty()) conf += "proxy_protocol_access allow localhost\n";
        return {{"/usr/sbin/squid"}, {"-N", "-f", directory + "conf"}, conf};
    };
}

const std::string digest_login =
    "auth_param digest realm squid\n"
    "auth_param digest program /usr/lib/squid/digest_file_auth";

/// Reads a line of the PROXY protocol and tells the origin what it says.
service::planner haproxy(const server& origin, bool secure) {
    return [&origin, secure](const std::string& directory, std::uint16_t port) {
        const auto& id = tls_support::good_identity();
        support::write_file(directory + "pem", id.certificate_pem + id.key_pem);
        const auto bind = "  bind 127.0.0.1:" + std::to_string(port) + " accept-proxy" +
                          (secure ? " ssl crt " + directory + "pem" : "") + "\n";
        return service::plan{
            {"/usr/sbin/haproxy"},
            {"-db", "-f", directory + "conf"},
            "defaults\n  mode http\n  timeout connect 10s\n  timeout client 10s\n"
            "  timeout server 10s\nfrontend f\n" +
                bind +
                "  http-request set-header X-Client %[src]:%[src_port]\n"
                "  default_backend b\nbackend b\n  server s " +
                origin.host_port() + "\n"};
    };
}

service::plan microsocks(const std::string&, std::uint16_t port) {
    return {
        {"/usr/bin/microsocks"},
        {"-i", "127.0.0.1", "-p", std::to_string(port), "-u", "user", "-P", "secret"},
        ""};
}

service::plan dante(const std::string& directory, std::uint16_t port) {
    return {
        {"/usr/sbin/danted"},
        {"-f", directory + "conf", "-p", directory + "pid"},
        "logoutput: stderr\ninternal: 127.0.0.1 port = " + std::to_string(port) +
            "\nexternal: 127.0.0.1\nclientmethod: none\nsocksmethod: none\n"
            "client pass { from: 127.0.0.0/8 to: 0.0.0.0/0 }\n"
            "socks pass { from: 127.0.0.0/8 to: 0.0.0.0/0 protocol: tcp }\n"};
}

std::string at(const char* scheme, const server& s) {
    return std::string(scheme) + "://127.0.0.1:" + std::to_string(s.port()) + "/";
}

/// Forwarded, through a tunnel, and in TLS through a tunnel.
void check_http_proxy(
    const service& p, const std::string& user, xfer::auth how, xfer::options o = {}
) {
    server plain;
    server secure(https_options());
    const auto echo = [](const auto& r) { return reply(200, "got " + r.body); };
    plain.route("/", echo);
    secure.route("/", echo);
    xfer::multi m;
    for (int round = 0; round < 3; ++round) {
        for (const bool tunnel : {false, true}) {
            for (const auto& url : {at("http", plain), at("https", secure)}) {
                o.proxy_tunnel = tunnel;
                auto r = get_through(p.url("http", user), url, o);
                r.method(xfer::method::post()).body("a body").proxy_auth(how);
                const auto done = transfer_one(m, std::move(r));
                INFO(url << ' ' << tunnel << ": " << done.failure().message);
                INFO(p.said());
                REQUIRE_FALSE(done.ec);
                REQUIRE(done.response.status() == 200);
                CHECK(done.response.body() == "got a body");
            }
        }
    }
    for (const auto& r : plain.requests()) {
        CHECK(r.raw.find("Proxy-Authorization") == std::string::npos);
        CHECK(r.target == "/");
    }
    // Wrong, and refused for it.
    auto wrong = get_through(p.url("http", "user:wrong"), at("https", secure));
    wrong.proxy_auth(how);
    if (!user.empty()) {
        const auto done = transfer_one(m, std::move(wrong));
        CHECK(done.ec == error::proxy_denied);
        CHECK(done.response.info().proxy_status / 100 == 4);
    }
}

void check_socks(const service& p, const std::string& kind, const std::string& user) {
    server plain;
    server secure(
        https_options(tls_support::test_authority().issue({"localhost", "127.0.0.1"}))
    );
    plain.route("/", reply::repeating("0123456789", 1'000'000));
    secure.route("/", "secret");
    xfer::multi m;
    for (const auto* host : {"127.0.0.1", "localhost"}) {
        // Dante's server takes no names of SOCKS4A.
        if (kind == "socks4a" && std::string_view(host) == "localhost") continue;
        for (const auto* s : {&plain, &secure}) {
            const auto url = std::string(s == &plain ? "http" : "https") + "://" +
                             host + ":" + std::to_string(s->port()) + "/";
            xfer::options o;
            o.ip = xfer::ip_version::v4;
            const auto done = transfer_one(m, get_through(p.url(kind, user), url, o));
            INFO(kind << ' ' << url << ": " << done.failure().message);
            INFO(p.said());
            REQUIRE_FALSE(done.ec);
            CHECK(done.response.body().size() == (s == &plain ? 1'000'000 : 6));
        }
    }
}

}  // namespace

TEST_CASE("tinyproxy: forwards and makes tunnels, with a password", "[proxy]") {
    const service p(tinyproxy);
    // It closes each connection after a response that does not say so, and a POST that
    // meets the end of a kept connection is not sent again.
    xfer::options o;
    o.fresh_connection = true;
    check_http_proxy(p, "user:secret", xfer::auth::basic, o);
}

TEST_CASE("squid: forwards and makes tunnels", "[proxy]") {
    const service p(squid({}));
    check_http_proxy(p, "", xfer::auth::basic);
}

TEST_CASE("squid: by Basic and by Digest", "[proxy]") {
    SECTION("Basic") {
        const service p(squid("auth_param basic program /usr/lib/squid/basic_ncsa_auth")
        );
        check_http_proxy(p, "user:secret", xfer::auth::basic);
    }
    SECTION("Digest") {
        const service p(squid(digest_login));
        check_http_proxy(p, "user:secret", xfer::auth::digest);
    }
    SECTION("any") {
        const service p(squid(digest_login));
        check_http_proxy(p, "user:secret", xfer::auth::any);
    }
}

TEST_CASE("squid: a port that is closed is a refusal", "[proxy]") {
    const service p(squid({}));
    std::uint16_t closed = 0;
    {
        const server gone;
        closed = gone.port();
    }
    xfer::multi m;
    const auto target = "127.0.0.1:" + std::to_string(closed) + "/";
    const auto denied =
        transfer_one(m, get_through(p.url("http"), "https://" + target));
    CHECK(denied.ec == error::proxy_denied);
    CHECK(denied.response.info().proxy_status == 503);
    // Forwarded, it is the proxy's response.
    const auto page = transfer_one(m, get_through(p.url("http"), "http://" + target));
    CHECK_FALSE(page.ec);
    CHECK(page.response.status() == 503);
}

TEST_CASE("squid: the line of the PROXY protocol before what is forwarded", "[proxy]") {
    const service p(squid({}, " require-proxy-header"));
    server s;
    s.route("/", "ok");
    xfer::multi m;
    xfer::options o;
    o.haproxy_protocol = true;
    const auto done = transfer_one(m, get_through(p.url("http"), at("http", s), o));
    INFO(done.failure().message << p.said());
    REQUIRE_FALSE(done.ec);
    CHECK(done.response.body() == "ok");
    const auto again = transfer_one(m, get_through(p.url("http"), at("http", s), o));
    CHECK_FALSE(again.ec);
    CHECK(again.response.info().connection_reused);
}

TEST_CASE("haproxy: learns from the line who the client is", "[proxy]") {
    const bool secure = GENERATE(false, true);
    server s;
    s.route("/", "ok");
    const service p(haproxy(s, secure));
    xfer::multi m;
    xfer::options o;
    o.haproxy_protocol = true;
    auto r = xfer::get(p.url(secure ? "https" : "http") + "/", o);
    r.tls(support::trusting_tls());
    const auto done = transfer_one(m, std::move(r));
    INFO(done.failure().message << p.said());
    REQUIRE_FALSE(done.ec);
    REQUIRE(done.response.status() == 200);
    CHECK(
        s.requests().at(0).field("X-Client") ==
        "127.0.0.1:" + std::to_string(done.response.info().local_port())
    );
}

TEST_CASE("microsocks: SOCKS5 with a password", "[proxy][socks]") {
    const service p(microsocks);
    check_socks(p, GENERATE("socks5", "socks5h"), "user:secret");
    server s;
    xfer::multi m;
    const auto wrong =
        transfer_one(m, get_through(p.url("socks5h", "user:wrong"), at("http", s)));
    CHECK(wrong.ec == error::proxy_handshake_failed);
}

TEST_CASE("Dante: SOCKS4, 5 and 5h", "[proxy][socks]") {
    const service p(dante);
    check_socks(p, GENERATE("socks4", "socks4a", "socks5", "socks5h"), "");
}

TEST_CASE("Dante before squid: one proxy on the way to the other", "[proxy][socks]") {
    const service first(dante);
    const service second(squid({}));
    server s(https_options());
    s.route("/", "ok");
    xfer::multi m;
    auto r = get_through(second.url("http"), at("https", s));
    r.pre_proxy(first.url("socks5h"));
    const auto done = transfer_one(m, std::move(r));
    INFO(done.failure().message << first.said() << second.said());
    REQUIRE_FALSE(done.ec);
    CHECK(done.response.body() == "ok");
}
