// Who the user is to a proxy that asks: Basic and Digest, over one connection and over
// several (HAZARDS A2.2).
#include "support/names.hpp"
#include "support/through_proxy.hpp"

#include <catch2/catch.hpp>

#include <memory>
#include <optional>
#include <string>
#include <string_view>

using support::get_through;
using support::https_options;
using support::proxy_answer;
using support::proxy_reply;
using support::proxy_request_seen;
using support::test_proxy;
using support::transfer_one;
using support::tunnelled;
using xfer::auth;
using xfer::error;
using xfer::testing::reply;
using xfer::testing::server;

namespace {

constexpr auto challenge =
    "Proxy-Authenticate: Digest realm=\"r\", nonce=\"n1\", qop=\"auth\", "
    "algorithm=SHA-256\r\n";

/// Lets those in who answer by that scheme.
support::proxy_options asking(
    std::string lines,
    proxy_answer::then then = proxy_answer::then::next,
    std::string scheme = "Digest "
) {
    support::proxy_options o;
    o.answer = [=](const proxy_request_seen& r) {
        proxy_answer a;
        if (!r.field("Proxy-Authorization").starts_with(scheme)) {
            a.say = proxy_reply(407, lines, "who are you?");
            a.goes_on = then;
        }
        return a;
    };
    return o;
}

std::string url_of(const server& s, const char* scheme = "http") {
    return std::string(scheme) + "://a.test:" + std::to_string(s.port()) + "/";
}

xfer::request with_digest(
    const test_proxy& p, const std::string& url, const xfer::options& o = {}
) {
    auto r = get_through(p.url("http", "user:secret"), url, o);
    r.proxy_auth(auth::digest);
    return r;
}

bool has(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("proxy login: Digest before a tunnel, on one connection", "[proxy][login]") {
    server s(https_options());
    s.route("/", "in");
    test_proxy p(asking(challenge));
    xfer::multi m;
    auto o = xfer::options();
    o.forbid_reuse = true;
    auto counted = with_digest(p, url_of(s, "https"), o);
    std::size_t heads = 0;
    const auto count_head = [&](const xfer::received_head& head) {
        heads += head.text.size();
    };
    counted.on_each_head(count_head);
    const auto first = transfer_one(m, std::move(counted));
    INFO(first.failure().message);
    REQUIRE_FALSE(first.ec);
    CHECK(first.response.body() == "in");
    CHECK(first.response.info().proxy_status == 200);
    CHECK(first.response.info().header_size == heads);
    CHECK(first.response.info().connections_opened == 1);
    auto seen = p.requests();
    REQUIRE(seen.size() == 2);
    CHECK_FALSE(has(seen[0].head, "Proxy-Authorization"));
    const auto answer = seen[1].field("Proxy-Authorization");
    CHECK(has(answer, "uri=\"a.test:" + std::to_string(s.port()) + "\""));
    CHECK(has(answer, "nc=00000001"));
    CHECK_FALSE(has(answer, "secret"));
    CHECK(seen[1].connection == seen[0].connection);
    // The nonce is known now.
    REQUIRE_FALSE(transfer_one(m, with_digest(p, url_of(s, "https"), o)).ec);
    seen = p.requests();
    REQUIRE(seen.size() == 3);
    CHECK(has(seen[2].field("Proxy-Authorization"), "nc=00000002"));
    for (const auto& r : s.requests()) CHECK_FALSE(has(r.raw, "Proxy-"));
}

TEST_CASE("proxy login: Digest where the proxy closes after its 407", "[proxy]") {
    const std::string lines =
        challenge +
        std::string(GENERATE("", "Connection: close\r\n", "Proxy-Connection: close\r\n")
        );
    const auto then =
        lines == challenge
            ? GENERATE(proxy_answer::then::close, proxy_answer::then::reset)
            : proxy_answer::then::close;
    server s(https_options());
    s.route("/", "in");
    test_proxy p(asking(lines, then));
    xfer::multi m;
    const auto done = transfer_one(m, with_digest(p, url_of(s, "https")));
    // Where it is closed unannounced the answer may be on its way already.
    INFO(done.failure().message);
    if (lines != challenge) {
        REQUIRE_FALSE(done.ec);
        CHECK(done.response.info().connections_opened == 2);
        CHECK(m.stats().connections == 1);
        CHECK(p.connections() == 2);
    } else {
        CHECK((!done.ec || done.ec == error::proxy_handshake_failed));
    }
}

TEST_CASE("proxy login: a 407 whose body ends with the connection", "[proxy]") {
    const bool reset = GENERATE(false, true);
    support::proxy_options o;
    o.answer = [reset](const proxy_request_seen& r) {
        proxy_answer a;
        if (r.field("Proxy-Authorization").empty()) {
            // Less than it says.
            a.say = "HTTP/1.1 407 Who\r\nContent-Length: 900\r\n" +
                    std::string(challenge) + "\r\nwho";
            a.goes_on = reset ? proxy_answer::then::reset : proxy_answer::then::close;
        }
        return a;
    };
    server s(https_options());
    s.route("/", "in");
    test_proxy p(o);
    xfer::multi m;
    const auto done = transfer_one(m, with_digest(p, url_of(s, "https")));
    INFO(done.failure().message);
    // A reset may take the head with it.
    if (!reset) REQUIRE_FALSE(done.ec);
    if (!done.ec) CHECK(done.response.info().connections_opened == 2);
}

TEST_CASE("proxy login: a 407 too large to be passed over", "[proxy][S24]") {
    support::proxy_options o;
    o.answer = [](const proxy_request_seen& r) {
        proxy_answer a;
        if (r.field("Proxy-Authorization").empty()) {
            a.say = proxy_reply(407, challenge, std::string(300'000, 'x'));
            a.goes_on = proxy_answer::then::next;
        }
        return a;
    };
    server s(https_options());
    s.route("/", "in");
    test_proxy p(o);
    xfer::multi m;
    const auto done = transfer_one(m, with_digest(p, url_of(s, "https")));
    INFO(done.failure().message);
    REQUIRE_FALSE(done.ec);
    CHECK(done.response.info().connections_opened == 2);
}

TEST_CASE("proxy login: Digest for requests that are forwarded", "[proxy][login]") {
    server s;
    s.route("/", [](const auto& r) { return reply(200, "got " + r.body); });
    test_proxy p(asking(challenge));
    xfer::multi m;
    const auto go = [&] {
        auto r = xfer::post(url_of(s), "body");
        r.proxy(p.url("http", "user:secret")).proxy_auth(auth::digest);
        return transfer_one(m, std::move(r));
    };
    const auto done = go();
    INFO(done.failure().message);
    REQUIRE_FALSE(done.ec);
    CHECK(done.response.body() == "got body");
    auto seen = p.requests();
    REQUIRE(seen.size() == 2);
    CHECK(has(seen[1].field("Proxy-Authorization"), "uri=\"" + url_of(s) + "\""));
    REQUIRE_FALSE(go().ec);
    seen = p.requests();
    REQUIRE(seen.size() == 3);
    CHECK(has(seen[2].field("Proxy-Authorization"), "nc=00000002"));
    CHECK(p.connections() == 1);
    CHECK(s.counts().requests == 2);
}

TEST_CASE("proxy login: proxy and origin are answered, each for itself", "[proxy]") {
    server s;
    s.route("/", [](const auto& r) {
        return r.field("Authorization").starts_with("Digest ")
                   ? reply(200, "in")
                   : reply(401, "who?")
                         .with_field(
                             "WWW-Authenticate",
                             "Digest realm=\"o\", nonce=\"o1\", qop=\"auth\""
                         );
    });
    test_proxy p(asking(challenge));
    xfer::multi m;
    auto r = with_digest(p, url_of(s));
    r.credentials(xfer::credentials("me", "mine"));
    const auto done = transfer_one(m, std::move(r));
    INFO(done.failure().message);
    REQUIRE_FALSE(done.ec);
    REQUIRE(done.response.body() == "in");
    const auto last = s.requests().back();
    // The origin sees its own target, whatever form the proxy was sent.
    CHECK(has(std::string(last.field("Authorization")), "uri=\"/\""));
    CHECK(has(std::string(last.field("Authorization")), "username=\"me\""));
    CHECK_FALSE(has(last.raw, "Proxy-"));
    CHECK(has(p.requests().back().field("Proxy-Authorization"), "username=\"user\""));
}

TEST_CASE("proxy login: wrong credentials end the tunnel", "[proxy][login]") {
    test_proxy p(asking(challenge, proxy_answer::then::next, "never"));
    xfer::multi m;
    const auto done = transfer_one(m, with_digest(p, "https://a.test/"));
    CHECK(done.ec == error::proxy_denied);
    CHECK(done.response.info().proxy_status == 407);
    CHECK(p.requests().size() == 2);
    // Basic is all that is allowed by default, and was not accepted.
    test_proxy basic(asking(
        "Proxy-Authenticate: Basic realm=\"r\"\r\n", proxy_answer::then::next, "never"
    ));
    const auto denied =
        transfer_one(m, get_through(basic.url("http", "u:p"), "https://a.test/"));
    CHECK(denied.ec == error::proxy_denied);
    CHECK(basic.requests().size() == 1);
}

TEST_CASE("proxy login: a field of the user's own is not answered for", "[proxy]") {
    test_proxy p(asking(
        "Proxy-Authenticate: Basic realm=\"r\"\r\n", proxy_answer::then::next, "never"
    ));
    xfer::multi m;
    auto r = get_through(p.url("http", "u:p"), "https://a.test/");
    r.header("Proxy-Authorization", "Own xyz");
    CHECK(transfer_one(m, std::move(r)).ec == error::proxy_denied);
    REQUIRE(p.requests().size() == 1);
    CHECK(p.requests()[0].field("Proxy-Authorization") == "Own xyz");
}

TEST_CASE("proxy login: a stale nonce is replaced, but not for ever", "[proxy]") {
    support::proxy_options o;
    const bool for_ever = GENERATE(false, true);
    o.answer = [for_ever](const proxy_request_seen& r) {
        proxy_answer a;
        const auto sent = r.field("Proxy-Authorization");
        if (for_ever || !has(sent, "nonce=\"n2\"")) {
            const bool stale = has(sent, "nonce=");
            a.say = proxy_reply(
                407,
                "Proxy-Authenticate: Digest realm=\"r\", qop=\"auth\", nonce=\"n" +
                    std::to_string(stale ? r.number : 1) + "\"" +
                    (stale ? ", stale=true" : "") + "\r\n"
            );
            a.goes_on = proxy_answer::then::next;
        }
        return a;
    };
    server s(https_options());
    s.route("/", "in");
    test_proxy p(o);
    xfer::multi m;
    const auto done = transfer_one(m, with_digest(p, url_of(s, "https")));
    INFO(done.failure().message);
    CHECK(
        done.ec == (for_ever ? std::error_code(error::proxy_denied) : std::error_code())
    );
    CHECK(p.requests().size() == (for_ever ? 5 : 3));
}

TEST_CASE("proxy login: the nonce for the next tunnel is taken", "[proxy][login]") {
    auto o = asking(challenge);
    o.answer = [usual = o.answer](const proxy_request_seen& r) {
        auto a = usual(r);
        a.established =
            "HTTP/1.1 200 OK\r\nProxy-Authentication-Info: nextnonce=\"n9\"\r\n\r\n";
        return a;
    };
    server s(https_options());
    s.route("/", "in");
    test_proxy p(o);
    xfer::multi m;
    xfer::options once;
    once.forbid_reuse = true;
    REQUIRE_FALSE(transfer_one(m, with_digest(p, url_of(s, "https"), once)).ec);
    REQUIRE_FALSE(transfer_one(m, with_digest(p, url_of(s, "https"), once)).ec);
    const auto seen = p.requests();
    REQUIRE(seen.size() == 3);
    CHECK(has(seen[2].field("Proxy-Authorization"), "nonce=\"n9\""));
    CHECK(has(seen[2].field("Proxy-Authorization"), "nc=00000001"));
}

TEST_CASE(
    "A5.1: a proxy does not get a password in clear where Digest may be", "[proxy]"
) {
    const std::string lines =
        GENERATE("", "Proxy-Authenticate: Digest realm=\"r\", nonce=\"n\"\r\n") +
        std::string("Proxy-Authenticate: Basic realm=\"r\"\r\n");
    const bool both = has(lines, "Digest");
    server s(https_options());
    s.route("/", "in");
    auto o = asking(lines, proxy_answer::then::next, both ? "Digest " : "Basic ");
    const bool secure = GENERATE(false, true);
    if (secure) o.certificate = tls_support::good_identity();
    test_proxy p(o);
    xfer::multi m;
    auto r = get_through(
        p.url(secure ? "https" : "http", "user:secret"), url_of(s, "https")
    );
    r.proxy_auth(auth::any);
    const auto done = transfer_one(m, std::move(r));
    INFO(done.failure().message);
    if (both || secure) {
        CHECK_FALSE(done.ec);
    } else {
        CHECK(done.ec == error::auth_unsafe);
        CHECK(p.requests().size() == 1);
    }
}

TEST_CASE("A2.2: what one proxy asked is not answered to another", "[proxy][A2.2]") {
    server s(https_options());
    s.route("/", "in");
    test_proxy a(asking(challenge));
    test_proxy b;
    const bool forwarded = GENERATE(false, true);
    server plain;
    plain.route("/", "in");
    const auto url = forwarded ? url_of(plain) : url_of(s, "https");
    xfer::multi m;
    REQUIRE_FALSE(transfer_one(m, with_digest(a, url)).ec);
    REQUIRE_FALSE(transfer_one(m, with_digest(b, url)).ec);
    REQUIRE(b.requests().size() == 1);
    CHECK_FALSE(has(b.log().at(0).clear, "Proxy-Authorization"));
}

TEST_CASE("A2.2: nor for another user of the same proxy", "[proxy][A2.2]") {
    server s(https_options());
    s.route("/", "in");
    test_proxy p(asking(challenge));
    xfer::multi m;
    REQUIRE_FALSE(transfer_one(m, with_digest(p, url_of(s, "https"))).ec);
    auto other = get_through(p.url("http", "other:secret"), url_of(s, "https"));
    other.proxy_auth(auth::digest);
    REQUIRE_FALSE(transfer_one(m, std::move(other)).ec);
    const auto seen = p.requests();
    REQUIRE(seen.size() == 4);
    CHECK_FALSE(has(seen[2].head, "Proxy-Authorization"));
    CHECK(has(seen[3].field("Proxy-Authorization"), "username=\"other\""));
}

TEST_CASE(
    "A2.2: nor to the one that the environment has for another scheme",
    "[proxy][A2.2][A2.3]"
) {
    server s(https_options());
    server plain;
    for (auto* each : {&s, &plain}) each->route("/", "in");
    test_proxy a(asking(challenge));
    test_proxy b;
    const auto rules = std::make_shared<xfer::proxy_rules>(
        xfer::proxy_rules::from_environment([&](std::string_view name) {
            return name == "http_proxy"    ? std::optional(a.url("http", "user:secret"))
                   : name == "https_proxy" ? std::optional(b.url("http", "user:other"))
                                           : std::nullopt;
        })
    );
    plain.route("/to-https", reply(302).with_field("Location", url_of(s, "https")));
    xfer::multi m({.proxies = rules});
    const auto go = [&](const std::string& url) {
        xfer::options o;
        o.max_redirects = 5;
        auto r = xfer::get(url, o);
        r.tls(support::trusting_tls()).proxy_auth(auth::digest);
        return transfer_one(m, std::move(r));
    };
    REQUIRE_FALSE(go(url_of(plain)).ec);
    const bool redirected = GENERATE(false, true);
    REQUIRE_FALSE(go(redirected ? url_of(plain) + "to-https" : url_of(s, "https")).ec);
    CHECK(has(a.requests().back().head, "Proxy-Authorization: Digest"));
    REQUIRE(b.requests().size() == 1);
    CHECK_FALSE(has(b.log().at(0).clear, "Proxy-Authorization"));
    CHECK_FALSE(has(b.log().at(0).clear, "user"));
    for (const auto& r : s.requests()) CHECK_FALSE(has(r.raw, "Proxy-"));
}
