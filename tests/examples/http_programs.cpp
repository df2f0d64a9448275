// The examples of what HTTP clients need beyond a fetch do what their first lines say.
#include "programs.hpp"
#include "support/certificates.hpp"
#include "support/through_proxy.hpp"
#include <xfer/testing/server.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

using Catch::Matchers::Contains;
using support::directory;
using support::run;
using xfer::testing::from;
using xfer::testing::in_turn;
using xfer::testing::reply;
using xfer::testing::seen_request;
using xfer::testing::server;
using strings = std::vector<std::string>;

namespace {

/// Lets in by Digest whoever has no cookie of an earlier visit.
reply let_in(const seen_request& r) {
    if (r.field("Cookie") == "visit=1") return reply(200, "again");
    if (r.field("Authorization").starts_with("Digest username=\"me\"")) {
        return reply(200, "in").with_field("Set-Cookie", "visit=1; Max-Age=3600");
    }
    return reply(401, "who?")
        .with_field("WWW-Authenticate", R"(Digest realm="r", nonce="n", qop="auth")");
}

/// The paths that were asked for, sorted.
strings paths(const server& s) {
    strings found;
    for (const auto& r : s.requests()) found.push_back(r.target);
    std::sort(found.begin(), found.end());
    return found;
}

/// A page with links to these.
reply page(const strings& links) {
    std::string text = "<html>";
    for (const auto& link : links) text += "<a href=\"" + link + "\">there</a>\n";
    return reply(200, text).with_field("Content-Type", "text/html; charset=utf-8");
}

}  // namespace

TEST_CASE("10_cookies_and_auth logs in once and is known afterwards", "[examples]") {
    server s;
    s.route("/", reply(302).with_field("Location", "/in"));
    s.route("/in", let_in);
    directory d;
    d.write("password", "secret\n");
    const strings arguments{s.url("/"), "me", "cookies"};
    auto done = run("10_cookies_and_auth", arguments, d.path(), "password");
    INFO(done.output);
    CHECK(done.status == 0);
    CHECK_THAT(done.output, Contains("302 " + s.url("/") + "\n200 " + s.url("/in")));
    CHECK_THAT(done.output, Contains("cookie visit for 127.0.0.1/\n"));
    CHECK_THAT(d.content("cookies"), Contains("visit"));
    REQUIRE(paths(s) == strings{"/", "/in", "/in"});
    for (const auto& c : s.log()) CHECK_THAT(c.raw, !Contains("secret"));

    done = run("10_cookies_and_auth", arguments, d.path(), "password");
    CHECK(done.status == 0);
    CHECK(s.counts().requests == 5);
    CHECK(s.requests().back().field("Cookie") == "visit=1");
    CHECK(s.requests().back().count("Authorization") == 0);
}

TEST_CASE("10_cookies_and_auth shows no password in clear text", "[examples]") {
    server s;
    s.route(
        "/", reply(401, "who?").with_field("WWW-Authenticate", "Basic realm=\"r\"")
    );
    directory d;
    d.write("password", "secret\n");
    const auto done =
        run("10_cookies_and_auth", {s.url("/"), "me", "cookies"}, d.path(), "password");
    INFO(done.output);
    CHECK(done.status == 1);
    CHECK(s.requests().at(0).count("Authorization") == 0);
    CHECK(s.counts().requests == 1);
}

TEST_CASE("11_proxy_and_tls tells what TLS found out", "[examples]") {
    server s(support::https_options());
    s.route("/", "hello");
    directory d;
    d.write("ca.pem", tls_support::test_authority().certificate_pem());
    auto done = run("11_proxy_and_tls", {s.url("/"), "none", "ca.pem"}, d.path());
    INFO(done.output);
    CHECK(done.status == 0);
    CHECK_THAT(done.output, Contains("status 200, from 127.0.0.1\nTLSv1.3 TLS_"));
    CHECK_THAT(done.output, Contains(", issued by "));
    CHECK_THAT(done.output, !Contains("tunnel"));

    done = run("11_proxy_and_tls", {s.url("/"), "none"}, d.path());
    CHECK(done.status == 1);
    CHECK_THAT(done.output, Contains("nothing was sent to it\n"));
    CHECK(s.counts().requests == 1);
}

TEST_CASE("11_proxy_and_tls goes through a proxy", "[examples]") {
    server s(support::https_options());
    s.route("/", "hello");
    directory d;
    d.write("ca.pem", tls_support::test_authority().certificate_pem());
    SECTION("by HTTP") {
        support::test_proxy proxy;
        const auto done =
            run("11_proxy_and_tls", {s.url("/"), proxy.url("http"), "ca.pem"}, d.path()
            );
        INFO(done.output);
        CHECK(done.status == 0);
        CHECK_THAT(done.output, Contains("tunnel 200\nTLSv1.3"));
        CHECK(proxy.log().at(0).destination == s.host_port());
    }
    SECTION("by SOCKS") {
        support::test_proxy proxy(support::socks_options());
        const auto done = run(
            "11_proxy_and_tls", {s.url("/"), proxy.url("socks5h"), "ca.pem"}, d.path()
        );
        INFO(done.output);
        CHECK(done.status == 0);
        CHECK(proxy.log().at(0).destination == s.host_port());
    }
    SECTION("that refuses") {
        support::test_proxy proxy(support::answering(support::proxy_reply(403)));
        const auto done =
            run("11_proxy_and_tls", {s.url("/"), proxy.url("http"), "ca.pem"}, d.path()
            );
        CHECK(done.status == 1);
        CHECK_THAT(done.output, Contains("ask whoever runs the proxy\n"));
        CHECK(s.counts().requests == 0);
    }
}

TEST_CASE("12_resume goes on where it was cut off", "[examples]") {
    const std::string text(1000, 'x');
    auto cut = reply(200, text).with_field("ETag", "\"1\"");
    cut.close_after(600, from::body);
    auto rest = reply(206, text.substr(600)).with_field("ETag", "\"1\"");
    rest.with_field("Content-Range", "bytes 600-999/1000");
    server s;
    s.route("/", in_turn({cut, rest}));
    directory d;
    const auto done = run("12_resume", {s.url("/"), "file"}, d.path());
    INFO(done.output);
    CHECK(done.status == 0);
    CHECK_THAT(done.output, Contains("the rest: 400 bytes\n"));
    REQUIRE(s.counts().requests == 2);
    CHECK(s.requests()[1].field("Range") == "bytes=600-");
    CHECK(s.requests()[1].field("If-Range") == "\"1\"");
    CHECK(d.content("file") == text);
    CHECK(d.names() == strings{"file"});
}

TEST_CASE("12_resume goes on with the file of an earlier run", "[examples]") {
    auto cut = reply(200, "0123456789").with_field("ETag", "\"1\"");
    cut.close_after(4, from::body);
    directory d;
    server s;
    // Nothing more comes, ever: the run gives up.
    s.route("/", in_turn({cut, reply(503)}));
    const strings arguments{s.url("/"), "file"};
    CHECK(run("12_resume", arguments, d.path()).status == 1);
    CHECK(d.content("file") == "0123");
    SECTION("of the same version") {
        auto rest = reply(206, "456789").with_field("ETag", "\"1\"");
        rest.with_field("Content-Range", "bytes 4-9/10");
        s.route("/", rest);
        CHECK(run("12_resume", arguments, d.path()).status == 0);
        CHECK(d.content("file") == "0123456789");
    }
    SECTION("of another version") {
        s.route("/", reply(200, "abcdefghij").with_field("ETag", "\"2\""));
        CHECK(run("12_resume", arguments, d.path()).status == 0);
        CHECK(d.content("file") == "abcdefghij");
    }
    CHECK(s.requests().back().field("Range") == "bytes=4-");
}

TEST_CASE("13_crawler visits each page of its host once", "[examples]") {
    server s, other;
    s.route(
        "/", page({"a", "/a#top", "b?x=1", "/moved", "/private/c", other.url("/d")})
    );
    s.route("/a", page({"/", "/b?x=1", "mailto:me@example.com", "//[", ""}));
    s.route(
        "/b", reply(200, "<a href=\"/no\">").with_field("Content-Type", "text/css")
    );
    s.route("/moved", reply(301).with_field("Location", "/e"));
    s.route("/e", reply(302).with_field("Location", other.url("/f")));
    const auto done = run("13_crawler", {"100", "1", s.url("/"), "/private/"});
    INFO(done.output);
    CHECK(done.status == 0);
    CHECK(paths(s) == strings{"/", "/a", "/b?x=1", "/e", "/moved"});
    CHECK(other.counts().accepted == 0);
    CHECK_THAT(done.output, Contains("200 " + s.url("/a")));
}

TEST_CASE("13_crawler keeps to its bounds", "[examples]") {
    server s;
    // Every page links to ten others.
    s.route_prefix("/", [](const seen_request& r) {
        strings links;
        for (char c = '0'; c <= '9'; ++c) links.push_back(r.target + c);
        return page(links);
    });
    const auto begin = std::chrono::steady_clock::now();
    const auto done = run("13_crawler", {"12", "20", s.url("/")});
    const auto time = std::chrono::steady_clock::now() - begin;
    CHECK(done.status == 0);
    CHECK(s.counts().requests == 12);
    CHECK(s.counts().accepted <= 2);
    CHECK(time >= std::chrono::milliseconds(12 * 20));
    CHECK(run("13_crawler", {"0", "1", s.url("/")}).status == 2);
}

TEST_CASE("15_multipart sends files as a form does", "[examples]") {
    server s;
    s.route("/to", reply(201, "stored\n"));
    directory d;
    d.write("beach.jpg", std::string(100'000, 'j'));
    d.write("notes.txt", "sunny");
    const auto done = run(
        "15_multipart", {s.url("/to"), "Holidays", "beach.jpg", "notes.txt"}, d.path()
    );
    INFO(done.output);
    CHECK(done.status == 0);
    CHECK_THAT(done.output, Contains("100 % sent\nstatus 201, "));
    CHECK_THAT(done.output, Contains(" bytes sent\nstored\n"));
    const auto seen = s.requests().at(0);
    CHECK(seen.field("Content-Type").starts_with("multipart/form-data; boundary="));
    CHECK(seen.field("Content-Length") == std::to_string(seen.body.size()));
    CHECK_THAT(seen.body, Contains("name=\"album\"\r\n\r\nHolidays\r\n"));
    CHECK_THAT(
        seen.body,
        Contains("name=\"photo\"; filename=\"beach.jpg\"\r\nContent-Type: image/jpeg")
    );
    CHECK_THAT(seen.body, Contains("filename=\"notes.txt\""));
    CHECK_THAT(seen.body, Contains("\r\n\r\nsunny\r\n"));

    const auto missing = run("15_multipart", {s.url("/to"), "x", "nothing"}, d.path());
    CHECK(missing.status == 1);
    CHECK_THAT(missing.output, Contains("'nothing' cannot be read"));
    CHECK(s.counts().requests == 1);
}

TEST_CASE("16_mocked_client passes its own tests", "[examples]") {
    const auto done = run("16_mocked_client", {});
    INFO(done.output);
    CHECK(done.status == 0);
    CHECK_THAT(done.output, Contains("passed: the shop is asked for the thing\n"));
    CHECK_THAT(done.output, Contains("passed: a shop that does not answer"));
    CHECK_THAT(done.output, !Contains("FAILED"));
}
