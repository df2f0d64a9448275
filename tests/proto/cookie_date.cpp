// xfer/proto/cookie_date.hpp: what servers write into Expires.
#include <xfer/proto/cookie_date.hpp>

#include <catch2/catch.hpp>

#include <random>
#include <string>
#include <string_view>

using namespace std::chrono;
using xfer::proto::parse_cookie_date;

namespace {

constexpr sys_seconds example = sys_days(1994y / November / 6) + 8h + 49min + 37s;

}  // namespace

TEST_CASE("cookie_date: the parts may stand in any order", "[proto][cookie]") {
    const std::string_view text = GENERATE(
        as<std::string_view>(),
        "Sun, 06 Nov 1994 08:49:37 GMT",
        "Sunday, 06-Nov-94 08:49:37 GMT",
        "Sun Nov  6 08:49:37 1994",
        "6 nov 94 8:49:37",
        "08:49:37 06 November 1994",
        "1994 Novum 6 08:49:37",
        "\t(6)/NOV/1994;08:49:37,",
        "06 Nov 1994 08:49:37 -0800",
        "06 Nov 1994 08:49:37 Jan 2020 11 10:10:10",
        "06th Nov 1994AD 08:49:37Z",
        "Wed, 06 Nov 1994 08:49:37.125 UTC"
    );
    CAPTURE(text);
    CHECK(parse_cookie_date(text) == example);
}

TEST_CASE("cookie_date: two digits are the years 1970 to 2069", "[proto][cookie]") {
    CHECK(parse_cookie_date("1 Jan 70 0:0:0") == sys_days(1970y / January / 1));
    CHECK(parse_cookie_date("1 Jan 99 0:0:0") == sys_days(1999y / January / 1));
    CHECK(parse_cookie_date("1 Jan 00 0:0:0") == sys_days(2000y / January / 1));
    CHECK(parse_cookie_date("1 Jan 69 0:0:0") == sys_days(2069y / January / 1));
}

TEST_CASE("K3: cookie dates reach from 1601 to 9999", "[proto][cookie]") {
    CHECK(parse_cookie_date("1 Jan 1601 00:00:00") == sys_days(1601y / January / 1));
    CHECK_FALSE(parse_cookie_date("31 Dec 1600 23:59:59"));
    CHECK(
        parse_cookie_date("19 Jan 2038 03:14:08") ==
        sys_seconds(seconds(std::int64_t{1} << 31U))
    );
    CHECK(
        parse_cookie_date("31 Dec 9999 23:59:59") ==
        sys_days(9999y / December / 31) + 23h + 59min + 59s
    );
    CHECK_FALSE(parse_cookie_date("1 Jan 99999 00:00:00"));
}

TEST_CASE(
    "cookie_date: what lacks a part or does not exist is none", "[proto][cookie]"
) {
    const std::string_view text = GENERATE(
        as<std::string_view>(),
        "",
        " ",
        "0",
        "-1",
        "session",
        "06 Nov 1994",
        "06 Nov 08:49:37",
        "06 1994 08:49:37",
        "Nov 1994 08:49:37",
        "06 Nov 1994 08:49",
        "06 Nov 1994 24:00:00",
        "06 Nov 1994 08:60:00",
        "06 Nov 1994 08:49:60",
        "06 Nov 1994 008:49:37",
        "06 Nov 1994 08:49:371",
        "06 Nov 1994 08-49-37",
        "00 Nov 1994 08:49:37",
        "32 Nov 1994 08:49:37",
        "31 Nov 1994 08:49:37",
        "29 Feb 2023 00:00:00",
        "006 Nov 1994 08:49:37",
        "06 No 1994 08:49:37",
        "06 Nov 5 08:49:37",
        "06 Nov 994 08:49:37",
        "6:Nov:1994 08:49:37"
    );
    CAPTURE(text);
    CHECK_FALSE(parse_cookie_date(text));
}

TEST_CASE("cookie_date: any octets are read without harm", "[proto][cookie]") {
    std::mt19937 random(6265);
    constexpr std::string_view alphabet = "0123456789:: -,JanFebMarDec\t\x7f\xff";
    std::size_t read = 0;
    for (int round = 0; round < 20000; ++round) {
        std::string text = "06 Nov 1994 08:49:37";
        for (auto change = random() % 4; change > 0; --change) {
            text[random() % text.size()] = alphabet[random() % alphabet.size()];
        }
        if (const auto time = parse_cookie_date(text)) {
            ++read;
            const year_month_day day(floor<days>(*time));
            if (day.year() < 1601y || day.year() > 9999y) FAIL(text);
        }
    }
    CHECK(read > 1000);
    CHECK(read < 19000);
}
