// HAZARDS E2.1, S25 and S26: whatever text a user gives, by whatever setter, the lines
// on the wire are those that xfer makes. The texts of URL, method and fields are tried
// in bad_input.cpp, those of forms in forms.cpp.
#include "support/awaiting.hpp"
#include "support/test_proxy.hpp"
#include <xfer/auth.hpp>
#include <xfer/cookie_jar.hpp>
#include <xfer/multi.hpp>
#include <xfer/network.hpp>
#include <xfer/proxy_rules.hpp>
#include <xfer/testing/server.hpp>

#include <catch2/catch.hpp>

#include <functional>
#include <memory>
#include <string>
#include <vector>

using namespace xfer;
using test::run_one;
using xfer::testing::server;

namespace {

struct setter {
    const char* name;
    std::function<void(request&, const std::string&)> give;
};

/// Texts that would be somewhere in a head, or in what is said to a proxy.
std::vector<setter> setters(const std::string& origin, const std::string& proxy) {
    const auto address = proxy.substr(proxy.find("//") + 2);
    return {
        {"a bound field's name",
         [=](request& r, const std::string& t) { r.header_for(origin, t, "v"); }},
        {"a bound field's value",
         [=](request& r, const std::string& t) { r.header_for(origin, "X-A", t); }},
        {"a trailer's name",
         [](request& r, const std::string& t) { r.body("x").trailer(t, "v"); }},
        {"a trailer's value",
         [](request& r, const std::string& t) { r.body("x").trailer("X-A", t); }},
        {"User-Agent",
         [](request& r, const std::string& t) { r.header("User-Agent", t); }},
        {"Referer", [](request& r, const std::string& t) { r.header("Referer", t); }},
        {"Cookie", [](request& r, const std::string& t) { r.header("Cookie", t); }},
        {"Host", [](request& r, const std::string& t) { r.header("Host", t); }},
        {"a user",
         [](request& r, const std::string& t) {
             r.credentials(credentials(t, "p", auth::basic));
         }},
        {"a password",
         [](request& r, const std::string& t) {
             r.credentials(credentials("u", t, auth::basic));
         }},
        {"a token",
         [](request& r, const std::string& t) {
             r.credentials(credentials::bearer(t));
         }},
        {"a target", [](request& r, const std::string& t) { r.target(t); }},
        {"a range", [](request& r, const std::string& t) { r.range("0-1" + t); }},
        {"If-Match", [](request& r, const std::string& t) { r.if_match(t); }},
        {"If-None-Match", [](request& r, const std::string& t) { r.if_none_match(t); }},
        {"a proxy", [](request& r, const std::string& t) { r.proxy("http://" + t); }},
        {"a proxy's user",
         [=](request& r, const std::string& t) {
             r.proxy("http://" + t + ":p@" + address);
         }},
        {"a proxy's password",
         [=](request& r, const std::string& t) {
             r.proxy("http://u:" + t + "@" + address);
         }},
        {"a proxy before it",
         [](request& r, const std::string& t) { r.pre_proxy("socks5h://" + t); }},
        {"a field for the proxy",
         [=](request& r, const std::string& t) {
             r.proxy(proxy).header("Proxy-Authorization", t);
         }},
        {"a detour",
         [](request& r, const std::string& t) {
             r.network(network().connect_to("", 0, t, 1));
         }},
        {"a known host",
         [](request& r, const std::string& t) {
             r.network(network().resolve(t, 0, "127.0.0.1"));
         }},
        {"a known address",
         [](request& r, const std::string& t) {
             r.network(network().resolve("", 0, "127.0.0.1" + t));
         }},
    };
}

}  // namespace

TEST_CASE(
    "S25 E2.1: no control octet leaves by any setter",
    "[face][bad_input][E2][E2.1][S25]"
) {
    server s;
    s.route_prefix("", [](const testing::seen_request&) {
        return testing::reply(200);
    });
    support::test_proxy p;
    const auto octet = GENERATE(
        as<std::string>(),
        "\r",
        "\n",
        "\r\n",
        "\r\nX-Evil: 1\r\n\r\nGET /evil HTTP/1.1\r\n",
        std::string(1, '\0'),
        "\x7f",
        "\x01"
    );
    const auto text = "x" + octet + "y";
    asio::io_context io;
    multi m(io);
    for (const auto& each : setters(s.url("/"), p.url("http"))) {
        INFO(each.name);
        auto r = get(s.url("/"));
        each.give(r, text);
        const auto done = run_one(io, m, std::move(r));
        INFO(done.ec.message() << ": " << done.failure().message);
        CHECK(
            (done.ec == error::invalid_header || done.ec == error::invalid_option ||
             done.ec == error::url_malformed)
        );
        CHECK_FALSE(done.failure().message.empty());
        CHECK(done.failure().message.find(octet) == std::string::npos);
        CHECK_FALSE(done.failure().request_may_have_been_processed);
    }
    CHECK(s.counts().accepted == 0);
    CHECK(s.counts().received == 0);
    CHECK(p.connections() == 0);
}

TEST_CASE(
    "S26 E2.1: percent-encoded control octets of a proxy's text leave nowhere",
    "[face][bad_input][E2][E2.1][S26]"
) {
    server s;
    s.route("/", "x");
    support::test_proxy p;
    const auto address = p.url("http").substr(7);
    const std::string octet = GENERATE("%0d%0aX-Evil:%201", "%00", "%0A", "%7f");
    const std::string where = GENERATE(
        "http://u%:p@A", "http://u:p%@A", "http://h%.test:1", "socks5h://u%:p@A"
    );
    auto text = where;
    text.replace(text.find('%'), 1, octet);
    if (text.ends_with("A")) text.replace(text.size() - 1, 1, address);
    auto r = get(s.url("/"));
    r.proxy(text);
    const auto done = run_one(std::move(r));
    INFO(text << ": " << done.ec.message() << ": " << done.failure().message);
    for (const auto& c : p.log()) {
        INFO(c.clear);
        CHECK(c.clear.find("X-Evil") == std::string::npos);
        CHECK(c.clear.find('\0') == std::string::npos);
    }
    CHECK(done.ec == error::invalid_option);
}

TEST_CASE(
    "E2.1: letters whose low octet is a line end are letters",
    "[face][bad_input][E2][E2.1]"
) {
    // U+010D and U+010A: cut to eight bits they would be CR and LF. And half of a pair
    // of UTF-16, which is no character.
    server s;
    s.route_prefix("", [](const testing::seen_request&) {
        return testing::reply(200);
    });
    const std::string text =
        GENERATE("\xc4\x8d\xc4\x8aX-Evil: 1", "\xed\xa0\x8dX-Evil: 1", "\xff\xfe");
    auto r = get(s.url("/"));
    r.header("X-A", text);
    const auto done = run_one(std::move(r));
    REQUIRE_FALSE(done.ec);
    const auto seen = s.requests().at(0);
    CHECK(seen.field("X-A") == text);
    CHECK(seen.count("X-Evil") == 0);
    // In a path they are encoded, octet by octet, or refused.
    const auto in_path = run_one(get(s.url("/") + text.substr(0, 2)));
    for (const auto& other : s.requests()) {
        CHECK(other.target.find_first_of("\r\n\xc4\xed\xff") == std::string::npos);
        CHECK(other.count("X-Evil") == 0);
    }
    CHECK((!in_path.ec || in_path.ec == error::url_malformed));
}

TEST_CASE(
    "E2.1: a cookie of control octets is neither kept nor sent",
    "[face][bad_input][E2][E2.1][cookies]"
) {
    server s;
    s.route("/", "x");
    const auto octet = GENERATE(
        as<std::string>(), "\r\nX-Evil: 1", "\n", std::string(1, '\0'), "\x7f"
    );
    const auto jar = std::make_shared<cookie_jar>();
    cookie c;
    c.name = "a";
    c.value = "1";
    c.domain = "127.0.0.1";
    c.path = "/";
    SECTION("name") { c.name += octet; }
    SECTION("value") { c.value += octet; }
    SECTION("path") { c.path += octet; }
    SECTION("domain") { c.domain += octet; }
    CHECK_FALSE(jar->add(c));
    auto r = get(s.url("/"));
    r.cookies(jar);
    CHECK_FALSE(run_one(std::move(r)).ec);
    CHECK(s.requests().at(0).count("Cookie") == 0);
    CHECK(s.requests().at(0).count("X-Evil") == 0);
}
