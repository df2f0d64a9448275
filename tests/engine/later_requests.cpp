// What the second request of a transfer knows of the first: after a redirect, after a
// challenge, and on another connection.
#include "support/rig.hpp"
#include <xfer/auth.hpp>

#include <catch2/catch.hpp>

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

using support::both_ways;
using support::driven;
using support::rig;
using xfer::error;
using xfer::stage;
using xfer::testing::memory_reply;
using xfer::testing::memory_request;
using xfer::testing::memory_server;
using namespace std::chrono_literals;

namespace {

xfer::options following() {
    xfer::options o;
    o.max_redirects = 5;
    return o;
}

xfer::credentials readable_credentials() {
    xfer::credentials who("u", "p");
    who.allow_cleartext_password();
    return who;
}

/// Ends the transfer when it is about to send for the second time.
void refuse_second_sending(xfer::request& r) {
    const auto count = std::make_shared<int>(0);
    auto f = [count](stage s) { return s != stage::sending || ++*count < 2; };
    r.on_stage(f);
}

memory_reply who_are_you(std::string_view challenge, int status = 401) {
    const auto* name = status == 401 ? "WWW-Authenticate: " : "Proxy-Authenticate: ";
    return memory_reply::with_length(
        "who?", status, std::string(name).append(challenge).append("\r\n")
    );
}

/// A server that takes `/again` on its first connection, and `/long` on any, and says
/// nothing; for when it hangs up.
struct dying_server {
    explicit dying_server(rig& r, std::string challenge = {})
        : first_challenge(std::move(challenge)),
          network(*r.network),
          server(network, "a.test", 80, [this](const memory_request& q) {
              return answer(q);
          }) {}
    memory_reply answer(const memory_request& q) const {
        if (!first_challenge.empty() && q.header("Authorization").empty()) {
            return who_are_you(first_challenge);
        }
        const bool silent =
            q.target == "/long" || (q.target == "/again" && q.connection == 0);
        return silent ? memory_reply() : memory_reply::with_length("ok");
    }
    void hang_up() { network.peer(0)->end(); }

    std::string first_challenge;
    xfer::testing::memory_network& network;
    memory_server server;
};

}  // namespace

TEST_CASE("redirect: what was sent once may have been processed", "[engine][M24]") {
    rig r(GENERATE(both_ways()));
    memory_server a(*r.network, "a.test", 80, [](const memory_request&) {
        return memory_reply::with_length("x", 303, "Location: /done\r\n");
    });
    auto q = xfer::post("http://a.test/", "pay", following());
    refuse_second_sending(q);
    const auto done = r.transfer(std::move(q));
    CHECK(done.ec == error::aborted_by_callback);
    CHECK(a.requests() == 1);
    CHECK(done.failure().request_may_have_been_processed);
}

TEST_CASE("resent: what was sent once may have been processed", "[engine][M24]") {
    rig r(GENERATE(both_ways()));
    dying_server a(r);
    REQUIRE_FALSE(r.transfer(xfer::get("http://a.test/warm")).ec);
    auto q = xfer::put("http://a.test/again", "body");
    refuse_second_sending(q);
    r.m->add(std::move(q));
    r.run();
    a.hang_up();
    r.run();
    const auto done = r.m->info_read();
    REQUIRE(done);
    CHECK(done->ec == error::aborted_by_callback);
    CHECK(done->failure().request_may_have_been_processed);
}

TEST_CASE("resent: the queue has a clock of its own", "[engine][M24][queue]") {
    xfer::settings s;
    s.max_connections_per_host = 1;
    rig r(driven::by_perform, s);
    dying_server a(r);
    REQUIRE_FALSE(r.transfer(xfer::get("http://a.test/warm")).ec);
    xfer::options impatient;
    impatient.first_byte_timeout = 300ms;
    const auto again = r.m->add(xfer::get("http://a.test/again", impatient));
    r.run();
    // Takes the place that the other one has lost, and keeps it.
    const auto other = r.m->add(xfer::get("http://a.test/long"));
    r.run();
    a.hang_up();
    r.run();
    r.advance(10s);
    CHECK(r.read_all().empty());
    CHECK(r.m->stats().running == 2);
    r.m->cancel(other);
    r.m->cancel(again);
    r.run();
    CHECK(r.read_all().size() == 2);
}

TEST_CASE("resent: an answer by Digest is made anew", "[engine][M24][auth]") {
    rig r(driven::by_perform);
    dying_server a(r, R"(Digest realm="r", nonce="n", qop="auth")");
    for (const auto* path : {"warm", "again"}) {
        auto q = xfer::get(std::string("http://a.test/") + path);
        q.credentials(xfer::credentials("u", "p"));
        r.m->add(std::move(q));
        r.run();
    }
    a.hang_up();
    r.run();
    CHECK(r.read_all().size() == 2);
    const auto& log = a.server.log();
    REQUIRE(log.size() == 4);
    const auto count_of = [&](std::size_t i) {
        const auto answer = std::string(log[i].header("Authorization"));
        const auto at = answer.find("nc=");
        return at == answer.npos ? std::string() : answer.substr(at, 11);
    };
    CHECK(count_of(1) == "nc=00000001");
    CHECK(count_of(2) == "nc=00000002");
    CHECK(count_of(3) == "nc=00000003");
}

TEST_CASE("login: Basic stays when a proxy asks anew", "[engine][auth][proxy]") {
    rig r(driven::by_perform);
    std::size_t seen = 0;
    memory_server p(*r.network, "p.test", 3128, [&](const memory_request& q) {
        ++seen;
        if (q.header("Proxy-Authorization").empty()) {
            return who_are_you(R"(Digest realm="p", nonce="n1", qop="auth")", 407);
        }
        if (seen == 3) {
            return who_are_you(
                R"(Digest realm="p", nonce="n2", qop="auth", stale=true)", 407
            );
        }
        return q.header("Authorization").empty() ? who_are_you(R"(Basic realm="r")")
                                                 : memory_reply::with_length("in");
    });
    auto q = xfer::get("http://a.test/");
    q.proxy("http://pu:pp@p.test:3128");
    q.proxy_auth(xfer::auth::digest);
    q.credentials(readable_credentials());
    const auto done = r.transfer(std::move(q));
    CHECK(done.response.status() == 200);
    CHECK(done.response.body() == "in");
    CHECK(seen == 4);
}

TEST_CASE("redirect: a failure tells of its own connection", "[engine]") {
    rig r(driven::by_perform);
    memory_server a(*r.network, "a.test", 80, [](const memory_request&) {
        return memory_reply::with_length("x", 302, "Location: http://b.test/\r\n");
    });
    const auto done = r.transfer(xfer::get("http://a.test/", following()));
    REQUIRE(done.ec);
    CHECK(done.response.url() == "http://b.test/");
    CHECK(done.failure().peer.empty());
    CHECK(done.response.status() == 0);
    CHECK(done.response.version() == 0);
    CHECK(done.response.reason().empty());
}

TEST_CASE("A1: Host stays at home with secrets_everywhere too", "[engine][A1]") {
    rig r(driven::by_perform);
    memory_server a(*r.network, "a.test", 80, [](const memory_request& q) {
        return q.target == "/"
                   ? memory_reply::with_length("x", 302, "Location: /here\r\n")
                   : memory_reply::with_length(
                         "x", 302, "Location: http://b.test/\r\n"
                     );
    });
    memory_server b(*r.network, "b.test", 80, "b");
    auto o = following();
    o.secrets_everywhere = true;
    auto q = xfer::get("http://a.test/", o);
    q.header("Host", "virtual.a.test");
    q.header("Authorization", "Bearer x");
    REQUIRE_FALSE(r.transfer(std::move(q)).ec);
    CHECK(a.log().at(1).header("Host") == "virtual.a.test");
    CHECK(b.log().at(0).header("Host") == "b.test");
    CHECK(b.log().at(0).header("Authorization") == "Bearer x");
}

TEST_CASE("header_for: Connection: close is meant", "[engine][pool]") {
    rig r(driven::by_perform);
    memory_server a(*r.network, "a.test", 80, "x");
    for (int i = 0; i < 2; ++i) {
        auto q = xfer::get("http://a.test/");
        q.header_for("http://a.test/", "Connection", "close");
        REQUIRE_FALSE(r.transfer(std::move(q)).ec);
    }
    CHECK(a.log().at(0).header("Connection") == "close");
    CHECK(a.connections() == 2);
}

TEST_CASE("expect_continue: without its field nobody is asked", "[engine][S4]") {
    rig r(driven::by_perform);
    memory_server a(*r.network, "a.test", 80, "x");
    xfer::options o;
    o.expect_continue = true;
    auto q = xfer::post("http://a.test/", "body", o);
    q.without_header("Expect");
    const auto done = r.transfer(std::move(q));  // in no time
    CHECK_FALSE(done.ec);
    CHECK(a.log().at(0).header("Expect").empty());
    CHECK(a.log().at(0).body == "body");
}
