// Redirects over real sockets: what is followed, with which method and body, over which
// connection, and what is left of it in info().
#include "support/names.hpp"
#include "support/transfers.hpp"
#include <xfer/testing/server.hpp>

#include <catch2/catch.hpp>

#include <string>
#include <vector>

using namespace std::chrono_literals;
using support::make_names;
using support::transfer_one;
using xfer::error;
using xfer::testing::reply;
using xfer::testing::server;

namespace {

reply to(std::string location, int status = 302, std::string body = "moved") {
    return reply(status, std::move(body)).with_field("Location", std::move(location));
}

constexpr xfer::options following = [] {
    xfer::options o;
    o.max_redirects = 30;
    return o;
}();

}  // namespace

TEST_CASE("redirect: not followed unasked", "[integration][redirect]") {
    server s;
    s.route("/", to("/next"));
    xfer::multi m;
    const auto done = transfer_one(m, s.url("/"));
    CHECK_FALSE(done.ec);
    CHECK(done.response.status() == 302);
    CHECK(done.response.body() == "moved");
    CHECK(s.counts().requests == 1);
}

TEST_CASE("redirect: followed on the same connection", "[integration][redirect]") {
    server s;
    s.route("/", to("/a?x=1#part", GENERATE(301, 302, 303, 307, 308)));
    s.route("/a", to("b"));
    s.route("/b", "here");
    xfer::multi m;
    const auto done = transfer_one(m, xfer::get(s.url("/"), following));
    REQUIRE_FALSE(done.ec);
    CHECK(done.response.status() == 200);
    CHECK(done.response.body() == "here");
    CHECK(done.response.url() == s.url("/b") + "#part");
    CHECK(s.counts().accepted == 1);
    const auto& info = done.response.info();
    REQUIRE(info.redirects.size() == 2);
    CHECK(info.redirects[0].url == s.url("/"));
    CHECK(info.redirects[1].url == s.url("/a?x=1") + "#part");
    CHECK(info.redirects[1].status == 302);
    CHECK(info.timings.redirect >= info.redirects[0].timings.total);
    CHECK(info.timings.total >= info.timings.redirect);
    CHECK(info.connections_opened == 1);
    CHECK(info.bytes_received == 4);
}

TEST_CASE("redirect: one to another host", "[integration][redirect]") {
    server a;
    server b;
    const auto table = make_names({{"b.test", {"127.0.0.1"}}});
    a.route("/", to("http://b.test:" + std::to_string(b.port()) + "/there"));
    b.route("/there", "there");
    xfer::multi m({.resolver = table->resolver()});
    const auto done = transfer_one(m, xfer::get(a.url("/"), following));
    REQUIRE_FALSE(done.ec);
    CHECK(done.response.body() == "there");
    CHECK(b.requests().at(0).field("Host") == "b.test:" + std::to_string(b.port()));
    // The first connection is kept for others.
    CHECK(m.stats().idle_connections == 2);
}

TEST_CASE("redirect: a loop ends at the limit", "[integration][redirect]") {
    server s;
    s.route("/", to("/"));
    xfer::multi m;
    auto o = following;
    o.max_redirects = 5;
    const auto done = transfer_one(m, xfer::get(s.url("/"), o));
    CHECK(done.ec == error::too_many_redirects);
    CHECK(done.response.status() == 302);
    CHECK(done.response.info().redirects.size() == 5);
    CHECK(s.counts().requests == 6);
}

TEST_CASE("S23: POST becomes GET without its body and fields", "[integration]") {
    server s;
    s.route("/", to("/next", 303));
    s.route("/next", "ok");
    xfer::multi m;
    auto r = xfer::post(s.url("/"), "a=1", following);
    r.header("Content-Type", "text/plain").header("X-Kept", "yes");
    const auto done = transfer_one(m, std::move(r));
    REQUIRE_FALSE(done.ec);
    const auto seen = s.requests();
    REQUIRE(seen.size() == 2);
    CHECK(seen[0].body == "a=1");
    CHECK(seen[1].method == "GET");
    CHECK(seen[1].body.empty());
    CHECK(seen[1].field("Content-Type").empty());
    CHECK(seen[1].count("Content-Length") == 0);
    CHECK(seen[1].field("X-Kept") == "yes");
    // Nor is anything of it behind the head, where the next request would begin.
    REQUIRE(s.log().size() == 1);
    CHECK(s.log()[0].raw == seen[0].raw + seen[1].raw);
    CHECK(seen[1].raw.ends_with("\r\n\r\n"));
    s.route("/later", "ok");
    const auto later = transfer_one(m, s.url("/later"));
    CHECK(later.response.status() == 200);
    CHECK(later.response.info().connection_reused);
}

TEST_CASE("S23: the Content-Type of a dropped form goes with it", "[integration]") {
    server s;
    s.route("/", to("/next", 303));
    s.route("/next", "ok");
    xfer::multi m;
    const auto form = xfer::form().add("a", "1");
    REQUIRE_FALSE(transfer_one(m, xfer::post(s.url("/"), form, following)).ec);
    const auto seen = s.requests();
    REQUIRE(seen.size() == 2);
    CHECK(seen[0].count("Content-Type") == 1);
    CHECK(seen[1].count("Content-Type") == 0);
}

TEST_CASE(
    "S23: where it becomes GET nothing is said of a body",
    "[integration][redirect][S23]"
) {
    const std::vector<std::string> about{
        "Content-Type",
        "content-md5",
        "Content-Disposition",
        "Content-Range",
        "Content-Digest",
        "Content-Made-Up",
        "Repr-Digest",
        "Digest",
        "Expect",
        "Last-Modified"};
    server s;
    s.route("/", to("/next", GENERATE(301, 302, 303)));
    s.route("/next", "ok");
    const bool has_body = GENERATE(true, false);
    auto r = has_body ? xfer::post(s.url("/"), "a=1", following)
                      : xfer::request("POST", s.url("/"), following);
    for (const auto& name : about)
        r.header(name, name == "Expect" ? "100-continue" : "x");
    r.header("Contented", "yes").header("X-Content-Type", "yes");
    xfer::multi m;
    REQUIRE_FALSE(transfer_one(m, std::move(r)).ec);
    const auto seen = s.requests();
    REQUIRE(seen.size() == 2);
    CHECK(seen[1].method == "GET");
    for (const auto& name : about) {
        INFO(name);
        CHECK(seen[0].count(name) == 1);
        CHECK(seen[1].count(name) == 0);
    }
    CHECK(seen[1].field("Contented") == "yes");
    CHECK(seen[1].field("X-Content-Type") == "yes");
}

TEST_CASE("S23: what was a GET without a body keeps its fields", "[integration]") {
    server s;
    s.route("/", to("/next", GENERATE(301, 302, 303, 307)));
    s.route("/next", "ok");
    auto r = xfer::get(s.url("/"), following);
    r.header("Content-Type", "a/b").header("Digest", "x");
    xfer::multi m;
    REQUIRE_FALSE(transfer_one(m, std::move(r)).ec);
    CHECK(s.requests().at(1).field("Content-Type") == "a/b");
    CHECK(s.requests().at(1).field("Digest") == "x");
}

TEST_CASE("S23: the body of a HEAD goes with a 303 too", "[integration][S23]") {
    server s;
    server elsewhere;
    const bool same = GENERATE(true, false);
    s.route("/", to(same ? "/next" : elsewhere.url("/next"), 303));
    s.route("/next", "ok");
    elsewhere.route("/next", "ok");
    auto r = xfer::request("HEAD", s.url("/"), following);
    r.body("asked so").header("Content-Type", "a/b");
    xfer::multi m;
    const auto done = transfer_one(m, std::move(r));
    INFO(done.failure().message);
    REQUIRE_FALSE(done.ec);
    const auto seen = same ? s.requests().at(1) : elsewhere.requests().at(0);
    CHECK(seen.method == "HEAD");
    CHECK(seen.body.empty());
    CHECK(seen.count("Content-Length") == 0);
    CHECK(seen.count("Content-Type") == 0);
}

TEST_CASE("S23: 307 sends the body again", "[integration]") {
    server s;
    s.route("/", to("/next", 307));
    s.route("/next", "ok");
    xfer::multi m;
    SECTION("of a text") {
        const auto done = transfer_one(m, xfer::post(s.url("/"), "a=1", following));
        REQUIRE_FALSE(done.ec);
        const auto seen = s.requests();
        REQUIRE(seen.size() == 2);
        CHECK(seen[1].method == "POST");
        CHECK(seen[1].body == "a=1");
        CHECK(seen[1].field("Content-Length") == "3");
    }
    SECTION("but not from a source that cannot start again") {
        auto once = xfer::from_function([left = 1](std::span<char> out) mutable {
            out[0] = 'x';
            return static_cast<std::size_t>(left-- > 0);
        });
        const auto done =
            transfer_one(m, xfer::post(s.url("/"), std::move(once), following));
        CHECK(done.ec == error::source_not_rewindable);
        CHECK(done.ec == xfer::condition::send_fail_rewind);
        CHECK(s.counts().requests == 1);
    }
}

TEST_CASE("A1.4: a body is not sent to another origin unasked", "[integration]") {
    server a;
    server b;
    a.route("/", to(b.url("/"), 307));
    b.route("/", "ok");
    xfer::multi m;
    auto o = following;
    const auto refused = transfer_one(m, xfer::post(a.url("/"), "secret", o));
    CHECK(refused.ec == error::redirect_refused);
    CHECK(refused.response.header("Location") == b.url("/"));
    CHECK(b.counts().accepted == 0);
    o.resend_body_elsewhere = true;
    CHECK_FALSE(transfer_one(m, xfer::post(a.url("/"), "secret", o)).ec);
    CHECK(b.requests().at(0).body == "secret");
}

TEST_CASE("S24: a large body of a redirect ends its connection", "[integration]") {
    server s;
    s.route(
        "/large", reply::repeating("x", 1 << 20, 302).with_field("Location", "/next")
    );
    s.route(
        "/small", reply::repeating("x", 1 << 15, 302).with_field("Location", "/next")
    );
    s.route("/next", "ok");
    xfer::multi m;
    const auto large = transfer_one(m, xfer::get(s.url("/large"), following));
    REQUIRE_FALSE(large.ec);
    CHECK(large.response.body() == "ok");
    CHECK(large.response.info().connections_opened == 2);
    const auto small = transfer_one(m, xfer::get(s.url("/small"), following));
    CHECK(small.response.info().connections_opened == 0);
}

TEST_CASE("S24: a redirect whose body never ends is followed", "[integration]") {
    server s;
    s.route(
        "/",
        to("/next", 302, "some").until_close().stall_after(2, xfer::testing::from::body)
    );
    s.route("/next", "ok");
    xfer::multi m;
    const auto done = transfer_one(m, xfer::get(s.url("/"), following));
    REQUIRE_FALSE(done.ec);
    CHECK(done.response.body() == "ok");
    CHECK(done.response.info().timings.redirect < 5s);
    s.release();
}

TEST_CASE("S24: a redirect whose body breaks off is followed", "[integration]") {
    using xfer::testing::from;
    auto broken = to("/next", 302, "some");
    SECTION("closed") { broken.close_after(2, from::body); }
    SECTION("reset") { broken.reset_after(2, from::body); }
    SECTION("closed in a chunk") { broken.chunked().close_after(4, from::body); }
    SECTION("no chunk") {
        broken.unframed().with_field("Transfer-Encoding", "chunked");
    }
    server s;
    s.route("/", broken);
    s.route("/next", "ok");
    xfer::multi m;
    const auto done = transfer_one(m, xfer::get(s.url("/"), following));
    REQUIRE_FALSE(done.ec);
    CHECK(done.response.body() == "ok");
    CHECK(done.response.info().connections_opened == 2);
}

TEST_CASE("redirect: callbacks and sinks see the answer only", "[integration]") {
    server s;
    s.route("/", to("/next"));
    s.route("/next", "answer");
    xfer::multi m;
    std::vector<int> heads;
    std::string body;
    auto r = xfer::get(s.url("/"), following);
    r.on_head([&](const xfer::response& head) { heads.push_back(head.status()); });
    r.sink(xfer::to_function([&](std::string_view piece) { body += piece; }));
    REQUIRE_FALSE(transfer_one(m, std::move(r)).ec);
    CHECK(heads == std::vector<int>{200});
    CHECK(body == "answer");
}

TEST_CASE("A1.3: the Referer, when asked for", "[integration][redirect]") {
    server s;
    s.route("/", to("/next"));
    s.route("/next", "ok");
    xfer::multi m;
    auto o = following;
    const auto url = "http://user:secret@" + s.host_port() + "/?q#fragment";
    CHECK_FALSE(transfer_one(m, xfer::get(url, o)).ec);
    CHECK(s.requests().back().count("Referer") == 0);
    o.auto_referer = true;
    CHECK_FALSE(transfer_one(m, xfer::get(url, o)).ec);
    CHECK(s.requests().back().field("Referer") == s.url("/?q"));
    // One that was set is for the first request only.
    auto r = xfer::get(url, o);
    r.header("Referer", "http://name.test/");
    CHECK_FALSE(transfer_one(m, std::move(r)).ec);
    const auto seen = s.requests();
    REQUIRE(seen.size() == 6);
    CHECK(seen[4].field("Referer") == "http://name.test/");
    CHECK(seen[5].field("Referer") == s.url("/?q"));
}

TEST_CASE("redirect: cancelled between two requests", "[integration][redirect]") {
    server s;
    s.route("/", to("/next"));
    s.route("/next", "ok");
    xfer::multi m;
    auto r = xfer::get(s.url("/"), following);
    xfer::transfer_id id;
    r.on_stage([&](xfer::stage now) {
        if (now == xfer::stage::queued) m.cancel(id);
    });
    id = m.add(std::move(r));
    const auto all = support::run(m);
    REQUIRE(all.size() == 1);
    CHECK(xfer::is_cancelled(all[0].ec));
    CHECK(s.counts().requests == 1);
}
