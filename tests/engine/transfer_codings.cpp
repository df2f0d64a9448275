// Transfer codings that were asked for are undone, whatever is transferred.
#include "support/encoders.hpp"
#include "support/rig.hpp"
#include "support/scratch.hpp"
#include <xfer/proto/content_coding.hpp>

#include <string>
#include <string_view>

using support::both_ways;
using support::rig;
using xfer::error;
using xfer::testing::memory_reply;
using xfer::testing::memory_request;
using xfer::testing::memory_server;

namespace {

xfer::options asking(bool decode = false) {
    xfer::options o;
    o.transfer_codings = true;
    o.decode = decode;
    return o;
}

/// The body in chunks, with that Transfer-Encoding.
memory_reply coded(
    std::string_view body, std::string_view codings, std::string_view fields = {}
) {
    auto reply = memory_reply::chunked(body, 100, fields);
    const std::string plain = "Transfer-Encoding: chunked";
    const std::string said = "Transfer-Encoding: " + std::string(codings);
    reply.bytes.replace(reply.bytes.find(plain), plain.size(), said);
    return reply;
}

memory_server::answer giving(memory_reply reply) {
    return [reply](const memory_request&) { return reply; };
}

}  // namespace

TEST_CASE(
    "S3: transfer codings: unasked they are refused", "[engine][transfer_codings][S3]"
) {
    rig r(GENERATE(both_ways()));
    memory_server a(*r.network, "a.test", 80, giving(coded("x", "gzip, chunked")));
    xfer::options o;
    o.decode = GENERATE(false, true);
    CHECK(r.transfer(xfer::get("http://a.test/", o)).ec == error::bad_encoding);
    CHECK(a.log().at(0).header("TE").empty());
    CHECK(a.log().at(0).header("Connection").empty());
    // Nor does a TE of the user's own ask for them to be undone.
    auto own = xfer::get("http://a.test/", o);
    own.header("TE", "gzip").header("Connection", "TE");
    CHECK(r.transfer(own).ec == error::bad_encoding);
}

TEST_CASE("transfer codings: a plain reply is none", "[engine][transfer_codings]") {
    rig r(GENERATE(both_ways()));
    memory_server a(*r.network, "a.test", 80, "alpha");
    memory_server b(*r.network, "b.test", 80, giving(coded("beta", "chunked")));
    CHECK(r.transfer(xfer::get("http://a.test/", asking())).response.body() == "alpha");
    CHECK(r.transfer(xfer::get("http://b.test/", asking())).response.body() == "beta");
    const auto asked = xfer::proto::transfer_codings();
    CHECK(a.log().at(0).header("TE") == asked);
    CHECK(a.log().at(0).header("Connection") == (asked.empty() ? "" : "TE"));
    // The heads of requests without it are not those of requests with it.
    CHECK_FALSE(r.transfer(xfer::get("http://a.test/")).ec);
    CHECK(a.log().at(1).header("TE").empty());
}

#ifdef XFER_HAS_ZLIB

TEST_CASE("transfer codings: gzip is undone", "[engine][transfer_codings]") {
    rig r(GENERATE(both_ways()));
    xfer::testing::memory_options shape;
    shape.max_read = GENERATE(std::size_t{1}, std::size_t{10'000});
    r.network->shape("a.test", shape);
    const std::string text(5000, 't');
    const auto gzipped = test::gzip(text);
    memory_server a(*r.network, "a.test", 80, giving(coded(gzipped, "gzip, chunked")));
    const auto done = r.transfer(xfer::get("http://a.test/", asking()));
    INFO(done.failure().message);
    CHECK_FALSE(done.ec);
    CHECK(done.response.body() == text);
    CHECK(done.response.info().bytes_received == gzipped.size());
    CHECK(done.response.header("Transfer-Encoding") == "gzip, chunked");
    CHECK(r.m->stats().idle_connections == 1);
}

TEST_CASE(
    "transfer codings: they lie around those of the content",
    "[engine][transfer_codings]"
) {
    rig r(GENERATE(both_ways()));
    const std::string text(5000, 't');
    const auto inner = test::gzip(text);
    memory_server a(
        *r.network,
        "a.test",
        80,
        giving(coded(test::gzip(inner), "x-gzip, chunked", "Content-Encoding: gzip\r\n")
        )
    );
    CHECK(r.transfer(xfer::get("http://a.test/", asking())).response.body() == inner);
    CHECK(
        r.transfer(xfer::get("http://a.test/", asking(true))).response.body() == text
    );
}

TEST_CASE(
    "transfer codings: of a part and of a resumed file too",
    "[engine][transfer_codings]"
) {
    rig r(GENERATE(both_ways()));
    memory_server a(*r.network, "a.test", 80, [](const memory_request&) {
        auto reply = coded(
            test::gzip("tail"),
            "gzip, chunked",
            "Content-Range: bytes 5-8/9\r\nContent-Encoding: br\r\n"
        );
        reply.bytes.replace(9, 3, "206");
        return reply;
    });
    const auto done =
        r.transfer(xfer::get("http://a.test/", asking(true)).range("5-8"));
    CHECK_FALSE(done.ec);
    CHECK(done.response.body() == "tail");
    memory_server b(
        *r.network,
        "b.test",
        80,
        giving(coded(test::gzip("whole"), "gzip, chunked", "ETag: \"1\"\r\n"))
    );
    const support::scratch d;
    auto into = xfer::get("http://b.test/", asking());
    into.to_file(d / "file", xfer::file_mode::resume);
    CHECK_FALSE(r.transfer(into).ec);
    CHECK(support::read_file(d / "file") == "whole");
}

TEST_CASE(
    "S3: transfer codings: any other is refused", "[engine][transfer_codings][S3]"
) {
    rig r(GENERATE(both_ways()));
    const auto codings = GENERATE(
        as<std::string>(),
        "deflate, chunked",
        "identity, chunked",
        "gzip, br, chunked",
        "gzip",
        "chunked, gzip",
        "gzip, chunked, chunked",
        "gzip, gzip, gzip, gzip, gzip, gzip, chunked"
    );
    memory_server a(*r.network, "a.test", 80, giving(coded("x", codings)));
    const auto done = r.transfer(xfer::get("http://a.test/", asking()));
    CHECK(done.ec == error::bad_encoding);
    CHECK(r.network->open_connections() == 0);
}

TEST_CASE(
    "transfer codings: together with the content's at most five",
    "[engine][transfer_codings][F1]"
) {
    rig r(GENERATE(both_ways()));
    memory_server a(
        *r.network,
        "a.test",
        80,
        giving(coded(
            "x", "gzip, gzip, gzip, chunked", "Content-Encoding: gzip, gzip, gzip\r\n"
        ))
    );
    const auto done = r.transfer(xfer::get("http://a.test/", asking(true)));
    CHECK(done.ec == error::bad_encoding);
}

TEST_CASE(
    "transfer codings: broken and cut off is bad_encoding", "[engine][transfer_codings]"
) {
    rig r(GENERATE(both_ways()));
    auto gzipped = test::gzip("some text of some length");
    SECTION("broken") { gzipped[gzipped.size() / 2] ^= 0x55; }
    SECTION("cut off") { gzipped.resize(gzipped.size() - 9); }
    SECTION("not gzip") { gzipped = "plain text"; }
    memory_server a(*r.network, "a.test", 80, giving(coded(gzipped, "gzip, chunked")));
    const auto done = r.transfer(xfer::get("http://a.test/", asking()));
    CHECK(done.ec == error::bad_encoding);
    CHECK(r.control_transfer_works());
}

TEST_CASE("F1.2: a bomb of a transfer coding ends at the limits", "[engine][F1]") {
    rig r(GENERATE(both_ways()));
    const std::string zeros(std::size_t{16} << 20, '\0');
    memory_server a(
        *r.network, "a.test", 80, giving(coded(test::gzip(zeros), "gzip, chunked"))
    );
    memory_server b(
        *r.network,
        "b.test",
        80,
        giving(coded(test::gzip(test::gzip(zeros)), "gzip, gzip, chunked"))
    );
    std::size_t got = 0;
    const auto into = [&](const char* url, const xfer::options& o) {
        auto request = xfer::get(url, o);
        request.sink(xfer::to_function([&](std::string_view piece) {
            got += piece.size();
        }));
        return r.transfer(request).ec;
    };
    auto bounded = asking();
    bounded.max_body_size = std::size_t{1} << 20;
    CHECK(into("http://a.test/", bounded) == error::body_too_large);
    CHECK(got <= bounded.max_body_size);
    CHECK(into("http://b.test/", asking()) == error::body_too_large);
    got = 0;
    CHECK_FALSE(into("http://a.test/", asking()));
    CHECK(got == zeros.size());
}

TEST_CASE(
    "transfer codings: what is passed over is not undone", "[engine][transfer_codings]"
) {
    rig r(GENERATE(both_ways()));
    memory_server a(*r.network, "a.test", 80, [](const memory_request& seen) {
        if (seen.target == "/next") {
            return memory_reply::with_length("here");
        }
        auto reply = coded("this is not gzip", "gzip, chunked", "Location: /next\r\n");
        reply.bytes.replace(9, 3, "302");
        return reply;
    });
    auto o = asking();
    o.max_redirects = 1;
    const auto done = r.transfer(xfer::get("http://a.test/", o));
    CHECK_FALSE(done.ec);
    CHECK(done.response.body() == "here");
    CHECK(done.response.info().connections_opened == 1);
}

#endif
