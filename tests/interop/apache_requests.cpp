// What a real Apache answers to logins, uploads and requests that it redirects or
// refuses.
#include "support/apache.hpp"
#include "support/transfers.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <chrono>
#include <string>

using support::apache;
using support::transfer_one;
using xfer::auth;
using xfer::error;

namespace {

const char* const logins =
    "<Location /basic>\nAuthType Basic\nAuthName apache\n"
    "AuthUserFile @users\nRequire valid-user\n</Location>\n"
    "<Location /digest>\nAuthType Digest\nAuthName apache\n"
    "AuthDigestProvider file\nAuthUserFile @digests\nRequire valid-user\n"
    "</Location>\n"
    "Alias /basic @root\nAlias /digest @root\n";

std::size_t lines_with(const std::string& log, std::string_view start) {
    std::size_t n = 0;
    for (auto at = log.find(start); at != log.npos; at = log.find(start, at + 1)) ++n;
    return n;
}

xfer::request as_user(
    const std::string& url, const std::string& password = "secret", auth how = auth::any
) {
    auto r = xfer::get(url);
    r.credentials(xfer::credentials("user", password, how));
    return r;
}

}  // namespace

TEST_CASE("apache: Digest with MD5", "[interop][auth]") {
    apache server(logins);
    xfer::multi m;
    for (int i = 0; i < 5; ++i) {
        const auto done = transfer_one(m, as_user(server.url("/digest/1k")));
        INFO(done.failure().message);
        REQUIRE_FALSE(done.ec);
        CHECK(done.response.status() == 200);
        CHECK(done.response.body().size() == 1024);
        // What proves that the server knows the password too.
        CHECK_FALSE(done.response.header("Authentication-Info").empty());
    }
    const auto other = transfer_one(m, as_user(server.url("/digest/64k?a=b&c=%20d")));
    CHECK(other.response.status() == 200);
    CHECK(m.stats().connections_opened == 1);
    const auto wrong = transfer_one(m, as_user(server.url("/digest/1k"), "wrong"));
    CHECK_FALSE(wrong.ec);
    CHECK(wrong.response.status() == 401);
    CHECK(transfer_one(m, server.url("/digest/1k")).response.status() == 401);
    // Asked once by each that has credentials; the nonce served the user again.
    INFO(server.access_log());
    CHECK(lines_with(server.access_log(), "200 GET /digest") == 6);
    CHECK(lines_with(server.access_log(), "401 GET /digest") <= 4);
}

TEST_CASE("apache: Digest with a nonce for each request", "[interop][auth]") {
    apache server(
        std::string(logins) +
        "<Location /digest>\nAuthDigestNonceLifetime 0\n</Location>\n"
    );
    xfer::multi m;
    for (int i = 0; i < 4; ++i) {
        const auto done = transfer_one(m, as_user(server.url("/digest/1k")));
        INFO(done.failure().message);
        REQUIRE_FALSE(done.ec);
        CHECK(done.response.status() == 200);
        CHECK(done.response.body().size() == 1024);
    }
}

TEST_CASE("apache: Basic, and the best of both", "[interop][auth]") {
    apache server(logins);
    xfer::multi m;
    const auto basic = as_user(server.url("/basic/1k"), "secret", auth::basic);
    CHECK(transfer_one(m, basic).response.status() == 200);
    CHECK(lines_with(server.access_log(), "401") == 0);
    const auto wrong = as_user(server.url("/basic/1k"), "wrong", auth::basic);
    CHECK(transfer_one(m, wrong).response.status() == 401);
    // A password is not given away to anybody who listens.
    const auto any = transfer_one(m, as_user(server.url("/basic/1k")));
    CHECK(any.ec == error::auth_unsafe);
    auto url = server.url("/basic/1k");
    url.insert(url.find("//") + 2, "user:secret@");
    CHECK(transfer_one(m, url).response.status() == 200);
}

TEST_CASE("apache: a body is sent again when the login is asked for", "[interop]") {
    apache server(
        "<Location /dav>\nAuthType Digest\nAuthName apache\nAuthDigestProvider file\n"
        "AuthUserFile @digests\nRequire valid-user\nDav On\n</Location>\n"
        "Alias /dav @root\n"
    );
    xfer::multi m;
    const std::string text(3'000'000, 'x');
    for (const bool ask_first : {false, true}) {
        auto r =
            xfer::put(server.url("/dav/new"), text, {.expect_continue = ask_first});
        r.credentials(xfer::credentials("user", "secret"));
        const auto done = transfer_one(m, std::move(r));
        INFO(done.failure().message);
        REQUIRE_FALSE(done.ec);
        CHECK(done.response.status() == (ask_first ? 204 : 201));
        CHECK(support::read_file(server.directory() + "root/new") == text);
    }
}

TEST_CASE("apache: uploads of every kind, and their removal", "[interop]") {
    apache server("Alias /dav @root\n<Location /dav>\nDav On\n</Location>\n");
    support::scratch directory;
    std::string text;
    while (text.size() < 2'000'000) text += std::to_string(text.size()) + '\n';
    support::write_file(directory / "file", text);
    xfer::multi m;
    const auto upload = [&](xfer::source body, bool ask_first) {
        const auto done = transfer_one(
            m,
            xfer::put(
                server.url("/dav/it"), std::move(body), {.expect_continue = ask_first}
            )
        );
        INFO(done.failure().message);
        CHECK_FALSE(done.ec);
        CHECK(support::read_file(server.directory() + "root/it") == text);
        return done.response.status();
    };
    const auto function = [&] {
        return [&text, at = std::size_t{0}](std::span<char> space) mutable {
            const auto n = text.copy(space.data(), space.size(), at);
            at += n;
            return n;
        };
    };
    CHECK(upload(text, false) == 201);
    CHECK(upload(text, true) == 204);
    CHECK(upload(xfer::from_file(directory / "file"), false) == 204);
    CHECK(upload(xfer::from_function(function()), false) == 204);
    CHECK(upload(xfer::from_function(function()), true) == 204);
    CHECK(transfer_one(m, server.url("/it")).response.body() == text);
    CHECK(
        transfer_one(m, xfer::delete_(server.url("/dav/it"))).response.status() == 204
    );
    CHECK(transfer_one(m, server.url("/it")).response.status() == 404);
    CHECK(m.stats().connections_opened == 1);
}

TEST_CASE("apache: a PUT that it refuses", "[interop]") {
    apache server("<Location /locked>\nRequire all denied\n</Location>\n");
    xfer::multi m;
    const std::string text(5'000'000, 'x');
    // A file takes no PUT; Apache wants to see the body all the same.
    for (const bool ask_first : {false, true}) {
        const auto done = transfer_one(
            m, xfer::put(server.url("/1k"), text, {.expect_continue = ask_first})
        );
        REQUIRE_FALSE(done.ec);
        CHECK(done.response.status() == 405);
        CHECK(done.response.fields().list_contains("Allow", "GET"));
    }
    // Refused before it is looked at: whoever asks first sends nothing of it.
    const auto done = transfer_one(
        m, xfer::put(server.url("/locked"), text, {.expect_continue = true})
    );
    REQUIRE_FALSE(done.ec);
    CHECK(done.response.status() == 403);
    CHECK(done.response.info().bytes_sent == 0);
    CHECK(transfer_one(m, server.url("/1k")).response.body().size() == 1024);
}

TEST_CASE("apache: a body that is too large for it", "[interop]") {
    apache server(
        "LimitRequestBody 1000\nAlias /dav @root\n<Location /dav>\nDav "
        "On\n</Location>\n"
    );
    xfer::multi m;
    const std::string text(2'000'000, 'x');
    const auto done = transfer_one(m, xfer::put(server.url("/dav/new"), text));
    INFO(done.failure().message);
    REQUIRE_FALSE(done.ec);
    CHECK(done.response.status() == 413);
    CHECK(transfer_one(m, server.url("/1k")).response.status() == 200);
}

TEST_CASE("apache: redirects of each status, and of a directory", "[interop]") {
    apache server(
        "Redirect 301 /r301 /1k\nRedirect 302 /r302 /1k\nRedirect 303 /r303 /1k\n"
        "Redirect 307 /r307 /1k\nRedirect 308 /r308 /1k\nRedirect 410 /gone\n"
        "Redirect 302 /a /b\nRedirect 302 /b /c\nRedirect 302 /c /r301\n"
        "Redirect 302 /loop /loop\nDirectoryIndex index.html\n"
    );
    std::filesystem::create_directory(server.directory() + "root/sub");
    server.put("sub/index.html", "of a directory");
    xfer::multi m;
    const auto follow = [&](xfer::request r) {
        r.options({.max_redirects = 5});
        return transfer_one(m, std::move(r));
    };
    for (const int status : {301, 302, 303, 307, 308}) {
        INFO(status);
        const auto url = server.url("/r" + std::to_string(status));
        const auto seen = transfer_one(m, url);
        CHECK(seen.response.status() == status);
        CHECK(seen.response.header("Location") == server.url("/1k"));
        const auto done = follow(xfer::get(url));
        REQUIRE_FALSE(done.ec);
        CHECK(done.response.body().size() == 1024);
        REQUIRE(done.response.info().redirects.size() == 1);
        CHECK(done.response.info().redirects[0].status == status);
        // What stays a POST is refused by what is a file.
        const auto posted = follow(xfer::post(url, "a=b"));
        CHECK_FALSE(posted.ec);
        const bool kept = status >= 307;
        const std::size_t enough = kept ? std::size_t(status - 306) : 1;
        // The line of a request may come a moment after its response.
        CHECK(support::nginx_detail::eventually(
            [&] {
                const auto log = server.access_log();
                return lines_with(log, kept ? "POST /1k" : "GET /1k") >= enough;
            },
            std::chrono::seconds(10)
        ));
    }
    const auto far = follow(xfer::get(server.url("/a")));
    CHECK(far.response.url() == server.url("/1k"));
    CHECK(far.response.info().redirects.size() == 4);
    CHECK(follow(xfer::get(server.url("/loop"))).ec == error::too_many_redirects);
    const auto sub = follow(xfer::get(server.url("/sub")));
    CHECK(sub.response.url() == server.url("/sub/"));
    CHECK(sub.response.body() == "of a directory");
    CHECK(follow(xfer::get(server.url("/gone"))).response.status() == 410);
    // One redirect too many ended its connection.
    CHECK(m.stats().connections_opened == 2);
}

TEST_CASE("apache: heads that it refuses", "[interop]") {
    apache server("LimitRequestFieldSize 1000\nLimitRequestLine 1000\n");
    xfer::multi m;
    auto r = xfer::get(server.url("/1k"));
    r.header("X-Long", std::string(2000, 'x'));
    CHECK(transfer_one(m, std::move(r)).response.status() == 400);
    const auto done = transfer_one(m, server.url("/1k?" + std::string(2000, 'x')));
    CHECK(done.response.status() == 414);
    xfer::request odd(xfer::method("BREW"), server.url("/1k"));
    const auto refused = transfer_one(m, std::move(odd)).response.status();
    CHECK((refused == 405 || refused == 501));
    CHECK(transfer_one(m, server.url("/1k")).response.status() == 200);
}

TEST_CASE("apache: a connection that it closed while idle is replaced", "[M24]") {
    apache server("MaxKeepAliveRequests 3\n");
    xfer::multi m({.max_transfers = 5});
    for (int i = 0; i < 60; ++i) m.add(server.url("/64k"));
    for (const auto& done : support::run(m)) {
        INFO(done.failure().message);
        REQUIRE_FALSE(done.ec);
        REQUIRE(done.response.body().size() == 65536);
    }
    // Three requests and the first one of each.
    CHECK(m.stats().connections_opened >= 60 / 4);
}
