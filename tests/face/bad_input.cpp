// Requests that must not leave: each completes with an error that names what is wrong,
// no byte reaches a server, and nobody else notices.
#include "support/awaiting.hpp"
#include <xfer/multi.hpp>
#include <xfer/testing/server.hpp>

#include <catch2/catch.hpp>

#include <chrono>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

using namespace xfer;
using namespace std::chrono_literals;
using test::run;
using test::run_one;
using xfer::testing::server;

namespace {

struct bad_request {
    std::string what;
    request r;
    error expected;
    std::string named;  ///< what the message has to mention
};

std::vector<bad_request> bad_requests(const server& s) {
    const auto url = s.url("/a");
    std::vector<bad_request> all;
    const auto add = [&](std::string what, request r, error e, std::string named) {
        all.push_back({std::move(what), std::move(r), e, std::move(named)});
    };
    add("empty URL", get(""), error::url_malformed, "URL");
    add("no scheme", get("example.com/a"), error::url_malformed, "URL");
    add("no host", get("http:///a"), error::url_malformed, "host");
    add("bad port", get("http://127.0.0.1:99999/"), error::url_malformed, "port");
    add("space in host", get("http://a b/"), error::url_malformed, "space");
    add("unknown scheme",
        get("gopher://127.0.0.1/"),
        error::scheme_unsupported,
        "gopher");
    add("local file", get("file:///etc/passwd"), error::scheme_unsupported, "file");
    add("CR LF in a value",
        get(url).header("X-A", "b\r\nX-C: d"),
        error::invalid_header,
        "X-A");
    add("NUL in a value",
        get(url).header("X-A", std::string_view("b\0c", 3)),
        error::invalid_header,
        "X-A");
    add("colon in a name", get(url).header("X-A:", "b"), error::invalid_header, "X-A");
    add("empty name", get(url).header("", "b"), error::invalid_header, "name");
    add("nothing to leave out",
        get(url).without_header("a b"),
        error::invalid_header,
        "a b");
    add("bad method", request(method("GE T"), url), error::invalid_method, "method");
    add("empty method", request(method(""), url), error::invalid_method, "method");
    add("CONNECT", request(method("CONNECT"), url), error::invalid_method, "CONNECT");
    add("negative total",
        get(url, {.total_timeout = -1s}),
        error::invalid_option,
        "total_timeout");
    add("negative connect",
        get(url, {.connect_timeout = -1ns}),
        error::invalid_option,
        "connect_timeout");
    add("negative resolve",
        get(url, {.resolve_timeout = -1s}),
        error::invalid_option,
        "resolve_timeout");
    add("negative first byte",
        get(url, {.first_byte_timeout = -1s}),
        error::invalid_option,
        "first_byte_timeout");
    add("negative idle",
        get(url, {.idle_timeout = -1s}),
        error::invalid_option,
        "idle_timeout");
    add("negative queue",
        get(url, {.queue_timeout = -1s}),
        error::invalid_option,
        "queue_timeout");
    add("negative low speed",
        get(url, {.low_speed_time = -1s}),
        error::invalid_option,
        "low_speed_time");
    add("negative TLS",
        get(url, {.tls_timeout = -1s}),
        error::invalid_option,
        "tls_timeout");
    add("negative setup",
        get(url, {.setup_timeout = -1s}),
        error::invalid_option,
        "setup_timeout");
    add("negative continue",
        get(url, {.expect_continue_timeout = -1s}),
        error::invalid_option,
        "expect_continue_timeout");
    tls no_ca;
    no_ca.ca_file("/nonexistent/ca.pem");
    auto https = "https" + url.substr(4);
    add("missing CA file",
        get(https).tls(no_ca),
        error::ca_unusable,
        "/nonexistent/ca.pem");
    add("raw resuming",
        get(url, {.raw_transfer = true}).to_file("/nonexistent/a", file_mode::resume),
        error::invalid_option,
        "raw_transfer");
    add("unwritable output",
        get(url).to_file("/nonexistent/out"),
        error::sink_failed,
        "/nonexistent/out");
    add("missing input",
        put(url, from_file("/nonexistent/in")),
        error::source_failed,
        "/nonexistent/in");
    add("known address that is none",
        get(url).network(network().resolve("a.test", 80, "b.test")),
        error::invalid_option,
        "a.test");
    add("ports that wrap",
        get(url).network(network().local_ports(65535, 2)),
        error::invalid_option,
        "local_ports");
    add("bad local address",
        get(url).network(network().local_address("127.1")),
        error::invalid_option,
        "local_address");
    add("unknown interface",
        get(url).network(network().interface("xfer-none")),
        error::interface_failed,
        "xfer-none");
    add("nameless abstract socket",
        get(url).abstract_unix_socket(""),
        error::invalid_option,
        "abstract_unix_socket");
    auto two_hosts = get(url);
    two_hosts.add_header("Host", "a").add_header("Host", "b");
    add("two Hosts", two_hosts, error::invalid_header, "Host");
    add("bad Host", get(url).header("Host", "a b"), error::invalid_header, "Host");
    add("wrong length",
        put(url, "alpha").header("Content-Length", "4"),
        error::invalid_header,
        "Content-Length");
    add("own framing",
        put(url, "alpha").header("Transfer-Encoding", "gzip"),
        error::invalid_header,
        "Transfer-Encoding");
    return all;
}

}  // namespace

TEST_CASE(
    "bad input: each is refused by name before any traffic", "[face][bad_input]"
) {
    server s;
    s.route("/a", "alpha");
    for (auto& bad : bad_requests(s)) {
        const auto done = run_one(bad.r);
        INFO(bad.what << ": " << done.ec.message() << ": " << done.failure().message);
        CHECK(done.ec == bad.expected);
        CHECK(done.failure().message.find(bad.named) != std::string::npos);
        CHECK(done.failure().stage == stage::queued);
        CHECK_FALSE(done.failure().request_may_have_been_processed);
        CHECK(done.response.status() == 0);
    }
    CHECK(s.counts().accepted == 0);
}

TEST_CASE("bad input: a neighbour does not notice", "[face][bad_input]") {
    server s;
    s.route("/a", "alpha");
    asio::io_context io;
    multi m(io);
    std::vector<transfer_id> good;
    auto bad = bad_requests(s);
    for (auto& each : bad) {
        m.add(each.r);
        good.push_back(m.add(s.url("/a")));
    }
    CHECK(run(io));
    std::size_t failed = 0;
    std::size_t well = 0;
    while (const auto done = m.info_read()) {
        ++(done->ec ? failed : well);
        CHECK((done->ec || done->response.body() == "alpha"));
    }
    CHECK(failed == bad.size());
    CHECK(well == good.size());
}

TEST_CASE(
    "S25 E2.1: no control octet reaches the wire from anywhere", "[face][bad_input][E2]"
) {
    server s;
    s.route_prefix("", [](const testing::seen_request&) {
        return testing::reply(200);
    });
    const auto octet = GENERATE(
        as<std::string>(),
        "\r",
        "\n",
        "\r\n",
        std::string(1, '\0'),
        "\x7f",
        "\x01",
        "\x1b"
    );
    const auto host = s.host_port();
    const auto url = s.url("/a");
    // In the middle, so that no trimming of the ends can hide it.
    const auto bad = "x" + octet + "y";
    asio::io_context io;
    multi m(io);
    const auto refused = [&](const char* where, request r) {
        const auto done = run_one(io, m, std::move(r));
        INFO(where << ": " << done.ec.message() << ": " << done.failure().message);
        CHECK(done.ec);
        CHECK(
            (done.ec == error::url_malformed || done.ec == error::invalid_method ||
             done.ec == error::invalid_header)
        );
        // What must not reach the wire should not reach a terminal either.
        CHECK(done.failure().message.find(octet) == std::string::npos);
    };
    refused("path", get("http://" + host + "/" + bad));
    refused("query", get("http://" + host + "/?" + bad));
    refused("host", get("http://" + bad + "/"));
    refused(
        "host before port",
        get("http://127.0.0.1" + octet + ":" + std::to_string(s.port()) + "/")
    );
    refused("port", get("http://127.0.0.1:" + octet + std::to_string(s.port()) + "/"));
    refused("userinfo", get("http://" + bad + "@" + host + "/"));
    refused("password", get("http://u:" + bad + "@" + host + "/"));
    refused("scheme", get("ht" + octet + "tp://" + host + "/"));
    refused("method", request(method(bad), url));
    refused("header name", get(url).header(bad, "v"));
    refused("header value", get(url).header("X-A", bad));
    refused("added header value", get(url).add_header("X-A", bad));
    CHECK(s.counts().accepted == 0);
    CHECK(s.counts().received == 0);
}

TEST_CASE(
    "S26 E2.1: percent-encoded control octets stay encoded", "[face][bad_input][E2]"
) {
    server s;
    s.route_prefix("", [](const testing::seen_request&) {
        return testing::reply(200);
    });
    const auto done = run_one(get(s.url("/a%0d%0aX-A:%20b?c=%00%7F")));
    CHECK_FALSE(done.ec);
    CHECK(s.requests().at(0).target == "/a%0D%0AX-A:%20b?c=%00%7F");
    CHECK(s.requests().at(0).count("X-A") == 0);
}

TEST_CASE(
    "bad input: a fragment and credentials are no part of the request",
    "[face][bad_input]"
) {
    server s;
    s.route("/a", "alpha");
    const auto url = "http://user:secret@" + s.host_port() + "/a#part";
    const auto done = run_one(get(url));
    CHECK_FALSE(done.ec);
    CHECK(s.requests().at(0).target == "/a");
    CHECK(std::string(done.response.url()).find("secret") == std::string::npos);
}
