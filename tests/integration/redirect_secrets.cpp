// HAZARDS A1.1: each secret that a transfer can have against each way in which a
// redirect leads to another origin, and what of it is on the wire there.
#include "support/certificates.hpp"
#include "support/redirect_scene.hpp"
#include "support/scratch.hpp"
#include <xfer/auth.hpp>
#include <xfer/cookie_jar.hpp>
#include <xfer/detail/octets.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <array>
#include <functional>
#include <iostream>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

using scene = support::redirect_scene;
using support::hop;
using support::hops;
using xfer::auth;
using xfer::credentials;
using xfer::error;
using xfer::testing::field_lines;
using xfer::testing::reply;
using xfer::testing::seen_request;

namespace {

/// A column of the matrix.
struct secret {
    const char* name;
    std::function<void(scene&)> give;
    /// Whether a request at home has it: else nothing would be shown by its absence
    /// elsewhere.
    std::function<bool(const scene&, const seen_request&)> is_in;
    /// No octet of these may arrive elsewhere.
    std::vector<std::string> marks;
    /// What may: other than what each request has.
    std::function<field_lines(const scene&)> may = [](const scene&) {
        return field_lines();
    };
    bool needs_tls = false;
};

auto has(std::string name, std::string start) {
    return [=](const scene&, const seen_request& r) {
        return r.count(name) == 1 && r.field(name).starts_with(start);
    };
}

std::string text_of(const std::vector<std::string>& cookies) {
    std::string text;
    for (const auto& name : cookies) {
        text += (text.empty() ? "" : "; ") + name + "=s3cret-" + name;
    }
    return text;
}

void fill_jar(scene& s) {
    s.jar = std::make_shared<xfer::cookie_jar>();
    const std::string host(s.from.host());
    xfer::fields set;
    set.add("Set-Cookie", "own=s3cret-own; Path=/");
    set.add("Set-Cookie", "shared=s3cret-shared; Path=/; Domain=" + host);
    set.add("Set-Cookie", "safe=s3cret-safe; Path=/; Secure");
    CHECK(s.jar->store(support::parsed("https://" + host + "/"), set) == 3);
}

/// The page that redirected, as far as others may learn of it.
field_lines page(const scene& s) {
    if (s.way.https_to_http) return {};
    return {{"Referer", s.way.from + "/"}};
}

std::vector<secret> secrets() {
    const std::vector<std::string> login{
        "s3cret", "alice", "YWxpY2U6czNjcmV0" /* alice:s3cret */};
    const auto basic = has("Authorization", "Basic YWxpY2U6czNjcmV0");
    const auto gives = [](auto f) { return [f](scene& s) { s.prepare = f; }; };
    return {
        {"user and password",
         gives([](xfer::request& r) {
             r.credentials(credentials("alice", "s3cret", auth::basic));
         }),
         basic,
         login},
        {"user and password in the URL",
         [](scene& s) { s.userinfo = "alice:s3cret@"; },
         basic,
         login},
        {"Bearer",
         gives([](xfer::request& r) { r.credentials(credentials::bearer("s3cret")); }),
         has("Authorization", "Bearer s3cret"),
         {"s3cret", "Bearer"}},
        {"Digest",
         [](scene& s) {
             s.prepare = [](xfer::request& r) {
                 r.credentials(credentials("alice", "s3cret"));
             };
             s.asks_for_digest = true;
             s.redirects_to(s.way.location);
         },
         has("Authorization", "Digest username=\"alice\""),
         {"s3cret", "alice", "Digest", "nonce"}},
        {"Authorization of the user's",
         gives([](xfer::request& r) { r.header("authorization", "Own s3cret"); }),
         has("Authorization", "Own s3cret"),
         {"s3cret"}},
        {"Cookie of the user's",
         gives([](xfer::request& r) { r.header("Cookie", "own=s3cret"); }),
         has("Cookie", "own=s3cret"),
         {"s3cret"}},
        {"cookies of the jar",
         fill_jar,
         has("Cookie", "own=s3cret-own; shared=s3cret-shared"),
         {},
         [](const scene& s) {
             const auto text = text_of(s.way.cookies);
             return text.empty() ? field_lines() : field_lines{{"Cookie", text}};
         }},
        {"netrc",
         [](scene& s) {
             const auto path = s.files / "netrc";
             support::write_file(
                 path,
                 "machine " + std::string(s.from.host()) +
                     " login alice password s3cret\n"
             );
             s.prepare = [path](xfer::request& r) { r.netrc(path); };
         },
         basic,
         login},
        {"a client certificate",
         [](scene& s) {
             auto spec = tls_support::spec_for("alice");
             spec.usage = xfer::testing::key_usage::client;
             spec.common_name = "alice";
             const auto me = tls_support::test_authority().issue(spec);
             s.trust.client_certificate_pem(me.certificate_pem, me.key_pem);
         },
         [](const scene& s, const seen_request& r) {
             const auto subject = s.home.log().at(r.connection - 1).client_subject;
             return s.from.scheme() == "http" || subject == "CN=alice";
         },
         {"alice"},
         [](const scene&) { return field_lines(); },
         true},
        {"a field for that origin",
         [](scene& s) {
             s.prepare = [origin = s.way.from](xfer::request& r) {
                 r.header_for(origin, "X-Api-Key", "s3cret");
             };
         },
         has("X-Api-Key", "s3cret"),
         {"s3cret", "X-Api-Key"}},
        {"Referer",
         gives([](xfer::request& r) { r.header("Referer", "http://s3cret.test/p"); }),
         has("Referer", "http://s3cret.test/p"),
         {"s3cret"}},
    };
}

/// A client certificate is shown in TLS only.
hop in_tls(hop h) {
    if (!h.from.starts_with("http:") || !h.to.starts_with("http:")) return h;
    for (auto* url : {&h.from, &h.to, &h.location}) {
        if (url->starts_with("http:")) url->insert(4, "s");
    }
    return h;
}

/// The fields of a request that not every request has.
field_lines notable(const seen_request& r) {
    constexpr std::array<std::string_view, 3> usual{"Host", "Accept", "User-Agent"};
    field_lines rest;
    for (const auto& f : r.fields) {
        const auto same = [&](std::string_view u) {
            return xfer::detail::iequals(u, f.first);
        };
        if (std::ranges::none_of(usual, same)) rest.push_back(f);
    }
    return rest;
}

void check_nothing_of(const secret& column, const std::string& text) {
    for (const auto& mark : column.marks) CHECK(text.find(mark) == std::string::npos);
}

/// Nothing went there, or what the cell allows and nothing else.
void check_away(const scene& s, const secret& column) {
    const auto seen = s.arrived();
    REQUIRE(seen.size() == 1);
    CHECK(notable(seen[0]) == column.may(s));
    CHECK(seen[0].target == "/there");
    const auto port = s.to.port() == 8080 ? ":8080" : "";
    CHECK(seen[0].field("Host") == std::string(s.to.host()) + port);
    const auto connection = s.there().log().at(seen[0].connection - 1);
    const auto& raw = s.way.one_place ? seen[0].raw : connection.raw;
    check_nothing_of(column, raw);
    CHECK(raw.find("mallory") == std::string::npos);
    CHECK(connection.client_subject.empty());
}

void check_home(const scene& s, const secret& column) {
    const auto seen = s.departed();
    REQUIRE_FALSE(seen.empty());
    CHECK(column.is_in(s, seen.back()));
}

void run_cell(const hop& row, const secret& column) {
    const auto way = column.needs_tls ? in_tls(row) : row;
    if (way.https_to_http || way.never) {
        // Not unasked, and to ftp not even then.
        scene s(way);
        s.options.redirect_to_http = way.never;
        column.give(s);
        xfer::multi m;
        const auto done = s.go(m);
        CHECK(done.ec == error::redirect_refused);
        CHECK(done.response.status() == 302);
        check_nothing_of(column, done.failure().message);
        CHECK(s.away.counts().accepted == 0);
        check_home(s, column);
        if (way.never) return;
    }
    scene s(way);
    column.give(s);
    xfer::multi m;
    const auto done = s.go(m);
    INFO(done.failure().message);
    REQUIRE_FALSE(done.ec);
    CHECK(done.response.status() == 401);
    check_home(s, column);
    check_away(s, column);
}

}  // namespace

TEST_CASE(
    "A1.1: no secret goes to another origin by a redirect",
    "[integration][redirect][A1][A1.1]"
) {
    std::size_t cells = 0;
    for (const auto& row : hops()) {
        for (const auto& column : secrets()) {
            INFO(row.name << " x " << column.name);
            run_cell(row, column);
            ++cells;
        }
    }
    std::cout << "A1.1: " << cells << " cells\n";
    CHECK(cells == 110);
}

TEST_CASE(
    "A1.1: a secret stays with the request within its origin",
    "[integration][redirect][A1][A1.1]"
) {
    std::size_t cells = 0;
    for (const auto& column : secrets()) {
        INFO(column.name);
        hop way{"none", "http://a.test", "http://a.test", "", {}};
        way.one_place = true;
        scene s(column.needs_tls ? in_tls(way) : way);
        s.home.route("/there", "there");
        column.give(s);
        xfer::multi m;
        const auto done = s.go(m);
        INFO(done.failure().message);
        REQUIRE_FALSE(done.ec);
        CHECK(done.response.body() == "there");
        const auto seen = s.arrived();
        REQUIRE(seen.size() == 1);
        CHECK(column.is_in(s, seen[0]));
        ++cells;
    }
    CHECK(cells == 11);
}

TEST_CASE(
    "A1.1, A1.3: a Referer that is made tells no user and no fragment",
    "[integration][redirect][A1][A1.1][A1.3]"
) {
    for (const auto& row : hops()) {
        if (row.never) continue;
        INFO(row.name);
        scene s(row);
        s.options.auto_referer = true;
        s.userinfo = "alice:s3cret@";
        s.fragment = "#s3cret-part";
        xfer::multi m;
        const auto done = s.go(m);
        REQUIRE_FALSE(done.ec);
        CHECK(done.response.url().ends_with("/there#s3cret-part"));
        check_away(
            s, {"Referer", {}, {}, {"s3cret", "alice", "YWxpY2U6czNjcmV0"}, page}
        );
    }
}

TEST_CASE(
    "A1.1: what goes everywhere was asked to", "[integration][redirect][A1][A1.1]"
) {
    for (const auto& column : secrets()) {
        INFO(column.name);
        // Cookies have their scope, and certificates and bound fields their origin.
        if (column.needs_tls || std::string(column.name) == "cookies of the jar" ||
            std::string(column.name) == "a field for that origin") {
            continue;
        }
        scene s(hops()[3]);
        s.options.secrets_everywhere = true;
        s.away.route("/there", [](const seen_request& r) {
            return r.count("Authorization") == 0
                       ? reply(401).with_field(
                             "WWW-Authenticate",
                             "Digest realm=\"r\", nonce=\"n\", qop=\"auth\""
                         )
                       : reply(200);
        });
        column.give(s);
        xfer::multi m;
        REQUIRE_FALSE(s.go(m).ec);
        CHECK(column.is_in(s, s.arrived().back()));
    }
}

TEST_CASE(
    "A1.2: a chain of redirects gets a secret back at its own origin only",
    "[integration][redirect][A1][A1.2]"
) {
    const bool returns = GENERATE(false, true);
    for (const auto& column : secrets()) {
        INFO(column.name << (returns ? ", back home" : ", further away"));
        scene s(column.needs_tls ? in_tls(hops()[0]) : hops()[0]);
        column.give(s);
        const auto next = returns ? s.way.from + "/back" : "/further";
        s.away.route("/there", reply(302).with_field("Location", next));
        s.away.route("/further", "end");
        s.home.route("/back", "end");
        xfer::multi m;
        const auto done = s.go(m);
        INFO(done.failure().message);
        REQUIRE_FALSE(done.ec);
        CHECK(done.response.body() == "end");
        const auto seen = s.arrived();
        REQUIRE(seen.size() == (returns ? 1 : 2));
        for (const auto& r : seen) CHECK(notable(r) == column.may(s));
        for (const auto& connection : s.away.log()) {
            check_nothing_of(column, connection.raw);
            CHECK(connection.client_subject.empty());
        }
        if (returns) CHECK(column.is_in(s, s.home.requests().back()));
    }
}
