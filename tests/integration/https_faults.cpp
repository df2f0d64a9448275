// Connections over TLS that end where they should not, and peers that speak no TLS.
#include "support/certificates.hpp"
#include "support/transfers.hpp"
#include <xfer/testing/server.hpp>

#include <string>

using support::transfer_one;
using xfer::error;
using xfer::testing::fault;
using xfer::testing::from;
using xfer::testing::reply;
using xfer::testing::server;
using xfer::testing::server_options;

namespace {

server_options good() {
    server_options o;
    o.certificate_pem = tls_support::good_identity().certificate_pem;
    o.key_pem = tls_support::good_identity().key_pem;
    return o;
}

xfer::message fetch(xfer::multi& m, const std::string& url) {
    auto r = xfer::get(url);
    r.tls(xfer::tls().ca_pem(tls_support::test_authority().certificate_pem()));
    return transfer_one(m, r);
}

const std::string text = "0123456789";

}  // namespace

TEST_CASE("T-2: the end of a TLS stream without close_notify", "[tls][T-2][S11]") {
    struct row {
        const char* name;
        reply answer;
        std::error_code expected;
        std::string body;
    };
    const std::vector<row> rows{
        {"length, complete", reply(200, text).close_after(10, from::body), {}, text},
        {"length, short",
         reply(200, text).close_after(7, from::body),
         error::partial_body,
         "0123456"},
        {"chunked, complete",
         reply(200, text).chunked({4}).close_after(10'000),
         {},
         text},
        {"chunked, short",
         reply(200, text).chunked({4}).close_after(9, from::body),
         error::partial_body,
         "0123"},
        {"until close, truncated",
         reply(200, text).until_close().close_after(10, from::body),
         error::partial_body,
         text},
        {"until close, ended well",
         reply(200, text).until_close().cut_after(fault::close_notify, 10, from::body),
         {},
         text},
        {"before the head", reply(200, text).close_after(0), error::got_nothing, ""},
        {"in the head", reply(200, text).close_after(12), error::weird_reply, ""},
    };
    for (const auto& r : rows) {
        INFO(r.name);
        server s(good());
        s.route("/", r.answer);
        xfer::multi m;
        const auto done = fetch(m, s.url());
        INFO(done.ec.message() << ": " << done.failure().message);
        CHECK(done.ec == r.expected);
        CHECK(done.response.body() == r.body);
        CHECK(m.stats().idle_connections == (r.expected ? 0u : m.stats().connections));
        // Whatever is left in the pool is good for another transfer.
        s.route("/next", "fine");
        CHECK(fetch(m, s.url("/next")).response.body() == "fine");
    }
}

TEST_CASE("S11: the end of a plain connection at each place", "[S11]") {
    struct row {
        const char* name;
        reply answer;
        std::error_code expected;
        std::string body;
    };
    const std::vector<row> rows{
        {"before the head", reply(200, text).close_after(0), error::got_nothing, ""},
        {"in the head", reply(200, text).close_after(12), error::weird_reply, ""},
        {"in the body",
         reply(200, text).close_after(7, from::body),
         error::partial_body,
         "0123456"},
        {"in a chunk",
         reply(200, text).chunked({4}).close_after(5, from::body),
         error::partial_body,
         "01"},
        {"between chunks",
         reply(200, text).chunked({4}).close_after(9, from::body),
         error::partial_body,
         "0123"},
        {"until close", reply(200, text).until_close(), {}, text},
        {"reset before the head",
         reply(200, text).reset_after(0),
         error::receive_failed,
         ""},
    };
    for (const auto& r : rows) {
        INFO(r.name);
        server s;
        s.route("/", r.answer);
        xfer::multi m;
        const auto done = transfer_one(m, s.url());
        INFO(done.ec.message() << ": " << done.failure().message);
        CHECK(done.ec == r.expected);
        CHECK(done.response.body() == r.body);
        CHECK(m.stats().connections == 0);
    }
}

TEST_CASE("T-3: what follows a close_notify is not read", "[tls][T-3]") {
    server s(good());
    s.route("/", reply(200, text).half_close_after(5, from::body));
    xfer::multi m;
    const auto done = fetch(m, s.url());
    CHECK(done.ec == error::partial_body);
    CHECK(done.response.body() == "01234");
    CHECK(m.stats().connections == 0);
}

TEST_CASE("S29: a server that speaks plain http fails the handshake", "[tls][S29]") {
    server s;
    using action = xfer::testing::connect_action;
    s.on_connect(action{action::kind::silent, "HTTP/1.1 400 Bad Request\r\n\r\n"});
    xfer::multi m;
    const auto done = fetch(m, "https://" + s.host_port() + "/");
    INFO(done.failure().message);
    CHECK(done.ec == error::tls_handshake_failed);
    CHECK(done.failure().stage == xfer::stage::securing);
    CHECK(m.stats().connections == 0);
}

TEST_CASE("S29: a server that only speaks TLS fails plain http", "[tls][S29]") {
    server s(good());
    xfer::multi m;
    const auto done = transfer_one(m, "http://" + s.host_port() + "/");
    INFO(done.ec.message() << ": " << done.failure().message);
    CHECK(
        (done.ec == error::weird_reply || done.ec == error::got_nothing ||
         done.ec == error::receive_failed)
    );
    CHECK(s.counts().requests == 0);
}

TEST_CASE(
    "https: garbage, silence and resets in the handshake are errors", "[tls][N8]"
) {
    server s(good());
    using action = xfer::testing::connect_action;
    SECTION("closed") { s.on_connect(action{action::kind::close, {}}); }
    SECTION("reset") { s.on_connect(action{action::kind::reset, {}}); }
    SECTION("garbage") {
        s.on_connect(action{action::kind::close, "SSH-2.0-OpenSSH_9.2\r\n"});
    }
    xfer::multi m;
    const auto done = fetch(m, s.url());
    INFO(done.failure().message);
    // A reset may come before the connect has been seen to succeed.
    CHECK((done.ec == error::tls_handshake_failed || done.ec == error::connect_failed));
    CHECK_FALSE(done.failure().request_may_have_been_processed);
    CHECK(m.stats().connections == 0);
}
