// Cookies and logins over real sockets: kept, sent, answered, and never elsewhere.
#include "support/names.hpp"
#include "support/through_proxy.hpp"
#include "support/transfers.hpp"
#include <xfer/auth.hpp>
#include <xfer/cookie_jar.hpp>
#include <xfer/testing/server.hpp>

#include <catch2/catch.hpp>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

using support::make_names;
using support::transfer_one;
using xfer::auth;
using xfer::cookie_jar;
using xfer::credentials;
using xfer::error;
using xfer::testing::in_turn;
using xfer::testing::reply;
using xfer::testing::seen_request;
using xfer::testing::server;

namespace {

constexpr xfer::options following = [] {
    xfer::options o;
    o.max_redirects = 30;
    return o;
}();

reply denied(std::string challenge, int status = 401) {
    return reply(status, "who are you?")
        .with_field("WWW-Authenticate", std::move(challenge));
}

constexpr auto digest_challenge =
    "Digest realm=\"r\", nonce=\"n1\", qop=\"auth\", algorithm=SHA-256";

/// Lets those in who send the field, whatever it says.
reply let_in_with_digest(const seen_request& r) {
    return r.field("Authorization").starts_with("Digest ") ? reply(200, "in")
                                                           : denied(digest_challenge);
}

/// A file that goes with the test.
struct scratch_file {
    explicit scratch_file(const std::string& text) {
        auto name =
            (std::filesystem::temp_directory_path() / "xfer-netrc-XXXXXX").string();
        const int descriptor = ::mkstemp(name.data());
        REQUIRE(descriptor >= 0);
        ::close(descriptor);
        path = name;
        std::ofstream(path) << text;
    }
    scratch_file(const scratch_file&) = delete;
    scratch_file& operator=(const scratch_file&) = delete;
    ~scratch_file() { std::remove(path.c_str()); }
    std::string path;
};

}  // namespace

TEST_CASE("cookies: kept and sent, over redirects too", "[integration][cookies]") {
    server s;
    s.route(
        "/", reply(302).with_field("Location", "/in").with_field("Set-Cookie", "a=1")
    );
    s.route("/in", reply(200).with_field("Set-Cookie", "b=2; Path=/in"));
    auto jar = std::make_shared<cookie_jar>();
    xfer::multi m({.cookies = jar});
    REQUIRE_FALSE(transfer_one(m, xfer::get(s.url("/"), following)).ec);
    CHECK(jar->size() == 2);
    REQUIRE_FALSE(transfer_one(m, s.url("/in")).ec);
    const auto seen = s.requests();
    REQUIRE(seen.size() == 3);
    CHECK(seen[0].count("Cookie") == 0);
    CHECK(seen[1].field("Cookie") == "a=1");
    CHECK(seen[2].field("Cookie") == "b=2; a=1");
}

TEST_CASE(
    "cookies: those that came while a transfer waited", "[integration][cookies]"
) {
    server s;
    s.route("/first", reply(200).with_field("Set-Cookie", "session=1"));
    s.route("/second", reply(200));
    xfer::multi m(
        {.max_connections_per_host = 1, .cookies = std::make_shared<cookie_jar>()}
    );
    m.add(s.url("/first"));
    m.add(s.url("/second"));
    CHECK(support::run(m).size() == 2);
    const auto seen = s.requests();
    REQUIRE(seen.size() == 2);
    CHECK(seen[0].count("Cookie") == 0);
    CHECK(seen[1].field("Cookie") == "session=1");
}

TEST_CASE("cookies: a request's own jar goes before the multi's", "[integration]") {
    server s;
    s.route("/", reply(200).with_field("Set-Cookie", "a=1"));
    auto shared = std::make_shared<cookie_jar>();
    auto own = std::make_shared<cookie_jar>();
    xfer::multi m({.cookies = shared});
    auto r = xfer::get(s.url("/"));
    r.cookies(own);
    REQUIRE_FALSE(transfer_one(m, std::move(r)).ec);
    CHECK(own->size() == 1);
    CHECK(shared->size() == 0);
}

TEST_CASE("cookies: a Cookie field of the user's replaces the jar's", "[integration]") {
    server s;
    s.route("/", reply(200).with_field("Set-Cookie", "a=1"));
    xfer::multi m({.cookies = std::make_shared<cookie_jar>()});
    REQUIRE_FALSE(transfer_one(m, s.url("/")).ec);
    auto r = xfer::get(s.url("/"));
    r.header("Cookie", "mine=1");
    REQUIRE_FALSE(transfer_one(m, std::move(r)).ec);
    CHECK(s.requests().back().field("Cookie") == "mine=1");
    CHECK(s.requests().back().count("Cookie") == 1);
}

TEST_CASE("login: Basic alone is sent unasked", "[integration][login]") {
    server s;
    s.route("/", "in");
    xfer::multi m;
    SECTION("set") {
        auto r = xfer::get(s.url("/"));
        r.credentials(credentials("Aladdin", "open sesame", auth::basic));
        REQUIRE_FALSE(transfer_one(m, std::move(r)).ec);
    }
    SECTION("of the URL") {
        const auto done =
            transfer_one(m, "http://Aladdin:open%20sesame@" + s.host_port() + "/");
        REQUIRE_FALSE(done.ec);
        CHECK(done.response.url() == s.url("/"));
    }
    CHECK(
        s.requests().at(0).field("Authorization") ==
        "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="
    );
}

TEST_CASE("login: Bearer is sent unasked", "[integration][login]") {
    server s;
    s.route("/", "in");
    xfer::multi m;
    auto r = xfer::get(s.url("/"));
    r.credentials(credentials::bearer("abc.def"));
    REQUIRE_FALSE(transfer_one(m, std::move(r)).ec);
    CHECK(s.requests().at(0).field("Authorization") == "Bearer abc.def");
}

TEST_CASE("login: a Digest challenge is answered, and remembered", "[integration]") {
    server s;
    s.route("/", let_in_with_digest);
    xfer::multi m;
    const auto go = [&] {
        auto r = xfer::post(s.url("/"), "body");
        r.credentials(credentials("user", "secret"));
        return transfer_one(m, std::move(r));
    };
    const auto first = go();
    REQUIRE_FALSE(first.ec);
    CHECK(first.response.status() == 200);
    CHECK(first.response.body() == "in");
    CHECK(first.response.info().redirects.empty());
    auto seen = s.requests();
    REQUIRE(seen.size() == 2);
    CHECK(seen[0].count("Authorization") == 0);
    CHECK(seen[1].body == "body");
    CHECK(seen[1].field("Authorization").find("nc=00000001") != std::string::npos);
    CHECK(seen[1].connection == seen[0].connection);
    // The nonce is known now: the next request needs not be refused first.
    REQUIRE_FALSE(go().ec);
    seen = s.requests();
    REQUIRE(seen.size() == 3);
    CHECK(seen[2].field("Authorization").find("nc=00000002") != std::string::npos);
}

TEST_CASE("login: wrong credentials end with the refusal", "[integration][login]") {
    server s;
    s.route("/", denied(digest_challenge));
    xfer::multi m;
    auto r = xfer::get(s.url("/"));
    r.credentials(credentials("user", "wrong"));
    const auto done = transfer_one(m, std::move(r));
    CHECK_FALSE(done.ec);
    CHECK(done.response.status() == 401);
    CHECK(done.response.body() == "who are you?");
    CHECK(s.counts().requests == 2);
}

TEST_CASE("A5.1: a password is not sent in clear text unasked", "[integration]") {
    server s;
    s.route("/", denied("Basic realm=\"r\""));
    xfer::multi m;
    credentials who("user", "secret", auth::any);
    auto r = xfer::get(s.url("/"));
    r.credentials(who);
    CHECK(transfer_one(m, std::move(r)).ec == error::auth_unsafe);
    CHECK(s.counts().requests == 1);
    auto allowed = xfer::get(s.url("/"));
    allowed.credentials(who.allow_cleartext_password());
    CHECK_FALSE(transfer_one(m, std::move(allowed)).ec);
    CHECK(s.requests().back().field("Authorization").starts_with("Basic "));
}

TEST_CASE("A2.4: a 407 of a server is no question to the user", "[integration]") {
    server s;
    s.route(
        "/", reply(407, "no").with_field("Proxy-Authenticate", "Basic realm=\"r\"")
    );
    xfer::multi m;
    auto r = xfer::get(s.url("/"));
    r.credentials(credentials("user", "secret").allow_cleartext_password());
    const auto done = transfer_one(m, std::move(r));
    CHECK(done.response.status() == 407);
    CHECK(s.counts().requests == 1);
    CHECK(s.requests().at(0).count("Proxy-Authorization") == 0);
}

TEST_CASE("login: a body that cannot start again is not sent twice", "[integration]") {
    server s;
    s.route("/", let_in_with_digest);
    xfer::multi m;
    auto once = xfer::from_function([left = 1](std::span<char> out) mutable {
        out[0] = 'x';
        return static_cast<std::size_t>(left-- > 0);
    });
    auto r = xfer::post(s.url("/"), std::move(once));
    r.credentials(credentials("user", "secret"));
    CHECK(transfer_one(m, std::move(r)).ec == error::source_not_rewindable);
    CHECK(s.counts().requests == 1);
}

TEST_CASE("A3.2: what one server asked is not answered to another", "[integration]") {
    server a;
    server b;
    a.route("/", let_in_with_digest);
    b.route("/", "open");
    xfer::multi m;
    const auto go = [&](server& s) {
        auto r = xfer::get(s.url("/"));
        r.credentials(credentials("user", "secret"));
        return transfer_one(m, std::move(r));
    };
    REQUIRE_FALSE(go(a).ec);
    REQUIRE_FALSE(go(b).ec);
    CHECK(b.requests().at(0).count("Authorization") == 0);
}

TEST_CASE("login: netrc has it for each host of its own", "[integration][netrc]") {
    server a;
    server b;
    const scratch_file netrc(
        "machine a.test login alice password one\n"
        "machine b.test login bob password two\n"
    );
    const auto table =
        make_names({{"a.test", {"127.0.0.1"}}, {"b.test", {"127.0.0.1"}}});
    xfer::multi m({.resolver = table->resolver()});
    const auto url = [](const char* host, const server& s) {
        return std::string("http://") + host + ":" + std::to_string(s.port()) + "/";
    };
    a.route("/", reply(302).with_field("Location", url("b.test", b)));
    b.route("/", "in");
    auto r = xfer::get(url("a.test", a), following);
    r.netrc(netrc.path);
    REQUIRE_FALSE(transfer_one(m, std::move(r)).ec);
    CHECK(a.requests().at(0).field("Authorization") == "Basic YWxpY2U6b25l");
    CHECK(b.requests().at(0).field("Authorization") == "Basic Ym9iOnR3bw==");
}

TEST_CASE("A4.1: netrc gives no host another's password", "[integration][netrc]") {
    server a;
    server b;
    const scratch_file netrc("machine 127.0.0.1 login alice password one\n");
    const auto table = make_names({{"b.test", {"127.0.0.1"}}});
    xfer::multi m({.resolver = table->resolver()});
    a.route(
        "/",
        reply(302).with_field(
            "Location", "http://b.test:" + std::to_string(b.port()) + "/"
        )
    );
    b.route("/", "in");
    auto r = xfer::get(a.url("/"), following);
    r.netrc(netrc.path);
    REQUIRE_FALSE(transfer_one(m, std::move(r)).ec);
    CHECK(a.requests().at(0).count("Authorization") == 1);
    CHECK(b.requests().at(0).count("Authorization") == 0);
}

TEST_CASE(
    "A4.1: netrc gives another port of the request's host nothing, asked or not",
    "[integration][netrc][A4.1]"
) {
    server home;
    server other;
    const scratch_file netrc("machine 127.0.0.1 login alice password one\n");
    home.route("/", reply(302).with_field("Location", other.url("/")));
    other.route("/", "in");
    const std::string user = GENERATE("", "u:p@", "bob@");
    auto r = xfer::get("http://" + user + home.host_port() + "/", following);
    r.netrc(netrc.path);
    if (user.empty()) r.credentials(credentials("u", "p", auth::basic));
    xfer::multi m;
    REQUIRE_FALSE(transfer_one(m, std::move(r)).ec);
    CHECK(home.requests().at(0).count("Authorization") == 1);
    CHECK(other.requests().at(0).count("Authorization") == 0);
}

TEST_CASE(
    "A4.1: of an entry that says half nobody else's other half is sent",
    "[integration][netrc][A4.1]"
) {
    struct row {
        const char* name;
        const char* file;
        const char* first;   ///< Authorization at the first host, a.test
        const char* second;  ///< at the one that it redirects to, b.test
    };
    // Base64 of "alice:one", "bob:two", "bob:", "d:four".
    const std::vector<row> rows{
        {"no password for the second",
         "machine a.test login alice password one machine b.test login bob",
         "Basic YWxpY2U6b25l",
         "Basic Ym9iOg=="},
        {"no login for the second",
         "machine a.test login alice password one machine b.test password two",
         "Basic YWxpY2U6b25l",
         ""},
        {"neither",
         "machine a.test login alice password one machine b.test",
         "Basic YWxpY2U6b25l",
         ""},
        {"an empty default",
         "machine a.test login alice password one default",
         "Basic YWxpY2U6b25l",
         ""},
        {"a default for the second only",
         "machine a.test login alice password one default login d password four",
         "Basic YWxpY2U6b25l",
         "Basic ZDpmb3Vy"},
        {"a default that was for the first",
         "default login d password four",
         "Basic ZDpmb3Vy",
         ""},
        {"two of the first, the first of them counts",
         "machine a.test login alice password one "
         "machine a.test login bob password two",
         "Basic YWxpY2U6b25l",
         ""},
        {"only the second",
         "machine b.test login bob password two",
         "",
         "Basic Ym9iOnR3bw=="},
    };
    // Over one connection to a proxy nothing of the first is left for the second.
    const bool proxied = GENERATE(false, true);
    const auto table =
        make_names({{"a.test", {"127.0.0.1"}}, {"b.test", {"127.0.0.1"}}});
    for (const auto& row : rows) {
        INFO(row.name << (proxied ? ", over a proxy" : ""));
        const scratch_file netrc(row.file);
        server a;
        server b;
        support::test_proxy p;
        const auto at_b = "http://b.test:" + std::to_string(b.port()) + "/";
        a.route("/", reply(302).with_field("Location", at_b));
        b.route("/", "in");
        auto r =
            xfer::get("http://a.test:" + std::to_string(a.port()) + "/", following);
        r.netrc(netrc.path);
        if (proxied) r.proxy(p.url("http"));
        xfer::multi m({.resolver = table->resolver()});
        REQUIRE_FALSE(transfer_one(m, std::move(r)).ec);
        CHECK(a.requests().at(0).field("Authorization") == row.first);
        CHECK(b.requests().at(0).field("Authorization") == row.second);
        CHECK(p.connections() == (proxied ? 1 : 0));
    }
}

TEST_CASE(
    "A4.1: a user in the URL gets nobody else's password", "[integration][netrc][A4.1]"
) {
    server s;
    s.route("/", "in");
    const scratch_file netrc("machine 127.0.0.1 login alice password one\n");
    const std::string user = GENERATE("mallory@", "alice@");
    xfer::multi m;
    auto r = xfer::get("http://" + user + s.host_port() + "/");
    r.netrc(netrc.path);
    REQUIRE_FALSE(transfer_one(m, std::move(r)).ec);
    // Base64 of "mallory:" and "alice:one".
    CHECK(
        s.requests().at(0).field("Authorization") ==
        (user == "mallory@" ? "Basic bWFsbG9yeTo=" : "Basic YWxpY2U6b25l")
    );
}

TEST_CASE(
    "A1.5: of a password with a host's marks in it nothing is part of a host",
    "[integration][login][A1.5]"
) {
    server a(support::https_options());
    server b(support::https_options(tls_support::test_authority().issue({"b.test"})));
    const auto table =
        make_names({{"a.test", {"127.0.0.1"}}, {"b.test", {"127.0.0.1"}}});
    const auto port_a = std::to_string(a.port());
    const auto port_b = std::to_string(b.port());
    const auto relative = GENERATE(false, true);
    a.route(
        "/",
        reply(302).with_field(
            "Location",
            relative ? "//b.test:" + port_b + "/in" : "https://b.test:" + port_b + "/in"
        )
    );
    b.route("/in", "in");
    auto r = xfer::get("https://a.test:" + port_a + "/", following);
    r.tls(support::trusting_tls());
    r.credentials(credentials("us@er/", "p@h/#?%:", auth::basic));
    std::vector<std::string> asked;
    r.on_resolve([&](std::string_view host) { asked.emplace_back(host); });
    xfer::multi m({.resolver = table->resolver()});
    const auto done = transfer_one(m, std::move(r));
    INFO(done.failure().message);
    REQUIRE_FALSE(done.ec);
    CHECK(asked == std::vector<std::string>{"a.test", "b.test"});
    CHECK(table->asked() == 2);
    CHECK(a.log().at(0).server_name == "a.test");
    CHECK(b.log().at(0).server_name == "b.test");
    CHECK(a.requests().at(0).field("Host") == "a.test:" + port_a);
    CHECK(b.requests().at(0).field("Host") == "b.test:" + port_b);
    // Base64 of "us@er/:p@h/#?%:".
    CHECK(a.requests().at(0).field("Authorization") == "Basic dXNAZXIvOnBAaC8jPyU6");
    CHECK(b.requests().at(0).count("Authorization") == 0);
    CHECK(done.response.url() == "https://b.test:" + port_b + "/in");
}

TEST_CASE("A4.1: netrc has the password of the URL's user alone", "[integration]") {
    server s;
    s.route("/", "in");
    const scratch_file netrc(
        "machine 127.0.0.1 login alice password one\n"
        "machine 127.0.0.1 login bob password two\n"
        "default login carol password three\n"
    );
    xfer::multi m;
    const auto sent = [&](const std::string& user) {
        auto r = xfer::get("http://" + user + "@" + s.host_port() + "/");
        r.netrc(netrc.path);
        REQUIRE_FALSE(transfer_one(m, std::move(r)).ec);
        return std::string(s.requests().back().field("Authorization"));
    };
    CHECK(sent("bob") == "Basic Ym9iOnR3bw==");
    CHECK(sent("bob:own") == "Basic Ym9iOm93bg==");
    CHECK(sent("bob:") == "Basic Ym9iOg==");
    CHECK(sent("carol") == "Basic Y2Fyb2w6");
}

TEST_CASE("login: what cannot be sent is refused before any traffic", "[integration]") {
    server s;
    xfer::multi m;
    auto r = xfer::get(s.url("/"));
    SECTION("control octets") {
        r.credentials(credentials("user", "a\r\nX: y", auth::basic));
    }
    SECTION("a colon that Basic cannot carry") {
        r.credentials(credentials("us:er", "a", auth::basic));
    }
    SECTION("a token that is none") { r.credentials(credentials::bearer("a b")); }
    SECTION("a netrc file that is not there") { r.netrc("/does/not/exist"); }
    const auto done = transfer_one(m, std::move(r));
    CHECK(done.ec == error::invalid_option);
    CHECK(s.counts().accepted == 0);
}

TEST_CASE("login: a broken netrc file is refused", "[integration][netrc]") {
    server s;
    const scratch_file netrc("machine \"unterminated\n");
    xfer::multi m;
    auto r = xfer::get(s.url("/"));
    r.netrc(netrc.path);
    const auto done = transfer_one(m, std::move(r));
    CHECK(done.ec == error::invalid_option);
    CHECK(done.failure().message.find(netrc.path) != std::string::npos);
}
