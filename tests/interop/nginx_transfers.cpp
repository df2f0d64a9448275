// Transfers from a real nginx, by http and https.
#include "support/nginx.hpp"
#include "support/transfers.hpp"
#include <xfer/testing/certificate.hpp>

#include <catch2/catch.hpp>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <set>
#include <string>
#include <thread>
#include <vector>

using support::drive_until;
using support::nginx;
using support::nginx_options;
using support::run;
using support::successes;
using support::transfer_one;

namespace {

const xfer::testing::authority& root() {
    static const xfer::testing::authority authority;
    return authority;
}

nginx_options with_https(const std::string& directives = {}) {
    const auto leaf = root().issue({"localhost", "127.0.0.1"});
    nginx_options o;
    o.certificate_pem = leaf.certificate_pem;
    o.key_pem = leaf.key_pem;
    o.server_directives = directives;
    return o;
}

xfer::request trusting(xfer::request r) {
    r.tls(xfer::tls().ca_pem(root().certificate_pem()));
    return r;
}

bool is_content(const std::string& body, std::size_t first = 0) {
    for (std::size_t i = 0; i < body.size(); ++i) {
        if (body[i] != nginx::content_at(first + i)) return false;
    }
    return true;
}

}  // namespace

TEST_CASE("nginx: files of all sizes arrive unharmed by http and https", "[interop]") {
    nginx server(with_https());
    xfer::multi m;
    struct file {
        const char* path;
        std::size_t size;
    };
    for (const auto& f :
         {file{"/empty", 0},
          file{"/1k", 1024},
          file{"/64k", 65536},
          file{"/16m", std::size_t(16) << 20}}) {
        INFO(f.path);
        for (const auto& url : {server.http_url(f.path), server.https_url(f.path)}) {
            const auto done = transfer_one(m, trusting(xfer::get(url)));
            INFO(done.failure().message);
            REQUIRE_FALSE(done.ec);
            CHECK(done.response.status() == 200);
            CHECK(done.response.body().size() == f.size);
            CHECK(is_content(done.response.body()));
            CHECK(done.response.info().bytes_received == f.size);
        }
    }
    CHECK(server.served().connections <= 2);
}

TEST_CASE(
    "nginx: a thousand GETs, a hundred at a time, keep connections", "[interop]"
) {
    nginx server(with_https());
    const bool secure = GENERATE(false, true);
    const auto url = secure ? server.https_url("/1k") : server.http_url("/1k");
    xfer::multi m({.max_transfers = 100});
    for (int i = 0; i < 1000; ++i) m.add(trusting(xfer::get(url)));
    const auto all = run(m);
    REQUIRE(successes(all) == 1000);
    std::set<std::uint64_t> connections;
    for (const auto& done : all) {
        if (done.response.body().size() != 1024) FAIL("a body of the wrong size");
        connections.insert(done.response.info().connection->id);
    }
    CHECK(connections.size() <= 100);
    REQUIRE(server.wait_for_requests(1000));
    CHECK(server.served().connections == connections.size());
    CHECK(m.stats().connections_reused == 1000 - connections.size());
    CHECK(m.stats().resent == 0);
}

TEST_CASE("nginx: HEAD, 304, 404, 204 and ranges keep the connection", "[interop]") {
    nginx server;
    xfer::multi m;
    auto done = transfer_one(m, xfer::head(server.http_url("/16m")));
    CHECK(done.response.status() == 200);
    CHECK(done.response.header("Content-Length") == "16777216");
    CHECK(done.response.body().empty());

    const auto etag = std::string(done.response.header("ETag"));
    REQUIRE_FALSE(etag.empty());
    auto conditional = xfer::get(server.http_url("/16m"));
    done = transfer_one(m, conditional.header("If-None-Match", etag));
    CHECK(done.response.status() == 304);
    CHECK(done.response.body().empty());

    done = transfer_one(m, server.http_url("/missing"));
    CHECK_FALSE(done.ec);
    CHECK(done.response.status() == 404);
    CHECK_FALSE(done.response.body().empty());

    done = transfer_one(m, server.http_url("/status"));
    CHECK(done.response.status() == 204);

    auto part = xfer::get(server.http_url("/64k"));
    done = transfer_one(m, part.header("Range", "bytes=1000-1999"));
    CHECK(done.response.status() == 206);
    CHECK(done.response.header("Content-Range") == "bytes 1000-1999/65536");
    CHECK(done.response.body().size() == 1000);
    CHECK(is_content(done.response.body(), 1000));

    CHECK(m.stats().connections_opened == 1);
}

TEST_CASE(
    "nginx: a chunked response, and one that ends with the connection", "[interop]"
) {
    // SSI and autoindex make nginx answer without a length.
    nginx server([] {
        nginx_options o;
        o.server_directives =
            ("location /list/ { alias /usr/share/; autoindex on; }\n"
             "location = /ssi { ssi on; ssi_types *; try_files /64k =404; }\n"
             "location = /closing { keepalive_timeout 0; try_files /64k "
             "=404; }");
        return o;
    }());
    xfer::multi m;
    auto done = transfer_one(m, server.http_url("/list/"));
    CHECK(done.response.header("Transfer-Encoding") == "chunked");
    CHECK_THAT(done.response.body(), Catch::EndsWith("</html>\r\n"));
    done = transfer_one(m, server.http_url("/ssi"));
    CHECK_FALSE(done.ec);
    CHECK(done.response.header("Content-Length").empty());
    CHECK(done.response.body().size() == 65536);
    CHECK(is_content(done.response.body()));
    CHECK(m.stats().connections_opened == 1);
    done = transfer_one(m, server.http_url("/closing"));
    CHECK_FALSE(done.ec);
    CHECK(done.response.header("Connection") == "close");
    CHECK(done.response.body().size() == 65536);
    CHECK(m.stats().idle_connections == 0);
}

TEST_CASE("M24 (nginx): keepalive_requests closes midway, no error is seen", "[M24]") {
    auto o = with_https("keepalive_requests 7;");
    nginx server(o);
    const bool secure = GENERATE(false, true);
    const auto url = secure ? server.https_url("/1k") : server.http_url("/1k");
    xfer::multi m({.max_transfers = 10});
    for (int i = 0; i < 300; ++i) m.add(trusting(xfer::get(url)));
    for (const auto& done : run(m)) {
        INFO(done.failure().message);
        REQUIRE_FALSE(done.ec);
        REQUIRE(done.response.body().size() == 1024);
    }
    REQUIRE(server.wait_for_requests(300));
    CHECK(server.served().connections >= 300 / 7);
    CHECK(server.served().requests == 300);
}

TEST_CASE("M24 (nginx): an idle connection that nginx closed is replaced", "[M24]") {
    nginx server(with_https("keepalive_timeout 1s;"));
    xfer::multi m;
    for (const auto& url : {server.http_url("/1k"), server.https_url("/1k")}) {
        REQUIRE_FALSE(transfer_one(m, trusting(xfer::get(url))).ec);
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(1200));
    for (const auto& url : {server.http_url("/1k"), server.https_url("/1k")}) {
        const auto done = transfer_one(m, trusting(xfer::get(url)));
        CHECK_FALSE(done.ec);
        CHECK_FALSE(done.response.info().connection_reused);
    }
}

TEST_CASE("M24 (nginx): a reload during transfers disturbs none of them", "[M24]") {
    nginx server(with_https());
    xfer::multi m({.max_transfers = 20});
    for (int i = 0; i < 400; ++i) {
        m.add(trusting(xfer::get(server.http_url("/64k"))));
        m.add(trusting(xfer::get(server.https_url("/64k"))));
    }
    std::size_t completed = 0;
    std::size_t reloads = 0;
    REQUIRE(drive_until(m, [&] {
        while (const auto done = m.info_read()) {
            INFO(done->failure().message);
            CHECK_FALSE(done->ec);
            CHECK(done->response.body().size() == 65536);
            ++completed;
            // Here, since one perform may complete hundreds.
            if (reloads < 3 && completed > 100 * (reloads + 1)) {
                server.reload();
                ++reloads;
            }
        }
        return m.empty();
    }));
    CHECK(completed == 800);
    CHECK(reloads == 3);
}

TEST_CASE(
    "nginx: each version of TLS by itself, and its resumption", "[interop][tls]"
) {
    const bool old = GENERATE(true, false);
    nginx server(with_https(old ? "ssl_protocols TLSv1.2;" : "ssl_protocols TLSv1.3;"));
    xfer::multi m;
    const auto* expected = old ? "TLSv1.2" : "TLSv1.3";
    for (int i = 0; i < 3; ++i) {
        const auto done = transfer_one(
            m, trusting(xfer::get(server.https_url("/1k"), {.fresh_connection = true}))
        );
        INFO(done.failure().message);
        REQUIRE_FALSE(done.ec);
        const auto& tls = *done.response.info().connection->tls;
        CHECK(tls.version == expected);
        CHECK(tls.resumed == (i > 0));
        CHECK(tls.peer_verified);
        CHECK(tls.alpn == "http/1.1");
    }
    auto other = xfer::get(server.https_url("/1k"));
    xfer::tls wrong;
    wrong.ca_pem(root().certificate_pem());
    old ? wrong.min_version(xfer::tls_version::v1_3)
        : wrong.max_version(xfer::tls_version::v1_2);
    const auto refused = transfer_one(m, other.tls(wrong));
    CHECK(refused.ec == xfer::error::tls_handshake_failed);
}

TEST_CASE("nginx: http on the https port, and https on the http port", "[interop]") {
    nginx server(with_https());
    xfer::multi m;
    auto to_https = server.https_url("/1k");
    const auto plain = transfer_one(m, "http" + to_https.substr(5));
    CHECK_FALSE(plain.ec);
    CHECK(plain.response.status() == 400);
    auto to_http = server.http_url("/1k");
    const auto done = transfer_one(m, trusting(xfer::get("https" + to_http.substr(4))));
    CHECK(done.ec == xfer::error::tls_handshake_failed);
}

TEST_CASE("nginx: a unix socket", "[interop]") {
    const auto path = (std::filesystem::temp_directory_path() /
                       ("xfer-" + std::to_string(::getpid()) + ".sock"))
                          .string();
    nginx_options o;
    o.server_directives = "listen unix:" + path + ";";
    {
        nginx server(o);
        xfer::multi m;
        auto r = xfer::get("http://any.name.test/64k");
        r.unix_socket(path);
        for (int i = 0; i < 3; ++i) {
            const auto done = transfer_one(m, r);
            INFO(done.failure().message);
            REQUIRE_FALSE(done.ec);
            CHECK(done.response.body().size() == 65536);
            CHECK(done.response.info().remote_address() == path);
        }
        CHECK(m.stats().connections_opened == 1);
    }
    std::filesystem::remove(path);
}

TEST_CASE(
    "nginx: stopped in the middle, every transfer ends with an error", "[interop]"
) {
    nginx server;
    xfer::multi m({.max_transfers = 8});
    for (int i = 0; i < 40; ++i) {
        m.add(xfer::get(server.http_url("/16m"), {.max_receive_rate = 4u << 20}));
    }
    REQUIRE(drive_until(m, [&] { return m.stats().connections == 8; }));
    support::drive_for(m, std::chrono::milliseconds(30));
    server.stop();
    const auto all = run(m);
    CHECK(all.size() == 40);
    CHECK(successes(all) == 0);
    for (const auto& done : all) {
        CHECK(
            (done.ec == xfer::error::partial_body ||
             done.ec == xfer::error::receive_failed ||
             done.ec == xfer::error::got_nothing ||
             done.ec == xfer::error::connect_failed)
        );
    }
}
