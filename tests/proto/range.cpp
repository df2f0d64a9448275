// xfer/proto/range.hpp: F2.2's share of Content-Range, and what may be asked for.
#include <xfer/proto/range.hpp>

#include <catch2/catch.hpp>

#include <string>

using namespace xfer::proto;

TEST_CASE("range: what may be asked for", "[proto][range]") {
    CHECK(is_range_set(GENERATE("0-0", "0-499", "500-", "-1", "0-1,5-9", "0-1, -2")));
}

TEST_CASE("range: what may not", "[proto][range]") {
    CHECK_FALSE(is_range_set(GENERATE(
        "",
        "-",
        "-0",
        "5-4",
        "a-b",
        "1",
        "0-1,",
        ",0-1",
        "0-1\r\nX: y",
        "+1-2",
        "9223372036854775808-",
        "0x1-2",
        "1-2-3"
    )));
    std::string many = "0-1";
    for (int i = 0; i < 63; ++i) many += ",0-1";
    CHECK(is_range_set(many));
    CHECK_FALSE(is_range_set(many + ",0-1"));
}

TEST_CASE("Content-Range: what it says", "[proto][range]") {
    const auto known = parse_content_range("bytes 2-4/10");
    REQUIRE(known);
    CHECK(known->first == 2u);
    CHECK(known->last == 4u);
    CHECK(known->complete == 10u);
    const auto open = parse_content_range("Bytes  0-0/*");
    REQUIRE(open);
    CHECK(open->last == 0u);
    CHECK_FALSE(open->complete);
    const auto refused = parse_content_range("bytes */1234");
    REQUIRE(refused);
    CHECK_FALSE(refused->first);
    CHECK(refused->complete == 1234u);
}

TEST_CASE("F2.2: what is no Content-Range", "[proto][range][F2.2]") {
    CHECK_FALSE(parse_content_range(GENERATE(
        "",
        "bytes",
        "bytes ",
        "bytes 1-2",
        "bytes=1-2/3",
        "items 1-2/3",
        "bytes 2-1/3",
        "bytes 0-3/3",
        "bytes -1/3",
        "bytes 1-/3",
        "bytes */*",
        "bytes 0-9223372036854775808/*",
        "bytes 0-18446744073709551616/*",
        "bytes 0-1/18446744073709551616",
        "bytes 0-1/2x",
        "bytes 0 -1/2"
    )));
}
