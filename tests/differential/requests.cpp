// M36: what goes out on the wire.
#include "check.hpp"

using namespace differential;

namespace {

transfer with_fields(
    transfer t, std::vector<std::pair<std::string, std::string>> fields
) {
    t.fields = std::move(fields);
    return t;
}

transfer expecting(transfer t, milliseconds timeout = milliseconds(0)) {
    t.expect = true;
    t.expect_timeout = timeout;
    return t;
}

xfer::testing::route_options answering_early() {
    xfer::testing::route_options o;
    o.answer_early = true;
    return o;
}

}  // namespace

M36_SCRIPT("a plain GET") { s.serve("/", reply(200, "hello")).add("a", get()).run(); }

M36_SCRIPT("the query is sent and the fragment is not") {
    s.serve("/p", reply(200, "x"))
        .add("a", get("/p?a=1&b=%20c"))
        .run()
        .add("b", get("/p?a=1#fragment"))
        .run()
        .add("c", get("/p?"))
        .run();
}

M36_SCRIPT("dot segments are taken out of the path") {
    s.serve("/c", reply(200, "c"))
        .add("a", get("/a/../b/./../c"))
        .run()
        .add("b", get("/../../c"))
        .run();
}

M36_SCRIPT("a double slash and encoded delimiters stay as they are") {
    s.add("a", get("//x//y/%2F%20")).run();
}

M36_SCRIPT("percent triplets are normalised") {
    s.add("a", get("/%7euser/%41%2f?%7e")).run().differs(difference::url);
}

M36_SCRIPT("a space in the URL is malformed") { s.add("a", get("/a b")).run(); }

M36_SCRIPT("own fields follow in their order") {
    s.serve("/", reply(200, "x"))
        .add("a", with_fields(get(), {{"X-One", "1"}, {"X-Two", "2"}, {"X-One", "3"}}))
        .run();
}

M36_SCRIPT("a field without a value") {
    s.serve("/", reply(200, "x")).add("a", with_fields(get(), {{"X-Empty", ""}})).run();
    s.differs(difference::field_layout);
}

M36_SCRIPT("an own Accept replaces the generated one") {
    s.serve("/", reply(200, "x"))
        .add("a", with_fields(get(), {{"Accept", "text/html"}}))
        .run();
}

M36_SCRIPT("a suppressed Accept is not sent") {
    auto t = get();
    t.without = {"Accept"};
    s.serve("/", reply(200, "x")).add("a", t).run();
}

M36_SCRIPT("an own Host replaces the generated one") {
    s.serve("/", reply(200, "x"))
        .add("a", with_fields(get(), {{"Host", "example.test"}}))
        .run();
}

M36_SCRIPT("an own User-Agent") {
    s.serve("/", reply(200, "x"))
        .add("a", with_fields(get(), {{"User-Agent", "mine/1"}}))
        .run()
        .differs(difference::field_layout);
}

M36_SCRIPT("the User-Agent of the house") {
    auto t = get();
    t.default_agent = true;
    s.serve("/", reply(200, "x")).add("a", t).run().differs(difference::user_agent);
}

M36_SCRIPT("HEAD has a length and no body") {
    auto t = get();
    t.method = "HEAD";
    s.serve("/", reply(200, "not sent")).add("a", t).run().add("b", get()).run();
}

M36_SCRIPT("methods without a body") {
    s.serve("/", reply(200, "x"));
    for (const auto* method : {"DELETE", "OPTIONS", "TRACE", "PURGE"}) {
        auto t = get();
        t.method = method;
        s.add(method, t).run();
    }
}

M36_SCRIPT("POST of a short body") {
    s.serve("/", reply(200, "done")).add("a", with_body("POST", "a=1")).run();
    s.differs(difference::body_fields);
}

M36_SCRIPT("POST with an own Content-Type") {
    s.serve("/", reply(200, "done"))
        .add(
            "a",
            with_fields(with_body("POST", "{}"), {{"Content-Type", "application/json"}})
        )
        .run();
}

M36_SCRIPT("POST of nothing") {
    s.serve("/", reply(200, "done")).add("a", with_body("POST", "")).run();
    s.differs(difference::body_fields);
}

M36_SCRIPT("PATCH and DELETE with a body") {
    s.serve("/", reply(200, "done"))
        .add("a", with_body("PATCH", "change"))
        .run()
        .add("b", with_body("DELETE", "reason"))
        .run()
        .differs(difference::body_fields);
}

M36_SCRIPT("PUT of a known length") {
    s.serve("/", reply(201))
        .add("a", with_pieces("PUT", {"one ", "two"}, true))
        .run()
        .differs(difference::body_fields);
}

M36_SCRIPT("PUT of an unknown length goes out in chunks") {
    s.serve("/", reply(201))
        .add("a", with_pieces("PUT", {"one ", "two ", "three"}, false))
        .run()
        .differs(difference::body_fields);
}

M36_SCRIPT("POST of an unknown length goes out in chunks") {
    s.serve("/", reply(200))
        .add("a", with_pieces("POST", {std::string(300, 'a'), "b"}, false))
        .run()
        .differs(difference::body_fields);
}

M36_SCRIPT("POST of two mebibytes") {
    s.serve("/", reply(200, "done"))
        .add("a", with_body("POST", std::string(2 << 20, 'x')))
        .run()
        .differs(difference::body_fields);
}

M36_SCRIPT("a body that waits for 100 and gets it") {
    s.serve("/", reply(200, "done"))
        .add("a", expecting(with_body("POST", "body")))
        .run();
    s.differs(difference::field_layout).differs(difference::body_fields);
}

M36_SCRIPT("a body that waits for 100 and gets a refusal") {
    s.serve("/", reply(403, "no").closing(), answering_early())
        .add("a", expecting(with_body("POST", "body")))
        .run();
    s.differs(difference::field_layout).differs(difference::body_fields);
}

M36_SCRIPT("a body that waits for 100 and gets a success instead") {
    s.serve("/", reply(200, "no need").closing(), answering_early())
        .add("a", expecting(with_body("PUT", "body")))
        .run();
    s.differs(difference::field_layout).differs(difference::body_fields);
}

M36_SCRIPT("a body that waits for 100 in vain is sent after a while") {
    xfer::testing::route_options silently;
    silently.send_continue = false;
    s.serve("/", reply(200, "done"), silently)
        .add("a", expecting(with_body("POST", "body"), milliseconds(100)))
        .run();
    s.differs(difference::field_layout).differs(difference::body_fields);
}

M36_SCRIPT("an answer that comes before the body is read") {
    s.serve("/", reply(403, "no").closing(), answering_early())
        .add("a", with_body("POST", "a=1"))
        .run()
        .differs(difference::body_fields);
}

M36_SCRIPT("credentials in the URL") {
    // A unix socket, since the URL names a port otherwise.
    auto t = get("http://user:secret@localhost/");
    t.on_unix_socket = true;
    s.speaks(protocol::unix_socket).serve("/", reply(200, "x")).add("a", t).run();
}

M36_SCRIPT("a line break in a field's value") {
    s.serve("/", reply(200, "x"))
        .add("a", with_fields(get(), {{"X-Bad", "a\r\nX-Smuggled: 1"}}))
        .run()
        .add("b", get())
        .run()
        .differs(difference::refused_early);
}

M36_SCRIPT("URLs that cannot be fetched") {
    s.add("scheme", get("nonsense://host.test/"))
        .run()
        .add("port", get("http://127.0.0.1:99999/"))
        .run()
        .add("bracket", get("http://[::1/"))
        .run()
        .add("host", get("http:///"))
        .run();
}

M36_SCRIPT("a URL without a scheme") {
    s.add("a", get("127.0.0.1:1/")).run().differs(difference::url);
}
