// xfer/proto/auth_context.hpp: what is sent before and after a challenge.
#include <xfer/proto/auth_context.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <initializer_list>
#include <set>
#include <string>
#include <string_view>

using namespace xfer::proto;
using verdict = auth_step::verdict;
using xfer::auth;
using xfer::credentials;

namespace {

constexpr std::string_view peer = "https://a.example";

std::error_code no_entropy(std::span<unsigned char>) noexcept {
    return xfer::error::no_entropy;
}
std::error_code all_sevens(std::span<unsigned char> space) noexcept {
    std::fill(space.begin(), space.end(), static_cast<unsigned char>(7));
    return {};
}

/// A server's reply: a name and its value each.
struct reply {
    int status = 401;
    xfer::fields fields;

    explicit reply(std::string_view challenge, int number = 401) : status(number) {
        fields.add(
            number == 407 ? "Proxy-Authenticate" : "WWW-Authenticate", challenge
        );
    }
};

std::string digest(std::string_view nonce, std::string_view more = "") {
    return "Digest realm=\"r\", qop=\"auth\", nonce=\"" + std::string(nonce) + '"' +
           std::string(more);
}

auth_request request(std::string_view target = "/") {
    auth_request r;
    r.peer = peer;
    r.method = "GET";
    r.target = target;
    r.encrypted = true;
    return r;
}

std::string param(const auth_step& step, std::string_view name) {
    xfer::fields fields;
    fields.add("WWW-Authenticate", step.value.view());
    const auto all = parse_challenges(fields, "WWW-Authenticate");
    REQUIRE(all.found.size() == 1);
    return std::string(all.found[0].find(name).value_or("(none)"));
}

/// One origin, one user: what most of these tests are about.
struct conversation {
    auth_context context{auth_role::origin, std::string(peer)};
    credentials who{"u", "p"};
    auth_attempt attempt = {};

    auth_step before() {
        attempt = {};
        return context.before(who, request(), attempt);
    }
    auth_step after(const reply& r) {
        return context.after(r.status, r.fields, who, request(), attempt);
    }
    /// A request that is challenged, and answered.
    void learn(std::string_view nonce, std::string_view more = "") {
        REQUIRE(before().what == verdict::nothing);
        REQUIRE(after(reply(digest(nonce, more))).what == verdict::answer);
    }
};

}  // namespace

TEST_CASE("auth: Digest is asked for once, then sent at once", "[proto][auth]") {
    conversation c;
    CHECK(c.before().what == verdict::nothing);
    CHECK_FALSE(c.context.remembers());
    const auth_step first = c.after(reply(digest("n1")));
    REQUIRE(first.what == verdict::answer);
    CHECK(param(first, "nonce") == "n1");
    CHECK(param(first, "nc") == "00000001");
    CHECK(param(first, "username") == "u");
    CHECK(param(first, "uri") == "/");
    for (const auto* const count : {"00000002", "00000003"}) {
        const auth_step next = c.before();
        REQUIRE(next.what == verdict::answer);
        CHECK(param(next, "nonce") == "n1");
        CHECK(param(next, "nc") == count);
    }
}

TEST_CASE(
    "auth: the target and method hashed are those of the request", "[proto][auth]"
) {
    auth_context context(auth_role::origin, std::string(peer));
    auth_attempt attempt;
    const credentials who("Mufasa", "Circle of Life");
    auth_request r = request("/dir/index.html?a=b");
    const reply asked(digest("n"));
    const auto step = context.after(401, asked.fields, who, r, attempt, &all_sevens);
    REQUIRE(step.what == verdict::answer);
    CHECK(param(step, "uri") == "/dir/index.html?a=b");
    digest_facts facts;
    facts.user = who.user();
    facts.password = who.password();
    facts.method = "GET";
    facts.target = r.target;
    facts.body = "";
    const std::string cnonce = param(step, "cnonce");
    facts.cnonce = cnonce;
    std::string expected;
    const auto all = parse_challenges(asked.fields, "WWW-Authenticate");
    REQUIRE_FALSE(append_digest(expected, *read_digest_challenge(all.found[0]), facts));
    CHECK(step.value.view() == expected);
}

TEST_CASE("auth: a wrong password is denied, and forgotten", "[proto][auth]") {
    conversation c;
    c.learn("n1");
    CHECK(c.after(reply(digest("n2"))).what == verdict::denied);
    CHECK_FALSE(c.context.remembers());
    CHECK(c.before().what == verdict::nothing);
}

TEST_CASE("auth: a stale nonce is replaced, but not for ever", "[proto][auth]") {
    conversation c;
    c.learn("n0");
    unsigned answers = 1;
    auth_step step;
    while (answers < 100) {
        const std::string nonce = "n" + std::to_string(answers);
        step = c.after(reply(digest(nonce, ", stale=true")));
        if (step.what != verdict::answer) break;
        CHECK(param(step, "nonce") == nonce);
        CHECK(param(step, "nc") == "00000001");
        ++answers;
    }
    CHECK(step.what == verdict::denied);
    CHECK(answers == auth_context::max_answers);
}

TEST_CASE("auth: a guess with a nonce that was replaced is repaired", "[proto][auth]") {
    conversation c;
    c.learn("n1");
    REQUIRE(c.before().what == verdict::answer);
    SECTION("another nonce without stale is answered once") {
        const auth_step step = c.after(reply(digest("n2")));
        REQUIRE(step.what == verdict::answer);
        CHECK(param(step, "nonce") == "n2");
        CHECK(c.after(reply(digest("n3"))).what == verdict::denied);
    }
    SECTION("the same nonce again is a denial") {
        CHECK(c.after(reply(digest("n1"))).what == verdict::denied);
    }
}

TEST_CASE("auth: no answer is weaker than the one before", "[proto][auth]") {
    conversation c;
    c.learn("n1", ", algorithm=SHA-256");
    const auto weaker = GENERATE(
        as<std::string>(),
        digest("n2", ", stale=true"),
        std::string("Basic realm=\"r\"")
    );
    CHECK(c.after(reply(weaker)).what == verdict::denied);
}

TEST_CASE("auth: Basic is chosen when asked for, and once", "[proto][auth]") {
    conversation c;
    CHECK(c.before().what == verdict::nothing);
    const auth_step step = c.after(reply("Basic realm=\"r\""));
    REQUIRE(step.what == verdict::answer);
    CHECK(step.value.view() == "Basic dTpw");
    CHECK(c.after(reply("Basic realm=\"r\"")).what == verdict::denied);
    CHECK(c.before().what == verdict::nothing);
}

TEST_CASE("auth: Basic alone and a token go out unasked", "[proto][auth]") {
    conversation c;
    c.who = credentials("u", "p", auth::basic);
    CHECK(c.before().value.view() == "Basic dTpw");
    CHECK(c.after(reply("Basic realm=\"r\"")).what == verdict::denied);
    c.who = credentials::bearer("t");
    CHECK(c.before().value.view() == "Bearer t");
    CHECK(c.after(reply("Bearer error=\"invalid_token\"")).what == verdict::denied);
}

TEST_CASE("A5.1: the password is not sent readable for auth::any", "[proto][auth]") {
    conversation c;
    auth_request plain = request();
    plain.encrypted = false;
    const reply basic("Basic realm=\"r\"");
    const auto step = c.context.after(401, basic.fields, c.who, plain, c.attempt);
    CHECK(step.what == verdict::unsafe);
    CHECK(step.why.ec == xfer::error::auth_unsafe);
    CHECK(step.value.empty());
    c.who.allow_cleartext_password();
    const auto allowed = c.context.after(401, basic.fields, c.who, plain, c.attempt);
    CHECK(allowed.what == verdict::answer);
}

TEST_CASE(
    "A2.4: a 407 is answered by a proxy's context, a 401 by an origin's",
    "[proto][auth]"
) {
    const auto role = GENERATE(auth_role::origin, auth_role::proxy);
    const int own = role == auth_role::proxy ? 407 : 401;
    auth_context context(role, std::string(peer));
    const credentials who("u", "p");
    for (const int status : {200, 401, 403, 407, 500}) {
        // Both fields, so that nothing but the status decides.
        reply r(digest("n"), 401);
        r.fields.add("Proxy-Authenticate", digest("n"));
        auth_attempt attempt;
        const auto step = context.after(status, r.fields, who, request(), attempt);
        CAPTURE(status);
        CHECK((step.what == verdict::answer) == (status == own));
        CHECK(step.value.empty() == (status != own));
    }
    // The other's field says nothing to it.
    auth_attempt attempt;
    const reply foreign(digest("n"), own == 401 ? 407 : 401);
    const auto step = context.after(own, foreign.fields, who, request(), attempt);
    CHECK(step.what == verdict::unanswerable);
}

TEST_CASE("A3.2: nothing is answered for another peer", "[proto][auth]") {
    conversation c;
    c.learn("n1");
    auth_request other = request();
    other.peer =
        GENERATE(as<std::string_view>(), "https://b.example", "http://a.example", "");
    auth_attempt attempt;
    CHECK(c.context.before(c.who, other, attempt).what == verdict::nothing);
    CHECK(
        c.context.before(credentials::bearer("t"), other, attempt).what ==
        verdict::nothing
    );
    const reply r(digest("n2"));
    const auto step = c.context.after(401, r.fields, c.who, other, attempt);
    CHECK(step.what == verdict::nothing);
    auth_context nobody(auth_role::origin, "");
    CHECK(
        nobody.before(credentials::bearer("t"), other, attempt).what == verdict::nothing
    );
}

TEST_CASE("A2.2: what one user learned is not another's", "[proto][auth]") {
    conversation c;
    c.learn("n1");
    c.who = credentials("u", "P");
    CHECK(c.before().what == verdict::nothing);
    c.who = credentials();
    CHECK(c.before().what == verdict::nothing);
    CHECK(c.after(reply(digest("n2"))).what == verdict::nothing);
    c.who = credentials("u", "p", auth::basic);
    CHECK(c.before().value.view() == "Basic dTpw");
}

TEST_CASE("H1.1: without entropy nothing is sent", "[proto][auth]") {
    conversation c;
    const reply r(digest("n1"));
    const auto step =
        c.context.after(401, r.fields, c.who, request(), c.attempt, &no_entropy);
    CHECK(step.what == verdict::failed);
    CHECK(step.why.ec == xfer::error::no_entropy);
    CHECK(step.value.empty());
    c.attempt = {};
    CHECK(
        c.context.before(c.who, request(), c.attempt, &no_entropy).what ==
        verdict::failed
    );
    CHECK(c.before().what == verdict::answer);
}

TEST_CASE("H1.1: each answer has a cnonce of its own", "[proto][auth]") {
    conversation c;
    c.learn("n1");
    std::set<std::string> seen;
    for (int i = 0; i < 1000; ++i) seen.insert(param(c.before(), "cnonce"));
    CHECK(seen.size() == 1000);
}

TEST_CASE(
    "auth: a session keeps its cnonce until the next challenge", "[proto][auth]"
) {
    conversation c;
    c.learn("n1", ", algorithm=SHA-256-sess");
    const std::string cnonce = param(c.before(), "cnonce");
    CHECK(param(c.before(), "cnonce") == cnonce);
    const auto step =
        c.after(reply(digest("n2", ", algorithm=SHA-256-sess, stale=true")));
    REQUIRE(step.what == verdict::answer);
    CHECK(param(step, "cnonce") != cnonce);
}

TEST_CASE("auth: the same challenge to two requests counts on", "[proto][auth]") {
    conversation c;
    const reply r(digest("n1"));
    for (const auto* const count : {"00000001", "00000002", "00000003"}) {
        auth_attempt attempt;
        const auto step = c.context.after(401, r.fields, c.who, request(), attempt);
        CHECK(param(step, "nc") == count);
    }
}

TEST_CASE("auth: a next nonce is taken, and counted from one", "[proto][auth]") {
    conversation c;
    c.learn("n1");
    xfer::fields info;
    info.add("Authentication-Info", "nextnonce=\"n2\", qop=auth");
    c.context.note(info, c.attempt);
    const auth_step next = c.before();
    CHECK(param(next, "nonce") == "n2");
    CHECK(param(next, "nc") == "00000001");
    SECTION("a response to an older nonce says nothing about this one") {
        auth_attempt old = c.attempt;
        old.nonce = "n1";
        xfer::fields late;
        late.add("Authentication-Info", "nextnonce=\"n3\"");
        c.context.note(late, old);
        CHECK(param(c.before(), "nonce") == "n2");
    }
    SECTION("nor does a proxy's field, or a broken one") {
        xfer::fields other;
        other.add("Proxy-Authentication-Info", "nextnonce=\"n3\"");
        c.context.note(other, c.attempt);
        xfer::fields broken;
        broken.add("Authentication-Info", "nextnonce=\"n3");
        c.context.note(broken, c.attempt);
        CHECK(param(c.before(), "nonce") == "n2");
    }
}

TEST_CASE("auth: a session goes on under the next nonce", "[proto][auth]") {
    conversation c;
    c.learn("n1", ", algorithm=MD5-sess");
    const std::string cnonce = param(c.before(), "cnonce");
    xfer::fields info;
    info.add("Authentication-Info", "nextnonce=\"n2\"");
    c.context.note(info, c.attempt);
    const auth_step step = c.before();
    digest_challenge challenge;
    challenge.realm = "r";
    challenge.nonce = "n2";
    challenge.session = challenge.names_algorithm = challenge.auth = true;
    digest_facts facts;
    facts.user = "u";
    facts.password = "p";
    facts.method = "GET";
    facts.target = "/";
    facts.cnonce = cnonce;
    facts.session_nonce = "n1";
    std::string expected;
    REQUIRE_FALSE(append_digest(expected, challenge, facts));
    CHECK(step.value.view() == expected);
}

TEST_CASE(
    "auth: credentials that cannot be sent fail before anything", "[proto][auth]"
) {
    conversation c;
    c.who = credentials("u:v", "p", auth::basic);
    const auth_step step = c.before();
    CHECK(step.what == verdict::failed);
    CHECK(step.why.ec == xfer::error::invalid_option);
    // With auth::any it shows when Basic is what was asked for.
    c.who = credentials("u:v", "p");
    CHECK(c.before().what == verdict::nothing);
    CHECK(c.after(reply("Basic realm=\"r\"")).what == verdict::failed);
}

TEST_CASE(
    "auth: what cannot be answered leaves the response as it is", "[proto][auth]"
) {
    conversation c;
    const auto line = GENERATE(
        as<std::string_view>(),
        "Negotiate",
        "Digest realm=\"r\"",
        "Basic realm=\"a\", realm=\"b\"",
        "\"",
        ""
    );
    const auth_step step = c.after(reply(line));
    CHECK(step.what == verdict::unanswerable);
    CHECK_FALSE(step.why.ec);
    CHECK_FALSE(step.why.why.empty());
    CHECK(step.value.empty());
}

TEST_CASE(
    "auth: a guess that would need an unknown body is not made", "[proto][auth]"
) {
    conversation c;
    REQUIRE(c.before().what == verdict::nothing);
    const reply r("Digest realm=r, nonce=n, qop=auth-int");
    REQUIRE(c.after(r).what == verdict::answer);
    auth_request upload = request();
    upload.body.reset();
    CHECK(c.context.before(c.who, upload, c.attempt).what == verdict::nothing);
    CHECK(c.before().what == verdict::answer);
}
