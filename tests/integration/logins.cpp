// Logins over real sockets, where a body, a redirect or a server that counts make them
// harder.
#include "support/transfers.hpp"
#include <xfer/auth.hpp>
#include <xfer/testing/server.hpp>

#include <catch2/catch.hpp>

#include <string>
#include <string_view>

using support::transfer_one;
using xfer::credentials;
using xfer::testing::reply;
using xfer::testing::seen_request;
using xfer::testing::server;

namespace {

reply denied(
    const std::string& nonce, std::string_view qop, std::string_view more = {}
) {
    auto challenge = "Digest realm=\"r\", nonce=\"" + nonce + "\", qop=\"";
    challenge.append(qop).append("\"").append(more);
    return reply(401, "who are you?")
        .with_field("WWW-Authenticate", std::move(challenge));
}

bool says(const seen_request& r, std::string_view part) {
    return r.field("Authorization").find(part) != std::string_view::npos;
}

}  // namespace

TEST_CASE(
    "login: Digest with auth-int alone, however the text was sent", "[integration]"
) {
    server s;
    s.route("/", [](const seen_request& r) {
        return says(r, "qop=auth-int") ? reply(200, "in") : denied("n1", "auth-int");
    });
    xfer::options o;
    std::string text(1000, 'x');
    SECTION("with its head") {}
    SECTION("in pieces") { text = std::string(std::size_t{300} * 1024, 'x'); }
    SECTION("at a rate") { o.max_send_rate = 1 << 20; }
    SECTION("after a 100") { o.expect_continue = true; }
    bool has_trailer = false;
    SECTION("with a trailer behind it") { has_trailer = true; }
    auto r = xfer::post(s.url("/"), text, o);
    if (has_trailer) r.trailer("X-Sum", "1");
    r.credentials(credentials("user", "secret"));
    xfer::multi m;
    const auto done = transfer_one(m, std::move(r));
    INFO(done.failure().message);
    REQUIRE_FALSE(done.ec);
    CHECK(done.response.status() == 200);
    const auto seen = s.requests();
    REQUIRE(seen.size() == 2);
    CHECK(seen[0].count("Authorization") == 0);
    CHECK(seen[1].body_size == text.size());
    CHECK(says(seen[1], "qop=auth-int"));
}

TEST_CASE("login: auth-int is not for what cannot be hashed", "[integration][login]") {
    server s;
    s.route("/", denied("n1", "auth-int"));
    auto give = [left = 1](std::span<char> out) mutable {
        out[0] = 'x';
        return static_cast<std::size_t>(left-- > 0);
    };
    auto r = xfer::post(s.url("/"), xfer::from_function(give));
    r.credentials(credentials("user", "secret"));
    xfer::multi m;
    const auto done = transfer_one(m, std::move(r));
    REQUIRE_FALSE(done.ec);
    CHECK(done.response.status() == 401);
    CHECK(s.counts().requests == 1);
}

TEST_CASE("login: a redirect may name the next nonce", "[integration][login]") {
    server s;
    // Each nonce is for one request.
    s.route("/", [](const seen_request& r) {
        if (!says(r, "nonce=\"n1\"")) return denied("n1", "auth");
        return reply(302)
            .with_field("Location", "/in")
            .with_field("Authentication-Info", "nextnonce=\"n2\"");
    });
    s.route("/in", [](const seen_request& r) {
        return says(r, "nonce=\"n2\"") && says(r, "nc=00000001") ? reply(200, "in")
                                                                 : denied("n3", "auth");
    });
    xfer::options o;
    o.max_redirects = 5;
    auto r = xfer::get(s.url("/"), o);
    r.credentials(credentials("user", "secret"));
    xfer::multi m;
    const auto done = transfer_one(m, std::move(r));
    REQUIRE_FALSE(done.ec);
    CHECK(done.response.body() == "in");
    CHECK(s.counts().requests == 3);
}
