// xfer/proto/head_parser.hpp: response heads, each at every split point.
#include "support/garbage.hpp"
#include <xfer/proto/head_parser.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

using namespace std::string_literals;
using namespace xfer::proto;
using xfer::error;

namespace {

/// What a head was parsed to, as text that can be compared.
std::string parse_in_pieces(
    response_head_parser& parser,
    const std::string& input,
    const std::vector<std::size_t>& sizes
) {
    parser.reset();
    std::string buffer;
    parse_status status = parse_status::partial;
    for (const std::size_t size : sizes) {
        // The buffer moves every time, with what the parser wrote into it.
        std::string moved = buffer + input.substr(buffer.size(), size - buffer.size());
        buffer.swap(moved);
        status = parser.parse(buffer);
        if (status != parse_status::partial) break;
    }
    if (status == parse_status::partial) return "partial";
    if (status == parse_status::failed) {
        return parser.failure().ec.message() + ": " + std::string(parser.failure().why);
    }
    const response_head& head = parser.head();
    std::string out = std::to_string(head.version) + " " + std::to_string(head.status) +
                      " [" + buffer.substr(head.reason, head.reason_size) + "]" +
                      (head.lf_only ? " lf" : "");
    // All but one case are nothing but a head: what is left over is shown.
    if (head.size != input.size()) out += " then " + input.substr(head.size);
    for (const auto [name, value] : parser.fields(buffer)) {
        out += "\n" + std::string(name) + "=" + std::string(value) + "|";
    }
    return out;
}

/// Parses whole, octet by octet and at every two-way split: all must agree.
std::string parse(
    const std::string& input,
    head_limits limits = {},
    profile p = profile::interoperable
) {
    response_head_parser parser(limits, p);
    const std::string whole = parse_in_pieces(parser, input, {input.size()});
    std::vector<std::size_t> octets;
    for (std::size_t i = 1; i <= input.size(); ++i) octets.push_back(i);
    CHECK(parse_in_pieces(parser, input, octets) == whole);
    for (std::size_t i = 0; i <= input.size(); ++i) {
        if (parse_in_pieces(parser, input, {i, input.size()}) != whole) {
            FAIL_CHECK("split at " << i << " differs from " << whole);
        }
    }
    return whole;
}

std::string with_line(const std::string& line) {
    return parse("HTTP/1.1 200 OK\r\nA: b\r\n" + line + "\r\n\r\n");
}

const std::string weird = make_error_code(error::weird_reply).message() + ": ";
const std::string large = make_error_code(error::header_too_large).message() + ": ";

}  // namespace

TEST_CASE("head: status line and fields are found", "[proto][head_parser]") {
    CHECK(
        parse("HTTP/1.1 200 OK\r\nA: b\r\nContent-Length:5\r\nE:\r\n\r\nbody") ==
        "11 200 [OK] then body\nA=b|\nContent-Length=5|\nE=|"
    );
    CHECK(parse("HTTP/1.0 404 Not  Found\r\n\r\n") == "10 404 [Not  Found]");
    CHECK(
        parse("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1") ==
        "11 100 [Continue] then HTTP/1.1"
    );
}

TEST_CASE("head: the reason may be empty or absent or 8-bit", "[proto][head_parser]") {
    CHECK(parse("HTTP/1.1 200 \r\n\r\n") == "11 200 []");
    CHECK(parse("HTTP/1.1 200\r\n\r\n") == "11 200 []");
    CHECK(parse("HTTP/1.1 200\n\n") == "11 200 [] lf");
    CHECK(
        parse("HTTP/1.1 200 \xc3\xa9t\xc3\xa9\tx \r\n\r\n") ==
        "11 200 [\xc3\xa9t\xc3\xa9\tx]"
    );
}

TEST_CASE("head: every later HTTP/1.x counts as 1.1", "[proto][head_parser]") {
    CHECK(parse("HTTP/1.7 200 OK\r\n\r\n") == "11 200 [OK]");
    CHECK(parse("HTTP/1.1 999 x\r\n\r\n") == "11 999 [x]");
}

TEST_CASE("S29: what is no HTTP/1 response is weird_reply", "[proto][head_parser]") {
    const auto input = GENERATE(
        as<std::string>(),
        "hello\n",
        "SSH-2.0-OpenSSH_9.2\r\n",
        "\x15\x03\x01\x00\x02",
        "HTTP/2 200\r\n\r\n",
        "HTTP/9.9 200 OK\r\n\r\n",
        "http/1.1 200 OK\r\n\r\n",
        "HTTP/1.x 200 OK\r\n\r\n",
        "HTTP/1.10 200 OK\r\n\r\n",
        "HTTP/11 200 OK\r\n\r\n",
        "\r\nHTTP/1.1 200 OK\r\n\r\n",
        "\nHTTP/1.1 200 OK\r\n\r\n",
        " HTTP/1.1 200 OK\r\n\r\n",
        "HTTP/1.1\r\n\r\n",
        "HTTP/1.1  200 OK\r\n\r\n",
        "HTTP/1.1\t200 OK\r\n\r\n",
        "ICY 200 OK\r\n\r\n",
        "<html>",
        "HTTP/1.1 200 O\x01K\r\n\r\n",
        "HTTP/1.1 200 OK\rX\r\n\r\n",
        "HTTP/1.1 200 OK\r\r\n\r\n"
    );
    CAPTURE(input);
    CHECK(parse(input).starts_with(weird));
}

TEST_CASE("S29: a status is three digits from 100 on", "[proto][head_parser]") {
    const auto status = GENERATE(
        as<std::string>(),
        "2000",
        "99",
        "099",
        "000",
        "20",
        "2",
        "",
        "2x0",
        "+20",
        "-20",
        "0x1",
        "20 0",
        "200x",
        std::string(100, '9')
    );
    CAPTURE(status);
    CHECK(parse("HTTP/1.1 " + status + " OK\r\n\r\n").starts_with(weird));
}

TEST_CASE("S29: garbage is refused at its first wrong octet", "[proto][head_parser]") {
    const std::string good = "HTTP/1.1 200 ";
    for (std::size_t i = 0; i < good.size(); ++i) {
        std::string input = good.substr(0, i) + '\x01';
        response_head_parser parser;
        CAPTURE(i);
        CHECK(parser.parse(input) == parse_status::failed);
        CHECK(parser.parse(input) == parse_status::failed);
        CHECK(parser.failure().ec == error::weird_reply);
    }
}

TEST_CASE("head: a prefix of a good head is partial", "[proto][head_parser]") {
    const std::string head = "HTTP/1.1 200 OK\r\nA: b\r\n c\r\nD:\te\r\n\r\n";
    response_head_parser parser;
    for (std::size_t i = 0; i < head.size(); ++i) {
        CHECK(parse_in_pieces(parser, head, {i}) == "partial");
    }
}

TEST_CASE("head: blanks around a value are no part of it", "[proto][head_parser]") {
    CHECK(with_line("X: \t a b\t \t") == "11 200 [OK]\nA=b|\nX=a b|");
    CHECK(with_line("X:  \t ") == "11 200 [OK]\nA=b|\nX=|");
}

TEST_CASE("S4: a folded value is joined by spaces", "[proto][head_parser]") {
    CHECK(with_line("X: a\r\n b") == "11 200 [OK]\nA=b|\nX=a   b|");
    CHECK(
        with_line("X: a \t\r\n\t b \r\nC: d") == "11 200 [OK]\nA=b|\nX=a      b|\nC=d|"
    );
    CHECK(with_line("X:\r\n b") == "11 200 [OK]\nA=b|\nX=b|");
    CHECK(with_line("X: a\r\n \r\n  \r\n b") == "11 200 [OK]\nA=b|\nX=a          b|");
    CHECK(with_line("X: a\r\n ") == "11 200 [OK]\nA=b|\nX=a|");
    CHECK(with_line("X: a\n b") == "11 200 [OK] lf\nA=b|\nX=a  b|");
}

TEST_CASE("S4: a thousand folds are one value", "[proto][head_parser]") {
    std::string input = "HTTP/1.1 200 OK\r\nX: a";
    for (int i = 0; i < 1000; ++i) input += "\r\n b";
    input += "\r\n\r\n";
    response_head_parser parser;
    REQUIRE(parser.parse(input) == parse_status::complete);
    const auto value = *parser.fields(input).find("X");
    CHECK(std::count(value.begin(), value.end(), 'b') == 1000);
    CHECK(value.find_first_not_of("ab ") == value.npos);
}

TEST_CASE("S4: a fold of a deciding field is weird_reply", "[proto][head_parser]") {
    const auto name = GENERATE(
        as<std::string>(),
        "Content-Length",
        "transfer-encoding",
        "Connection",
        "Upgrade",
        "Location",
        "Set-Cookie",
        "WWW-Authenticate",
        "Proxy-Authenticate"
    );
    CHECK(with_line(name + ": a\r\n b").starts_with(weird));
    CHECK(with_line(name + ":\r\n chunked").starts_with(weird));
}

TEST_CASE("S4: a fold as the first line is weird_reply", "[proto][head_parser]") {
    CHECK(parse("HTTP/1.1 200 OK\r\n A: b\r\n\r\n").starts_with(weird));
    CHECK(parse("HTTP/1.1 200 OK\r\n\tA: b\r\n\r\n").starts_with(weird));
    CHECK(parse("HTTP/1.1 200 OK\r\n \r\n\r\n").starts_with(weird));
}

TEST_CASE("S6: a malformed name is weird_reply", "[proto][head_parser]") {
    const auto line = GENERATE(
        as<std::string>(),
        "Foo : b",
        "Foo\t: b",
        "Foo",
        ": b",
        ":",
        "F(o: b",
        "F\xffo: b",
        "A\0: b"s,
        "\x0b: b",
        "Foo\r: b",
        "A\x7f: b",
        "\"A\": b",
        "A,B: c"
    );
    CAPTURE(line);
    CHECK(with_line(line).starts_with(weird));
}

TEST_CASE("S5: a control octet in a value is weird_reply", "[proto][head_parser]") {
    for (int c = 0; c < 256; ++c) {
        if (c == '\n') continue;
        const std::string result =
            with_line(std::string("X: b") + static_cast<char>(c) + "c");
        CAPTURE(c);
        const bool allowed = c == '\t' || (c >= 0x20 && c != 0x7f);
        CHECK(result.starts_with(weird) == !allowed);
    }
    CHECK(with_line("Transfer-Encoding: \x0b"
                    "chunked")
              .starts_with(weird));
    CHECK(with_line("Transfer-Encoding\0: chunked"s).starts_with(weird));
    CHECK(with_line("X: b\r\n c\x01").starts_with(weird));
}

TEST_CASE("S7: a bare CR is weird_reply", "[proto][head_parser]") {
    CHECK(with_line("X: a\rb").starts_with(weird));
    CHECK(with_line("X: a\r").starts_with(weird));
    CHECK(with_line("X\r: a").starts_with(weird));
    CHECK(parse("HTTP/1.1 200 OK\r\nA: b\r\n\rX").starts_with(weird));
    CHECK(parse("HTTP/1.1 200 OK\r\nA: b\r\n\r\r\n").starts_with(weird));
}

TEST_CASE("S7: lines that end in LF alone are taken and told", "[proto][head_parser]") {
    CHECK(parse("HTTP/1.1 200 OK\nA: b\n\n") == "11 200 [OK] lf\nA=b|");
    CHECK(parse("HTTP/1.1 200 OK\r\nA: b\n\r\n") == "11 200 [OK] lf\nA=b|");
    CHECK(parse("HTTP/1.1 200 OK\r\nA: b\r\n\n") == "11 200 [OK] lf\nA=b|");
}

TEST_CASE("S7: the strict profile refuses LF alone", "[proto][head_parser]") {
    const auto input = GENERATE(
        as<std::string>(),
        "HTTP/1.1 200 OK\nA: b\r\n\r\n",
        "HTTP/1.1 200 OK\r\nA: b\n\r\n",
        "HTTP/1.1 200 OK\r\nA: b\r\n\n",
        "HTTP/1.1 200\n\n"
    );
    CHECK(parse(input, {}, profile::strict).starts_with(weird));
    CHECK(parse("HTTP/1.1 200 OK\r\nA: b\r\n\r\n", {}, profile::strict)
              .starts_with("11 200"));
}

TEST_CASE("head: its size is limited", "[proto][head_parser]") {
    const std::string input = "HTTP/1.1 200 OK\r\nA: b\r\nC: d\r\n\r\n";
    CHECK(parse(input, {.bytes = input.size()}).starts_with("11 200"));
    CHECK(parse(input, {.bytes = input.size() - 1}).starts_with(large));
    CHECK(parse(input, {.bytes = 20}).starts_with(large));
    CHECK(parse(input, {.fields = 2}).starts_with("11 200"));
    CHECK(parse(input, {.fields = 1}).starts_with(large));
    CHECK(parse(input, {.field_bytes = 15}).starts_with("11 200"));
    CHECK(parse("HTTP/1.1 200 OK\r\nA: 1234567890abcdef\r\n\r\n", {.field_bytes = 20})
              .starts_with(large));
    CHECK(parse(
              "HTTP/1.1 200 OK\r\nA: 12345\r\n 67890abcdef\r\n\r\n", {.field_bytes = 20}
    )
              .starts_with(large));
    CHECK(parse("HTTP/1.1 200 Overly long\r\n\r\n", {.field_bytes = 20})
              .starts_with(large));
}

TEST_CASE(
    "F2.3: a field that is too long and wrong fails in one way however it is cut",
    "[proto][head_parser][F2.3]"
) {
    const head_limits limits{.bytes = 90, .fields = 2, .field_bytes = 20};
    const std::string start = "HTTP/1.1 200 OK\r\n";
    const std::string long_value(30, 'v');
    const std::string field = large + "a header field is too large";
    const std::string whole = large + "the header is too large";
    CHECK(parse(start + "A: " + long_value + "\rx", limits) == field);
    CHECK(parse(start + "A: " + long_value + "\x01", limits) == field);
    CHECK(parse(start + long_value + "?: x\r\n", limits) == field);
    CHECK(parse(start + "A: b\r\n " + long_value + "\x01", limits) == field);
    CHECK(parse(start + "A: " + long_value + "\n", limits, profile::strict) == field);
    // The third of two fields, and the limit of octets that comes before its end.
    CHECK(parse(start + "A: b\r\nC: d\r\nE: " + long_value + "\r\n", limits) == field);
    // The octet that is wrong comes before the limit.
    CHECK(parse(start + "A: b\x01" + long_value, limits).starts_with(weird));
    // Both limits are passed; the first one that is, is told.
    const head_limits equal{.bytes = 40, .fields = 9, .field_bytes = 25};
    CHECK(parse(start + "A: " + long_value + "\r\n", equal) == whole);
    CHECK(parse(start + "A: b\r\n C:" + long_value + "\r\n", equal) == whole);
}

TEST_CASE("head: an endless head ends at the limit", "[proto][head_parser]") {
    const auto piece =
        GENERATE(as<std::string>(), "A: b\r\n", "x", "A: b\r\n ", "\r\n y");
    std::string input = "HTTP/1.1 200 OK\r\nX:";
    response_head_parser parser;
    parse_status status = parse_status::partial;
    while (status == parse_status::partial && input.size() < 400 * 1024) {
        for (int i = 0; i < 500; ++i) input += piece;
        status = parser.parse(input);
    }
    CHECK(status == parse_status::failed);
    CHECK(input.size() <= 304 * 1024);
}

TEST_CASE(
    "head: a large head octet by octet takes linear time", "[proto][head_parser]"
) {
    // Quadratic work would be thousands of millions of steps here.
    std::string input = "HTTP/1.1 200 OK\r\nA: " + std::string(90 * 1024, 'x') + "\r\n";
    for (int i = 0; i < 4000; ++i) input += "Name: value\r\n";
    input += "\r\n";
    response_head_parser parser;
    for (std::size_t i = 1; i < input.size(); ++i) {
        if (parser.parse({input.data(), i}) != parse_status::partial) FAIL("at " << i);
    }
    CHECK(parser.parse(input) == parse_status::complete);
    CHECK(parser.entries().size() == 4001);
}

TEST_CASE("head: reset makes ready for the next head", "[proto][head_parser]") {
    response_head_parser parser;
    std::string bad = "nonsense";
    CHECK(parser.parse(bad) == parse_status::failed);
    parser.reset();
    std::string first = "HTTP/1.1 200\nA: b\n\n";
    CHECK(parser.parse(first) == parse_status::complete);
    CHECK(parser.parse(first) == parse_status::complete);
    const auto* kept = parser.entries().data();
    parser.reset();
    std::string second = "HTTP/1.0 201 X\r\nB: c\r\n\r\n";
    CHECK(parser.parse(second) == parse_status::complete);
    CHECK(parser.head().version == 10);
    CHECK_FALSE(parser.head().lf_only);
    CHECK(parser.entries().data() == kept);
}

TEST_CASE("head: octets after the head are left alone", "[proto][head_parser]") {
    const std::string rest = "\r\n \r\nHTTP/1.1 200 evil\r\n\r\n";
    std::string input = "HTTP/1.1 200 OK\r\nA: b\r\n\r\n" + rest;
    response_head_parser parser;
    REQUIRE(parser.parse(input) == parse_status::complete);
    CHECK(input.substr(parser.head().size) == rest);
}

TEST_CASE("head: no octets are no error", "[proto][head_parser]") {
    response_head_parser parser;
    CHECK(parser.parse({}) == parse_status::partial);
}

TEST_CASE(
    "head: seeded garbage never crashes and never splits", "[proto][head_parser]"
) {
    std::mt19937 random(20261122);
    const std::string good =
        "HTTP/1.1 200 OK\r\nDate: x\r\nA: b\r\n c\r\nContent-Length: 5\r\n\r\nhello";
    const std::string alphabet = "\r\n\t :aA/1\0\x7f\xff,"s;
    response_head_parser parser;
    for (int round = 0; round < 2000; ++round) {
        const auto input = support::spoiled(good, alphabet, random() % 4, random);
        const auto whole = parse_in_pieces(parser, input, {input.size()});
        const auto cuts = support::random_cuts(input.size(), 9, random);
        const auto pieces = parse_in_pieces(parser, input, cuts);
        if (pieces != whole) FAIL_CHECK("differs: " << pieces << " from " << whole);
    }
}

TEST_CASE("head: what cannot be HTTP/1 is told from what can", "[proto][head]") {
    using xfer::proto::is_simple;
    for (const auto* other :
         {"hello", "h", "HTT ", "HTTP ", "http/1.1 200", "\r\nHTTP/"}) {
        CAPTURE(other);
        CHECK(is_simple(other, false));
    }
    for (const auto* begin :
         {"", "H", "HTTP", "HTTP/", "HTTP/9.9 200", "HTTP/1.1 2000"}) {
        CAPTURE(begin);
        CHECK_FALSE(is_simple(begin, false));
    }
    CHECK(is_simple("HTTP", true));
    CHECK_FALSE(is_simple("HTTP/", true));
    CHECK_FALSE(is_simple("", true));
}

TEST_CASE("head: of HTTP/0.9 nothing is a head", "[proto][head]") {
    std::string text = "hello\n";
    xfer::proto::response_head_parser parser;
    REQUIRE(parser.parse(text) == xfer::proto::parse_status::failed);
    parser.take_as_simple();
    CHECK(parser.parse(text) == xfer::proto::parse_status::complete);
    CHECK(parser.head().version == 9);
    CHECK(parser.head().status == 0);
    CHECK(parser.head().size == 0);
    CHECK(parser.entries().empty());
    parser.reset();
    text = "HTTP/1.1 200 OK\r\n\r\n";
    CHECK(parser.parse(text) == xfer::proto::parse_status::complete);
    CHECK(parser.head().version == 11);
}

TEST_CASE("S29: of what is no HTTP the beginning is quoted", "[proto][head][S29]") {
    using xfer::proto::quoted_reply;
    CHECK(quoted_reply("").empty());
    CHECK(quoted_reply("h\r\n\x01") == R"(; it begins "h\r\n\x01")");
    CHECK(quoted_reply(std::string(64, 'x')).ends_with("x\""));
    CHECK(
        quoted_reply(std::string(65, 'x')) ==
        "; it begins \"" + std::string(64, 'x') + "...\""
    );
    // Of what is HTTP, the status line.
    CHECK(
        quoted_reply("HTTP/1.1 200 OK\r\nCookie: s") ==
        R"(; it begins "HTTP/1.1 200 OK")"
    );
    CHECK(quoted_reply("HTTP/2\nX: s") == R"(; it begins "HTTP/2")");
    CHECK(quoted_reply("HTTP/1.1 2") == R"(; it begins "HTTP/1.1 2")");
}
