// xfer/proto/date.hpp: the three forms of HTTP-date.
#include <xfer/proto/date.hpp>

#include <catch2/catch.hpp>

#include <random>
#include <string>
#include <string_view>

using namespace std::chrono;
using xfer::proto::format_http_date;
using xfer::proto::parse_http_date;

namespace {

constexpr sys_seconds now = sys_days(2026y / March / 15);
constexpr sys_seconds example = sys_days(1994y / November / 6) + 8h + 49min + 37s;

/// A date of the RFC 850 form with the year's last two digits as given.
std::string rfc850(std::string_view day_and_month, std::string_view two_digits) {
    std::string text = "Sunday, ";
    text.append(day_and_month).append("-").append(two_digits).append(" 00:00:00 GMT");
    return text;
}

year_month_day day_of(const std::string& text, sys_seconds at) {
    const auto time = parse_http_date(text, at);
    REQUIRE(time);
    return year_month_day(floor<days>(*time));
}

}  // namespace

TEST_CASE("date: the three forms of RFC 9110 5.6.7 are one moment", "[proto][date]") {
    CHECK(parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT", now) == example);
    CHECK(parse_http_date("Sunday, 06-Nov-94 08:49:37 GMT", now) == example);
    CHECK(parse_http_date("Sun Nov  6 08:49:37 1994", now) == example);
    CHECK(parse_http_date("Wed Nov 16 08:49:37 1994", now) == example + days(10));
    CHECK(format_http_date(example) == "Sun, 06 Nov 1994 08:49:37 GMT");
}

TEST_CASE("date: a two-digit year is at most 50 years ahead", "[proto][date]") {
    CHECK(day_of(rfc850("15-Mar", "76"), now) == 2076y / March / 15);
    CHECK(day_of(rfc850("16-Mar", "76"), now) == 1976y / March / 16);
    CHECK(day_of(rfc850("01-Jan", "77"), now) == 1977y / January / 1);
    CHECK(day_of(rfc850("01-Jan", "00"), now) == 2000y / January / 1);
    CHECK(day_of(rfc850("01-Jan", "26"), now) == 2026y / January / 1);
    CHECK(day_of(rfc850("31-Dec", "99"), now) == 1999y / December / 31);
    const sys_seconds late = sys_days(2090y / June / 1);
    CHECK(day_of(rfc850("01-Jan", "10"), late) == 2110y / January / 1);
    CHECK(day_of(rfc850("01-Jan", "41"), late) == 2041y / January / 1);
    const sys_seconds leap_day = sys_days(2024y / February / 29);
    CHECK(day_of(rfc850("01-Mar", "74"), leap_day) == 2074y / March / 1);
    CHECK(day_of(rfc850("02-Mar", "74"), leap_day) == 1974y / March / 2);
}

TEST_CASE("date: days that do not exist are refused", "[proto][date]") {
    CHECK(parse_http_date("Thu, 29 Feb 2024 00:00:00 GMT", now));
    CHECK_FALSE(parse_http_date("Wed, 29 Feb 2023 00:00:00 GMT", now));
    CHECK_FALSE(parse_http_date("Mon, 31 Apr 2023 00:00:00 GMT", now));
    CHECK_FALSE(parse_http_date("Mon, 00 Apr 2023 00:00:00 GMT", now));
    CHECK_FALSE(parse_http_date("Monday, 29-Feb-23 00:00:00 GMT", now));
}

TEST_CASE("date: times that do not exist are refused", "[proto][date]") {
    CHECK_FALSE(parse_http_date("Sun, 06 Nov 1994 24:00:00 GMT", now));
    CHECK_FALSE(parse_http_date("Sun, 06 Nov 1994 08:60:00 GMT", now));
    CHECK_FALSE(parse_http_date("Sun, 06 Nov 1994 08:49:61 GMT", now));
    CHECK(
        parse_http_date("Sat, 31 Dec 2016 23:59:60 GMT", now) ==
        sys_days(2017y / January / 1)
    );
}

TEST_CASE("date: other texts are refused", "[proto][date]") {
    const std::string_view text = GENERATE(
        as<std::string_view>(),
        "",
        "0",
        "-1",
        "Sun",
        "Sun,",
        "Sunday,",
        "Sun ",
        "sun, 06 Nov 1994 08:49:37 GMT",
        "Sun, 06 nov 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 08:49:37 gmt",
        "Sun, 06 Nov 1994 08:49:37 UTC",
        "Sun, 06 Nov 1994 08:49:37 +0000",
        "Sun, 06 Nov 1994 08:49:37",
        "Sun, 06 Nov 1994 08:49:37 GMT ",
        " Sun, 06 Nov 1994 08:49:37 GMT",
        "Sun, 6 Nov 1994 08:49:37 GMT",
        "Sun, 06 Nov 94 08:49:37 GMT",
        "Sun, 06-Nov-1994 08:49:37 GMT",
        "Sun, 06 Nov 19940 08:49:37 GMT",
        "Sunday, 06 Nov 1994 08:49:37 GMT",
        "Sunday, 06-Nov-1994 08:49:37 GMT",
        "Sun Nov 6 08:49:37 1994",
        "Sun Nov 06 08:49:37 1994 GMT",
        "Sun Nov  6 8:49:37 1994",
        "Sun, +6 Nov 1994 08:49:37 GMT",
        "Sun, 06 Nov -994 08:49:37 GMT",
        "Xyz, 06 Nov 1994 08:49:37 GMT"
    );
    CAPTURE(text);
    CHECK_FALSE(parse_http_date(text, now));
}

TEST_CASE("date: what was formatted is read as the same second", "[proto][date]") {
    const sys_seconds earliest = sys_days(0y / January / 1);
    const sys_seconds latest = sys_days(9999y / December / 31) + 23h + 59min + 59s;
    CHECK(format_http_date(earliest) == "Sat, 01 Jan 0000 00:00:00 GMT");
    CHECK(format_http_date(latest) == "Fri, 31 Dec 9999 23:59:59 GMT");
    std::mt19937_64 random(822);
    std::uniform_int_distribution<std::int64_t> any(
        earliest.time_since_epoch().count(), latest.time_since_epoch().count()
    );
    for (int round = 0; round < 2000; ++round) {
        const sys_seconds time{seconds(any(random))};
        if (parse_http_date(format_http_date(time), now) != time) {
            FAIL(format_http_date(time));
        }
    }
}

TEST_CASE("date: years that have no four digits have no text", "[proto][date]") {
    CHECK(format_http_date(sys_days(10000y / January / 1)).empty());
    CHECK(format_http_date(sys_days(-1y / December / 31)).empty());
}

TEST_CASE(
    "F2.2: no change of one octet of a date crashes the reader", "[proto][date][F2.2]"
) {
    std::mt19937 random(5322);
    const std::string forms[] = {
        "Sun, 06 Nov 1994 08:49:37 GMT",
        "Sunday, 06-Nov-94 08:49:37 GMT",
        "Sun Nov  6 08:49:37 1994",
    };
    std::size_t accepted = 0;
    for (int round = 0; round < 20000; ++round) {
        std::string text = forms[random() % 3];
        text[random() % text.size()] = static_cast<char>(random() & 0xffU);
        text.resize(random() % 4 == 0 ? random() % text.size() : text.size());
        if (const auto time = parse_http_date(text, now)) {
            ++accepted;
            CHECK_FALSE(format_http_date(*time).empty());
        }
    }
    CHECK(accepted > 0);
    CHECK(accepted < 10000);
}
