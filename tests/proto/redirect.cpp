// xfer/proto/redirect.hpp: S23, E3.1, S28 and what A1.3 and A1.4 ask of the policy.
#include <xfer/error.hpp>
#include <xfer/proto/redirect.hpp>

#include <catch2/catch.hpp>

#include <string>
#include <utility>

using namespace xfer::proto;
using kind = redirect_decision::kind;
using xfer::error;
using xfer::fields;
using xfer::method;

namespace {

xfer::url at(std::string_view text) {
    xfer::parsed_url p;
    REQUIRE_FALSE(xfer::url::parse(text, p));
    return p.target;
}

redirect_rules usual() {
    redirect_rules r;
    r.most = 30;
    return r;
}

struct question {
    std::string from = "http://a.test/dir/page?q#top";
    std::string location = "/next";
    xfer::method method = method::get();
    bool has_body = false;
    unsigned followed = 0;
    int status = 302;
    redirect_rules rules = usual();
};

redirect_decision ask(const question& q) {
    fields f;
    f.add("Location", q.location);
    const auto from = at(q.from);
    return decide_redirect(
        q.status, f, {from, q.method, q.has_body, q.followed}, q.rules
    );
}

}  // namespace

TEST_CASE("S23: what becomes of method and body, by status", "[proto][redirect]") {
    struct row {
        int status;
        method before;
        method after;
        bool keeps;
    };
    const auto r = GENERATE(
        row{301, method::post(), method::get(), false},
        row{302, method::post(), method::get(), false},
        row{303, method::post(), method::get(), false},
        row{307, method::post(), method::post(), true},
        row{308, method::post(), method::post(), true},
        row{301, method::put(), method::put(), true},
        row{302, method::put(), method::put(), true},
        row{303, method::put(), method::get(), false},
        row{307, method::put(), method::put(), true},
        row{301, "PURGE", "PURGE", true},
        row{303, "PURGE", method::get(), false},
        row{303, method::head(), method::head(), false},
        row{302, method::head(), method::head(), true},
        row{308, "PURGE", "PURGE", true}
    );
    question q;
    q.status = r.status;
    q.method = r.before;
    q.has_body = true;
    const auto d = ask(q);
    CAPTURE(r.status, r.before.name());
    CHECK(d.is == kind::follow);
    CHECK(d.method == r.after);
    CHECK(d.keeps_body == r.keeps);
}

TEST_CASE("S23: GET and HEAD stay what they are", "[proto][redirect]") {
    question q;
    q.status = GENERATE(301, 302, 303, 307, 308);
    q.method = GENERATE(method::get(), method::head());
    const auto d = ask(q);
    CHECK(d.method == q.method);
    CHECK_FALSE(d.keeps_body);
}

TEST_CASE("S23: a POST stays one where that was asked for", "[proto][redirect]") {
    question q;
    q.method = method::post();
    q.has_body = true;
    q.status = GENERATE(301, 302, 303);
    q.rules.keep_post_301 = q.status == 301;
    q.rules.keep_post_302 = q.status == 302;
    q.rules.keep_post_303 = q.status == 303;
    CHECK(ask(q).method == method::post());
    CHECK(ask(q).keeps_body);
    q.status = q.status == 301 ? 302 : 301;
    CHECK(ask(q).method == method::get());
}

TEST_CASE("redirect: what is none", "[proto][redirect]") {
    question q;
    SECTION("another status") { q.status = GENERATE(200, 201, 300, 304, 305, 404); }
    SECTION("nothing is followed") { q.rules.most = 0; }
    SECTION("an empty Location") { q.location = ""; }
    CHECK(ask(q).is == kind::none);
    const auto from = at("http://a.test/");
    CHECK(
        decide_redirect(302, fields(), {from, method::get()}, usual()).is == kind::none
    );
}

TEST_CASE("redirect: the reference is resolved", "[proto][redirect]") {
    struct row {
        const char* location;
        const char* to;
    };
    const auto r = GENERATE(
        row{"/next", "http://a.test/next#top"},
        row{"next", "http://a.test/dir/next#top"},
        row{"?x=1", "http://a.test/dir/page?x=1#top"},
        row{"//b.test/x#mine", "http://b.test/x#mine"},
        row{"https://B.test", "https://b.test/#top"},
        row{"a b", "http://a.test/dir/a%20b#top"},
        row{"http://user:secret@a.test/", "http://a.test/#top"}
    );
    question q;
    q.location = r.location;
    const auto d = ask(q);
    CHECK(d.is == kind::follow);
    CHECK(d.to.str() == r.to);
    CHECK(d.same_origin == (d.to.origin() == "http://a.test"));
}

TEST_CASE("redirect: the limit counts", "[proto][redirect]") {
    question q;
    q.followed = 29;
    CHECK(ask(q).is == kind::follow);
    q.followed = 30;
    const auto d = ask(q);
    CHECK(d.is == kind::refused);
    CHECK(d.ec == error::too_many_redirects);
    CHECK(d.ec == xfer::condition::too_many_redirects);
    CHECK(d.why == "more than 30 redirects");
}

TEST_CASE("E3.1: no redirect leads to another scheme", "[proto][redirect]") {
    question q;
    q.location = GENERATE(
        "file:///etc/passwd",
        "FILE:///etc/passwd",
        "ftp://a.test/",
        "ws://a.test/",
        "javascript:alert(1)",
        "gopher://a.test/"
    );
    const auto d = ask(q);
    CHECK(d.is == kind::refused);
    CHECK(d.ec == error::redirect_refused);
}

TEST_CASE("E3.1: an empty set of schemes allows nothing", "[proto][redirect]") {
    question q;
    q.location = GENERATE("http://a.test/", "https://a.test/");
    q.rules.http = q.rules.https = false;
    CHECK(ask(q).ec == error::redirect_refused);
}

TEST_CASE("redirect: https to http is refused unasked", "[proto][redirect]") {
    question q;
    q.from = "https://a.test/";
    q.location = "http://a.test/";
    CHECK(ask(q).ec == error::redirect_refused);
    q.rules.https_to_http = true;
    CHECK(ask(q).is == kind::follow);
    CHECK_FALSE(ask(q).same_origin);
}

TEST_CASE("A1.4: a body goes to no other origin unasked", "[proto][redirect]") {
    question q;
    q.method = method::post();
    q.has_body = true;
    q.status = GENERATE(307, 308);
    q.location = "http://b.test/";
    const auto d = ask(q);
    CHECK(d.ec == error::redirect_refused);
    CHECK(d.why.find("http://b.test/") != std::string::npos);
    q.rules.body_elsewhere = true;
    CHECK(ask(q).keeps_body);
    q.rules.body_elsewhere = false;
    q.location = "/same";
    CHECK(ask(q).keeps_body);
}

TEST_CASE("S28: Locations that differ are a weird reply", "[proto][redirect]") {
    const auto from = at("http://a.test/");
    fields f;
    f.add("Location", "/one");
    f.add("Location", "/one");
    CHECK(decide_redirect(302, f, {from, method::get()}, usual()).is == kind::follow);
    f.add("Location", "/two");
    CHECK(
        decide_redirect(302, f, {from, method::get()}, usual()).ec == error::weird_reply
    );
    fields empty_first;
    empty_first.add("Location", "");
    empty_first.add("Location", "/two");
    CHECK(
        decide_redirect(302, empty_first, {from, method::get()}, usual()).ec ==
        error::weird_reply
    );
}

TEST_CASE("redirect: a Location as servers write it", "[proto][redirect]") {
    question q;
    q.from = "http://a.test/dir/page";
    const auto row = GENERATE(
        as<std::pair<const char*, const char*>>(),
        std::pair{"/ok?q=100%", "http://a.test/ok?q=100%25"},
        std::pair{R"(/ok?a=b\c)", "http://a.test/ok?a=b%5Cc"},
        std::pair{"/a b?c d", "http://a.test/a%20b?c%20d"}
    );
    q.location = row.first;
    CHECK(ask(q).to.str() == row.second);
    q.location = R"(/\evil.test)";
    CHECK(ask(q).ec == error::weird_reply);
}

TEST_CASE("redirect: a Location that is no URL is a weird reply", "[proto][redirect]") {
    question q;
    q.location = GENERATE("http://", "http://a..b/", "http://[::1", "http://a@b@c/");
    CHECK(ask(q).ec == error::weird_reply);
}

TEST_CASE("A1.3: a Referer holds no fragment and never leaks https", "[proto]") {
    const auto secure = at("https://u:p@a.test/x?q#f");
    CHECK(referer(secure, at("https://b.test/")) == "https://a.test/x?q");
    CHECK(referer(secure, at("http://b.test/")).empty());
    CHECK(referer(at("http://a.test/x#f"), secure) == "http://a.test/x");
}

TEST_CASE("A1.3: a Referer holds no zone of an address", "[proto][redirect][A1.3]") {
    const auto from = at("http://[fe80::1%25eth0]/a?q#f");
    CHECK(referer(from, at("http://b.test/")) == "http://[fe80::1]/a?q");
    CHECK(referer(from, from) == "http://[fe80::1]/a?q");
    const auto port = at("https://u:p@[fe80::1%25eth0]:8443/a");
    CHECK(referer(port, at("https://b.test/")) == "https://[fe80::1]:8443/a");
    CHECK(referer(port, at("http://b.test/")).empty());
}
