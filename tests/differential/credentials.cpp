// M36: who the user is: Basic, Digest, tokens, netrc files, and the URL.
#include "chance.hpp"
#include "check.hpp"

#include <string>
#include <vector>

using namespace differential;
using xfer::auth;
using xfer::testing::seen_request;

namespace {

transfer knowing(auth how, std::string target = "/") {
    return get(std::move(target)).login(digest_user, digest_password, how);
}

reply refusal(const std::vector<std::string>& challenges) {
    reply r(401, "who are you?");
    for (const auto& c : challenges) r.with_field("WWW-Authenticate", c);
    return r;
}
/// Lets in whoever says anything; asks the others.
xfer::testing::reply_function asking(std::vector<std::string> challenges) {
    return [=](const seen_request& r) {
        return r.count("Authorization") > 0 ? reply(200, "in") : refusal(challenges);
    };
}
/// A server that asks for that, everywhere, and one transfer that can answer.
script& challenged(
    script& s, std::vector<std::string> challenges, auth how = auth::digest
) {
    for (const auto* path : {"/", "/other"}) s.serve_by(path, asking(challenges));
    return s.add("a", knowing(how)).run();
}
/// The same of one Digest challenge.
script& digested(script& s, const std::string& challenge) {
    return challenged(s, {challenge}).differs(difference::field_layout);
}

const std::string md5 = "Digest realm=\"r\", nonce=\"n1\", qop=\"auth\"";
const std::string sha256 = md5 + ", algorithm=SHA-256";

}  // namespace

// Basic.

M36_SCRIPT("Basic is sent unasked") {
    s.serve("/", reply(200, "x")).add("a", get().login("user", "secret")).run();
}
M36_SCRIPT("Basic of odd users and passwords") {
    s.serve("/", reply(200, "x"));
    s.add("colon", get().login("user", "a:b")).run();
    s.add("utf8", get().login("\xc3\xa9", "\xe2\x82\xac")).run();
    s.add("no password", get().login("user", "")).run();
    s.add("no user", get().login("", "secret")).run();
    s.add("blanks", get().login(" u ", " p ")).run();
}
M36_SCRIPT("Basic that is refused") {
    s.serve("/", refusal({"Basic realm=\"r\""})).add("a", get().login("user", "bad"));
    s.run();
}
M36_SCRIPT("an own Authorization goes before user and password") {
    s.serve("/", reply(200, "x"));
    s.add("a", get().login("user", "secret").with("Authorization", "Own x")).run();
}
M36_SCRIPT("user and password of one transfer are not those of the next") {
    s.serve("/", reply(200, "x")).add("a", get().login("user", "secret")).run();
    s.add("b", get()).run().add("c", get().login("other", "secret")).run();
}
M36_SCRIPT("Basic with a POST") {
    auto t = with_body("POST", "body").login("user", "secret");
    s.serve("/", reply(200, "x")).add("a", t).run();
    s.differs(difference::body_fields);
}

// Tokens.

M36_SCRIPT("a token") {
    s.serve("/", reply(200, "x")).add("a", get().bearer("abc.def-_~+/==")).run();
}
M36_SCRIPT("a token that is refused") {
    s.serve("/", refusal({"Bearer error=\"invalid_token\""}))
        .add("a", get().bearer("abc"));
    s.run();
}

// The URL.

M36_SCRIPT("user and password in the URL") {
    s.serve("/", reply(200, "x"));
    s.add("both", get("http://user:secret@<server>/")).run();
    s.add("encoded", get("http://us%65r:p%40%3a%2f%20@<server>/")).run();
    s.add("user", get("http://user@<server>/")).run();
    s.add("colon", get("http://user:@<server>/")).run();
    s.add("password", get("http://:secret@<server>/")).run();
}
M36_SCRIPT("an empty user in the URL") {
    s.serve("/", reply(200, "x")).add("a", get("http://@<server>/")).run();
    s.add("b", get("http://:@<server>/")).run();
}
M36_SCRIPT("user and password beside those of the URL") {
    auto t = get("http://other:word@<server>/").login("user", "secret");
    s.serve("/", reply(200, "x")).add("a", t).run();
}
M36_SCRIPT("a line end in the URL's password") {
    s.serve("/", reply(200, "x")).add("a", get("http://user:a%0d%0ab@<server>/")).run();
    s.differs(difference::refused_early);
}

// Digest.

M36_SCRIPT("Digest with MD5") { digested(s, md5); }
M36_SCRIPT("Digest with MD5 by name") { digested(s, md5 + ", algorithm=MD5"); }
M36_SCRIPT("Digest with MD5-sess") { digested(s, md5 + ", algorithm=MD5-sess"); }
M36_SCRIPT("Digest with SHA-256") { digested(s, sha256); }
M36_SCRIPT("Digest with SHA-256-sess") { digested(s, sha256 + "-sess"); }
M36_SCRIPT("Digest with SHA-512-256") {
    challenged(s, {md5 + ", algorithm=SHA-512-256"}).differs(difference::digest);
}
M36_SCRIPT("Digest with an unknown algorithm") {
    challenged(s, {md5 + ", algorithm=X"});
}
M36_SCRIPT("Digest without qop") { digested(s, R"(Digest realm="r", nonce="n1")"); }
M36_SCRIPT("Digest with opaque") { digested(s, md5 + ", opaque=\"o=1, \\\"x\\\"\""); }
M36_SCRIPT("Digest with a realm in quotes") {
    digested(s, R"(Digest realm="a \"b\" \\ c", nonce="n1", qop="auth")");
}
M36_SCRIPT("Digest without a realm") {
    challenged(s, {R"(Digest nonce="n1", qop="auth")"}).differs(difference::digest);
}
M36_SCRIPT("Digest with an empty realm") {
    digested(s, R"(Digest realm="", nonce="n1", qop="auth")");
}
M36_SCRIPT("Digest without a nonce") {
    challenged(s, {R"(Digest realm="r", qop="auth")"});
}
M36_SCRIPT("Digest with both qops") {
    challenged(s, {R"(Digest realm="r", nonce="n1", qop="auth-int, auth")"});
    s.differs(difference::digest);
}
M36_SCRIPT("Digest with auth-int alone") {
    digested(s, R"(Digest realm="r", nonce="n1", qop="auth-int")");
}
M36_SCRIPT("Digest with userhash") { digested(s, sha256 + ", userhash=true"); }
M36_SCRIPT("Digest in small letters, its qop a token") {
    digested(s, "digest REALM=\"r\",NONCE=\"n1\",QOP=auth,ALGORITHM=MD5");
}
M36_SCRIPT("Digest with a domain") { digested(s, md5 + ", domain=\"/other\""); }
M36_SCRIPT("Digest with a query") {
    s.serve_by("/p", asking({md5})).add("a", knowing(auth::digest, "/p?x=1&y=2"));
    s.run().differs(difference::field_layout);
}
M36_SCRIPT("Digest whose password is wrong") {
    s.serve("/", refusal({md5})).add("a", knowing(auth::digest)).run();
    s.differs(difference::field_layout);
}
M36_SCRIPT("Digest whose nonce is stale") {
    const auto stale = R"(Digest realm="r", nonce="n2", qop="auth", stale=true)";
    s.serve_in_turn("/", {refusal({md5}), refusal({stale}), reply(200, "in")});
    s.add("a", knowing(auth::digest)).run().differs(difference::field_layout);
}
M36_SCRIPT("Digest whose nonce is always stale") {
    const auto stale = refusal({md5 + ", stale=true"});
    s.serve_in_turn("/", {stale, stale, stale, stale, stale, stale, reply(200, "in")});
    s.add("a", knowing(auth::digest)).run().differs(difference::digest);
}
M36_SCRIPT("Digest with a next nonce") {
    s.serve_by("/", [](const seen_request& r) {
        if (r.count("Authorization") == 0) return refusal({md5});
        return reply(200, "in").with_field("Authentication-Info", "nextnonce=\"n9\"");
    });
    s.add("a", knowing(auth::digest)).run();
    s.add("b", knowing(auth::digest)).run();
    s.differs(difference::remembered_login);
}
M36_SCRIPT("Digest twice") {
    challenged(s, {md5}).add("b", knowing(auth::digest, "/other")).run();
    s.differs(difference::remembered_login);
}
M36_SCRIPT("Digest with a POST") {
    auto t =
        with_body("POST", "body").login(digest_user, digest_password, auth::digest);
    s.serve_by("/", asking({md5})).add("a", t).run();
    s.differs(difference::field_layout)
        .differs(difference::body_fields)
        .differs(difference::challenged_body);
}
M36_SCRIPT("Digest with a PUT that cannot begin again") {
    auto t = with_pieces("PUT", {"body"}, true);
    t.given->once = true;
    s.serve_by("/", asking({md5}));
    s.add("a", t.login(digest_user, digest_password, auth::digest))
        .run()
        .differs(difference::challenged_body);
}
M36_SCRIPT("Digest with HEAD") {
    auto t = ask("HEAD").login(digest_user, digest_password, auth::digest);
    s.serve_by("/", asking({md5})).add("a", t).run().differs(difference::field_layout);
}
M36_SCRIPT("Digest that nobody asks for") {
    s.serve("/", reply(200, "x")).add("a", knowing(auth::digest)).run();
}
M36_SCRIPT("Digest, and the server asks for Basic") {
    challenged(s, {"Basic realm=\"r\""});
}
M36_SCRIPT("Digest at a host, and at another one") {
    s.serve_by("/", asking({md5}));
    s.add("a", knowing(auth::digest, "http://a.test:<port>/")).run();
    s.add("b", knowing(auth::digest, "http://b.test:<port>/")).run();
    s.differs(difference::field_layout);
}
M36_SCRIPT("Digest behind a redirect") {
    s.serve("/", reply(302).with_field("Location", "/in"))
        .serve_by("/in", asking({md5}));
    s.add("a", knowing(auth::digest).follow()).run().differs(difference::field_layout);
}
M36_SCRIPT("Digest behind a redirect to another host") {
    s.serve("/", reply(302).with_field("Location", "http://b.test:<port>/in"));
    s.serve_by("/in", asking({md5}))
        .add("a", knowing(auth::digest).follow())
        .run()
        .differs(difference::digest);
}
M36_SCRIPT("a challenge with a large body") {
    s.serve_in_turn(
        "/",
        {reply::repeating("x", 1 << 20, 401).with_field("WWW-Authenticate", md5),
         reply(200, "in")}
    );
    s.add("a", knowing(auth::digest)).run().differs(difference::field_layout);
    s.differs(difference::between_requests);
}
M36_SCRIPT("a challenge that closes its connection") {
    s.serve_in_turn("/", {refusal({md5}).closing(), reply(200, "in")});
    s.add("a", knowing(auth::digest)).run().differs(difference::field_layout);
}
M36_SCRIPT("a challenge with another status") {
    s.serve("/", reply(403, "no").with_field("WWW-Authenticate", md5));
    s.add("a", knowing(auth::digest)).run();
}
M36_SCRIPT("a challenge of a proxy that is none") {
    s.serve("/", reply(407, "no").with_field("Proxy-Authenticate", md5));
    s.add("a", knowing(auth::digest)).run();
}

// Whatever the server asks for.

M36_SCRIPT("the stronger of Basic and Digest") {
    challenged(s, {"Basic realm=\"r\"", md5}, auth::any);
    s.differs(difference::field_layout);
}
M36_SCRIPT("two challenges in one line") {
    challenged(s, {"Basic realm=\"r\", " + md5}, auth::any);
    s.differs(difference::field_layout);
}
M36_SCRIPT("two Digests, the stronger one first") {
    challenged(s, {sha256, md5}, auth::any).differs(difference::field_layout);
}
M36_SCRIPT("two Digests, the weaker one first") {
    challenged(s, {md5, sha256}, auth::any).differs(difference::digest);
}
M36_SCRIPT("Basic that is asked for in clear text") {
    challenged(s, {"Basic realm=\"r\""}, auth::any).differs(difference::passwords);
}
M36_SCRIPT("Basic that is asked for in clear text, which is allowed") {
    s.serve_by("/", asking({"Basic realm=\"r\""}));
    auto t = knowing(auth::any);
    s.add("a", t.switched(&transfer::cleartext)).run();
}
M36_SCRIPT("Basic that is asked for over TLS") {
    s.speaks(protocol::https).serve_by("/", asking({"Basic realm=\"r\""}));
    s.add("a", knowing(auth::any).trusting(trust::test_ca)).run();
}
M36_SCRIPT("what nobody knows is asked for") {
    challenged(s, {"Magic word=\"please\""}, auth::any);
}
M36_SCRIPT("a challenge that makes no sense") {
    challenged(s, {"Digest realm=\"r, nonce=", "=,=", ""}, auth::any);
}
M36_SCRIPT("nothing is asked for") { challenged(s, {}, auth::any); }

// netrc files.

M36_SCRIPT("a netrc file") {
    const auto file =
        "machine b.test login user password secret\n"
        "machine a.test\n  login me\n  password \"my \\\"word\\\"\"\n"
        "default login anyone password guess\n";
    s.serve("/", reply(200, "x"));
    for (const auto* host : {"a.test", "b.test", "c.test"}) {
        const auto url = std::string("http://") + host + ":<port>/";
        s.add(host, get(url).looked_up_in(file)).run();
    }
}
M36_SCRIPT("a netrc file without the host") {
    s.serve("/", reply(200, "x"));
    s.add("a", get().looked_up_in("machine b.test login user password secret")).run();
}
M36_SCRIPT("a netrc file beside a user in the URL") {
    const auto file =
        "machine a.test login user password secret\n"
        "machine a.test login other password word\n";
    s.serve("/", reply(200, "x"));
    s.add("a", get("http://other@a.test:<port>/").looked_up_in(file)).run();
    s.add("b", get("http://nobody@a.test:<port>/").looked_up_in(file)).run();
    s.add("c", get("http://x:y@a.test:<port>/").looked_up_in(file)).run();
    s.differs(difference::passwords);
}
M36_SCRIPT("a netrc file with half an entry") {
    s.serve("/", reply(200, "x"));
    s.add("login", get().looked_up_in("machine 127.0.0.1 login user\n")).run();
}
M36_SCRIPT("a netrc file with a password and no login") {
    s.serve("/", reply(200, "x"));
    s.add("a", get().looked_up_in("machine 127.0.0.1 password secret\n"))
        .run()
        .differs(difference::passwords);
}
M36_SCRIPT("a netrc file with a macro and comments") {
    const auto file =
        "# machine 127.0.0.1 login bad password bad\n"
        "macdef init\ncd /pub\nmachine 127.0.0.1 login bad password bad\n\n"
        "machine 127.0.0.1 login user password secret\n";
    s.serve("/", reply(200, "x")).add("a", get().looked_up_in(file)).run();
}
M36_SCRIPT("a netrc file and redirects") {
    const auto file =
        "machine a.test login user password secret\n"
        "machine b.test login other password word\n";
    s.serve("/", reply(302).with_field("Location", "http://b.test:<port>/1"));
    s.serve("/1", reply(302).with_field("Location", "http://c.test:<port>/2"));
    s.serve("/2", reply(200, "x"));
    s.add("a", get("http://a.test:<port>/").looked_up_in(file).follow()).run();
}
M36_SCRIPT("a netrc file beside user and password") {
    auto t = get().looked_up_in("machine 127.0.0.1 login other password word\n");
    s.serve("/", reply(200, "x")).add("a", t.login("user", "secret")).run();
}
