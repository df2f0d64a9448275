// xfer/proto/head_writer.hpp: request heads, read back by a parser of the test's own.
#include <xfer/proto/head_writer.hpp>

#include <catch2/catch.hpp>

#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

using namespace xfer::proto;
using xfer::error;
using xfer::field_entry;
using xfer::fields;

namespace {

struct parsed_request {
    std::string method, target, version;
    std::vector<std::pair<std::string, std::string>> lines;
};

/// As strict a reader as there is: one request and nothing after it, or nullopt.
std::optional<parsed_request> read_back(std::string_view in) {
    const auto take_line = [&]() -> std::optional<std::string> {
        const auto end = in.find("\r\n");
        if (end == in.npos) return std::nullopt;
        std::string line(in.substr(0, end));
        in.remove_prefix(end + 2);
        if (line.find_first_of(std::string_view("\r\n\0", 3)) != line.npos)
            return std::nullopt;
        return line;
    };
    const auto first = take_line();
    if (!first) return std::nullopt;
    const auto space = first->find(' ');
    const auto last = first->rfind(' ');
    if (space == first->npos || space == last || first->find(' ', space + 1) != last) {
        return std::nullopt;
    }
    parsed_request out{
        first->substr(0, space),
        first->substr(space + 1, last - space - 1),
        first->substr(last + 1),
        {}};
    for (;;) {
        const auto line = take_line();
        if (!line) return std::nullopt;
        if (line->empty()) break;
        const auto colon = line->find(':');
        if (colon == 0 || colon == line->npos || line->substr(colon, 2) != ": ") {
            return std::nullopt;
        }
        out.lines.emplace_back(line->substr(0, colon), line->substr(colon + 2));
    }
    if (!in.empty()) return std::nullopt;
    return out;
}

std::string write(
    const fields& user, const generated_fields& generated = {.accept = {}}
) {
    std::string out;
    const auto refused =
        append_request_head(out, "GET", "/x?y", "a.test", user, generated);
    if (refused) {
        CHECK(out.empty());
        return refused.ec.message();
    }
    return out;
}

const std::string start = "GET /x?y HTTP/1.1\r\nHost: a.test\r\n";
const std::string invalid = make_error_code(error::invalid_header).message();

}  // namespace

TEST_CASE("writer: the least request is two lines", "[proto][head_writer]") {
    CHECK(write({}) == start + "\r\n");
}

TEST_CASE(
    "writer: fields come in the order in which curl sends them", "[proto][head_writer]"
) {
    fields user;
    user.add("B", "1").add("A", "2").add("B", "").add("referer", "r");
    fields more;
    more.add("Cookie", "c=d").add("Range", "bytes=1-").add("Authorization", "e");
    more.add("If-Range", "f").add("Proxy-Authorization", "p");
    const generated_fields generated{
        .user_agent = "xfer/0.1",
        .accept_encoding = "gzip",
        .content_type = "t/u",
        .body = request_body::length,
        .content_length = 12345678901234567890u,
        .expect_continue = true,
        .connection = "close",
        .more = &more};
    CHECK(
        write(user, generated) ==
        start +
            "Proxy-Authorization: p\r\nAuthorization: e\r\nRange: bytes=1-\r\n"
            "User-Agent: xfer/0.1\r\nAccept: */*\r\nAccept-Encoding: gzip\r\n"
            "referer: r\r\nCookie: c=d\r\nIf-Range: f\r\nB: 1\r\nA: 2\r\nB: \r\n"
            "Content-Length: 12345678901234567890\r\nContent-Type: t/u\r\n"
            "Expect: 100-continue\r\nConnection: close\r\n\r\n"
    );
}

TEST_CASE(
    "writer: the user's field takes a generated one's place", "[proto][head_writer]"
) {
    fields user;
    user.add("user-agent", "mine").add("accept", "").add("COOKIE", "x=y");
    fields more;
    more.add("Cookie", "c=d").add("Authorization", "e");
    const generated_fields generated{.user_agent = "xfer", .more = &more};
    CHECK(
        write(user, generated) ==
        start +
            "Authorization: e\r\nuser-agent: mine\r\naccept: \r\nCOOKIE: x=y\r\n\r\n"
    );
}

TEST_CASE("writer: a text without an address is an empty one", "[proto][head_writer]") {
    std::string out;
    CHECK_FALSE(
        append_request_head(out, "GET", "/", std::string_view(), {}, {.accept = {}})
    );
    CHECK(out == "GET / HTTP/1.1\r\nHost: \r\n\r\n");
}

TEST_CASE("writer: a body may bring its type", "[proto][head_writer]") {
    const generated_fields generated{
        .accept = {},
        .content_type = "a/b",
        .body = request_body::length,
        .content_length = 3};
    CHECK(
        write({}, generated) == start + "Content-Length: 3\r\nContent-Type: a/b\r\n\r\n"
    );
    fields user;
    user.add("content-type", "c/d");
    CHECK(
        write(user, generated) ==
        start + "content-type: c/d\r\nContent-Length: 3\r\n\r\n"
    );
    user.suppress("Content-Type");
    CHECK(write(user, generated) == start + "Content-Length: 3\r\n\r\n");
}

TEST_CASE("writer: TE stands in Connection as well", "[proto][head_writer]") {
    const generated_fields generated{.accept = {}, .te = "gzip"};
    const std::string both = "Connection: TE\r\nTE: gzip\r\n";
    CHECK(write({}, generated) == start + both + "\r\n");
    // In one line with whatever else is said of the connection.
    CHECK(
        write(fields().add("connection", "close").add("X", "y"), generated) ==
        start + "Connection: close, TE\r\nTE: gzip\r\nX: y\r\n\r\n"
    );
    fields several;
    several.add("Connection", "close").add("X", "y");
    several.add("Connection", "").add("Connection", "a, b");
    CHECK(
        write(several, generated) ==
        start + "Connection: close, a, b, TE\r\nTE: gzip\r\nX: y\r\n\r\n"
    );
    CHECK(
        write(fields().add("Connection", "te, close"), generated) ==
        start + "Connection: te, close\r\nTE: gzip\r\n\r\n"
    );
    CHECK(write(fields().add("Connection", ""), generated) == start + both + "\r\n");
    auto closing = generated;
    closing.connection = "close";
    CHECK(write({}, closing) == start + "Connection: close, TE\r\nTE: gzip\r\n\r\n");
    CHECK(
        write(fields().add("te", "trailers"), generated) ==
        start + "te: trailers\r\n\r\n"
    );
    for (const auto* name : {"TE", "Connection"}) {
        fields user;
        CHECK(write(user.suppress(name), generated) == start + "\r\n");
    }
}

TEST_CASE("writer: trailers are announced", "[proto][head_writer]") {
    const generated_fields generated{
        .accept = {}, .body = request_body::chunked, .trailer = "A, B"};
    const auto coded = start + "Transfer-Encoding: chunked\r\n";
    CHECK(write({}, generated) == coded + "Trailer: A, B\r\n\r\n");
    CHECK(
        write(fields().add("trailer", "A"), generated) ==
        start + "trailer: A\r\nTransfer-Encoding: chunked\r\n\r\n"
    );
    CHECK(write({}, {.accept = {}, .trailer = "A\r\nB"}) == invalid);
    CHECK(write({}, {.accept = {}, .te = "a\nb"}) == invalid);
}

TEST_CASE("writer: a suppressed field is not generated", "[proto][head_writer]") {
    fields user;
    user.suppress("Accept")
        .suppress("User-Agent")
        .suppress("Cookie")
        .suppress("Expect");
    fields more;
    more.add("Cookie", "c=d");
    const generated_fields generated{
        .user_agent = "xfer", .expect_continue = true, .more = &more};
    CHECK(write(user, generated) == start + "\r\n");
}

TEST_CASE("writer: Host and framing cannot be suppressed", "[proto][head_writer]") {
    fields user;
    user.suppress("Host").suppress("Content-Length");
    CHECK(
        write(
            user, {.accept = {}, .body = request_body::length, .content_length = 3}
        ) == start + "Content-Length: 3\r\n\r\n"
    );
}

TEST_CASE("writer: the user's Host comes first and once", "[proto][head_writer]") {
    fields user;
    user.add("A", "1").add("host", "other.test:81");
    CHECK(write(user) == "GET /x?y HTTP/1.1\r\nHost: other.test:81\r\nA: 1\r\n\r\n");
    CHECK(write(fields().add("Host", "a").add("Host", "a")) == invalid);
    CHECK(write(fields().add("Host", "a/b")) == invalid);
}

TEST_CASE("writer: the user's framing must fit the body", "[proto][head_writer]") {
    const generated_fields none{.accept = {}};
    const generated_fields three{
        .accept = {}, .body = request_body::length, .content_length = 3};
    const generated_fields chunked{.accept = {}, .body = request_body::chunked};
    const auto length = [](const char* v) { return fields().add("Content-Length", v); };
    const auto coding = [](const char* v) {
        return fields().add("Transfer-Encoding", v);
    };
    CHECK(write(length("3"), three) == start + "Content-Length: 3\r\n\r\n");
    CHECK(write(length("0"), none) == start + "Content-Length: 0\r\n\r\n");
    CHECK(
        write(coding("Chunked"), chunked) ==
        start + "Transfer-Encoding: chunked\r\n\r\n"
    );
    CHECK(write(length("4"), three) == invalid);
    CHECK(write(length("3x"), three) == invalid);
    CHECK(write(length("3"), none) == invalid);
    CHECK(write(length("3"), chunked) == invalid);
    CHECK(write(coding("chunked"), three) == invalid);
    CHECK(write(coding("chunked"), none) == invalid);
    CHECK(write(coding("gzip, chunked"), chunked) == invalid);
}

TEST_CASE("writer: HTTP/1.0 takes no chunked body", "[proto][head_writer]") {
    std::string out;
    const generated_fields chunked{.accept = {}, .body = request_body::chunked};
    CHECK(
        append_request_head(out, "PUT", "/", "a", {}, chunked, 10).ec ==
        error::invalid_option
    );
    CHECK(out.empty());
    const generated_fields none{.accept = {}};
    CHECK_FALSE(append_request_head(out, "PUT", "/", "a", {}, none, 10));
    CHECK(out == "PUT / HTTP/1.0\r\nHost: a\r\n\r\n");
}

TEST_CASE("E2.1: no control octet is written into a head", "[proto][head_writer]") {
    const auto octet = GENERATE(
        std::string("\r"),
        std::string("\n"),
        std::string(1, '\0'),
        std::string("\x7f"),
        std::string("\r\nX: y")
    );
    const std::string bad = "a" + octet + "b";
    std::string out = "kept";
    const generated_fields none{};
    CHECK(
        append_request_head(out, bad, "/", "a", {}, none).ec == error::invalid_method
    );
    CHECK(
        append_request_head(out, "GET", bad, "a", {}, none).ec == error::url_malformed
    );
    CHECK(
        append_request_head(out, "GET", "/", bad, {}, none).ec == error::url_malformed
    );
    for (const auto& g :
         {generated_fields{.user_agent = bad},
          generated_fields{.accept = bad},
          generated_fields{.content_type = bad},
          generated_fields{.accept_encoding = bad},
          generated_fields{.connection = bad}}) {
        CHECK(
            append_request_head(out, "GET", "/", "a", {}, g).ec == error::invalid_header
        );
    }
    const fields refused = fields().add("X", bad);
    const field_entry whole{0, 1, 0, static_cast<std::uint32_t>(bad.size())};
    const fields adopted(bad, {&whole, 1});
    for (const fields* f : {&refused, &adopted}) {
        const generated_fields more{.more = f};
        CHECK(
            append_request_head(out, "GET", "/", "a", *f, none).ec ==
            error::invalid_header
        );
        CHECK(
            append_request_head(out, "GET", "/", "a", {}, more).ec ==
            error::invalid_header
        );
    }
    CHECK(out == "kept");
}

TEST_CASE("writer: adopted fields can be sent", "[proto][head_writer]") {
    const field_entry line{0, 1, 4, 1};
    const fields adopted("A:  b\n", {&line, 1});
    CHECK(write(adopted) == start + "A: b\r\n\r\n");
}

TEST_CASE(
    "E2.2: what is written reads back as one request", "[proto][head_writer][E2.2]"
) {
    std::mt19937 random(9112);
    const auto text = [&](std::size_t most) {
        std::string out;
        for (auto n = random() % (most + 1); n-- > 0;) {
            // Mostly good octets, now and then any.
            out += static_cast<char>(
                random() % 16 ? 0x21 + random() % 0x5e : random() % 256
            );
        }
        return out;
    };
    int written = 0;
    for (int round = 0; round < 2000; ++round) {
        fields user;
        std::vector<std::pair<std::string, std::string>> kept;
        for (auto n = random() % 5; n-- > 0;) {
            const std::string name = "X-" + text(3), value = text(12);
            const auto before = user.size();
            user.add(name, value);
            if (user.size() > before) {
                const auto last = user[before];
                kept.emplace_back(last.name, last.value);
            }
        }
        const std::string method = text(4), target = "/" + text(6), host = text(3);
        std::string out;
        const generated_fields generated{
            .body = request_body::length, .content_length = 7};
        if (append_request_head(out, method, target, host, user, generated)) {
            CHECK(out.empty());
            continue;
        }
        ++written;
        kept.insert(kept.begin(), {{"Host", host}, {"Accept", "*/*"}});
        kept.emplace_back("Content-Length", "7");
        const auto back = read_back(out);
        REQUIRE(back.has_value());
        CHECK(back->method == method);
        CHECK(back->target == target);
        CHECK(back->version == "HTTP/1.1");
        CHECK(back->lines == kept);
    }
    CHECK(written > 100);
}
