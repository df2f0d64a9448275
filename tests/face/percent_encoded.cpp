// HAZARDS S26: what is percent-encoded is not decoded behind the check. In whatever a
// user sets it stays as it stands, or becomes what was checked. And F2.2's last line.
#include "support/awaiting.hpp"
#include <xfer/auth.hpp>
#include <xfer/cookie_jar.hpp>
#include <xfer/form.hpp>
#include <xfer/multi.hpp>
#include <xfer/net/loop.hpp>
#include <xfer/testing/server.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

using namespace xfer;
using test::run_one;
using xfer::testing::reply;
using xfer::testing::seen_request;
using xfer::testing::server;

namespace {

const std::string encoded = "a%0d%0aX-Evil:%201%00%7f%0Ab";

/// Nothing of it was decoded, and one request came.
void check_untouched(const server& s, std::string_view where) {
    INFO(where);
    REQUIRE(s.counts().requests == 1);
    const auto seen = s.requests().front();
    INFO(seen.raw);
    CHECK(seen.count("X-Evil") == 0);
    CHECK(seen.raw.find('\0') == std::string::npos);
    CHECK(seen.raw.find('\x7f') == std::string::npos);
    // No line end but CR LF, each after a line of its own.
    const auto head = seen.raw.substr(0, seen.raw.find("\r\n\r\n"));
    CHECK(
        std::count(head.begin(), head.end(), '\n') ==
        static_cast<std::ptrdiff_t>(seen.fields.size())
    );
    CHECK(
        std::count(head.begin(), head.end(), '\r') ==
        static_cast<std::ptrdiff_t>(seen.fields.size())
    );
}

void answer_all(server& s) {
    s.route_prefix("", [](const seen_request&) { return reply(200, "x"); });
}

}  // namespace

TEST_CASE("S26: percent-encoded octets in a field are text", "[face][S26][E2]") {
    struct setter {
        const char* field;
        std::function<void(request&)> give;
    };
    const std::vector<setter> setters{
        {"X-A", [](request& r) { r.header("X-A", encoded); }},
        {"X-B", [](request& r) { r.add_header("X-B", encoded); }},
        {"User-Agent", [](request& r) { r.header("User-Agent", encoded); }},
        {"Referer", [](request& r) { r.header("Referer", encoded); }},
        {"Cookie", [](request& r) { r.header("Cookie", encoded); }},
        {"If-Match", [](request& r) { r.if_match("\"" + encoded + "\""); }},
        {"Content-Type",
         [](request& r) {
             r.method(method::post()).body("x").header("Content-Type", encoded);
         }},
    };
    for (const auto& each : setters) {
        server s;
        answer_all(s);
        auto r = get(s.url("/"));
        each.give(r);
        const auto done = run_one(std::move(r));
        INFO(each.field << ": " << done.failure().message);
        REQUIRE_FALSE(done.ec);
        check_untouched(s, each.field);
        CHECK(
            s.requests().front().field(each.field).find(encoded) != std::string::npos
        );
    }
}

TEST_CASE("S26: percent-encoded octets of a URL stay so, or lead nowhere", "[S26]") {
    server s;
    answer_all(s);
    SECTION("path") {
        REQUIRE_FALSE(run_one(get(s.url("/" + encoded))).ec);
        check_untouched(s, "path");
        CHECK(s.requests().front().target.find("%0D%0A") != std::string::npos);
    }
    SECTION("query") {
        REQUIRE_FALSE(run_one(get(s.url("/?" + encoded))).ec);
        check_untouched(s, "query");
        CHECK(s.requests().front().query().find("%0D%0A") != std::string::npos);
    }
    SECTION("user, password and host") {
        const std::string url = GENERATE("http://E@H/", "http://u:E@H/", "http://EH/");
        std::string text = url;
        text.replace(text.find('E'), 1, encoded);
        text.replace(text.find('H'), 1, s.host_port());
        const auto done = run_one(get(text));
        INFO(text << ": " << done.ec.message());
        CHECK(done.ec);
        CHECK(s.counts().received == 0);
    }
    SECTION("Location") {
        s.route("/away", reply(302).with_field("Location", "/b?" + encoded));
        auto r = get(s.url("/away"), {.max_redirects = 1, .auto_referer = true});
        REQUIRE_FALSE(run_one(std::move(r)).ec);
        for (const auto& seen : s.requests()) {
            CHECK(seen.count("X-Evil") == 0);
            CHECK(seen.target.find_first_of("\r\n") == std::string::npos);
        }
        CHECK(s.requests().back().query().find("%0D%0A") != std::string::npos);
    }
}

TEST_CASE("S26: percent-encoded octets of a cookie come back as they came", "[S26]") {
    server s;
    s.route("/", reply(200).with_field("Set-Cookie", "a=" + encoded));
    s.route("/again", "x");
    const auto jar = std::make_shared<cookie_jar>();
    auto first = get(s.url("/"));
    REQUIRE_FALSE(run_one(first.cookies(jar)).ec);
    auto second = get(s.url("/again"));
    REQUIRE_FALSE(run_one(second.cookies(jar)).ec);
    const auto seen = s.requests().back();
    CHECK(seen.field("Cookie") == "a=" + encoded);
    CHECK(seen.count("X-Evil") == 0);
}

TEST_CASE("S26: percent-encoded octets in a form are encoded once more", "[S26]") {
    server s;
    answer_all(s);
    SECTION("urlencoded") {
        REQUIRE_FALSE(run_one(post(s.url("/"), form().add(encoded, encoded))).ec);
        const auto body = s.requests().front().body;
        CHECK(body.find("%250d%250a") != std::string::npos);
        CHECK(body.find_first_of("\r\n") == std::string::npos);
    }
    SECTION("multipart") {
        auto parts = multipart();
        parts.add(encoded, encoded);
        REQUIRE_FALSE(run_one(post(s.url("/"), std::move(parts))).ec);
        const auto body = s.requests().front().body;
        CHECK(body.find("\nX-Evil") == std::string::npos);
        CHECK(body.find("name=\"" + encoded + "\"") != std::string::npos);
    }
}

TEST_CASE("F2.2: a sink gets no piece larger than one read", "[face][F2.2]") {
    // 2010-0734: a callback that got more than it had been promised.
    constexpr std::size_t most = net::loop::read_block_size;
    server s;
    s.route("/length", reply::repeating("0123456789abcdef", 8u << 20));
    s.route("/chunks", reply(200, std::string(4u << 20, 'x')).chunked({3u << 20}));
    s.route("/coded", reply(200, std::string(4u << 20, 'x')).until_close());
    const auto* path = GENERATE("/length", "/chunks", "/coded");
    std::size_t largest = 0;
    std::size_t all = 0;
    auto sink = [&](std::string_view piece) {
        largest = std::max(largest, piece.size());
        all += piece.size();
    };
    const auto done = run_one(get(s.url(path)).sink(to_function(sink)));
    CHECK_FALSE(done.ec);
    CHECK(all >= (4u << 20));
    CHECK(largest > 0);
    CHECK(largest <= most);
}
