// Hostile and broken replies over real sockets: what is delivered, what is refused, and
// whether the connection lives on. Numbers are those of the hazards' list.
#include "support/awaiting.hpp"
#include <xfer/multi.hpp>
#include <xfer/testing/server.hpp>

#include <catch2/catch.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

using namespace xfer;
using namespace std::chrono_literals;
using test::run_one;
using xfer::testing::reply;
using xfer::testing::server;

namespace {

struct outcome {
    std::error_code ec;
    int status = 0;
    std::string body;
    bool reusable = false;
    std::string message;
};

/// Transfers one such reply, then asks for another: `reusable` is whether that came
/// over the same connection. The reply's connection stays open, or closes behind it.
outcome answer(const std::string& raw, const options& o = {}, bool closing = false) {
    server s;
    auto r = reply::exactly(raw);
    if (closing) {
        r.closing();
    }
    s.route("/a", r);
    s.route("/b", "beta");
    asio::io_context io;
    multi m(io);
    const auto done = run_one(io, m, get(s.url("/a"), o));
    outcome result;
    result.ec = done.ec;
    result.status = done.response.status();
    result.body = done.response.body();
    result.message = done.failure().message;
    CHECK(bool(done.ec) == !result.message.empty());
    const auto next = run_one(io, m, get(s.url("/b")));
    CHECK_FALSE(next.ec);
    CHECK(next.response.body() == "beta");
    result.reusable = s.counts().accepted == 1;
    return result;
}

const std::string ok = "HTTP/1.1 200 OK\r\n";

void refused(
    const std::string& raw, error e, const options& o = {}, bool closing = false
) {
    const auto seen = answer(raw, o, closing);
    INFO("reply: " << raw.substr(0, 200));
    INFO(seen.ec.message() << ": " << seen.message);
    CHECK(seen.ec == e);
    CHECK_FALSE(seen.reusable);
}

void accepted(const std::string& raw, const std::string& body, bool reusable) {
    const auto seen = answer(raw);
    INFO("reply: " << raw.substr(0, 200));
    INFO(seen.ec.message() << ": " << seen.message);
    CHECK_FALSE(seen.ec);
    CHECK(seen.body == body);
    CHECK(seen.reusable == reusable);
}

}  // namespace

TEST_CASE(
    "S1: chunked beats Content-Length and the connection ends",
    "[integration][hazards][S1]"
) {
    const std::string chunks = "5\r\nalpha\r\n0\r\n\r\n";
    accepted(
        ok + "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks,
        "alpha",
        false
    );
    accepted(
        ok + "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n" + chunks,
        "alpha",
        false
    );
    const options strict{.strict_parsing = true};
    refused(
        ok + "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks,
        error::weird_reply,
        strict
    );
}

TEST_CASE(
    "S2: only plain and equal Content-Length values are believed",
    "[integration][hazards][S2]"
) {
    accepted(ok + "Content-Length: 5\r\nContent-Length: 5\r\n\r\nalpha", "alpha", true);
    accepted(ok + "Content-Length: 5,5\r\n\r\nalpha", "alpha", true);
    for (const auto* value :
         {"+5",
          "-5",
          "0x5",
          "5a",
          "",
          "5;5",
          "5 5",
          "99999999999999999999",
          "9223372036854775808",
          "18446744073709551616",
          "18446744073709551621",
          "5.0",
          "\xd9\xa5"}) {
        refused(ok + "Content-Length: " + value + "\r\n\r\nalpha", error::weird_reply);
    }
    refused(
        ok + "Content-Length: 5\r\nContent-Length: 44\r\n\r\nalpha", error::weird_reply
    );
    refused(ok + "Content-Length: 5,44\r\n\r\nalpha", error::weird_reply);
}

TEST_CASE(
    "S3: a transfer coding is chunked and nothing else", "[integration][hazards][S3]"
) {
    const std::string chunks = "\r\n5\r\nalpha\r\n0\r\n\r\n";
    accepted(ok + "Transfer-Encoding: chunked\r\n" + chunks, "alpha", true);
    accepted(ok + "Transfer-Encoding: ChunkeD\r\n" + chunks, "alpha", true);
    for (const auto* value :
         {"chunked, identity",
          "gzip, chunked",
          "xchunked",
          "chunkedx",
          "identity",
          "chunked, chunked",
          "chunked;a=b",
          "gzip",
          "",
          "\"chunked\""}) {
        refused(
            ok + "Transfer-Encoding: " + value + "\r\n" + chunks, error::bad_encoding
        );
    }
    const auto odd = answer(
        ok +
        "Transfer-Encoding: \x0b"
        "chunked\r\n" +
        chunks
    );
    CHECK((odd.ec == error::weird_reply || odd.ec == error::bad_encoding));
    const auto old =
        answer("HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n" + chunks);
    CHECK((old.ec == error::weird_reply || old.ec == error::bad_encoding));
    CHECK_FALSE(old.reusable);
}

TEST_CASE(
    "S4: folded lines are joined but where they decide something",
    "[integration][hazards][S4]"
) {
    accepted(ok + "X-A: b\r\n c\r\nContent-Length: 5\r\n\r\nalpha", "alpha", true);
    refused(ok + "Content-Length:\r\n 5\r\n\r\nalpha", error::weird_reply);
    refused(
        ok + "Transfer-Encoding: chun\r\n ked\r\n\r\n0\r\n\r\n", error::weird_reply
    );
    refused(ok + " X-A: b\r\nContent-Length: 5\r\n\r\nalpha", error::weird_reply);
}

TEST_CASE("S5: control octets in a head are refused", "[integration][hazards][S5]") {
    using namespace std::string_literals;
    for (const auto& line :
         {"A\0: b"s,
          "A: b\0c"s,
          "A: \x01"s,
          "A: \x7f"s,
          "A\x01: b"s,
          "A\xff: b"s,
          "A: b\rc"s}) {
        refused(ok + line + "\r\nContent-Length: 0\r\n\r\n", error::weird_reply);
    }
    accepted(
        ok + "A: \xff\xfe\r\nB: c\td\r\nContent-Length: 5\r\n\r\nalpha", "alpha", true
    );
    refused(
        ok + "Transfer-Encoding: chunked\r\n\r\n0\r\nA: \0\r\n\r\n"s, error::weird_reply
    );
}

TEST_CASE("S6: a field is a token and a colon", "[integration][hazards][S6]") {
    for (const auto* line :
         {"Foo : b", "Foo", ": b", "Fo o: b", "Foo\t: b", "(a): b"}) {
        refused(ok + line + "\r\nContent-Length: 0\r\n\r\n", error::weird_reply);
    }
}

TEST_CASE(
    "S7: lines of a bare LF are read once and never reused",
    "[integration][hazards][S7]"
) {
    accepted("HTTP/1.1 200 OK\nContent-Length: 5\n\nalpha", "alpha", false);
    refused(
        "HTTP/1.1 200 OK\nContent-Length: 5\n\nalpha",
        error::weird_reply,
        {.strict_parsing = true}
    );
    refused(ok + "A: b\r\r\nContent-Length: 5\r\n\r\nalpha", error::weird_reply);
    refused(
        ok + "Transfer-Encoding: chunked\r\n\r\n5\nalpha\n0\n\n", error::weird_reply
    );
}

TEST_CASE("S8: chunk framing admits no variants", "[integration][hazards][S8]") {
    const auto chunked = ok + "Transfer-Encoding: chunked\r\n\r\n";
    for (const auto* size :
         {"", "+5", "-1", "0x5", "g", "fffffffffffffffff", " 5", "5 5"}) {
        refused(chunked + size + "\r\nalpha\r\n0\r\n\r\n", error::weird_reply);
    }
    refused(chunked + "5\r\nalphaX\r\n0\r\n\r\n", error::weird_reply);
    refused(chunked + "5;a=\nb\r\nalpha\r\n0\r\n\r\n", error::weird_reply);
    accepted(chunked + "5;a=b\r\nalpha\r\n0;c=\"d\"\r\n\r\n", "alpha", true);
    accepted(chunked + "00005\r\nalpha\r\n0\r\n\r\n", "alpha", true);
    std::string flood = chunked;
    for (int i = 0; i < 1000; ++i) {
        flood += "1;" + std::string(1000, 'e') + "\r\nx\r\n";
    }
    refused(flood + "0\r\n\r\n", error::weird_reply);
    // Trailers change nothing but themselves.
    accepted(
        chunked + "5\r\nalpha\r\n0\r\nContent-Length: 99\r\nConnection: close\r\n\r\n",
        "alpha",
        true
    );
}

TEST_CASE(
    "S9: statuses and methods without a body have none", "[integration][hazards][S9]"
) {
    // Neither field belongs there, so that such a connection may be closed.
    for (const auto* field : {"Content-Length: 5", "Transfer-Encoding: chunked"}) {
        const auto seen =
            answer(std::string("HTTP/1.1 204 No Content\r\n") + field + "\r\n\r\n");
        CHECK_FALSE(seen.ec);
        CHECK(seen.body.empty());
    }
    accepted("HTTP/1.1 204 No Content\r\n\r\n", "", true);
    accepted("HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", "", true);
    accepted("HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\nalpha", "", false);
    server s;
    s.route("/a", reply::exactly(ok + "Content-Length: 5\r\n\r\n"));
    asio::io_context io;
    multi m(io);
    const auto done = run_one(io, m, head(s.url("/a")));
    CHECK_FALSE(done.ec);
    CHECK(done.response.header("Content-Length") == "5");
    CHECK(done.response.body().empty());
    CHECK_FALSE(run_one(io, m, head(s.url("/a"))).ec);
    CHECK(s.counts().accepted == 1);
    s.route("/b", reply::exactly(ok + "Content-Length: 5\r\n\r\nalpha"));
    CHECK_FALSE(run_one(io, m, head(s.url("/b"))).ec);
    CHECK_FALSE(run_one(io, m, head(s.url("/a"))).ec);
    CHECK(s.counts().accepted == 2);
}

TEST_CASE(
    "S10: what follows a response in the same segment is no response",
    "[integration][hazards][S10]"
) {
    const auto evil = ok + "Content-Length: 4\r\n\r\nevil";
    accepted(ok + "Content-Length: 5\r\n\r\nalpha" + evil, "alpha", false);
    accepted(ok + "Content-Length: 5\r\n\r\nalpha\n", "alpha", false);
    accepted(ok + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + evil, "", false);
}

TEST_CASE(
    "S10: what arrives while a connection is idle is never a response",
    "[integration][hazards][S10]"
) {
    server s;
    s.route("/a", "alpha");
    asio::io_context io;
    multi m(io);
    CHECK(run_one(io, m, get(s.url("/a"))).response.body() == "alpha");
    const auto before = s.counts().sent;
    s.send_idle(ok + "Content-Length: 4\r\n\r\nevil");
    REQUIRE(s.wait_for([&](const testing::server_counts& c) { return c.sent > before; })
    );
    const auto second = run_one(io, m, get(s.url("/a")));
    CHECK(second.response.body() == "alpha");
    CHECK(s.counts().accepted == 2);
}

TEST_CASE(
    "S12: interim responses are passed over, within a budget",
    "[integration][hazards][S12]"
) {
    const std::string last = ok + "Content-Length: 5\r\n\r\nalpha";
    std::string hints;
    for (int i = 0; i < 3; ++i) {
        hints += "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n";
    }
    accepted(hints + last, "alpha", true);
    accepted("HTTP/1.1 100 Continue\r\n\r\n" + last, "alpha", true);
    for (int i = 0; i < 1000; ++i) {
        hints += "HTTP/1.1 100 Continue\r\n\r\n";
    }
    refused(hints + last, error::weird_reply);
}

TEST_CASE("S13: nobody switches protocols unasked", "[integration][hazards][S13]") {
    for (const auto* fields :
         {"Upgrade: websocket\r\n", "Upgrade: h2c\r\n", "Content-Length: 0\r\n", ""}) {
        refused(
            std::string("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\n") +
                fields + "\r\nmore",
            error::weird_reply
        );
    }
}

TEST_CASE(
    "S29: what is not HTTP/1 is refused with its first bytes",
    "[integration][hazards][S29]"
) {
    using namespace std::string_literals;
    for (const auto& text :
         {"hello\n"s,
          "SSH-2.0-OpenSSH_9.2\r\n"s,
          "\x16\x03\x01\x02\0\x01\0\x01"s,
          "\0\0\0\0\0\0"s,
          "HTTP/1.1 2000 OK\r\n\r\n"s,
          "HTTP/1.1 20 OK\r\n\r\n"s,
          "HTTP/9.9 200 OK\r\n\r\n"s,
          "HTTP/2.0 200 OK\r\n\r\n"s,
          "HTTP/1.1 200"s + std::string(100, '0') + " OK\r\n\r\n"s,
          "HTTP/1.1  200 OK\r\n\r\n"s,
          "http/1.1 200 OK\r\n\r\n"s,
          "ICY 200 OK\r\n\r\n"s}) {
        refused(text, error::weird_reply, {}, true);
    }
}

TEST_CASE(
    "S29: a reply that is no HTTP/1 is quoted in the message, as far as 64 octets",
    "[integration][hazards][S29]"
) {
    using namespace std::string_literals;
    struct row {
        std::string text;
        std::string quoted;
    };
    const std::vector<row> rows{
        {"hello\n"s, R"("hello\n")"},
        {"SSH-2.0-OpenSSH_9.2\r\n"s, R"("SSH-2.0-OpenSSH_9.2\r\n")"},
        {"\x16\x03\x01\x02\0\x01\0\x01"s, R"("\x16\x03\x01\x02\x00\x01\x00\x01")"},
        {"\x1b[2J\\\"\xff"s, R"("\x1b[2J\\"\xff")"},
        {"HTTP/1.1 2000 OK\r\n\r\n"s, R"("HTTP/1.1 2000 OK")"},
        {"HTTP/2.0 200 OK\r\n\r\n"s, R"("HTTP/2.0 200 OK")"},
        {"HTTP/1.1 101 Switching\r\nUpgrade: x\r\n\r\n"s,
         R"("HTTP/1.1 101 Switching")"},
        {std::string(64, 'x'), '"' + std::string(64, 'x') + '"'},
        {std::string(65, 'x'), '"' + std::string(64, 'x') + "...\""},
        // A status line tells what there is to be told: a field may be a secret.
        {"HTTP/1.1 200 OK\r\nSet-Cookie: a=secret\r\nno field\r\n\r\n"s,
         R"("HTTP/1.1 200 OK")"},
        {"HTTP/1.1 200 OK\nSet-Cookie: a=secret\r\n"s, R"("HTTP/1.1 200 OK")"},
        {"HTTP/1.1 103 Hints\r\n\r\nnonsense"s, R"("nonsense")"},
    };
    for (const auto& r : rows) {
        const auto got = answer(r.text, {}, true);
        INFO(got.message);
        CHECK(got.ec == error::weird_reply);
        CHECK(got.message.find("it begins " + r.quoted) != std::string::npos);
        CHECK(got.message.find("secret") == std::string::npos);
    }
    // What fails behind its head is HTTP, and says nothing of its own.
    const auto body = answer(ok + "Transfer-Encoding: chunked\r\n\r\nsecret\r\n");
    CHECK(body.ec == error::weird_reply);
    CHECK(body.message.find("it begins") == std::string::npos);
    CHECK(body.message.find("secret") == std::string::npos);
}
