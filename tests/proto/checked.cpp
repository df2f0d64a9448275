// xfer/proto/checked.hpp: arithmetic and numbers from a peer.
#include <xfer/proto/checked.hpp>

#include <catch2/catch.hpp>

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

using namespace xfer::proto;

namespace {
constexpr auto u64_max = std::numeric_limits<std::uint64_t>::max();
}

TEST_CASE("checked: a sum past the type is nullopt", "[proto][checked]") {
    CHECK(checked_add(u64_max - 1, 1) == u64_max);
    CHECK_FALSE(checked_add(u64_max, 1));
    CHECK_FALSE(checked_add(std::uint64_t{1}, u64_max));
    CHECK(checked_add(std::uint8_t{200}, 55) == std::uint8_t{255});
    CHECK_FALSE(checked_add(std::uint8_t{200}, 56));
}

TEST_CASE("checked: a product past the type is nullopt", "[proto][checked]") {
    CHECK(checked_mul(u64_max, 1) == u64_max);
    CHECK(checked_mul(u64_max, 0) == 0U);
    CHECK(checked_mul(std::uint64_t{0}, u64_max) == 0U);
    CHECK_FALSE(checked_mul(std::uint64_t{1} << 32U, std::uint64_t{1} << 32U));
    CHECK_FALSE(checked_mul(u64_max / 2 + 1, 2));
    CHECK(checked_mul(std::uint8_t{15}, 17) == std::uint8_t{255});
    CHECK_FALSE(checked_mul(std::uint8_t{16}, 16));
}

TEST_CASE("F2.2: decimal lengths end at 2^63 - 1", "[proto][checked][F2.2]") {
    CHECK(parse_decimal("0") == 0U);
    CHECK(parse_decimal("9223372036854775807") == max_length);
    CHECK(parse_decimal("0000000000000000000000000000042") == 42U);
    CHECK_FALSE(parse_decimal("9223372036854775808"));
    CHECK_FALSE(parse_decimal("18446744073709551615"));
    CHECK_FALSE(parse_decimal("18446744073709551616"));
    CHECK_FALSE(parse_decimal("99999999999999999999999"));
    CHECK_FALSE(parse_decimal(std::string(65536, '9')));
    CHECK(parse_decimal("18446744073709551615", u64_max) == u64_max);
    CHECK_FALSE(parse_decimal("18446744073709551616", u64_max));
}

TEST_CASE("checked: a decimal length keeps the limit it is given", "[proto][checked]") {
    for (std::uint64_t max = 0; max < 120; ++max) {
        for (std::uint64_t value = 0; value < 240; ++value) {
            CHECK(
                parse_decimal(std::to_string(value), max).has_value() == (value <= max)
            );
        }
    }
}

TEST_CASE("F2.2: what is not 1*DIGIT is no length", "[proto][checked]") {
    const std::string_view text = GENERATE(
        as<std::string_view>(),
        "",
        "+5",
        "-1",
        "-0",
        " 6",
        "6 ",
        "6a",
        "0x6",
        "1e30",
        "1,1",
        "1,2",
        "1.0",
        "\t1",
        "1\r",
        "\xd9\xa1"
    );
    CAPTURE(text);
    CHECK_FALSE(parse_decimal(text));
    CHECK_FALSE(parse_decimal(std::string_view("1\0", 2)));
}

TEST_CASE(
    "F2.2: hexadecimal sizes end at 2^63 - 1 and 16 digits", "[proto][checked][F2.2]"
) {
    CHECK(parse_hex("0") == 0U);
    CHECK(parse_hex("aF") == 0xafU);
    CHECK(parse_hex("7fffffffffffffff") == max_length);
    CHECK(parse_hex("0000000000000001") == 1U);
    CHECK_FALSE(parse_hex("8000000000000000"));
    CHECK_FALSE(parse_hex("ffffffffffffffff"));
    CHECK(parse_hex("ffffffffffffffff", u64_max) == u64_max);
    CHECK_FALSE(parse_hex("fffffffffffffffff", u64_max));
    CHECK_FALSE(parse_hex("00000000000000001"));
}

TEST_CASE("F2.2: what is not 1*HEXDIG is no size", "[proto][checked]") {
    const std::string_view text = GENERATE(
        as<std::string_view>(), "", "-1", "+5", "0x5", "5 ", " 5", "5;", "g", "5\r"
    );
    CAPTURE(text);
    CHECK_FALSE(parse_hex(text));
}
