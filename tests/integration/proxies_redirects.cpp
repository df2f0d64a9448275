// Redirects that lead from one proxy to another (HAZARDS A2.3): which of them is told
// what the user's own fields say.
#include "support/through_proxy.hpp"

#include <catch2/catch.hpp>

#include <string>

using support::https_options;
using support::test_proxy;
using support::transfer_one;
using xfer::proxy_rules;
using xfer::testing::reply;
using xfer::testing::server;

namespace {

std::string at(const char* scheme, const char* host, const server& s) {
    return std::string(scheme) + "://" + host + ":" + std::to_string(s.port()) + "/";
}

/// A request to a server behind the proxy `a`, which redirects to one behind the proxy
/// `b`, and that one to where `back` leads, if anywhere. Both ways once in clear, and
/// once through a tunnel.
struct scene {
    explicit scene(bool secure_first)
        : from_scheme(secure_first ? "https" : "http"),
          to_scheme(secure_first ? "http" : "https"),
          first(secure_first ? https_options() : xfer::testing::server_options()),
          second(secure_first ? xfer::testing::server_options() : https_options()) {
        first.route(
            "/", reply(302).with_field("Location", at(to_scheme, "a.test", second))
        );
        first.route("/back", "there");
        second.route("/", "there");
        o.max_redirects = 5;
        o.redirect_to_http = true;
    }

    /// The proxies of the two, with what their texts say of a user.
    proxy_rules rules(const test_proxy& first_one, const test_proxy& second_one) const {
        proxy_rules r;
        const bool secure_first = from_scheme == std::string("https");
        r.for_http((secure_first ? second_one : first_one).url("http", user_of_http))
            .for_https(
                (secure_first ? first_one : second_one).url("http", user_of_https)
            );
        return r;
    }

    xfer::message go(const proxy_rules& through) {
        auto r = xfer::get(at(from_scheme, "a.test", first), o);
        r.tls(support::trusting_tls())
            .header("Proxy-Authorization", "Basic bWluZTptaW5l")
            .header("Proxy-Trace", "t1")
            .proxies(through);
        xfer::multi m;
        return transfer_one(m, std::move(r));
    }

    const char* from_scheme;
    const char* to_scheme;
    server first;
    server second;
    test_proxy a;
    test_proxy b;
    xfer::options o;
    std::string user_of_http;
    std::string user_of_https;
};

}  // namespace

TEST_CASE(
    "A2.3: a field for the proxy goes to that of the request's URL alone",
    "[proxy][redirect][A2.3]"
) {
    scene s(GENERATE(false, true));
    const auto done = s.go(s.rules(s.a, s.b));
    INFO(done.failure().message);
    REQUIRE_FALSE(done.ec);
    CHECK(done.response.body() == "there");
    REQUIRE(s.a.requests().size() == 1);
    CHECK(s.a.requests()[0].field("Proxy-Authorization") == "Basic bWluZTptaW5l");
    CHECK(s.a.requests()[0].field("Proxy-Trace") == "t1");
    REQUIRE(s.b.requests().size() == 1);
    CHECK(s.b.log().at(0).clear.find("Proxy-") == std::string::npos);
    CHECK(s.second.requests().at(0).raw.find("Proxy-") == std::string::npos);
}

TEST_CASE("A2.3: another proxy is told what its own text says", "[proxy][A2.3]") {
    scene s(GENERATE(false, true));
    s.user_of_http = "h:1";
    s.user_of_https = "s:2";
    REQUIRE_FALSE(s.go(s.rules(s.a, s.b)).ec);
    // The field goes before the text where it goes at all. Base64 of "h:1", "s:2".
    CHECK(s.a.requests().at(0).field("Proxy-Authorization") == "Basic bWluZTptaW5l");
    CHECK(
        s.b.requests().at(0).field("Proxy-Authorization") ==
        (s.to_scheme == std::string("http") ? "Basic aDox" : "Basic czoy")
    );
}

TEST_CASE("A2.3: the same proxy, and any where that is allowed", "[proxy][A2.3]") {
    scene s(GENERATE(false, true));
    const bool everywhere = GENERATE(false, true);
    s.o.secrets_everywhere = everywhere;
    auto& other = everywhere ? s.b : s.a;
    REQUIRE_FALSE(s.go(s.rules(s.a, other)).ec);
    REQUIRE(s.a.requests().size() + s.b.requests().size() == 2);
    CHECK(s.a.requests().front().field("Proxy-Trace") == "t1");
    CHECK(other.requests().back().field("Proxy-Trace") == "t1");
    CHECK(other.requests().back().field("Proxy-Authorization") == "Basic bWluZTptaW5l");
}

TEST_CASE("A2.3: back at the first proxy it is told again", "[proxy][A2.3]") {
    scene s(false);
    s.second.route(
        "/", reply(302).with_field("Location", at("http", "a.test", s.first) + "back")
    );
    REQUIRE_FALSE(s.go(s.rules(s.a, s.b)).ec);
    REQUIRE(s.a.requests().size() == 2);
    CHECK(s.a.requests()[1].field("Proxy-Authorization") == "Basic bWluZTptaW5l");
    CHECK(s.b.log().at(0).clear.find("Proxy-") == std::string::npos);
}

TEST_CASE("A2.3: what was for no proxy is for none later", "[proxy][A2.3]") {
    scene s(false);
    proxy_rules rules;
    rules.for_https(s.b.url("http"));
    auto direct = xfer::get(s.first.url("/"), s.o);
    direct.tls(support::trusting_tls())
        .header("Proxy-Authorization", "Basic bWluZTptaW5l")
        .proxies(rules);
    xfer::multi m;
    REQUIRE_FALSE(transfer_one(m, std::move(direct)).ec);
    CHECK(s.first.requests().at(0).raw.find("Proxy-") == std::string::npos);
    REQUIRE(s.b.requests().size() == 1);
    CHECK(s.b.log().at(0).clear.find("Proxy-") == std::string::npos);
}
