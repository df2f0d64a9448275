// Traces: every step of a transfer, in order, and none of its secrets.
#include "support/rig.hpp"
#include "support/traced.hpp"
#include <xfer/auth.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

using support::both_ways;
using support::rig;
using support::traced;
using xfer::error;
using xfer::trace_event;
using xfer::testing::memory_peer;
using xfer::testing::memory_reply;
using xfer::testing::memory_request;
using xfer::testing::memory_server;
namespace trace = xfer::trace;

using lines = std::vector<std::string>;

namespace {

/// What the library says of itself in a head.
const std::string agent = "User-Agent: xfer/" XFER_VERSION_STRING "\r\nAccept: */*\r\n";

/// request_head of a request that has these lines beside the library's own.
std::string head_of(
    std::string_view request,
    std::string_view more = {},
    std::string_view host = "a.test",
    std::string_view login = {}
) {
    std::string all = "request_head ";
    all.append(request).append(" HTTP/1.1\r\nHost: ").append(host).append("\r\n");
    return all.append(login).append(agent).append(more).append("\r\n");
}

/// The steps from a place in the queue to a connection.
lines opening(const std::string& host = "a.test", const std::string& port = "80") {
    return {
        "resolving " + host,
        "resolved " + host + " " + host,
        "connecting " + host + " " + port,
        "connected " + host + " " + port};
}

lines operator+(lines a, const lines& b) {
    a.insert(a.end(), b.begin(), b.end());
    return a;
}

/// response_head of an answer of memory_reply::with_length().
std::string answer_head(
    std::size_t size, int status = 200, std::string_view more = {}
) {
    const auto code = std::to_string(status);
    std::string all = "response_head " + code + " HTTP/1.1 " + code + " Status\r\n";
    all.append("Content-Length: ").append(std::to_string(size)).append("\r\n");
    return all.append(more).append("\r\n");
}

const lines alpha_comes{
    "request_sent", answer_head(5), "response_body alpha", "done 0 5"};

}  // namespace

TEST_CASE("trace: a GET, and one on a connection that was kept", "[engine][trace]") {
    rig r(GENERATE(both_ways()));
    memory_server a(*r.network, "a.test", 80, "alpha");
    const traced t;
    auto request = xfer::get("http://a.test/x?y#z");
    request.on_trace(t);
    const auto done = r.transfer(request);
    CHECK_FALSE(done.ec);
    const lines begin{"queued", "started GET http://a.test/x?y"};
    const auto talk = lines{head_of("GET /x?y")} + alpha_comes;
    CHECK(t.texts() == begin + opening() + talk);
    for (std::size_t i = 0; i < t.lines().size(); ++i) {
        const auto& l = t.lines()[i];
        CHECK(l.id == done.id);
        CHECK(l.connection == (i < 5 ? 0 : 1));
        CHECK(l.time == r.clock->now());
    }
    t.clear();
    CHECK_FALSE(r.transfer(request).ec);
    CHECK(t.texts() == begin + lines{"reused a.test 80 1"} + talk);
    CHECK(t.lines().back().connection == 1);
}

TEST_CASE("trace: a body goes out in pieces, without its framing", "[engine][trace]") {
    rig r(GENERATE(both_ways()));
    memory_server a(*r.network, "a.test", 80, [](const memory_request&) {
        return memory_reply::chunked("alpha", 3);
    });
    const traced t;
    auto give = [left = 2](std::span<char> space) mutable {
        space[0] = left > 0 ? 'x' : '\0';
        return static_cast<std::size_t>(left-- > 0);
    };
    auto request = xfer::post("http://a.test/", xfer::from_function(give));
    CHECK_FALSE(r.transfer(request.on_trace(t)).ec);
    CHECK(
        t.texts() == lines{"queued", "started POST http://a.test/"} + opening() +
                         lines{
                             head_of("POST /", "Transfer-Encoding: chunked\r\n"),
                             "request_body x",
                             "request_body x",
                             "request_sent",
                             "response_head 200 HTTP/1.1 200 OK\r\nTransfer-Encoding: "
                             "chunked\r\n\r\n",
                             "response_body alp",
                             "response_body ha",
                             "done 2 5"}
    );
    t.clear();
    auto small = xfer::post("http://a.test/", "text");
    CHECK_FALSE(r.transfer(small.on_trace(t)).ec);
    CHECK(t.texts().at(4) == "request_body text");
}

TEST_CASE("trace: each interim reply", "[engine][trace][interim]") {
    rig r(GENERATE(both_ways()));
    const std::string hints =
        "HTTP/1.1 103 Early Hints\r\nSet-Cookie: secret=1\r\n\r\n";
    const std::string go_on = "HTTP/1.1 100 Continue\r\n\r\n";
    memory_server a(*r.network, "a.test", 80, "alpha");
    a.on_head([&](memory_peer& peer, const memory_request&) {
        peer.provide(hints + go_on);
    });
    const bool asks = GENERATE(false, true);
    const traced t;
    auto request = xfer::post("http://a.test/", "text", {.expect_continue = asks});
    CHECK_FALSE(r.transfer(request.on_trace(t)).ec);
    const auto names = t.names();
    const lines interim{"interim_head", "interim_head"};
    const auto talk =
        asks ? lines{"request_head"} + interim + lines{"request_body", "request_sent"}
             : lines{"request_head", "request_body", "request_sent"} + interim;
    const auto end = lines{"response_head", "response_body", "done"};
    CHECK(lines(names.begin() + 6, names.end()) == talk + end);
    CHECK(t.whole().find("interim_head 100 " + go_on) != std::string::npos);
    CHECK(
        t.whole().find("103 Early Hints\r\nSet-Cookie: [redacted]") != std::string::npos
    );
    CHECK(r.m->stats().idle_connections == 1);
}

TEST_CASE("trace: a redirect, with a login at each request", "[engine][trace]") {
    rig r(GENERATE(both_ways()));
    const std::string there = "Location: http://v:secret@a.test/next?key=1\r\n";
    const std::string shown = "Location: http://[redacted]@a.test/next?key=1\r\n";
    memory_server a(*r.network, "a.test", 80, [&](const memory_request& seen) {
        return seen.target == "/" ? memory_reply::with_length("moved", 302, there)
                                  : memory_reply::with_length(
                                        "alpha", 200, "Set-Cookie: s=secret\r\n"
                                    );
    });
    const traced t;
    auto request = xfer::get("http://user:secret@a.test/", {.max_redirects = 1});
    request.header("Cookie", "c=secret").on_trace(t);
    CHECK_FALSE(r.transfer(request).ec);
    const std::string login = "Authorization: [redacted]\r\n";
    const std::string cookie = "Cookie: [redacted]\r\n";
    CHECK(
        t.texts() ==
        lines{"queued", "login http://a.test Basic", "started GET http://a.test/"} +
            opening() +
            lines{
                head_of("GET /", cookie, "a.test", login),
                "request_sent",
                answer_head(5, 302, shown),
                "response_body moved",
                "redirected 302 http://a.test/next?key=1",
                "login http://a.test Basic",
                "queued",
                "started GET http://a.test/next?key=1",
                "reused a.test 80 1",
                head_of("GET /next?key=1", cookie, "a.test", login),
                "request_sent",
                answer_head(5, 200, "Set-Cookie: [redacted]\r\n"),
                "response_body alpha",
                "done 0 5"}
    );
    CHECK(t.whole().find("secret") == std::string::npos);
}

TEST_CASE("trace: an answered challenge is a request of its own", "[engine][trace]") {
    rig r(GENERATE(both_ways()));
    memory_server a(*r.network, "a.test", 80, [&](const memory_request& seen) {
        constexpr auto asked =
            "WWW-Authenticate: Digest realm=\"a\", nonce=\"b\", qop=\"auth\"\r\n";
        return seen.header("Authorization").empty()
                   ? memory_reply::with_length("who?", 401, asked)
                   : memory_reply::with_length("alpha");
    });
    const traced t;
    auto request = xfer::get("http://a.test/");
    request.credentials(xfer::credentials("user", "secret", xfer::auth::digest))
        .on_trace(t);
    CHECK_FALSE(r.transfer(request).ec);
    const auto names = t.names();
    CHECK(
        lines(names.begin() + 6, names.end()) ==
        lines{
            "request_head",
            "request_sent",
            "response_head",
            "response_body",
            "login",
            "queued",
            "started",
            "reused",
            "request_head",
            "request_sent",
            "response_head",
            "response_body",
            "done"}
    );
    CHECK(t.whole().find("login http://a.test Digest") != std::string::npos);
    CHECK(t.whole().find("secret") == std::string::npos);
    CHECK(t.whole().find("response=") == std::string::npos);
}

TEST_CASE("trace: a tunnel of a proxy", "[engine][trace]") {
    rig r(GENERATE(both_ways()));
    r.network->listen("proxy.test", 3128, [](const auto& p) {
        p->on_activity([](memory_peer& self) {
            const auto came = self.take_written();
            if (came.starts_with("CONNECT")) {
                self.provide("HTTP/1.1 200 OK\r\nVia: proxy\r\n\r\n");
            } else if (!came.empty()) {
                self.provide(memory_reply::with_length("alpha").bytes);
            }
        });
    });
    const traced t;
    auto request = xfer::get("http://a.test/", {.proxy_tunnel = true});
    request.proxy("http://user:secret@proxy.test:3128").on_trace(t);
    const auto done = r.transfer(request);
    INFO(done.failure().message);
    CHECK_FALSE(done.ec);
    CHECK(
        t.texts() ==
        lines{"queued", "started GET http://a.test/"} + opening("proxy.test", "3128") +
            lines{
                "proxy http://proxy.test:3128",
                "login http://proxy.test:3128 Basic to the proxy",
                "request_head CONNECT a.test:80 HTTP/1.1\r\nHost: a.test:80\r\n"
                "User-Agent: xfer/" XFER_VERSION_STRING
                "\r\nProxy-Authorization: [redacted]\r\n\r\n to the proxy",
                "response_head 200 HTTP/1.1 200 OK\r\nVia: proxy\r\n\r\n from the "
                "proxy",
                head_of("GET /")} +
            alpha_comes
    );
    CHECK(t.whole().find("secret") == std::string::npos);
}

TEST_CASE("trace: a failure in each stage", "[engine][trace]") {
    rig r(GENERATE(both_ways()));
    const traced t;
    const auto fails = [&](const std::string& url, const xfer::options& o = {}) {
        t.clear();
        auto request = xfer::get(url, o);
        const auto done = r.transfer(request.on_trace(t));
        CHECK(done.ec);
        return t.texts().back() ==
               "done " + done.ec.message() + " 0 " +
                   std::to_string(done.response.info().bytes_received);
    };
    const lines begin{"queued", "started", "resolving"};
    const auto connected = begin + lines{"resolved", "connecting", "connected"};
    CHECK(fails("not a URL"));
    CHECK(t.names() == lines{"done"});
    CHECK(fails("http://nowhere.test/"));
    CHECK(t.names() == begin + lines{"done"});
    r.network->listen("refusing.test", 80, [](const auto&) {});
    r.network->refuse("refusing.test");
    CHECK(fails("http://refusing.test/"));
    CHECK(t.texts().at(5) == "connect_failed refusing.test 80 Connection refused");
    CHECK(
        t.names() == begin + lines{"resolved", "connecting", "connect_failed", "done"}
    );
    memory_server a(*r.network, "a.test", 80, [](const memory_request& seen) {
        return seen.target == "/nothing" ? memory_reply("", true)
               : seen.target == "/weird" ? memory_reply("hello\n")
                                         : memory_reply(
                                               "HTTP/1.1 200 OK\r\n"
                                               "Content-Length: 9\r\n\r\nab",
                                               true
                                           );
    });
    const auto sent = connected + lines{"request_head", "request_sent"};
    CHECK(fails("http://a.test/nothing"));
    CHECK(t.names() == sent + lines{"done"});
    CHECK(fails("http://a.test/weird"));
    CHECK(t.names() == sent + lines{"done"});
    CHECK(fails("http://a.test/cut"));
    CHECK(t.names() == sent + lines{"response_head", "response_body", "done"});
    xfer::options bounded;
    bounded.max_body_size = 1;
    CHECK(fails("http://a.test/cut", bounded));
    CHECK(t.names() == sent + lines{"response_head", "done"});
}

TEST_CASE(
    "trace: a timeout and a cancellation are told at the end", "[engine][trace]"
) {
    rig r(GENERATE(both_ways()));
    const traced t;
    memory_server a(*r.network, "a.test", 80, "alpha");
    a.hold();
    auto request =
        xfer::get("http://a.test/", {.first_byte_timeout = std::chrono::seconds(1)});
    request.on_trace(t);
    const auto id = r.m->add(request);
    r.run();
    CHECK(t.names().back() == "request_sent");
    if (GENERATE(false, true)) {
        r.m->cancel(id);
        r.run();
        CHECK(xfer::is_cancelled(r.read_all().at(0).ec));
    } else {
        r.advance(std::chrono::seconds(2));
        CHECK(r.read_all().at(0).ec == error::timeout_first_byte);
        CHECK(t.texts().back() == "done timeout before the first byte 0 0");
    }
    CHECK(t.names().back() == "done");
    t.clear();
    r.m->remove(r.m->add(request));
    const auto removed = r.m->add(request);
    r.run();
    r.m->remove(removed);
    r.run();
    CHECK(t.names().back() == "request_sent");
    r.m->add(request);
    r.m.reset();
    CHECK(t.names().back() == "request_sent");
}

TEST_CASE("trace: a request that is sent again", "[engine][trace]") {
    rig r(GENERATE(both_ways()));
    std::size_t requests = 0;
    memory_server a(*r.network, "a.test", 80, [&](const memory_request&) {
        return ++requests == 2 ? memory_reply("", true)
                               : memory_reply::with_length("alpha");
    });
    const traced t;
    auto request = xfer::get("http://a.test/");
    CHECK_FALSE(r.transfer(request).ec);
    CHECK_FALSE(r.transfer(request.on_trace(t)).ec);
    const lines begin{"queued", "started GET http://a.test/", "reused a.test 80 1"};
    CHECK(
        t.texts() == begin +
                         lines{
                             head_of("GET /"),
                             "request_sent",
                             "retried the server closed without a response",
                             "queued",
                             "started GET http://a.test/"} +
                         opening() + lines{head_of("GET /")} + alpha_comes
    );
}

TEST_CASE("trace: secrets and octets are told where asked for", "[engine][trace]") {
    rig r(GENERATE(both_ways()));
    memory_server a(*r.network, "a.test", 80, [](const memory_request&) {
        return memory_reply::chunked("alpha", 3, "Set-Cookie: secret\r\n");
    });
    r.network->on_connect("a.test", [](const auto& peer) { peer->accept(50); });
    const traced plain;
    const traced secrets;
    const traced wire;
    std::string sent;
    std::string received;
    auto collect = [&](const trace_event& e) {
        if (const auto* out = e.as<trace::wire_sent>()) sent += out->bytes;
        if (const auto* in = e.as<trace::wire_received>()) received += in->bytes;
    };
    auto request = xfer::post("http://a.test/", std::string(1000, 'b'));
    request.header("Authorization", "secret");
    SECTION("none") {
        request.on_trace(plain);
        r.m->add(request);
        r.run();
        r.network->last_peer()->accept(100'000);
        r.run();
        CHECK_FALSE(r.read_all().at(0).ec);
        CHECK(plain.whole().find("secret") == std::string::npos);
        CHECK(plain.whole().find("wire") == std::string::npos);
    }
    SECTION("secrets") {
        request.on_trace(secrets, {.secrets = true});
        r.m->add(request);
        r.run();
        r.network->last_peer()->accept(100'000);
        r.run();
        CHECK_FALSE(r.read_all().at(0).ec);
        CHECK(secrets.whole().find("Authorization: secret\r\n") != std::string::npos);
        CHECK(secrets.whole().find("Set-Cookie: secret\r\n") != std::string::npos);
        CHECK(secrets.whole().find("wire") == std::string::npos);
    }
    SECTION("octets") {
        xfer::trace_detail all;
        all.wire = true;
        request.on_trace(collect, all);
        r.m->add(request);
        r.run();
        r.network->last_peer()->accept(100'000);
        r.run();
        CHECK_FALSE(r.read_all().at(0).ec);
        CHECK(sent == a.received());
        CHECK(
            received ==
            memory_reply::chunked("alpha", 3, "Set-Cookie: secret\r\n").bytes
        );
        // The connection goes on without the trace.
        CHECK(r.transfer(xfer::get("http://a.test/")).response.info().connection_reused
        );
        CHECK(sent.size() < a.received().size());
    }
}

TEST_CASE("trace: of all transfers of a multi, and of one beside", "[engine][trace]") {
    const traced all;
    const traced one;
    xfer::settings s;
    s.trace = all;
    rig r(GENERATE(both_ways()), s);
    memory_server a(*r.network, "a.test", 80, "alpha");
    auto request = xfer::get("http://a.test/");
    request.header("Authorization", "secret").on_trace(one, {.secrets = true});
    const auto first = r.transfer(request);
    CHECK(all.names() == one.names());
    CHECK(all.whole().find("secret") == std::string::npos);
    CHECK(one.whole().find("secret") != std::string::npos);
    const auto second = r.transfer(xfer::get("http://a.test/"));
    CHECK(all.lines().size() > one.lines().size());
    CHECK(all.lines().front().id == first.id);
    CHECK(all.lines().back().id == second.id);
    CHECK(all.lines().back().text == "done 0 5");
}
