// M36: what servers answer, well-formed and not.
#include "check.hpp"

#include <initializer_list>

using namespace differential;
using xfer::testing::fault;
using xfer::testing::from;

namespace {

/// A GET for this reply, and another one of a good reply, which shows whether the
/// connection was kept.
void get_twice(script& s, reply r) {
    s.serve("/", std::move(r))
        .serve("/after", reply(200, "after"))
        .add("a", get())
        .run()
        .add("b", get("/after"))
        .run();
}
void get_exactly(script& s, std::string bytes) {
    get_twice(s, reply::exactly(std::move(bytes)));
}

std::string head(std::string_view fields) {
    return "HTTP/1.1 200 OK\r\n" + std::string(fields) + "\r\n";
}

}  // namespace

M36_SCRIPT("a fixed length") { get_twice(s, reply(200, "hello")); }
M36_SCRIPT("a length of zero") { get_twice(s, reply(200)); }
M36_SCRIPT("204 and 304 have no body") {
    s.serve("/204", reply(204)).serve("/304", reply(304));
    s.add("a", get("/204")).run().add("b", get("/304")).run();
}
M36_SCRIPT("chunks") { get_twice(s, reply(200, "hello world").chunked({1, 2, 3})); }
M36_SCRIPT("chunks with extensions") {
    get_exactly(
        s, head("Transfer-Encoding: chunked\r\n") + "3;a=b\r\nabc\r\n0;last\r\n\r\n"
    );
}
M36_SCRIPT("trailers") { get_twice(s, reply(200, "hello").with_trailer("X-Sum", "5")); }
M36_SCRIPT("a body until the connection closes") {
    get_twice(s, reply(200, "hello").until_close());
}
M36_SCRIPT("a length, and the connection closes") {
    get_twice(s, reply(200, "hello").closing());
}
M36_SCRIPT("HTTP/1.0 closes") {
    get_exactly(s, "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nhi");
}
// curl remembers the server's version and sends HTTP/1.0 from then on.
M36_SCRIPT("HTTP/1.0 keep-alive") {
    get_exactly(
        s, "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nhi"
    );
    s.differs(difference::http_1_0);
}
// RFC 9112 6.1: chunks are for servers that are known to speak HTTP/1.1.
M36_SCRIPT("chunks for a server of HTTP/1.0") {
    const auto old =
        "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nhi";
    s.serve("/", reply::exactly(old));
    s.add("a", get()).run().add("b", with_pieces("POST", {"x"}, false)).run();
}
M36_SCRIPT("no reason phrase") {
    get_exactly(s, "HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nhi");
}
M36_SCRIPT("interim responses come first") {
    get_twice(
        s, reply(200, "x").with_interim(103, {{"Link", "</a>"}}).with_interim(100)
    );
}
M36_SCRIPT("errors of the server are responses") {
    s.serve("/404", reply(404, "not here")).serve("/500", reply(500, "broken"));
    s.add("a", get("/404")).run().add("b", get("/500")).run();
}
M36_SCRIPT("a redirect is not followed unasked") {
    get_twice(s, reply(302, "there").with_field("Location", "/after"));
}
M36_SCRIPT("a mebibyte") {
    get_twice(s, reply::repeating("0123456789abcdef", 1 << 20));
}
M36_SCRIPT("a response byte by byte") {
    get_twice(s, reply(200, "hello").chunked({2}).split_every(1));
}
M36_SCRIPT("line ends without CR") {
    get_exactly(s, "HTTP/1.1 200 OK\nContent-Length: 2\n\nhi");
    s.differs(difference::strict_replies);
}
M36_SCRIPT("a folded field") {
    get_exactly(s, head("X-Long: a\r\n b\r\nContent-Length: 2\r\n") + "hi");
}
M36_SCRIPT("the same length twice") {
    get_exactly(s, head("Content-Length: 2\r\nContent-Length: 2\r\n") + "hi");
}
M36_SCRIPT("two lengths that contradict each other") {
    get_exactly(s, head("Content-Length: 2\r\nContent-Length: 3\r\n") + "hi!");
    s.differs(difference::strict_replies);
}
M36_SCRIPT("a length that is no number") {
    get_exactly(s, head("Content-Length: two\r\n") + "hi");
}
M36_SCRIPT("a negative length") {
    get_exactly(s, head("Content-Length: -2\r\n") + "hi");
}
M36_SCRIPT("a length beyond 64 bits") {
    // Closed, since curl reads until then.
    const auto start = head("Content-Length: 99999999999999999999\r\n");
    s.serve("/", reply::exactly(start + "hi").closing()).add("a", get()).run();
    s.differs(difference::strict_replies);
}
M36_SCRIPT("a length and chunks") {
    get_exactly(
        s,
        head("Content-Length: 3\r\nTransfer-Encoding: chunked\r\n") +
            "2\r\nhi\r\n0\r\n\r\n"
    );
    s.differs(difference::strict_replies);
}
M36_SCRIPT("an unknown transfer coding") {
    get_twice(
        s, reply(200, "x").unframed().with_field("Transfer-Encoding", "magic").closing()
    );
}
M36_SCRIPT("a space before the colon") {
    get_exactly(s, head("X-Space : 1\r\nContent-Length: 2\r\n") + "hi");
    s.differs(difference::strict_replies);
}
M36_SCRIPT("a field line without a colon") {
    get_exactly(s, head("Nonsense\r\nContent-Length: 2\r\n") + "hi");
    s.differs(difference::strict_replies);
}
M36_SCRIPT("a NUL in the head") {
    using namespace std::literals;
    get_exactly(s, head("X-Nul: a\0b\r\nContent-Length: 2\r\n"sv) + "hi");
    s.differs(difference::strict_replies);
}
M36_SCRIPT("a version that does not exist") {
    get_exactly(s, "HTTP/7.3 200 OK\r\nContent-Length: 2\r\n\r\nhi");
    s.differs(difference::strict_replies);
}
M36_SCRIPT("a status of four digits") {
    get_exactly(s, "HTTP/1.1 2000 OK\r\nContent-Length: 2\r\n\r\nhi");
    s.differs(difference::strict_replies);
}
M36_SCRIPT("garbage instead of a response") {
    s.serve("/", reply::exactly("this is not HTTP\r\n\r\n").closing())
        .add("a", get())
        .run();
    s.differs(difference::strict_replies);
}
M36_SCRIPT("a head line of 200 KiB") {
    s.serve("/", reply(200, "x").with_field("X-Long", std::string(200 << 10, 'x')))
        .add("a", get())
        .run();
    s.differs(difference::head_limit);
}
M36_SCRIPT("a head of 2 MiB") {
    s.serve("/", reply(200, "x").with_field("X-Long", std::string(2 << 20, 'x')))
        .add("a", get())
        .run();
    s.differs(difference::head_limit);
}
M36_SCRIPT("a chunk size that is no number") {
    get_exactly(s, head("Transfer-Encoding: chunked\r\n") + "xyz\r\nhi\r\n0\r\n\r\n");
    s.differs(difference::strict_replies);
}
M36_SCRIPT("a chunk size beyond 64 bits") {
    get_exactly(
        s, head("Transfer-Encoding: chunked\r\n") + "fffffffffffffffff\r\nhi\r\n"
    );
    s.differs(difference::strict_replies);
}
M36_SCRIPT("a chunk without its line end") {
    get_exactly(s, head("Transfer-Encoding: chunked\r\n") + "2\r\nhiXX0\r\n\r\n");
    s.differs(difference::strict_replies);
}
M36_SCRIPT("more body than the length says") {
    get_exactly(s, head("Content-Length: 2\r\n") + "hidden");
}
M36_SCRIPT("closed in the middle of a fixed length") {
    get_twice(s, reply(200, "hello world").close_after(5, from::body));
}
M36_SCRIPT("closed in the middle of the chunks") {
    get_twice(s, reply(200, "hello world").chunked({4}).close_after(12, from::body));
}
M36_SCRIPT("closed in the middle of the head") {
    get_twice(s, reply(200, "hello").close_after(20));
    s.differs(difference::cut_off);
}
M36_SCRIPT("closed before the first byte") { get_twice(s, reply(200).close_after(0)); }
M36_SCRIPT("closed after an interim response") {
    s.serve("/", reply::exactly("HTTP/1.1 100 Continue\r\n\r\n").closing())
        .add("a", get())
        .run()
        .differs(difference::cut_off);
}
M36_SCRIPT("reset before the first byte") { get_twice(s, reply(200).reset_after(0)); }
M36_SCRIPT("reset in the middle of the body") {
    // A reset destroys what was not read, so it waits until that was.
    auto r = reply(200, "hello world");
    r.stall_after(5, from::body).reset_after(5, from::body);
    s.serve("/", r).add("a", get()).run_until_received("a", 5).release().run();
}
M36_SCRIPT("an upload that is reset") {
    s.serve("/", reply(200).reset_after(0)).add("a", with_body("PUT", "body")).run();
    s.differs(difference::body_fields);
}
