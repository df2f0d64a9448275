// M24: idle connections that died, and what is sent a second time.
#include "support/certificates.hpp"
#include "support/transfers.hpp"
#include <xfer/testing/server.hpp>

#include <asio/buffer.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/read_until.hpp>
#include <asio/write.hpp>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <map>
#include <random>
#include <string>
#include <string_view>
#include <thread>

using support::run;
using support::transfer_one;
using xfer::testing::fault;
using xfer::testing::reply;
using xfer::testing::seen_request;
using xfer::testing::server;
using xfer::testing::server_options;

namespace {

enum class kind { plain, secure };

server_options options_for(kind k) {
    server_options o;
    if (k == kind::secure) {
        o.certificate_pem = tls_support::good_identity().certificate_pem;
        o.key_pem = tls_support::good_identity().key_pem;
    }
    return o;
}

xfer::request trusting(xfer::request r) {
    r.tls(xfer::tls().ca_pem(tls_support::test_authority().certificate_pem()));
    return r;
}

/// A server whose first connection answers one request, and breaks off at the second
/// before a byte of its answer.
void break_on_reuse(server& s, fault how) {
    s.route_prefix("/", [how](const seen_request& r) {
        if (r.connection == 1 && r.number > 1) return reply(200).cut_after(how, 0);
        return reply(200, "done");
    });
}

std::size_t times_seen(const server& s, const std::string& target) {
    const auto all = s.requests();
    return static_cast<std::size_t>(std::count_if(
        all.begin(), all.end(), [&](const auto& r) { return r.target == target; }
    ));
}

/// A body that is read once only.
xfer::source one_shot(std::string text) {
    auto read = [left = std::move(text)](std::span<char> space) mutable {
        const auto n = std::min(space.size(), left.size());
        std::memcpy(space.data(), left.data(), n);
        left.erase(0, n);
        return n;
    };
    return xfer::from_function(read);
}

}  // namespace

TEST_CASE(
    "M24: what comes while the user is at work is seen before the hand-over",
    "[M24][S10][I7]"
) {
    enum class then { closes, says_more };
    const auto what = GENERATE(then::closes, then::says_more);
    asio::io_context serving;
    asio::ip::tcp::acceptor acceptor(
        serving, {asio::ip::address_v4::loopback(), std::uint16_t{0}}
    );
    std::atomic<bool> acted{false};
    std::thread peer([&] {
        const auto answer = [](asio::ip::tcp::socket& to, std::string_view body) {
            const auto text =
                "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n" + std::string(body);
            asio::write(to, asio::buffer(text));
        };
        std::string request;
        auto first = acceptor.accept();
        asio::read_until(first, asio::dynamic_buffer(request), "\r\n\r\n");
        answer(first, "good");
        if (what == then::closes) {
            first.close();
        } else {
            answer(first, "evil");
        }
        acted = true;
        request.clear();
        auto second = acceptor.accept();
        std::error_code gone;
        asio::read_until(second, asio::dynamic_buffer(request), "\r\n\r\nbody", gone);
        if (!gone) answer(second, "good");
    });
    asio::io_context io;
    xfer::multi m(io, {.max_connections_per_host = 1});
    const auto url =
        "http://127.0.0.1:" + std::to_string(acceptor.local_endpoint().port()) + "/";
    auto slow = xfer::get(url);
    auto take = [&](std::string_view) {
        while (!acted) std::this_thread::yield();
    };
    slow.sink(xfer::to_function(take));
    m.add(std::move(slow));
    m.add(xfer::post(url, "body"));
    io.run_for(std::chrono::seconds(20));
    const auto got = m.info_read();
    const auto posted = m.info_read();
    if (!posted || posted->ec || posted->response.info().connection_reused) {
        // Nobody came to the second one.
        asio::ip::tcp::socket(io).connect(acceptor.local_endpoint());
    }
    peer.join();
    REQUIRE(posted);
    CHECK_FALSE(got->ec);
    INFO(posted->failure().message);
    CHECK_FALSE(posted->ec);
    CHECK(posted->response.body() == "good");
    CHECK_FALSE(posted->response.info().connection_reused);
}

TEST_CASE(
    "S22 M24: an idle connection that the server closed is not used", "[M24][S22]"
) {
    const auto k = GENERATE(kind::plain, kind::secure);
    const auto how = GENERATE(fault::close, fault::close_notify, fault::reset);
    server s(options_for(k));
    s.route_prefix("/", [](const auto&) { return reply(200, "x"); });
    xfer::multi m;
    REQUIRE_FALSE(transfer_one(m, trusting(xfer::get(s.url()))).ec);
    s.close_idle(how);
    REQUIRE(s.wait_for_open_at_most(0));
    const auto done = transfer_one(m, trusting(xfer::post(s.url("/post"), "body")));
    CHECK_FALSE(done.ec);
    CHECK_FALSE(done.response.info().connection_reused);
    CHECK(m.stats().resent == 0);
    CHECK(m.stats().connections == 1);
    CHECK(times_seen(s, "/post") == 1);
}

TEST_CASE(
    "S10 M24: an idle connection with unexpected bytes is not used", "[M24][S10]"
) {
    const auto k = GENERATE(kind::plain, kind::secure);
    const auto* bytes =
        GENERATE("\n", "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil");
    server s(options_for(k));
    s.route("/", "good");
    xfer::multi m;
    REQUIRE_FALSE(transfer_one(m, trusting(xfer::get(s.url()))).ec);
    const auto sent = s.counts().sent;
    s.send_idle(bytes);
    REQUIRE(s.wait_for([&](const auto& c) { return c.sent > sent; }));
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    const auto done = transfer_one(m, trusting(xfer::get(s.url())));
    CHECK_FALSE(done.ec);
    CHECK(done.response.body() == "good");
    CHECK(s.counts().accepted == 2);
}

TEST_CASE(
    "S10 M24: bytes after a complete response poison its connection", "[M24][S10]"
) {
    const auto k = GENERATE(kind::plain, kind::secure);
    server s(options_for(k));
    s.route(
        "/",
        reply::exactly("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ngood"
                       "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil")
    );
    xfer::multi m;
    for (int i = 1; i <= 3; ++i) {
        const auto done = transfer_one(m, trusting(xfer::get(s.url())));
        CHECK_FALSE(done.ec);
        CHECK(done.response.body() == "good");
    }
    CHECK(s.counts().accepted == 3);
    CHECK(m.stats().idle_connections == 0);
}

TEST_CASE(
    "S22 M24: a connection that died between wait and perform is not used", "[M24][S22]"
) {
    server s;
    s.route_prefix("/", [](const auto&) { return reply(200, "x"); });
    s.route("/held", reply(200, "y").hold());
    xfer::multi m;
    // Two connections: one idle, and one on which a wait will see the answer come.
    const auto held = m.add(s.url("/held"));
    m.add(s.url("/"));
    REQUIRE(support::drive_until(m, [&] {
        return m.stats().unread == 1 && s.counts().requests == 2;
    }));
    REQUIRE(m.stats().idle_connections == 1);
    static_cast<void>(m.info_read());
    s.release();
    bool happened = false;
    for (int i = 0; i < 300 && !happened; ++i) {
        happened = m.wait(std::chrono::milliseconds(100));
    }
    REQUIRE(happened);
    s.close_idle(fault::close);
    REQUIRE(s.wait_for_open_at_most(0));
    const auto posted = m.add(xfer::post(s.url("/post"), "body"));
    const auto all = run(m);
    REQUIRE(all.size() == 2);
    for (const auto& done : all) {
        INFO(done.failure().message);
        CHECK_FALSE(done.ec);
        CHECK((done.id == held || done.id == posted));
        CHECK_FALSE(done.response.info().connection_reused);
    }
    CHECK(times_seen(s, "/post") == 1);
    CHECK(s.counts().accepted == 3);
}

TEST_CASE("S22 M24: a GET on a connection that just died is sent again", "[M24][S22]") {
    const auto k = GENERATE(kind::plain, kind::secure);
    const auto how = GENERATE(fault::close, fault::close_notify, fault::reset);
    server s(options_for(k));
    break_on_reuse(s, how);
    xfer::multi m;
    REQUIRE_FALSE(transfer_one(m, trusting(xfer::get(s.url("/warm")))).ec);
    const auto done = transfer_one(m, trusting(xfer::get(s.url("/again"))));
    CHECK_FALSE(done.ec);
    CHECK(done.response.body() == "done");
    CHECK_FALSE(done.response.info().connection_reused);
    CHECK(times_seen(s, "/again") == 2);
    CHECK(m.stats().resent == 1);
    CHECK(m.stats().connections == 1);
}

TEST_CASE("S22 M24: a PUT is idempotent and its string is sent again", "[M24][S22]") {
    const auto size = GENERATE(std::size_t(4), std::size_t(300'000));
    server s;
    break_on_reuse(s, fault::reset);
    xfer::multi m;
    REQUIRE_FALSE(transfer_one(m, xfer::get(s.url("/warm"))).ec);
    const std::string body(size, 'b');
    const auto done = transfer_one(m, xfer::put(s.url("/put"), body));
    CHECK_FALSE(done.ec);
    const auto seen = s.requests();
    CHECK(seen.back().target == "/put");
    CHECK((seen.back().body == body));
    CHECK(m.stats().resent == 1);
    CHECK(done.response.info().bytes_sent == size);
}

TEST_CASE(
    "S22 M24: a source that rewinds is sent again, another one never", "[M24][S22]"
) {
    server s;
    break_on_reuse(s, fault::reset);
    xfer::multi m;
    REQUIRE_FALSE(transfer_one(m, xfer::get(s.url("/warm"))).ec);
    SECTION("one-shot") {
        const auto done = transfer_one(m, xfer::put(s.url("/put"), one_shot("hello")));
        CHECK(done.ec);
        CHECK(times_seen(s, "/put") == 1);
        CHECK(m.stats().resent == 0);
        CHECK(done.failure().request_may_have_been_processed);
    }
    SECTION("rewinding") {
        auto at = std::make_shared<std::size_t>(0);
        const std::string text = "hello";
        auto read = [at, text](std::span<char> space) {
            const auto n = std::min(space.size(), text.size() - *at);
            std::memcpy(space.data(), text.data() + *at, n);
            *at += n;
            return n;
        };
        auto source = xfer::from_function(read);
        auto rewind = [at] { *at = 0; };
        source.length(text.size()).rewind(rewind);
        const auto done = transfer_one(m, xfer::put(s.url("/put"), source));
        CHECK_FALSE(done.ec);
        CHECK(times_seen(s, "/put") == 2);
        CHECK(s.requests().back().body == "hello");
    }
}

TEST_CASE("S22 M24: a POST that was written is never sent again", "[M24][S22]") {
    const auto k = GENERATE(kind::plain, kind::secure);
    const auto how = GENERATE(fault::close, fault::close_notify, fault::reset);
    const auto* method = GENERATE("POST", "PATCH");
    server s(options_for(k));
    break_on_reuse(s, how);
    xfer::multi m;
    REQUIRE_FALSE(transfer_one(m, trusting(xfer::get(s.url("/warm")))).ec);
    auto request = xfer::post(s.url("/post"), "body");
    request.method(xfer::method(method));
    const auto done = transfer_one(m, trusting(request));
    CHECK(done.ec);
    CHECK(xfer::curl_code(done.ec) != 0);
    CHECK(times_seen(s, "/post") == 1);
    CHECK(done.failure().request_may_have_been_processed);
    CHECK(m.stats().resent == 0);
}

TEST_CASE(
    "S22 M24: a fresh connection that breaks is no reason to send again", "[M24][S22]"
) {
    server s;
    s.route("/", reply(200).cut_after(fault::close, 0));
    xfer::multi m;
    const auto done = transfer_one(m, s.url());
    CHECK(done.ec == xfer::error::got_nothing);
    CHECK(s.counts().requests == 1);
    CHECK(done.failure().request_may_have_been_processed);
}

TEST_CASE("S22 M24: after a byte of the response nothing is sent again", "[M24][S22]") {
    server s;
    s.route("/warm", "x");
    s.route("/cut", reply(200, "0123456789").close_after(1));
    xfer::multi m;
    REQUIRE_FALSE(transfer_one(m, s.url("/warm")).ec);
    const auto done = transfer_one(m, s.url("/cut"));
    CHECK(done.ec);
    CHECK(done.response.info().connection_reused);
    CHECK(times_seen(s, "/cut") == 1);
}

TEST_CASE("S22 M24: a request is sent again once, not twice", "[M24][S22]") {
    server s;
    s.route("/warm", "x");
    s.route("/never", reply(200).cut_after(fault::close, 0));
    xfer::multi m;
    REQUIRE_FALSE(transfer_one(m, s.url("/warm")).ec);
    const auto done = transfer_one(m, s.url("/never"));
    CHECK(done.ec == xfer::error::got_nothing);
    CHECK(times_seen(s, "/never") == 2);
}

TEST_CASE(
    "S22 M24: the race with a closing server, 1000 rounds of GET and POST", "[M24][S22]"
) {
    // N22: the server closes in the millisecond in which the client sends.
    server s;
    s.route_prefix("/", [](const auto&) { return reply(200, "x"); });
    xfer::multi m;
    std::mt19937 random(22);
    std::size_t failed_posts = 0;
    std::map<std::string, bool> posted;
    for (int round = 0; round < 1000; ++round) {
        REQUIRE_FALSE(transfer_one(m, s.url("/warm")).ec);
        s.close_idle(random() % 2 == 0 ? fault::close : fault::reset);
        const auto pause = std::chrono::microseconds(random() % 120);
        const auto until = std::chrono::steady_clock::now() + pause;
        while (std::chrono::steady_clock::now() < until) {
        }
        const auto path = "/" + std::to_string(round);
        if (round % 2 == 0) {
            const auto done = transfer_one(m, s.url(path));
            INFO(done.failure().message);
            CHECK_FALSE(done.ec);
        } else {
            const auto done = transfer_one(m, xfer::post(s.url(path), "once"));
            posted[path] = !done.ec;
            failed_posts += done.ec ? 1 : 0;
            if (done.ec) CHECK(done.failure().request_may_have_been_processed);
        }
    }
    std::map<std::string, int> seen;
    for (const auto& r : s.requests()) {
        if (r.method == "POST") ++seen[r.target];
    }
    for (const auto& [path, succeeded] : posted) {
        CHECK(seen[path] <= 1);
        if (succeeded) CHECK(seen[path] == 1);
    }
    INFO("resent " << m.stats().resent << ", POSTs failed " << failed_posts);
    CHECK(s.counts().accepted > 500);
}
