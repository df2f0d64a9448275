// tests/support/nginx.hpp: nginx starts, serves, counts, reloads and ends.
#include "support/blocking_client.hpp"
#include "support/nginx.hpp"
#include <xfer/testing/certificate.hpp>

#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <system_error>

using support::blocking_client;
using support::body_of;
using support::client_tls;
using support::get;
using support::last_get;
using support::nginx;
using support::nginx_options;

namespace {

nginx_options with_https() {
    xfer::testing::authority ca;
    auto leaf = ca.issue({"localhost", "127.0.0.1"});
    nginx_options o;
    o.certificate_pem = leaf.certificate_pem;
    o.key_pem = leaf.key_pem;
    return o;
}

bool is_content(const std::string& body) {
    for (std::size_t i = 0; i < body.size(); ++i) {
        if (body[i] != nginx::content_at(i)) return false;
    }
    return true;
}

}  // namespace

TEST_CASE("nginx fixture: serves its files over http and https", "[interop]") {
    nginx server(with_https());
    auto file = GENERATE(table<std::string, std::size_t>(
        {{"/empty", 0}, {"/1k", 1024}, {"/64k", 65536}, {"/16m", 16777216}}
    ));
    blocking_client plain(server.http_port());
    plain.send(last_get(std::get<0>(file)));
    auto body = body_of(plain.receive_all());
    CHECK(body.size() == std::get<1>(file));
    CHECK(is_content(body));
    client_tls tls;
    blocking_client secure(server.https_port(), tls);
    REQUIRE(secure.secure());
    secure.send(last_get(std::get<0>(file)));
    CHECK(body_of(secure.receive_all()) == body);
}

TEST_CASE("nginx fixture: counts requests and connections", "[interop]") {
    nginx server;
    CHECK(server.served().requests == 0);
    {
        blocking_client c(server.http_port());
        c.send(get("/status"));
        c.receive_until("\r\n\r\n");
        c.send(last_get("/1k"));
        c.receive_all();
        blocking_client d(server.http_port());
        d.send(last_get("/1k"));
        d.receive_all();
    }
    REQUIRE(server.wait_for_requests(3));
    CHECK(server.served().requests == 3);
    CHECK(server.served().connections == 2);
}

TEST_CASE("nginx fixture: a reload closes idle connections", "[interop]") {
    nginx server;
    blocking_client c(server.http_port());
    c.send(get("/status"));
    c.receive_until("\r\n\r\n");
    server.reload();
    CHECK(c.receive_all().empty());
    blocking_client after(server.http_port());
    after.send(last_get("/1k"));
    CHECK(body_of(after.receive_all()).size() == 1024);
}

TEST_CASE("nginx fixture: stop leaves no listener", "[interop]") {
    nginx server;
    auto port = server.http_port();
    server.stop();
    server.stop();
    CHECK_THROWS_AS(blocking_client(port), std::system_error);
}

TEST_CASE("nginx fixture: a configuration error says what it is", "[interop]") {
    nginx_options o;
    o.server_directives = "no_such_directive on;";
    CHECK_THROWS_WITH(nginx(o), Catch::Contains("no_such_directive"));
}
