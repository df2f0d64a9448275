// Traces of transfers over sockets and TLS.
#include "support/certificates.hpp"
#include "support/names.hpp"
#include "support/traced.hpp"
#include "support/transfers.hpp"
#include <xfer/testing/server.hpp>

#include <algorithm>
#include <string>
#include <vector>

using support::make_names;
using support::traced;
using support::transfer_one;
using xfer::testing::reply;
using xfer::testing::server;
using xfer::testing::server_options;
namespace trace = xfer::trace;

using lines = std::vector<std::string>;

namespace {

server_options secure() {
    server_options o;
    o.certificate_pem = tls_support::good_identity().certificate_pem;
    o.key_pem = tls_support::good_identity().key_pem;
    return o;
}

bool begins_with(const std::string& text, const std::string& with) {
    return text.starts_with(with);
}

}  // namespace

TEST_CASE("trace: TLS, and a TLS connection that was kept", "[integration][trace]") {
    server s(secure());
    s.route("/", "alpha");
    const traced t;
    std::string sent;
    const auto collect = [&](const xfer::trace_event& e) {
        t(e);
        if (const auto* out = e.as<trace::wire_sent>()) sent += out->bytes;
    };
    xfer::multi m;
    auto request = xfer::get(s.url("/"));
    request.tls(xfer::tls().ca_pem(tls_support::test_authority().certificate_pem()))
        .on_trace(collect);
    REQUIRE_FALSE(transfer_one(m, request).ec);
    const auto port = std::to_string(s.port());
    CHECK(
        t.names() ==
        lines{
            "queued",
            "started",
            "resolving",
            "resolved",
            "connecting",
            "connected",
            "secured",
            "request_head",
            "request_sent",
            "response_head",
            "response_body",
            "done"}
    );
    CHECK(t.texts().at(4) == "connecting 127.0.0.1 " + port);
    CHECK(t.texts().at(5) == "connected 127.0.0.1 " + port);
    CHECK(begins_with(t.texts().at(6), "secured TLSv1.3 TLS_"));
    CHECK(t.texts().at(6).ends_with(" http/1.1"));
    t.clear();
    xfer::trace_detail all;
    all.wire = true;
    REQUIRE_FALSE(transfer_one(m, request.on_trace(collect, all)).ec);
    CHECK(
        t.names() ==
        lines{
            "queued",
            "started",
            "reused",
            "wire_sent",
            "request_head",
            "request_sent",
            "wire_received",
            "response_head",
            "response_body",
            "done"}
    );
    // The octets are those above TLS.
    CHECK(sent == s.requests().at(1).raw);
    CHECK(s.counts().accepted == 1);
}

TEST_CASE("trace: a TLS handshake that fails is the end", "[integration][trace]") {
    server s(secure());
    const traced t;
    xfer::multi m;
    auto request = xfer::get(s.url("/"));
    const auto done = transfer_one(m, request.on_trace(t));
    CHECK(done.ec == xfer::error::certificate_unknown_ca);
    CHECK(t.names().at(t.names().size() - 2) == "connected");
    CHECK(t.texts().back() == "done " + done.ec.message() + " 0 0");
}

TEST_CASE("trace: each address that is tried", "[integration][trace]") {
    server s;
    s.route("/", "alpha");
    // Nothing listens at that port of 127.0.0.2.
    const auto table = make_names({{"a.test", {"127.0.0.2", "127.0.0.1"}}});
    xfer::multi m({.resolver = table->resolver()});
    const traced t;
    const auto port = std::to_string(s.port());
    auto request = xfer::get("http://a.test:" + port + "/");
    REQUIRE_FALSE(transfer_one(m, request.on_trace(t)).ec);
    const auto texts = t.texts();
    CHECK(texts.at(3).starts_with("resolved a.test 127.0.0."));
    CHECK(std::ranges::count(texts, "connecting 127.0.0.1 " + port) == 1);
    CHECK(std::ranges::count(texts, "connected 127.0.0.1 " + port) == 1);
    const auto refused = std::ranges::count_if(texts, [](const auto& l) {
        return begins_with(l, "connect_failed 127.0.0.2 ");
    });
    const auto tried = std::ranges::count(texts, "connecting 127.0.0.2 " + port);
    CHECK(refused == tried);
}

TEST_CASE("trace: a unix socket has no addresses", "[integration][trace]") {
    server_options o;
    o.unix_path = "/tmp/xfer-trace-" + std::to_string(::getpid()) + ".sock";
    server s(o);
    s.route("/", "alpha");
    xfer::multi m;
    const traced t;
    auto request = xfer::get("http://a.test/");
    request.unix_socket(o.unix_path).on_trace(t);
    REQUIRE_FALSE(transfer_one(m, request).ec);
    CHECK(t.texts().at(2) == "connecting " + o.unix_path + " 0");
    CHECK(t.texts().at(3) == "connected " + o.unix_path + " 0");
    t.clear();
    request.unix_socket(o.unix_path + ".none");
    CHECK(transfer_one(m, request).ec == xfer::error::connect_failed);
    CHECK(
        t.texts().at(3) ==
        "connect_failed " + o.unix_path + ".none 0 No such file or directory"
    );
}
