// xfer/proto/byteranges.hpp: bodies of several parts, each at every split point.
#include "support/garbage.hpp"
#include <xfer/proto/byteranges.hpp>

#include <catch2/catch.hpp>

#include <random>
#include <string>
#include <vector>

using namespace std::string_literals;
using namespace xfer::proto;
using xfer::error;

namespace {

std::string describe(const byteranges_decoder& decoder) {
    const auto& r = decoder.range();
    std::string out = " (" + std::to_string(*r.first) + "-" + std::to_string(*r.last) +
                      "/" + (r.complete ? std::to_string(*r.complete) : "*");
    for (const auto [name, value] : decoder.part_fields()) {
        if (name == "Content-Range") continue;
        out.append(" ").append(name).append("=").append(value);
    }
    return out + ")";
}

/// Feeds the pieces of `input` that end at `cuts`; the result as comparable text.
std::string decode_in_pieces(
    const std::string& input,
    const std::vector<std::size_t>& cuts,
    const byteranges_limits& limits
) {
    byteranges_decoder decoder("THIS", limits);
    std::string out;
    std::size_t from = 0;
    std::size_t consumed = 0;
    for (const std::size_t cut : cuts) {
        std::span<const char> in(input.data() + from, cut - from);
        from = cut;
        while (!in.empty()) {
            const auto step = decoder.feed(in);
            in = in.subspan(step.consumed);
            consumed += step.consumed;
            out.append(step.data.begin(), step.data.end());
            switch (step.status) {
                case part_status::more:
                case part_status::data:
                    break;
                case part_status::part:
                    out += describe(decoder);
                    break;
                case part_status::complete:
                    return out + " end" + input.substr(consumed);
                case part_status::failed:
                    return decoder.failure().ec.message() + ": " +
                           std::string(decoder.failure().why);
            }
        }
    }
    return "partial" + out;
}

std::string decode(const std::string& input, const byteranges_limits& limits = {}) {
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

std::string part(
    const std::string& range, const std::string& data, const std::string& fields = {}
) {
    return "\r\n--THIS\r\n" + fields + "Content-Range: bytes " + range + "\r\n\r\n" +
           data;
}

const std::string last = "\r\n--THIS--";
const std::string weird = make_error_code(error::weird_reply).message() + ": ";
const std::string large = make_error_code(error::header_too_large).message() + ": ";

}  // namespace

TEST_CASE("byteranges: parts are delivered with their ranges", "[proto][ranges]") {
    CHECK(
        decode(
            part("0-4/20", "01234", "Content-Type: text/plain\r\n") +
            part("10-12/20", "abc", "X: y\r\nZ: 1\r\n") + last
        ) == " (0-4/20 Content-Type=text/plain)01234 (10-12/20 X=y Z=1)abc end"
    );
    CHECK(decode(part("7-7/*", "x") + last) == " (7-7/*)x end");
}

TEST_CASE("byteranges: what stands around the parts is passed over", "[proto]") {
    const auto in_front = GENERATE(
        as<std::string>(),
        "",
        "\r\n",
        "\r\n\r\n",
        "a preamble\r\n",
        "--THI\r\n",
        "\r\r\n",
        "-\r\n",
        "\r\n--\r\n"
    );
    const auto body = part("0-0/2", "x") + part("1-1/2", "y") + last;
    // With nothing in front, the body begins with the boundary itself.
    const auto input = in_front + body.substr(2) + "\r\nan epilogue";
    CHECK(decode(input) == " (0-0/2)x (1-1/2)y end\r\nan epilogue");
    CHECK(
        decode("--THIS \t\r\nContent-Range: bytes 0-0/1\r\n\r\nx\r\n--THIS--") ==
        " (0-0/1)x end"
    );
}

TEST_CASE("byteranges: data may hold what looks like a boundary", "[proto][ranges]") {
    const auto data = last + "\r\n" + part("3-4/9", "no");
    const auto size = std::to_string(data.size());
    const auto range =
        "0-" + std::to_string(data.size() - 1) + "/" + std::to_string(data.size());
    CHECK(decode(part(range, data) + last) == " (" + range + ")" + data + " end");
}

TEST_CASE("byteranges: octets after the end are not consumed", "[proto][ranges]") {
    byteranges_decoder decoder("THIS");
    const auto body = part("0-0/1", "x") + last;
    std::span<const char> in(body);
    part_status status = part_status::more;
    while (!in.empty()) {
        const auto step = decoder.feed(in);
        in = in.subspan(step.consumed);
        status = step.status;
    }
    CHECK(status == part_status::complete);
    const auto after = decoder.feed(std::string_view("x"));
    CHECK(after.status == part_status::complete);
    CHECK(after.consumed == 0);
    CHECK(decoder.complete());
}

TEST_CASE("byteranges: complete only with the last boundary", "[proto][ranges]") {
    const auto body = part("0-1/4", "ab") + part("2-3/4", "cd") + last;
    for (std::size_t i = 0; i < body.size(); ++i) {
        if (!decode_in_pieces(body, {i}, {}).starts_with("partial")) {
            FAIL_CHECK("complete at " << i);
        }
    }
    CHECK(decode(body).ends_with("end"));
}

TEST_CASE("byteranges: a part has exactly one Content-Range", "[proto][ranges]") {
    const auto fields = GENERATE(
        as<std::string>(),
        "",
        "Content-Type: text/plain\r\n",
        "Content-Range: bytes 0-0/1\r\nContent-Range: bytes 0-0/1\r\n"
    );
    const auto said = decode("--THIS\r\n" + fields + "\r\nx" + last);
    CHECK(said == weird + "a part has not one Content-Range");
}

TEST_CASE("byteranges: a malformed Content-Range is an error", "[proto][ranges]") {
    const auto range = GENERATE(
        as<std::string>(),
        "",
        "0-0",
        "0/1",
        "*/1",
        "1-0/2",
        "0-1/1",
        "0-0/",
        "-1/2",
        "0-/2",
        "a-b/c",
        "0-9223372036854775808/*",
        "0-0/1, 1-1/2"
    );
    CHECK(
        decode(part(range, "x") + last) ==
        weird + "the Content-Range of a part is malformed"
    );
}

TEST_CASE("byteranges: the longest range there is", "[proto][ranges]") {
    CHECK(
        decode(part("0-9223372036854775807/*", "x")) ==
        "partial (0-9223372036854775807/*)x"
    );
}

TEST_CASE("byteranges: a part ends where it says", "[proto][ranges]") {
    const auto body = GENERATE(
        as<std::string>(),
        part("0-1/9", "x") + last,
        part("0-1/9", "xyz") + last,
        part("0-1/9", "xy") + "\n--THIS--",
        part("0-1/9", "xy") + "\r\n--THAT--",
        part("0-1/9", "xy") + "\r\r\n--THIS--",
        part("0-1/9", "xy") + "--THIS--"
    );
    CHECK(decode(body) == weird + "a part does not end where its Content-Range says");
}

TEST_CASE("byteranges: parts are of one whole", "[proto][ranges]") {
    const auto bad = part("0-0/5", "x") + part("1-1/*", "y") + part("2-2/6", "z");
    CHECK(decode(bad + last) == weird + "two parts are of wholes of different lengths");
    const auto good = part("0-0/*", "x") + part("1-1/5", "y") + part("2-2/5", "z");
    CHECK(decode(good + last) == " (0-0/*)x (1-1/5)y (2-2/5)z end");
    // In any order, and overlapping: RFC 9110 15.3.7.2 lets a server.
    CHECK(
        decode(part("3-4/5", "de") + part("0-3/5", "abcd") + last) ==
        " (3-4/5)de (0-3/5)abcd end"
    );
}

TEST_CASE("byteranges: a boundary stands alone on its line", "[proto][ranges]") {
    const auto body = GENERATE(
        as<std::string>(),
        "--THISx\r\n",
        "--THIS \tx\r\n",
        "--THIS -- \r\n",
        "--THIS-x\r\n",
        "--THIS\n\r\n",
        "--THIS\rx",
        "--THIS--"
    );
    CHECK(decode(body + "Content-Range: bytes 0-0/1\r\n\r\nx" + last).starts_with(weird)
    );
}

TEST_CASE("byteranges: malformed fields are an error", "[proto][ranges]") {
    const auto line = GENERATE(
        as<std::string>(),
        "A\r\n",
        "A : b\r\n",
        ": b\r\n",
        " A: b\r\n",
        "A: \x01\r\n",
        "A: b\0\r\n"s,
        "A: b\n",
        "A: b\rc\r\n"
    );
    CHECK(decode(part("0-0/1", "x", line) + last).starts_with(weird));
}

TEST_CASE("byteranges: parts, fields and the rest are limited", "[proto][ranges]") {
    byteranges_limits limits;
    limits.parts = 2;
    limits.ignored_bytes = 20;
    limits.head = {.bytes = 60, .fields = 2, .field_bytes = 40};
    const auto two = part("0-0/9", "x") + part("1-1/9", "y");
    CHECK(decode(two + last, limits).ends_with("end"));
    CHECK(decode(two + part("2-2/9", "z"), limits) == weird + "too many parts");
    CHECK(decode(part("0-0/9", "x", "A: b\r\n"), limits).starts_with("partial"));
    CHECK(decode(part("0-0/9", "x", "A: b\r\nC: d\r\n"), limits).starts_with(large));
    const auto long_field = "A: " + std::string(40, 'x') + "\r\n";
    CHECK(decode(part("0-0/9", "x", long_field), limits).starts_with(large));
    CHECK(decode(std::string(22, 'x'), limits).starts_with(weird));
    CHECK(decode("--THIS" + std::string(22, ' '), limits).starts_with(weird));
}

TEST_CASE("byteranges: an endless body ends by itself", "[proto][ranges]") {
    std::string endless;
    SECTION("in front of the first boundary") { endless.assign(100 * 1024, 'x'); }
    SECTION("of line ends") {
        while (endless.size() < 100 * 1024) endless += "\r\n";
    }
    SECTION("behind a boundary") { endless = "--THIS" + std::string(100 * 1024, ' '); }
    SECTION("of parts") {
        while (endless.size() < 100 * 1024) endless += part("0-0/1", "x");
    }
    SECTION("of fields") {
        endless = "--THIS\r\n";
        while (endless.size() < 100 * 1024) endless += "A: b\r\n";
    }
    SECTION("of one field") {
        endless = "--THIS\r\nA: " + std::string(100 * 1024, 'x');
    }
    CHECK_FALSE(decode_in_pieces(endless, {endless.size()}, {}).starts_with("partial"));
}

TEST_CASE("byteranges: data is a view of what was fed", "[proto][ranges]") {
    const std::string input = "--THIS\r\nContent-Range: bytes 0-4/5\r\n\r\nhel";
    byteranges_decoder decoder("THIS");
    const auto begun = decoder.feed(input);
    CHECK(begun.status == part_status::part);
    CHECK(begun.consumed == input.size() - 3);
    const auto step = decoder.feed(std::span(input).subspan(begun.consumed));
    CHECK(step.status == part_status::data);
    CHECK(step.data.data() == input.data() + begun.consumed);
    CHECK(step.data.size() == 3);
}

TEST_CASE("byteranges: the boundary of a Content-Type", "[proto][ranges]") {
    const auto type = "multipart/byteranges"s;
    CHECK(byteranges_boundary(type + "; boundary=THIS") == "THIS");
    CHECK(byteranges_boundary(type + ";boundary=\"a b\"") == "a b");
    CHECK(byteranges_boundary("Multipart/ByteRanges ; BOUNDARY = x; y=z") == "x");
    CHECK(byteranges_boundary(type + "; charset=x; boundary=a/b:c=?") == "a/b:c=?");
    const auto longest = std::string(70, 'a');
    CHECK(byteranges_boundary(type + "; boundary=" + longest) == longest);
    const auto bad = GENERATE(
        as<std::string>(),
        "",
        ";",
        "; boundary",
        "; boundary=",
        "; boundary=\"\"",
        "; boundary=\"a \"",
        "; boundary=\"a",
        "; boundary=a; boundary=b",
        "; boundary=a@b",
        "; boundary=\xff",
        "; boundary=" + std::string(71, 'a')
    );
    CHECK_FALSE(byteranges_boundary(type + bad));
    CHECK(is_byteranges(type + bad));
    CHECK_FALSE(is_byteranges("multipart/form-data; boundary=a"));
    CHECK_FALSE(byteranges_boundary("text/plain; boundary=a"));
    CHECK_FALSE(is_byteranges(""));
}

TEST_CASE("byteranges: seeded garbage never hangs and never splits", "[proto]") {
    std::mt19937 random(14'6);
    const auto good = part("0-4/20", "hello", "Content-Type: a/b\r\n c\r\n") +
                      part("9-9/20", "x") + last;
    const std::string alphabet = "\r\n\t -:0*/THIS\0\xff"s;
    for (int round = 0; round < 2000; ++round) {
        const auto input = support::spoiled(good, alphabet, 1 + random() % 3, random);
        const auto whole = decode_in_pieces(input, {input.size()}, {});
        const auto cuts = support::random_cuts(input.size(), 5, random);
        if (decode_in_pieces(input, cuts, {}) != whole)
            FAIL_CHECK("differs from " << whole);
    }
}
