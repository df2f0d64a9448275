// httpbin's logins, streams, ranges, conditions and delays.
#include "support/httpbin.hpp"
#include "support/transfers.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <chrono>
#include <memory>
#include <string>
#include <utility>

using Catch::Contains;
using support::httpbin;
using support::transfer_one;
using xfer::auth;
using xfer::credentials;
using xfer::error;
using namespace std::chrono_literals;

namespace {

const httpbin& server() {
    static const httpbin one;
    return one;
}

xfer::response fetch(xfer::multi& m, xfer::request r) {
    auto done = transfer_one(m, std::move(r));
    INFO(done.failure().message);
    REQUIRE_FALSE(done.ec);
    return std::move(done.response);
}
xfer::response fetch(xfer::multi& m, const std::string& path) {
    return fetch(m, xfer::get(server().url(path)));
}

xfer::request as(const std::string& path, const credentials& who) {
    auto r = xfer::get(server().url(path));
    r.credentials(who);
    return r;
}

}  // namespace

TEST_CASE("httpbin: Basic, asked for and not", "[interop][httpbin][auth]") {
    xfer::multi m;
    const credentials right("us er", "p:ä", auth::basic);
    const credentials wrong("us er", "wrong", auth::basic);
    const std::string path = "/basic-auth/us%20er/p%3A%C3%A4";
    const auto got = fetch(m, as(path, right));
    CHECK(got.status() == 200);
    CHECK_THAT(got.body(), Contains(R"("authenticated":true)"));
    CHECK(fetch(m, as(path, wrong)).status() == 401);
    CHECK(fetch(m, path).status() == 401);
    // This one hides itself: who does not say who he is from the start finds nothing.
    const std::string hidden = "/hidden-basic-auth/us%20er/p%3A%C3%A4";
    CHECK(fetch(m, as(hidden, right)).status() == 200);
    CHECK(fetch(m, as(hidden, credentials("us er", "p:ä"))).status() == 404);
    // On a plain connection a password is only sent by who says so.
    const credentials any("us er", "p:ä");
    CHECK(transfer_one(m, as(path, any)).ec == error::auth_unsafe);
    auto allowed = any;
    allowed.allow_cleartext_password();
    CHECK(fetch(m, as(path, allowed)).status() == 200);
}

TEST_CASE("httpbin: Bearer", "[interop][httpbin][auth]") {
    xfer::multi m;
    const auto got = fetch(m, as("/bearer", credentials::bearer("some.token")));
    CHECK(got.status() == 200);
    CHECK_THAT(got.body(), Contains(R"("token":"some.token")"));
    const auto without = fetch(m, "/bearer");
    CHECK(without.status() == 401);
    CHECK(without.header("WWW-Authenticate") == "Bearer");
}

TEST_CASE("httpbin: Digest of each quality and algorithm", "[interop][auth]") {
    const std::string qop = GENERATE("auth", "auth-int", "any");
    const std::string algorithm = GENERATE("MD5", "SHA-256");
    const auto path = "/digest-auth/" + qop + "/user/secret/" + algorithm;
    INFO(path);
    // It keeps in cookies what it asked. (With a query it breaks.)
    auto jar = std::make_shared<xfer::cookie_jar>();
    xfer::multi m({.cookies = jar});
    const credentials right("user", "secret");
    for (int i = 0; i < 3; ++i) {
        const auto got = fetch(m, as(path, right));
        CHECK(got.status() == 200);
        CHECK_THAT(got.body(), Contains(R"("authenticated":true)"));
    }
    CHECK(fetch(m, as(path, credentials("user", "wrong"))).status() == 401);
    CHECK(fetch(m, path).status() == 401);
}

TEST_CASE("httpbin: Digest with an algorithm that RFC 7616 lacks", "[interop][auth]") {
    xfer::multi m;
    // It means SHA-512 as a whole, where the RFC has SHA-512/256 only.
    const auto got = fetch(
        m, as("/digest-auth/auth/user/secret/SHA-512", credentials("user", "secret"))
    );
    CHECK(got.status() == 401);
    CHECK_THAT(std::string(got.header("WWW-Authenticate")), Contains("SHA-512"));
}

TEST_CASE("httpbin: a nonce that has become stale is replaced", "[interop][auth]") {
    auto jar = std::make_shared<xfer::cookie_jar>();
    xfer::multi m({.cookies = jar});
    for (int i = 0; i < 4; ++i) {
        const auto got = fetch(
            m, as("/digest-auth/auth/user/secret/MD5/2", credentials("user", "secret"))
        );
        CHECK(got.status() == 200);
    }
}

TEST_CASE("httpbin: streams in chunks", "[interop][httpbin]") {
    xfer::multi m;
    auto got = fetch(m, "/stream/20");
    CHECK(got.header("Transfer-Encoding") == "chunked");
    CHECK(std::ranges::count(got.body(), '\n') == 20);
    const auto one = fetch(m, "/stream-bytes/50000?seed=7&chunk_size=1").body();
    CHECK(one.size() == 50000);
    CHECK(fetch(m, "/stream-bytes/50000?seed=7&chunk_size=4096").body() == one);
    CHECK(fetch(m, "/bytes/50000?seed=7").body() == one);
    CHECK(m.stats().connections_opened == 1);
}

TEST_CASE("httpbin: ranges of a stream", "[interop][httpbin][ranges]") {
    xfer::multi m;
    const auto part = [&](const std::string& set) {
        auto r = xfer::get(server().url("/range/1000?chunk_size=100"));
        if (!set.empty()) r.range(set);
        return fetch(m, std::move(r));
    };
    const auto whole = part("");
    CHECK(whole.status() == 200);
    CHECK(whole.body().size() == 1000);
    std::error_code ec;
    for (const auto& [set, offset, size] :
         {std::tuple{"10-19", 10, 10}, {"990-", 990, 10}, {"-7", 993, 7}}) {
        INFO(set);
        const auto got = part(set);
        CHECK(got.status() == 206);
        const auto parts = xfer::read_ranges(got, ec);
        REQUIRE_FALSE(ec);
        REQUIRE(parts.size() == 1);
        CHECK(parts[0].part.offset == static_cast<std::uint64_t>(offset));
        CHECK(parts[0].part.complete_size == 1000);
        CHECK(
            parts[0].data ==
            whole.body().substr(
                static_cast<std::size_t>(offset), static_cast<std::size_t>(size)
            )
        );
    }
    const auto beyond = part("2000-");
    CHECK(beyond.status() == 416);
    const auto none = xfer::read_ranges(beyond, ec);
    CHECK(none.empty());
    CHECK(ec == error::http_status);
    CHECK(xfer::range_reader(beyond).part().complete_size == 1000);
}

TEST_CASE("httpbin: conditions", "[interop][httpbin]") {
    xfer::multi m;
    const auto status = [&](const std::string& path, auto condition) {
        auto r = xfer::get(server().url(path));
        condition(r);
        return fetch(m, std::move(r)).status();
    };
    CHECK(status("/etag/one", [](auto& r) { r.if_none_match("\"one\""); }) == 304);
    CHECK(status("/etag/one", [](auto& r) { r.if_none_match("\"two\""); }) == 200);
    CHECK(status("/etag/one", [](auto& r) { r.if_match("\"one\""); }) == 200);
    CHECK(status("/etag/one", [](auto& r) { r.if_match("\"two\""); }) == 412);
    const auto now =
        std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
    CHECK(status("/cache", [](auto&) {}) == 200);
    CHECK(status("/cache", [&](auto& r) { r.if_modified_since(now); }) == 304);
    CHECK(fetch(m, "/cache/60").header("Cache-Control") == "public, max-age=60");
}

TEST_CASE("httpbin: what is slow, and what is too slow", "[interop][httpbin]") {
    xfer::multi m;
    const auto late = fetch(m, "/delay/0.2");
    CHECK(late.info().timings.first_byte >= 200ms);
    auto done = transfer_one(
        m, xfer::get(server().url("/delay/10"), {.first_byte_timeout = 50ms})
    );
    CHECK(done.ec == error::timeout_first_byte);

    const auto dripped = fetch(m, "/drip?numbytes=10&duration=0.2&delay=0.1");
    CHECK(dripped.body() == "**********");
    CHECK(dripped.info().timings.total >= 200ms);
    CHECK(fetch(m, "/drip?numbytes=1&duration=0&code=500").status() == 500);
    done = transfer_one(
        m,
        xfer::get(server().url("/drip?numbytes=2&duration=20"), {.idle_timeout = 100ms})
    );
    CHECK(done.ec == error::timeout_idle);
    CHECK(done.response.body() == "*");
}

TEST_CASE("httpbin: many at a time", "[interop][httpbin]") {
    xfer::multi m({.max_transfers = 20, .max_connections_per_host = 6});
    for (int i = 0; i < 200; ++i) {
        m.add(server().url("/anything/" + std::to_string(i)));
    }
    const auto all = support::run(m);
    CHECK(support::successes(all) == 200);
    for (const auto& done : all) {
        const auto path =
            std::string(done.response.url()).substr(server().url("").size());
        CHECK_THAT(done.response.body(), Contains(path + '"'));
    }
    CHECK(m.stats().connections_opened <= 6);
}
