// M36: redirects: methods and bodies, how many, where to, and what goes along.
#include "check.hpp"

#include <string>

using namespace differential;

namespace {

reply to(int status, std::string location) {
    return reply(status, "moved").with_field("Location", std::move(location));
}

/// The transfer to a path that redirects so to "/there".
script& redirected(script& s, int status, transfer t) {
    s.serve("/", to(status, "/there")).serve("/there", reply(200, "there"));
    return s.add("a", t.follow()).run();
}
/// The same with a body.
void body_redirected(script& s, int status, transfer t) {
    redirected(s, status, std::move(t)).differs(difference::body_fields);
}
/// A GET that is redirected by this Location.
script& located(script& s, std::string location) {
    s.serve("/dir/a", to(302, std::move(location)));
    for (const auto* path : {"/", "/there", "/dir/there", "/dir/a/"}) {
        s.serve(path, reply(200, path));
    }
    return s.add("a", get("/dir/a").follow()).run();
}
/// The transfer goes from a.test to b.test, from there to another path, and home again.
script& sent_around(script& s, transfer t) {
    s.serve("/", to(302, "http://b.test:<port>/1"))
        .serve("/1", to(302, "/2"))
        .serve("/2", to(302, "http://a.test:<port>/home"))
        .serve("/home", reply(200, "home"));
    if (t.target == "/") t.target = "http://a.test:<port>/";
    return s.add("a", t.follow()).run();
}

}  // namespace

M36_SCRIPT("GET follows 301, 302, 303, 307 and 308") {
    s.serve("/there", reply(200, "there"));
    for (const int status : {301, 302, 303, 307, 308}) {
        const auto name = std::to_string(status);
        s.serve('/' + name, to(status, "/there")).add(name, get('/' + name).follow());
        s.run();
    }
}
M36_SCRIPT("GET follows no other status") {
    s.serve("/there", reply(200, "there"));
    for (const int status : {201, 300, 304, 305, 306, 399}) {
        const auto name = std::to_string(status);
        s.serve('/' + name, to(status, "/there")).add(name, get('/' + name).follow());
        s.run().differs(difference::redirects_followed);
    }
}
M36_SCRIPT("HEAD stays HEAD") {
    s.serve("/there", reply(200, "x"));
    for (const int status : {301, 303, 307}) {
        const auto name = std::to_string(status);
        s.serve('/' + name, to(status, "/there"));
        s.add(name, ask("HEAD", '/' + name).follow()).run();
    }
}

// Methods and bodies.

M36_SCRIPT("301 makes a POST a GET") {
    body_redirected(s, 301, with_body("POST", "b"));
}
M36_SCRIPT("302 makes a POST a GET") {
    body_redirected(s, 302, with_body("POST", "b"));
}
M36_SCRIPT("303 makes a POST a GET") {
    body_redirected(s, 303, with_body("POST", "b"));
}
M36_SCRIPT("307 keeps a POST") { body_redirected(s, 307, with_body("POST", "b")); }
M36_SCRIPT("308 keeps a POST") { body_redirected(s, 308, with_body("POST", "b")); }
M36_SCRIPT("301 keeps a PUT") {
    body_redirected(s, 301, with_pieces("PUT", {"b"}, true));
}
M36_SCRIPT("302 keeps a PUT") {
    body_redirected(s, 302, with_pieces("PUT", {"b"}, true));
}
M36_SCRIPT("303 makes a PUT a GET") {
    body_redirected(s, 303, with_pieces("PUT", {"b"}, true));
}
M36_SCRIPT("307 keeps a PUT") {
    body_redirected(s, 307, with_pieces("PUT", {"b"}, true));
}
M36_SCRIPT("308 keeps a PUT in chunks") {
    auto t = with_pieces("PUT", {"one ", "two"}, false);
    t.without = {"Expect"};
    redirected(s, 308, t).differs(difference::between_requests);
}
M36_SCRIPT("302 makes a POST in chunks a GET") {
    auto t = with_pieces("POST", {"one ", "two"}, false);
    t.without = {"Expect", "Content-Type"};
    redirected(s, 302, t).differs(difference::between_requests);
}
M36_SCRIPT("303 makes a DELETE a GET") {
    redirected(s, 303, ask("DELETE")).differs(difference::redirect_rewrites);
}
M36_SCRIPT("301 keeps a DELETE") { redirected(s, 301, ask("DELETE")); }
M36_SCRIPT("307 keeps OPTIONS") { redirected(s, 307, ask("OPTIONS")); }
M36_SCRIPT("a POST that is to stay one") {
    s.serve("/there", reply(200, "x"));
    for (const int status : {301, 302, 303}) {
        const auto name = std::to_string(status);
        s.serve('/' + name, to(status, "/there"));
        auto t = with_body("POST", "body", '/' + name);
        s.add(name, t.follow().switched(&transfer::keep_post)).run();
    }
    s.differs(difference::body_fields);
}
M36_SCRIPT("Content-Type goes with the body") {
    auto t = with_body("POST", "{}").with("Content-Type", "application/json");
    redirected(s, 302, t.with("X-Other", "stays"))
        .differs(difference::redirect_rewrites);
}
M36_SCRIPT("a body that cannot begin again") {
    auto t = with_pieces("PUT", {"b"}, true);
    t.given->once = true;
    body_redirected(s, 307, t);
}
M36_SCRIPT("a body that cannot begin again and need not") {
    auto t = with_pieces("POST", {"b"}, true);
    t.given->once = true;
    body_redirected(s, 303, t);
}
M36_SCRIPT("a body is sent to another host when that is allowed") {
    s.serve("/", to(307, "http://b.test:<port>/there"))
        .serve("/there", reply(200, "x"));
    auto t = with_body("POST", "body").follow();
    s.add("a", t.switched(&transfer::body_elsewhere)).run();
    s.differs(difference::body_fields);
}
M36_SCRIPT("a body is not sent to another host unasked") {
    s.serve("/", to(308, "http://b.test:<port>/there"))
        .serve("/there", reply(200, "x"));
    s.add("a", with_body("POST", "body").follow()).run();
    s.differs(difference::body_fields).differs(difference::origin_bound);
}

// How many.

M36_SCRIPT("as many redirects as allowed") {
    s.serve("/", to(302, "/1")).serve("/1", to(302, "/2")).serve("/2", to(302, "/3"));
    s.serve("/3", reply(200, "there"));
    s.add("a", get().follow(3)).run().add("b", get("/1").follow(2)).run();
}
M36_SCRIPT("one redirect too many") {
    s.serve("/", to(302, "/1")).serve("/1", to(302, "/2")).serve("/2", to(302, "/3"));
    s.serve("/3", reply(200, "there"));
    s.add("a", get().follow(2))
        .run()
        .add("b", get("/3").follow(1))
        .run()
        .differs(difference::redirects_followed);
}
M36_SCRIPT("a loop of redirects") {
    s.serve("/", to(302, "/")).add("a", get().follow(5)).run();
}

// Where to.

M36_SCRIPT("a relative Location") { located(s, "there"); }
M36_SCRIPT("a Location above the path") { located(s, "../there"); }
M36_SCRIPT("a Location above the root") { located(s, "/../../there"); }
M36_SCRIPT("a Location that is a query") { located(s, "?q=1"); }
M36_SCRIPT("a Location that is a fragment") { located(s, "/there#part"); }
M36_SCRIPT("a Location without its scheme") { located(s, "//b.test:<port>/there"); }
M36_SCRIPT("a Location in capitals") {
    located(s, "HTTP://B.TEST:<port>/there").differs(difference::url);
}
M36_SCRIPT("a Location without a path") { located(s, "http://b.test:<port>"); }
M36_SCRIPT("a Location that is a query behind a host") {
    located(s, "http://b.test:<port>?q=1");
}
M36_SCRIPT("a Location with blanks around it") { located(s, "  /there  "); }
M36_SCRIPT("a Location with a blank in it") { located(s, "/the re"); }
M36_SCRIPT("a Location with octets beyond ASCII") {
    located(s, "/\xc3\xa9").differs(difference::url);
}
M36_SCRIPT("an empty Location") { located(s, ""); }
M36_SCRIPT("a redirect without a Location") {
    s.serve("/", reply(302, "nowhere")).add("a", get().follow()).run();
}
M36_SCRIPT("a Location twice") {
    s.serve("/", to(302, "/there").with_field("Location", "/there"));
    s.serve("/there", reply(200, "there")).add("a", get().follow()).run();
}
M36_SCRIPT("two Locations that differ") {
    s.serve("/", to(302, "/there").with_field("Location", "/elsewhere"));
    s.serve("/there", reply(200, "there"))
        .add("a", get().follow())
        .run()
        .differs(difference::redirects_followed);
}
M36_SCRIPT("a Location with user and password") {
    located(s, "http://user:secret@<server>/there").differs(difference::origin_bound);
}
M36_SCRIPT("a Location that is no URL") {
    located(s, "http://[::1/there").differs(difference::redirects_followed);
}
M36_SCRIPT("a Location with a port that is none") {
    located(s, "http://b.test:99999/").differs(difference::redirects_followed);
}
M36_SCRIPT("a Location of another scheme") {
    for (const auto* url :
         {"file:///etc/passwd", "nonsense://b.test/", "javascript:x"}) {
        s.serve(std::string("/") + url[0], to(302, url));
        s.add(std::string(1, url[0]), get(std::string("/") + url[0]).follow())
            .run()
            .differs(difference::redirects_followed);
    }
}
M36_SCRIPT("from http to https") {
    s.serve("/", to(302, "https://<other>/there")).other_speaks(protocol::https);
    s.other_serves("/there", reply(200, "secret"));
    s.add("a", get().follow().trusting(trust::test_ca)).run();
    s.add("b", get().follow()).run().differs(difference::no_response);
}
M36_SCRIPT("from https to http when that is allowed") {
    s.speaks(protocol::https).serve("/", to(302, "http://<other>/there"));
    s.other_speaks(protocol::http).other_serves("/there", reply(200, "clear"));
    auto t = get().follow().trusting(trust::test_ca);
    s.add("a", t.switched(&transfer::to_http)).run();
}
M36_SCRIPT("from https to http unasked") {
    s.speaks(protocol::https).serve("/", to(302, "http://<other>/there"));
    s.other_speaks(protocol::http).other_serves("/there", reply(200, "clear"));
    s.add("a", get().follow().trusting(trust::test_ca))
        .run()
        .differs(difference::origin_bound);
}

// What goes along.

M36_SCRIPT("an own Authorization stays at home") {
    sent_around(s, get().with("Authorization", "mine"));
}
M36_SCRIPT("an own Cookie stays at home") {
    sent_around(s, get().with("Cookie", "a=b"));
}
M36_SCRIPT("an own Host stays at home") {
    sent_around(s, get().with("Host", "own.test"));
}
M36_SCRIPT("an own Referer stays at home") {
    sent_around(s, get().with("Referer", "http://c.test/"))
        .differs(difference::origin_bound);
}
M36_SCRIPT("other fields go along") { sent_around(s, get().with("X-Mine", "1")); }
M36_SCRIPT("user and password stay at home") {
    sent_around(s, get().login("user", "secret"));
}
M36_SCRIPT("user and password of the URL stay at home") {
    sent_around(s, get("http://user:secret@a.test:<port>/"));
}
M36_SCRIPT("a token stays at home") { sent_around(s, get().bearer("abc")); }
M36_SCRIPT("secrets go everywhere when that is asked for") {
    auto t = get().login("user", "secret").with("Cookie", "a=b");
    sent_around(s, t.switched(&transfer::secrets_everywhere));
}
M36_SCRIPT("another port is another origin") {
    s.serve("/", to(302, "http://a.test:<other_port>/there"));
    s.other_speaks(protocol::http).other_serves("/there", reply(200, "x"));
    auto t = get("http://a.test:<port>/").follow();
    s.add("a", t.login("user", "secret").with("Cookie", "a=b")).run();
}
M36_SCRIPT("the Referer of a redirect") {
    sent_around(s, get().switched(&transfer::auto_referer));
}
M36_SCRIPT("the Referer has no user and no fragment") {
    auto t = get("http://user:secret@a.test:<port>/?q#part");
    sent_around(s, t.switched(&transfer::auto_referer));
}
M36_SCRIPT("no Referer from https to http") {
    s.speaks(protocol::https).serve("/", to(302, "http://<other>/there"));
    s.other_speaks(protocol::http).other_serves("/there", reply(200, "clear"));
    auto t = get().follow().trusting(trust::test_ca).switched(&transfer::to_http);
    s.add("a", t.switched(&transfer::auto_referer))
        .run()
        .differs(difference::origin_bound);
}

// Bodies and connections of redirects.

M36_SCRIPT("a redirect whose body is large") {
    s.serve("/", reply::repeating("x", 1 << 20, 302).with_field("Location", "/there"));
    s.serve("/there", reply(200, "there"))
        .add("a", get().follow())
        .run()
        .differs(difference::between_requests);
}
M36_SCRIPT("a redirect whose body is in chunks") {
    s.serve("/", to(302, "/there").chunked({2})).serve("/there", reply(200, "there"));
    s.add("a", get().follow()).run();
}
M36_SCRIPT("a redirect that closes its connection") {
    s.serve("/", to(302, "/there").closing()).serve("/there", reply(200, "there"));
    s.add("a", get().follow()).run();
}
M36_SCRIPT("a redirect whose body is cut off") {
    s.serve("/", to(302, "/there").close_after(2, xfer::testing::from::body));
    s.serve("/there", reply(200, "there")).add("a", get().follow()).run();
}
M36_SCRIPT("a redirect whose body is beyond the greatest size") {
    auto t = get().follow();
    t.max_body = 3;
    s.serve("/", to(302, "/there"))
        .serve("/there", reply(200, "abc"))
        .add("a", t)
        .run()
        .differs(difference::max_body);
}
M36_SCRIPT("a redirect to an error") {
    auto t = get().follow();
    t.fail_on_error = true;
    s.serve("/", to(302, "/there")).serve("/there", reply(404, "no")).add("a", t).run();
}
M36_SCRIPT("a fresh connection for each redirect") {
    auto t = get().follow();
    t.fresh = true;
    s.serve("/", to(302, "/there")).serve("/there", reply(200, "there"));
    s.add("a", t).run().differs(difference::between_requests);
}
M36_SCRIPT("redirects over connections that are not kept") {
    auto t = get().follow();
    t.forbid_reuse = true;
    s.serve("/", to(302, "/there")).serve("/there", reply(200, "there"));
    s.add("a", t).run();
}
