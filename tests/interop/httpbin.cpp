// An API that nobody here wrote: httpbin, with all that an HTTP client is used for.
#include "support/httpbin.hpp"

#include "support/transfers.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

using Catch::Contains;
using support::httpbin;
using support::transfer_one;
using xfer::error;

namespace {

/// Once for all tests of this file: Python takes its time to start.
const httpbin& server() {
    static const httpbin one;
    return one;
}

/// JSON text as httpbin writes it: what it says under a name, a string without its
/// quotes.
std::string said(const xfer::response& r, const std::string& name) {
    const auto& body = r.body();
    auto at = body.find('"' + name + "\":");
    if (at == body.npos) return "nothing";
    at += name.size() + 3;
    const bool quoted = body[at] == '"';
    const auto end = quoted ? body.find('"', at + 1) : body.find_first_of(",}", at);
    return body.substr(at + (quoted ? 1 : 0), end - at - (quoted ? 1 : 0));
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

xfer::request following(xfer::request r) {
    r.options({.max_redirects = 10});
    return r;
}

}  // namespace

TEST_CASE("httpbin: what a GET sends", "[interop][httpbin]") {
    xfer::multi m;
    auto r = xfer::get(server().url("/get?b=2&a=%C3%A4%26&c"));
    r.header("X-Test", "a, b;c=\"d\"").without_header("Accept");
    const auto got = fetch(m, std::move(r));
    CHECK(got.status() == 200);
    CHECK(got.header("content-type") == "application/json");
    CHECK_THAT(got.body(), Contains(R"("args":{"a":"\u00e4&","b":"2","c":""})"));
    CHECK_THAT(got.body(), Contains(R"("X-Test":"a, b;c=\"d\"")"));
    CHECK_THAT(got.body(), !Contains("\"Accept\""));
    CHECK(said(got, "Host") == server().host());
    CHECK_THAT(said(got, "User-Agent"), Catch::StartsWith("xfer/"));
    const auto agent = fetch(m, xfer::get(server().url("/user-agent")));
    CHECK(said(agent, "user-agent") == "xfer/" XFER_VERSION_STRING);
    CHECK(said(fetch(m, "/ip"), "origin") == "127.0.0.1");
    CHECK(m.stats().connections_opened == 1);
}

TEST_CASE("httpbin: each method, with bodies of each kind", "[interop][httpbin]") {
    xfer::multi m;
    const std::string text = R"({"number": 7, "text": "x"})";
    for (const std::string method : {"POST", "PUT", "PATCH", "DELETE"}) {
        INFO(method);
        auto path = method;
        std::ranges::transform(path, path.begin(), [](char c) {
            return static_cast<char>(c - 'A' + 'a');
        });
        xfer::request r(xfer::method(method), server().url("/" + path));
        r.header("Content-Type", "application/json").body(text);
        const auto got = fetch(m, std::move(r));
        CHECK(got.status() == 200);
        CHECK_THAT(got.body(), Contains(R"("json":{"number":7,"text":"x"})"));
        CHECK(said(got, "Content-Length") == std::to_string(text.size()));
        // Not with another method.
        CHECK(fetch(m, "/" + path).status() == 405);
    }
    const auto empty = fetch(m, xfer::post(server().url("/post"), ""));
    CHECK(said(empty, "Content-Length") == "0");
    CHECK(said(empty, "data") == "");
    auto r = xfer::post(server().url("/anything/a%20b"), xfer::form().add("é&", "= +"));
    const auto got = fetch(m, std::move(r));
    CHECK(said(got, "method") == "POST");
    CHECK_THAT(got.body(), Contains(R"("form":{"\u00e9&":"= +"})"));
    CHECK_THAT(got.body(), Contains("application/x-www-form-urlencoded"));
    CHECK(fetch(m, xfer::head(server().url("/get"))).body().empty());
}

TEST_CASE("httpbin: bodies of unknown length go in chunks", "[interop][httpbin]") {
    xfer::multi m;
    std::size_t left = 3;
    auto pieces = [&left](std::span<char> space) -> std::size_t {
        if (left == 0) return 0;
        --left;
        std::fill_n(space.data(), 5, static_cast<char>('a' + left));
        return 5;
    };
    for (const bool ask_first : {false, true}) {
        left = 3;
        const auto got = fetch(
            m,
            xfer::put(
                server().url("/put"),
                xfer::from_function(pieces),
                {.expect_continue = ask_first}
            )
        );
        CHECK(got.status() == 200);
        CHECK(said(got, "data") == "cccccbbbbbaaaaa");
        CHECK(said(got, "Transfer-Encoding") == "chunked");
    }
}

TEST_CASE("httpbin: forms with files", "[interop][httpbin]") {
    support::scratch directory;
    support::write_file(directory / "some \"file\".txt", "content\r\n--of a file\n");
    std::string large(300'000, 'x');
    support::write_file(directory / "large.bin", large);
    xfer::multi m;
    xfer::multipart body;
    body.add("plain", "value").add("plain", "another").add("ü \"x\"", "é");
    body.add_file("upload", directory / "some \"file\".txt");
    body.add("memory", "in memory", {.filename = "m.bin", .content_type = "a/b"});
    body.add_file("large", directory / "large.bin");
    const auto got = fetch(m, xfer::post(server().url("/anything"), body));
    CHECK(got.status() == 200);
    CHECK_THAT(got.body(), Contains(R"("plain":["value","another"])"));
    CHECK_THAT(got.body(), Contains(R"(":"\u00e9")"));
    CHECK_THAT(got.body(), Contains(R"("upload":"content\r\n--of a file\n")"));
    CHECK_THAT(got.body(), Contains(R"("memory":"in memory")"));
    CHECK_THAT(got.body(), Contains("\"large\":\"" + large + '"'));
    CHECK(said(got, "data") == "");
}

TEST_CASE("httpbin: statuses", "[interop][httpbin]") {
    xfer::multi m;
    for (const int status :
         {200,
          201,
          202,
          204,
          304,
          400,
          403,
          404,
          405,
          406,
          409,
          410,
          418,
          429,
          500,
          502,
          503,
          504}) {
        INFO(status);
        const auto path = "/status/" + std::to_string(status);
        CHECK(fetch(m, path).status() == status);
        const auto done =
            transfer_one(m, xfer::get(server().url(path), {.fail_on_error = true}));
        CHECK((done.ec == error::http_status) == (status >= 400));
    }
    CHECK_THAT(fetch(m, "/status/418").body(), Contains("teapot"));
}

TEST_CASE("httpbin: redirects", "[interop][httpbin]") {
    xfer::multi m;
    for (const char* path :
         {"/redirect/4", "/relative-redirect/4", "/absolute-redirect/4"}) {
        INFO(path);
        CHECK(fetch(m, path).status() == 302);
        const auto got = fetch(m, following(xfer::get(server().url(path))));
        CHECK(got.status() == 200);
        CHECK(got.url() == server().url("/get"));
        CHECK(got.info().redirects.size() == 4);
        auto few = xfer::get(server().url(path), {.max_redirects = 3});
        const auto refused = transfer_one(m, few);
        CHECK(refused.ec == error::too_many_redirects);
    }
    for (const int status : {301, 302, 303, 307, 308}) {
        INFO(status);
        auto r = xfer::post(
            server().url(
                "/redirect-to?url=/anything&status_code=" + std::to_string(status)
            ),
            xfer::form().add("a", "b")
        );
        const auto got = fetch(m, following(std::move(r)));
        const bool kept = status >= 307;
        CHECK(said(got, "method") == (kept ? "POST" : "GET"));
        CHECK_THAT(got.body(), Contains(kept ? R"("form":{"a":"b"})" : R"("form":{})"));
        CHECK((said(got, "Content-Type") == "nothing") == !kept);
    }
    // A user of this origin is not told to another.
    const httpbin other;
    auto r = xfer::get(server().url("/redirect-to?url=" + other.url("/headers")));
    r.credentials(xfer::credentials("user", "secret", xfer::auth::basic));
    r.header("Cookie", "a=b").header("X-Kept", "yes");
    const auto got = fetch(m, following(std::move(r)));
    CHECK(got.url() == other.url("/headers"));
    CHECK(said(got, "X-Kept") == "yes");
    CHECK(said(got, "Authorization") == "nothing");
    CHECK(said(got, "Cookie") == "nothing");
}

TEST_CASE("httpbin: cookies are kept, sent, and forgotten", "[interop][httpbin]") {
    auto jar = std::make_shared<xfer::cookie_jar>();
    xfer::multi m({.cookies = jar});
    auto got = fetch(m, following(xfer::get(server().url("/cookies/set?a=1&b=x%20y"))));
    CHECK(got.url() == server().url("/cookies"));
    CHECK_THAT(got.body(), Contains(R"("a":"1")"));
    CHECK_THAT(got.body(), Contains(R"("b":"x y")"));
    got = fetch(m, following(xfer::get(server().url("/cookies/set/a/2"))));
    CHECK_THAT(got.body(), Contains(R"("a":"2")"));
    got = fetch(m, following(xfer::get(server().url("/cookies/delete?a"))));
    CHECK_THAT(got.body(), !Contains(R"("a")") && Contains(R"("b":"x y")"));
    xfer::multi without;
    CHECK_THAT(fetch(without, "/cookies").body(), Contains(R"("cookies":{})"));
}

TEST_CASE("httpbin: responses with fields of the caller's choice", "[interop]") {
    xfer::multi m;
    const auto got = fetch(m, "/response-headers?X-A=1&X-A=2&Server-Timing=a;dur=1");
    CHECK(got.fields().count("X-A") == 2);
    CHECK(got.header("Server-Timing") == "a;dur=1");
    CHECK_THAT(fetch(m, "/base64/eGZlcg==").body(), Contains("xfer"));
    CHECK(fetch(m, "/image/png").body().starts_with("\x89PNG"));
    auto picture = xfer::get(server().url("/image"));
    picture.header("Accept", "image/webp");
    CHECK(fetch(m, picture).header("Content-Type") == "image/webp");
}

TEST_CASE("httpbin: codings are undone if that is asked for", "[interop][httpbin]") {
    xfer::multi m;
    std::vector<std::string> codings;
#ifdef XFER_HAS_ZLIB
    codings.insert(codings.end(), {"gzip", "deflate"});
#endif
#ifdef XFER_HAS_BROTLI
    codings.emplace_back("brotli");
#endif
    for (const auto& coding : codings) {
        INFO(coding);
        const auto url = server().url("/" + coding);
        const auto undone = fetch(m, xfer::get(url, {.decode = true}));
        CHECK_FALSE(undone.header("Content-Encoding").empty());
        const auto flag = coding == "gzip"      ? "gzipped"
                          : coding == "deflate" ? "deflated"
                                                : "brotli";
        CHECK(said(undone, flag) == "true");
        CHECK_THAT(said(undone, "Accept-Encoding"), Contains("gzip"));
        const auto raw = fetch(m, xfer::get(url));
        CHECK(raw.body().size() == raw.info().bytes_received);
        CHECK(said(raw, flag) == "nothing");
    }
}
