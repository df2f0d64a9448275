// xfer/proto/chunked.hpp: the chunked coding, each body at every split point.
#include "support/garbage.hpp"
#include <xfer/proto/chunked.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <cstddef>
#include <random>
#include <string>
#include <vector>

using namespace std::string_literals;
using namespace xfer::proto;
using xfer::error;

namespace {

/// Feeds the pieces of `input` that end at `cuts`; the result as comparable text.
std::string decode_in_pieces(
    const std::string& input,
    const std::vector<std::size_t>& cuts,
    const message_limits& limits
) {
    chunked_decoder decoder(limits);
    std::string body;
    std::size_t from = 0;
    std::size_t consumed = 0;
    for (const std::size_t cut : cuts) {
        std::span<const char> in(input.data() + from, cut - from);
        from = cut;
        while (!in.empty()) {
            const auto step = decoder.feed(in);
            body.append(step.data.begin(), step.data.end());
            in = in.subspan(step.consumed);
            consumed += step.consumed;
            if (step.status == chunk_status::failed) {
                return decoder.failure().ec.message() + ": " +
                       std::string(decoder.failure().why);
            }
            if (step.status == chunk_status::complete) {
                std::string out = "[" + body + "]";
                if (consumed != input.size()) out += " then " + input.substr(consumed);
                for (const auto [name, value] : decoder.trailers()) {
                    out += " " + std::string(name) + "=" + std::string(value);
                }
                return out;
            }
        }
    }
    return "partial [" + body + "]";
}

std::string decode(const std::string& input, const message_limits& limits = {}) {
    const std::string whole = decode_in_pieces(input, {input.size()}, limits);
    std::vector<std::size_t> octets;
    for (std::size_t i = 1; i <= input.size(); ++i) octets.push_back(i);
    CHECK(decode_in_pieces(input, octets, limits) == whole);
    if (input.size() > 2000) return whole;
    for (std::size_t i = 0; i <= input.size(); ++i) {
        if (decode_in_pieces(input, {i, input.size()}, limits) != whole) {
            FAIL_CHECK("split at " << i << " differs from " << whole);
        }
    }
    return whole;
}

const std::string weird = make_error_code(error::weird_reply).message() + ": ";
const std::string large = make_error_code(error::header_too_large).message() + ": ";

}  // namespace

TEST_CASE("chunked: data of all chunks is delivered", "[proto][chunked]") {
    CHECK(decode("5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n") == "[hello world]");
    CHECK(decode("0\r\n\r\n") == "[]");
    CHECK(decode("000A\r\n0123456789\r\n000\r\n\r\n") == "[0123456789]");
    CHECK(decode("a\r\n\r\n\r\n\r\n\r\n\r\n\r\n0\r\n\r\n") == "[\r\n\r\n\r\n\r\n\r\n]");
}

TEST_CASE("S10: octets after the last chunk are not consumed", "[proto][chunked]") {
    CHECK(
        decode("1\r\nx\r\n0\r\n\r\nHTTP/1.1 200 evil\r\n") ==
        "[x] then HTTP/1.1 200 evil\r\n"
    );
    chunked_decoder decoder;
    CHECK(decoder.feed(std::string_view("0\r\n\r\n")).status == chunk_status::complete);
    const auto after = decoder.feed(std::string_view("x"));
    CHECK(after.status == chunk_status::complete);
    CHECK(after.consumed == 0);
    CHECK(decoder.complete());
}

TEST_CASE("chunked: a body is complete only at its last octet", "[proto][chunked]") {
    const std::string body = "3;a=\"b\"\r\nabc\r\n0\r\nT: u\r\n\r\n";
    for (std::size_t i = 0; i < body.size(); ++i) {
        CHECK(decode_in_pieces(body, {i}, {}).starts_with("partial"));
    }
    CHECK(decode(body) == "[abc] T=u");
}

TEST_CASE(
    "F2.2 S8: a malformed size of a chunk is an error", "[proto][chunked][F2.2]"
) {
    const auto size = GENERATE(
        as<std::string>(),
        "",
        "+5",
        "-1",
        "0x5",
        "g",
        " 5",
        "5 ",
        "5 5",
        "5\t",
        "5,",
        "5\v",
        "\xff",
        ";a=b",
        "11111111111111111",
        "00000000000000005",
        "fffffffffffffffff",
        std::string(25 * 1024, '0')
    );
    CHECK(decode(size + "\r\nhello\r\n0\r\n\r\n").starts_with(weird));
}

TEST_CASE(
    "F2.2 S8: a size of a chunk past 2^63 is an error", "[proto][chunked][F2.2]"
) {
    CHECK(decode("8000000000000000\r\nx").starts_with(weird));
    CHECK(decode("ffffffffffffffff\r\nx").starts_with(weird));
    CHECK(decode("7fffffffffffffff\r\nx") == "partial [x]");
    CHECK(decode("0000000000000005\r\nhello\r\n0\r\n\r\n") == "[hello]");
}

TEST_CASE("S8: extensions are skipped", "[proto][chunked]") {
    const auto extension = GENERATE(
        as<std::string>(),
        ";a",
        ";a=b",
        ";a=\"b\"",
        ";a=\"b\\\"c\"",
        " ;a=b",
        "\t; a = b",
        ";a=\";\";c=\"\\\\\"",
        ";",
        ";a=b;c=d",
        ";\x80"
    );
    const std::string body =
        "5" + extension + "\r\nhello\r\n0" + extension + "\r\n\r\n";
    CHECK(decode(body) == "[hello]");
}

TEST_CASE("S8: a malformed extension is an error", "[proto][chunked]") {
    const auto extension = GENERATE(
        as<std::string>(),
        ";a=\"b",
        ";a=\"b\\\"",
        ";a\nb",
        ";\n",
        ";a\rb",
        ";a=\"\n\"",
        ";\0"s,
        ";\x7f",
        ";\x01",
        " x",
        " "
    );
    CHECK(decode("5" + extension + "\r\nhello\r\n0\r\n\r\n").starts_with(weird));
}

TEST_CASE("S8: extensions of one body share a budget", "[proto][chunked]") {
    const message_limits limits{.chunk_extension_bytes = 10};
    CHECK(decode("1;234\r\nx\r\n1;234\r\ny\r\n0;6\r\n\r\n", limits).starts_with("[xy]")
    );
    CHECK(decode("1;234\r\nx\r\n1;234\r\ny\r\n0;67\r\n\r\n", limits).starts_with(weird)
    );
    CHECK(decode("1;" + std::string(16 * 1024, 'a') + "\r\nx\r\n").starts_with(weird));
    std::string body;
    for (int i = 0; i < 9000; ++i) body += "1;a\r\nx\r\n";
    CHECK(decode(body).starts_with(weird));
}

TEST_CASE(
    "S7 S8: a line of the chunks that ends in LF alone is an error", "[proto][chunked]"
) {
    const auto body = GENERATE(
        as<std::string>(),
        "5\nhello\r\n0\r\n\r\n",
        "5\r\nhello\n0\r\n\r\n",
        "5\r\nhello\r\n0\n\r\n",
        "5\r\nhello\r\n0\r\n\n",
        "5;a\nhello\r\n0\r\n\r\n",
        "0\r\nA: b\n\r\n",
        "0\r\nA: b\r\n\n"
    );
    CHECK(decode(body).starts_with(weird));
}

TEST_CASE("S8: data without CRLF after it is an error", "[proto][chunked]") {
    const auto body = GENERATE(
        as<std::string>(),
        "5\r\nhello0\r\n\r\n",
        "5\r\nhello!\r\n0\r\n\r\n",
        "5\r\nhello\r0\r\n\r\n",
        "5\rhello\r\n0\r\n\r\n",
        "5\r\nhello\r\r\n"
    );
    CHECK(decode(body).starts_with(weird));
}

TEST_CASE("chunked: trailers are kept apart", "[proto][chunked]") {
    CHECK(
        decode("0\r\nDigest: x\r\nX-A:  1 \r\n 2\r\n\r\n") == "[] Digest=x X-A=1    2"
    );
}

TEST_CASE("S8: trailers change no framing nor state", "[proto][chunked]") {
    const auto name = GENERATE(
        as<std::string>(),
        "Content-Length",
        "Transfer-Encoding",
        "set-cookie",
        "Location",
        "Authorization",
        "WWW-Authenticate",
        "Content-Encoding",
        "Connection",
        "Trailer",
        "Strict-Transport-Security"
    );
    const std::string body = "0\r\n" + name + ": 1\r\nKept: 2\r\n\r\n";
    CHECK(decode(body) == "[] Kept=2");
    CHECK_FALSE(is_allowed_in_trailers(name));
}

TEST_CASE("S8: a malformed trailer is an error", "[proto][chunked]") {
    const auto line = GENERATE(
        as<std::string>(), "A", "A : b", ": b", " A: b", "A: \x01", "A: b\0"s, "A: b\rc"
    );
    CHECK(decode("0\r\n" + line + "\r\n\r\n").starts_with(weird));
}

TEST_CASE("S8: trailers are limited", "[proto][chunked]") {
    message_limits limits;
    limits.trailers = {.bytes = 30, .fields = 2, .field_bytes = 20};
    CHECK(decode("0\r\nA: b\r\nC: d\r\n\r\n", limits).starts_with("[]"));
    CHECK(decode("0\r\nA: b\r\nC: d\r\nE: f\r\n\r\n", limits).starts_with(large));
    CHECK(decode("0\r\nA: " + std::string(20, 'x') + "\r\n\r\n", limits)
              .starts_with(large));
    std::string endless = "0\r\n";
    SECTION("of lines") {
        while (endless.size() < 200 * 1024) endless += "A: b\r\n";
    }
    SECTION("of one line") { endless += "A: " + std::string(200 * 1024, 'x'); }
    CHECK(decode(endless).starts_with(large));
}

TEST_CASE("chunked: data is a view of what was fed", "[proto][chunked]") {
    const std::string input = "5\r\nhello\r\n";
    chunked_decoder decoder;
    const auto step = decoder.feed(input);
    CHECK(step.status == chunk_status::data);
    CHECK(step.data.data() == input.data() + 3);
    CHECK(step.consumed == 8);
}

TEST_CASE("chunked: the encoder's output decodes", "[proto][chunked]") {
    std::string body;
    std::string wire;
    for (const std::size_t size : {1u, 9u, 10u, 15u, 16u, 255u, 256u, 4096u}) {
        const std::string piece(size, static_cast<char>('a' + size % 26));
        body += piece;
        wire.append(chunk_head(size).view()).append(piece).append(chunk_end);
    }
    wire += last_chunk;
    CHECK(decode(wire) == "[" + body + "]");
    CHECK(chunk_head(0x1f4).view() == "1f4\r\n");
    CHECK(chunk_head(~0ull).view() == "ffffffffffffffff\r\n");
    CHECK(chunk_head(0).view().empty());
}

TEST_CASE("chunked: the trailer section is kept as it came", "[proto][chunked]") {
    const std::string section = GENERATE(
        as<std::string>(), "\r\n", "A:b \r\nContent-Length: 3\r\nC:  d\r\n\r\n"
    );
    const auto wire = "1\r\nx\r\n0\r\n" + section + "more";
    const auto size = GENERATE(std::size_t{1}, std::size_t{7}, std::size_t{100});
    chunked_decoder decoder;
    std::size_t at = 0;
    while (!decoder.complete()) {
        REQUIRE(at < wire.size());
        const auto left = std::min(size, wire.size() - at);
        at += decoder.feed({wire.data() + at, left}).consumed;
    }
    CHECK(at == wire.size() - 4);
    CHECK(decoder.trailer_text() == section);
}

TEST_CASE("chunked: the last chunk carries allowed trailers", "[proto][chunked]") {
    xfer::fields trailers;
    trailers.add("Digest", "x").add("Content-Length", "5").add("B", "");
    std::string wire;
    append_last_chunk(wire, trailers);
    CHECK(wire == "0\r\nDigest: x\r\nB: \r\n\r\n");
    wire.clear();
    append_last_chunk(wire, {});
    CHECK(wire == last_chunk);
}

TEST_CASE("chunked: seeded garbage never hangs and never splits", "[proto][chunked]") {
    std::mt19937 random(7112);
    const std::string good =
        "5;x=\"y\"\r\nhello\r\n00a\r\n0123456789\r\n0\r\nA: b\r\n c\r\n\r\n";
    const std::string alphabet = "\r\n\t ;\"\\0f:\0\xff"s;
    for (int round = 0; round < 2000; ++round) {
        const auto input = support::spoiled(good, alphabet, 1 + random() % 3, random);
        const auto whole = decode_in_pieces(input, {input.size()}, {});
        const auto cuts = support::random_cuts(input.size(), 5, random);
        if (decode_in_pieces(input, cuts, {}) != whole)
            FAIL_CHECK("differs from " << whole);
    }
}
