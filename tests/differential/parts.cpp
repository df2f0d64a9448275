// M36: parts of a resource, conditions, files that are resumed, and content codings.
#include "check.hpp"
#include "support/encoders.hpp"

#include <string>
#include <string_view>
#include <utility>

using namespace differential;
using xfer::testing::from;
using xfer::testing::seen_request;
using namespace std::chrono_literals;

namespace {

constexpr auto digits = "0123456789";

/// Ten digits of which one range is answered; a version of another ETag is sent whole.
xfer::testing::reply_function ranges(std::string etag) {
    return [=](const seen_request& r) {
        const auto range = std::string(r.field("Range"));
        const auto wanted = r.field("If-Range");
        reply whole(200, digits);
        whole.with_field("ETag", etag).with_field("Accept-Ranges", "bytes");
        if (range.empty() || (!wanted.empty() && wanted != etag)) return whole;
        const auto dash = range.find('-');
        const auto begin = range.substr(6, dash - 6);
        const auto end = range.substr(dash + 1);
        const auto first = begin.empty() ? 10 - std::stoul(end) : std::stoul(begin);
        const auto last = begin.empty() || end.empty() ? 9 : std::stoul(end);
        if (first > 9) {
            return reply(416).with_field("Content-Range", "bytes */10");
        }
        return reply(206, std::string(digits).substr(first, last - first + 1))
            .with_field("ETag", etag)
            .with_field(
                "Content-Range",
                "bytes " + std::to_string(first) + '-' + std::to_string(last) + "/10"
            );
    };
}

transfer if_modified(transfer t, std::chrono::sys_seconds since) {
    t.modified_since = since;
    return t;
}
constexpr std::chrono::sys_seconds in_1994{784111777s};  // Sun, 06 Nov 1994 08:49:37

/// The digits, cut off after five of them.
reply cut_off() {
    return reply(200, digits).with_field("ETag", "\"1\"").close_after(5, from::body);
}

/// A file that a first transfer begins; the second answer is for the rest.
script& resumed(script& s, reply second, reply first = cut_off()) {
    s.serve_in_turn("/", {std::move(first), std::move(second)});
    for (const auto* name : {"first", "rest"}) {
        s.add(name, get().into("file").switched(&transfer::resume)).run();
    }
    return s.differs(difference::conditions);
}

}  // namespace

// Ranges.

M36_SCRIPT("a range") {
    s.serve_by("/", ranges("\"1\""));
    for (const auto* set : {"0-4", "5-", "-3", "9-9"}) {
        s.add(set, get().part_of_it(set)).run();
    }
}
M36_SCRIPT("a range beyond the end") {
    s.serve_by("/", ranges("\"1\"")).add("a", get().part_of_it("20-30")).run();
}
M36_SCRIPT("several ranges") {
    s.serve("/", reply(206, "--x\r\n\r\n01\r\n--x--\r\n"));
    s.add("a", get().part_of_it("0-1,4-5")).run();
}
M36_SCRIPT("a range, and the whole is sent") {
    s.serve("/", reply(200, digits)).add("a", get().part_of_it("0-4")).run();
}
M36_SCRIPT("a part that nobody asked for") {
    s.serve("/", reply(206, "01").with_field("Content-Range", "bytes 0-1/10"));
    s.add("a", get()).run();
}
M36_SCRIPT("what is no range") {
    s.serve("/", reply(200, digits))
        .add("a", get().part_of_it("from 1 to 2"))
        .run()
        .differs(difference::refused_early);
}
M36_SCRIPT("a range of HEAD") {
    s.serve("/", reply(200, digits)).add("a", ask("HEAD").part_of_it("0-4")).run();
}
M36_SCRIPT("a range goes along with a redirect") {
    s.serve("/", reply(302).with_field("Location", "/x"))
        .serve_by("/x", ranges("\"1\""));
    s.add("a", get().part_of_it("2-3").follow()).run();
}
M36_SCRIPT("an own Range field") {
    s.serve_by("/", ranges("\"1\"")).add("a", get().with("Range", "bytes=1-2")).run();
}

// Conditions.

M36_SCRIPT("if it was modified, and it was") {
    s.serve("/", reply(200, "new")).add("a", if_modified(get(), in_1994)).run();
}
M36_SCRIPT("if it was modified, and it was not") {
    s.serve("/", reply(304)).add("a", if_modified(get(), in_1994)).run();
}
M36_SCRIPT("if it was modified, and the server sends it all the same") {
    const auto old = "Sat, 05 Nov 1994 00:00:00 GMT";
    s.serve("/", reply(200, "old").with_field("Last-Modified", old));
    s.add("a", if_modified(get(), in_1994)).run().differs(difference::conditions);
}
M36_SCRIPT("if it was not modified, and it was") {
    auto t = get();
    t.unmodified_since = in_1994;
    s.serve("/", reply(412, "changed")).add("a", t).run();
}
M36_SCRIPT("304 with fields of a body") {
    auto r = reply(304).with_field("Content-Length", "10").with_field("ETag", "\"1\"");
    s.serve("/", r).add("a", get().with("If-None-Match", "\"1\"")).run();
    s.add("b", get("/after")).run();
}

// The greatest size.

M36_SCRIPT("the greatest size of a part") {
    auto t = get().part_of_it("0-4");
    t.max_body = 4;
    s.serve_by("/", ranges("\"1\"")).add("a", t).run();
}
M36_SCRIPT("the greatest size does not matter to HEAD") {
    auto t = ask("HEAD");
    t.max_body = 4;
    s.serve("/", reply(200, digits)).add("a", t).run().differs(difference::max_body);
}

// Files.

M36_SCRIPT("a body into a file") {
    s.serve("/", reply(200, "one")).serve("/two", reply(200, "2"));
    s.add("a", get().into("file")).run().add("b", get("/two").into("file")).run();
}
M36_SCRIPT("a file that is begun") {
    s.serve_by("/", ranges("\"1\""));
    s.add("a", get().into("file").switched(&transfer::resume)).run();
}
M36_SCRIPT("the rest of a file") {
    auto rest = reply(206, "56789").with_field("ETag", "\"1\"");
    resumed(s, rest.with_field("Content-Range", "bytes 5-9/10"));
}
M36_SCRIPT("the rest of a file that has changed") {
    resumed(s, reply(200, "something new").with_field("ETag", "\"2\""));
}
M36_SCRIPT("the rest of a file that is complete") {
    // Nobody said before how long it is.
    auto first = reply(200, digits).with_field("ETag", "\"1\"").chunked({5});
    auto second = reply(416).with_field("Content-Range", "bytes */5");
    first.close_after(std::string_view("5\r\n01234\r\n").size(), from::body);
    resumed(s, second.with_field("ETag", "\"1\""), first);
}
M36_SCRIPT("the rest of a file that is gone") { resumed(s, reply(404, "gone")); }

// Content codings.

M36_SCRIPT("an own Accept-Encoding") {
    s.serve("/", reply(200, "x").with_field("Content-Encoding", "gzip"));
    s.add("a", get().with("Accept-Encoding", "gzip")).run();
}

// Debian's curl asks for all of them.
#if defined(XFER_HAS_ZLIB) && defined(XFER_HAS_BROTLI) && defined(XFER_HAS_ZSTD)

namespace {

transfer decoding(std::string target = "/") {
    return get(std::move(target)).switched(&transfer::decode);
}
/// A body of this coding, which is to be undone.
script& coded(script& s, std::string coding, std::string body) {
    s.serve("/", reply(200, std::move(body)).with_field("Content-Encoding", coding));
    return s.add("a", decoding()).run().differs(difference::field_layout);
}

}  // namespace

M36_SCRIPT("codings are asked for") {
    s.serve("/", reply(200, "plain"))
        .add("a", decoding())
        .run()
        .differs(difference::field_layout);
}
M36_SCRIPT("identity") { coded(s, "identity", "plain"); }
M36_SCRIPT("a coding that nobody knows") { coded(s, "magic", "?"); }
M36_SCRIPT("gzip") { coded(s, "gzip", test::gzip("hello hello hello")); }
M36_SCRIPT("x-gzip") { coded(s, "x-gzip", test::gzip("hello hello hello")); }
M36_SCRIPT("GZIP in capitals") { coded(s, "GZIP", test::gzip("hello hello hello")); }
M36_SCRIPT("deflate") { coded(s, "deflate", test::zlib("hello hello hello")); }
M36_SCRIPT("deflate without its frame") {
    coded(s, "deflate", test::bare_deflate("hello hello hello"));
}
M36_SCRIPT("two codings") {
    coded(s, "gzip, deflate", test::zlib(test::gzip("hello hello hello")));
}
M36_SCRIPT("two fields of codings") {
    auto r = reply(200, test::zlib(test::gzip("hello hello hello")));
    r.with_field("Content-Encoding", "gzip").with_field("Content-Encoding", "deflate");
    s.serve("/", r).add("a", decoding()).run().differs(difference::field_layout);
}
M36_SCRIPT("gzip that nobody asked for stays as it is") {
    const auto body = test::gzip("hello hello hello");
    s.serve("/", reply(200, body).with_field("Content-Encoding", "gzip"));
    s.add("a", get()).run();
}
M36_SCRIPT("gzip in chunks") {
    auto r = reply(200, test::gzip("hello hello hello")).chunked({1, 3});
    s.serve("/", r.with_field("Content-Encoding", "gzip"))
        .add("a", decoding())
        .run()
        .differs(difference::field_layout);
}
M36_SCRIPT("gzip until the connection closes") {
    auto r = reply(200, test::gzip("hello hello hello")).until_close();
    s.serve("/", r.with_field("Content-Encoding", "gzip"))
        .add("a", decoding())
        .run()
        .differs(difference::field_layout);
}
M36_SCRIPT("gzip that is cut off") {
    coded(s, "gzip", test::gzip("hello hello hello").substr(0, 12))
        .differs(difference::cut_off);
}
M36_SCRIPT("gzip that is broken") {
    auto body = test::gzip("hello hello hello");
    auto& checksum = body[body.size() - 8];
    checksum = static_cast<char>(~checksum);
    coded(s, "gzip", body);
    s.differs(difference::codings);
}
M36_SCRIPT("gzip with octets behind it") {
    coded(s, "gzip", test::gzip("hello hello hello") + "rubbish")
        .differs(difference::codings);
}
M36_SCRIPT("gzip of two members") {
    coded(s, "gzip", test::gzip("hello ") + test::gzip("again"))
        .differs(difference::codings);
}
M36_SCRIPT("gzip of nothing at all") { coded(s, "gzip", ""); }
M36_SCRIPT("gzip that is none") { coded(s, "gzip", "plain text"); }
M36_SCRIPT("gzip of HEAD") {
    s.serve("/", reply(200, test::gzip("x")).with_field("Content-Encoding", "gzip"));
    s.add("a", ask("HEAD").switched(&transfer::decode))
        .run()
        .differs(difference::field_layout);
}
M36_SCRIPT("gzip of a redirect and of what it leads to") {
    const auto body = test::gzip("hello hello hello");
    auto r = reply(302, body).with_field("Content-Encoding", "gzip");
    s.serve("/", r.with_field("Location", "/x"));
    s.serve("/x", reply(200, body).with_field("Content-Encoding", "gzip"));
    s.add("a", decoding().follow()).run().differs(difference::field_layout);
}
M36_SCRIPT("six codings") {
    std::string body = "hello";
    std::string list;
    for (int i = 0; i < 6; ++i) {
        body = test::gzip(body);
        list += i == 0 ? "gzip" : ", gzip";
    }
    coded(s, list, body);
}
M36_SCRIPT("gzip that grows beyond the greatest size") {
    auto t = decoding();
    t.max_body = 1000;
    const auto body = test::gzip(std::string(5000, 'x'));
    s.serve("/", reply(200, body).with_field("Content-Encoding", "gzip")).add("a", t);
    s.run().differs(difference::field_layout).differs(difference::max_body);
}
M36_SCRIPT("br") { coded(s, "br", test::brotli("hello hello hello")); }
M36_SCRIPT("br that is cut off") {
    coded(s, "br", test::brotli("hello hello hello").substr(0, 6))
        .differs(difference::cut_off);
}
M36_SCRIPT("zstd") { coded(s, "zstd", test::zstd("hello hello hello")); }
M36_SCRIPT("zstd that is cut off") {
    coded(s, "zstd", test::zstd("hello hello hello").substr(0, 12))
        .differs(difference::cut_off);
}

#endif
