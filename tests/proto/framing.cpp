// xfer/proto/framing.hpp: how a response body ends, and whether its connection lives
// on.
#include <xfer/proto/framing.hpp>

#include <catch2/catch.hpp>

#include <string>

using namespace xfer::proto;
using xfer::error;
using xfer::fields;

namespace {

body_framing frame(
    const fields& f, framing_facts facts = {.method = "GET", .status = 200}
) {
    return decide_framing(facts, f);
}

fields lengths(const std::string& value) {
    fields f;
    f.add("content-length", value);
    return f;
}

const std::string two_63 = "9223372036854775808";

}  // namespace

TEST_CASE("framing: a length frames the body", "[proto][framing]") {
    const auto f = frame(lengths("42"));
    CHECK(f.kind == body_kind::length);
    CHECK(f.length == 42);
    CHECK(f.reusable());
    CHECK(frame(lengths("9223372036854775807")).length == 9223372036854775807u);
    CHECK(frame(lengths("0")).kind == body_kind::length);
}

TEST_CASE("S2: equal lengths are one length", "[proto][framing]") {
    const auto value =
        GENERATE(as<std::string>(), "6", "6,6", "6, 06,6", " 6 ", "\t6", "006");
    const auto f = frame(lengths(value).add("Content-Length", "6"));
    CHECK(f.kind == body_kind::length);
    CHECK(f.length == 6);
    CHECK(f.reusable());
}

TEST_CASE("F2.2 S2: any other length is weird_reply", "[proto][framing][F2.2]") {
    const auto value = GENERATE(
        as<std::string>(),
        "+6",
        "-6",
        "0x6",
        "6a",
        "",
        "6,",
        ",6",
        "6,,6",
        "6 6",
        "6.0",
        "six",
        "6,7",
        two_63,
        "18446744073709551616",
        "99999999999999999999",
        "6;",
        "\"6\""
    );
    CAPTURE(value);
    const auto f = frame(lengths(value));
    CHECK(f.failure.ec == error::weird_reply);
    CHECK_FALSE(f.failure.why.empty());
    CHECK_FALSE(f.reusable());
    CHECK(
        frame(lengths(value).add("Content-Length", "6")).failure.ec ==
        error::weird_reply
    );
}

TEST_CASE("F2.2 S2: differing lengths are weird_reply", "[proto][framing][F2.2]") {
    const auto f = frame(lengths("6").add("Content-Length", "44"));
    CHECK(f.failure.ec == error::weird_reply);
    const auto g =
        frame(lengths("6").add("Content-Length", "x").add("Content-Length", "6"));
    CHECK(g.failure.ec == error::weird_reply);
}

TEST_CASE("framing: chunked frames the body", "[proto][framing]") {
    const auto value =
        GENERATE(as<std::string>(), "chunked", "CHUNKED", " chunked ", "chunked,");
    const auto f = frame(fields().add("Transfer-Encoding", value));
    CHECK(f.kind == body_kind::chunked);
    CHECK(f.reusable());
}

TEST_CASE("S3: a coding other than one chunked is bad_encoding", "[proto][framing]") {
    const auto value = GENERATE(
        as<std::string>(),
        "chunked, identity",
        "gzip, chunked",
        "identity",
        "xchunked",
        "chunked;a=b",
        "chunked, chunked",
        "identity, chunked",
        "",
        ",",
        "chunke",
        "\"chunked\"",
        "chunked chunked"
    );
    CAPTURE(value);
    const auto f = frame(fields().add("Transfer-Encoding", value));
    CHECK(f.failure.ec == error::bad_encoding);
    CHECK(f.must_close);
}

TEST_CASE("S3: chunked in two lines is bad_encoding", "[proto][framing]") {
    fields f;
    f.add("Transfer-Encoding", "chunked").add("transfer-encoding", "chunked");
    CHECK(frame(f).failure.ec == error::bad_encoding);
}

TEST_CASE("S3: a transfer coding in HTTP/1.0 is weird_reply", "[proto][framing]") {
    const auto f = frame(
        fields().add("Transfer-Encoding", "chunked"),
        {.method = "GET", .status = 200, .version = 10}
    );
    CHECK(f.failure.ec == error::weird_reply);
}

TEST_CASE("S1: chunked beats a length and the connection ends", "[proto][framing]") {
    const bool length_first = GENERATE(true, false);
    fields f;
    if (length_first) f.add("Content-Length", "5");
    f.add("Transfer-Encoding", "chunked");
    if (!length_first) f.add("Content-Length", "5");
    const auto decided = frame(f);
    CHECK(decided.kind == body_kind::chunked);
    CHECK_FALSE(decided.failure);
    CHECK(decided.must_close);
    CHECK_FALSE(decided.reusable());
    const auto strict =
        frame(f, {.method = "GET", .status = 200, .strictness = profile::strict});
    CHECK(strict.failure.ec == error::weird_reply);
}

TEST_CASE(
    "framing: without length or coding the close ends the body", "[proto][framing]"
) {
    const auto f = frame(fields().add("Connection", "keep-alive"));
    CHECK(f.kind == body_kind::until_close);
    CHECK_FALSE(f.reusable());
}

TEST_CASE("S9: some responses have no body whatever they claim", "[proto][framing]") {
    const auto facts = GENERATE(
        framing_facts{.method = "HEAD", .status = 200},
        framing_facts{.method = "GET", .status = 204},
        framing_facts{.method = "GET", .status = 304},
        framing_facts{.method = "GET", .status = 100},
        framing_facts{.method = "GET", .status = 199},
        framing_facts{.method = "CONNECT", .status = 200},
        framing_facts{.method = "CONNECT", .status = 299}
    );
    CAPTURE(facts.method, facts.status);
    for (const auto& f :
         {fields(),
          lengths("5"),
          fields().add("Transfer-Encoding", "chunked"),
          lengths("5").add("Transfer-Encoding", "x"),
          lengths("x")}) {
        const auto decided = frame(f, facts);
        CHECK(decided.kind == body_kind::none);
        CHECK(decided.length == 0);
        CHECK_FALSE(decided.failure);
    }
    CHECK(frame({}, facts).reusable());
}

TEST_CASE("S9: HEAD and 304 may declare a length", "[proto][framing]") {
    const auto facts = GENERATE(
        framing_facts{.method = "HEAD", .status = 200},
        framing_facts{.method = "GET", .status = 304}
    );
    const auto f = frame(lengths("5"), facts);
    CHECK(f.declared_length == 5u);
    CHECK(f.reusable());
    CHECK(frame(fields().add("Transfer-Encoding", "chunked"), facts).reusable());
    CHECK_FALSE(frame(lengths("5x"), facts).reusable());
    CHECK_FALSE(frame(lengths("5x"), facts).declared_length.has_value());
}

TEST_CASE("S9: a 204 that claims a body ends the connection", "[proto][framing]") {
    const framing_facts facts{.method = "GET", .status = 204};
    CHECK_FALSE(frame(lengths("5"), facts).reusable());
    CHECK_FALSE(frame(fields().add("Transfer-Encoding", "chunked"), facts).reusable());
    CHECK(frame(lengths("0"), facts).reusable());
}

TEST_CASE("framing: methods are told by their exact name", "[proto][framing]") {
    CHECK(
        frame(lengths("5"), {.method = "head", .status = 200}).kind == body_kind::length
    );
    CHECK(
        frame(lengths("5"), {.method = "CONNECT", .status = 407}).kind ==
        body_kind::length
    );
    CHECK(
        frame(lengths("5"), {.method = "GET", .status = 205}).kind == body_kind::length
    );
}

TEST_CASE(
    "framing: version and Connection decide over keep-alive", "[proto][framing]"
) {
    struct row {
        int version;
        const char* connection;
        bool keep;
    };
    const auto r = GENERATE(
        row{11, "", true},
        row{11, "close", false},
        row{11, "Close", false},
        row{11, "keep-alive", true},
        row{11, "x, close", false},
        row{11, "closed", true},
        row{10, "", false},
        row{10, "keep-alive", true},
        row{10, "Keep-Alive", true},
        row{10, "close", false},
        row{10, "keep-alive, close", false},
        row{10, "TE", false}
    );
    CAPTURE(r.version, r.connection);
    const auto f = frame(
        lengths("5").add("Connection", r.connection),
        {.method = "GET", .status = 200, .version = r.version}
    );
    CHECK(f.keep_alive == r.keep);
    CHECK(f.reusable() == r.keep);
}

TEST_CASE(
    "framing: after a request in HTTP/1.0 only keep-alive keeps the connection",
    "[proto][framing]"
) {
    framing_facts facts{
        .method = "GET", .status = 200, .version = 11, .request_version = 10};
    CHECK_FALSE(frame(lengths("5"), facts).keep_alive);
    CHECK_FALSE(frame(lengths("5").add("Connection", "close"), facts).keep_alive);
    CHECK(frame(lengths("5").add("Connection", "keep-alive"), facts).keep_alive);
    facts.version = 10;
    CHECK(frame(lengths("5").add("Connection", "keep-alive"), facts).keep_alive);
}

TEST_CASE("framing: HTTP/0.9 ends with the connection", "[proto][framing]") {
    const auto f = frame({}, {.method = "GET", .status = 0, .version = 9});
    CHECK(f.kind == body_kind::until_close);
    CHECK_FALSE(f.reusable());
}

TEST_CASE(
    "S3: transfer codings are taken that were asked for", "[proto][framing][S3]"
) {
    const auto coded = [](const char* codings) {
        return fields().add("Transfer-Encoding", codings);
    };
    framing_facts facts{.method = "GET", .status = 200};
    CHECK(frame(coded("gzip, chunked"), facts).failure.ec == error::bad_encoding);
    facts.codings_asked_for = true;
    CHECK(frame(coded("chunked"), facts).kind == body_kind::chunked);
    for (const auto* refused :
         {"gzip",
          "chunked, gzip",
          "chunked, chunked",
          "deflate, chunked",
          "identity, chunked",
          "gzip, xchunked"}) {
        CAPTURE(refused);
        CHECK(frame(coded(refused), facts).failure.ec == error::bad_encoding);
    }
#ifdef XFER_HAS_ZLIB
    auto f = frame(coded("gzip, chunked"), facts);
    CHECK(f.kind == body_kind::chunked);
    CHECK(f.reusable());
    f = frame(coded("gzip, chunked").add("Content-Length", "5"), facts);
    CHECK(f.kind == body_kind::chunked);
    CHECK(f.must_close);
#endif
    facts.version = 10;
    CHECK(frame(coded("gzip, chunked"), facts).failure.ec == error::weird_reply);
}

TEST_CASE("framing: Connection may come in several lines", "[proto][framing]") {
    fields f = lengths("5");
    f.add("Connection", "keep-alive").add("Connection", "close");
    CHECK_FALSE(frame(f).keep_alive);
}

TEST_CASE("framing: Proxy-Connection counts through a proxy only", "[proto][framing]") {
    const fields f = lengths("5").add("Proxy-Connection", "keep-alive");
    framing_facts facts{.method = "GET", .status = 200, .version = 10};
    CHECK_FALSE(frame(f, facts).keep_alive);
    facts.through_proxy = true;
    CHECK(frame(f, facts).keep_alive);
    facts.version = 11;
    CHECK_FALSE(frame(lengths("5").add("Proxy-Connection", "close"), facts).keep_alive);
}

TEST_CASE("framing: a head with bare LF ends the connection", "[proto][framing]") {
    const auto f =
        frame(lengths("5"), {.method = "GET", .status = 200, .lf_only = true});
    CHECK(f.kind == body_kind::length);
    CHECK(f.must_close);
    CHECK_FALSE(f.reusable());
}
