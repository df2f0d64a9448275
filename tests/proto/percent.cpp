// xfer/proto/percent.hpp: percent-encoding, and that of forms.
#include <xfer/proto/percent.hpp>

#include <catch2/catch.hpp>

#include <string>
#include <string_view>

using namespace xfer::proto;
using namespace std::string_literals;

namespace {

std::string every_octet() {
    std::string all;
    for (int octet = 0; octet < 256; ++octet) all += static_cast<char>(octet);
    return all;
}

std::string form_encode(std::string_view text) {
    std::string out;
    append_form_encoded(out, text);
    return out;
}

std::string quoted(std::string_view text) {
    std::string out;
    append_quoted_name(out, text);
    return out;
}

}  // namespace

TEST_CASE("percent: only unreserved octets stay", "[proto][percent]") {
    const std::string unreserved =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
    CHECK(percent_encode(unreserved) == unreserved);
    CHECK(percent_encode("a b/c?d=e&f+g%h") == "a%20b%2Fc%3Fd%3De%26f%2Bg%25h");
    CHECK(percent_encode("\xc3\xa9\0\r\n\x7f"s) == "%C3%A9%00%0D%0A%7F");
    CHECK(percent_encode("").empty());
    std::size_t kept = 0;
    for (const char c : every_octet()) {
        kept += percent_encode({&c, 1}) == std::string(1, c) ? 1 : 0;
    }
    CHECK(kept == unreserved.size());
}

TEST_CASE("percent: decoding gives back what was encoded", "[proto][percent]") {
    CHECK(percent_decode(percent_encode(every_octet())) == every_octet());
    CHECK(percent_decode("%c3%A9+") == "\xc3\xa9+");
    CHECK(percent_decode("%00%0d") == "\0\r"s);
    CHECK(percent_decode("%2541") == "%41");
    CHECK(percent_decode("") == "");
}

TEST_CASE("F2.2: a '%' without two digits is refused", "[proto][percent][F2.2]") {
    const auto text = GENERATE(
        as<std::string>(), "%", "a%", "%4", "%4g", "%g4", "%%41", "%+1", "% 1"
    );
    CHECK_FALSE(percent_decode(text));
    CHECK(form_decode(text).find('%') != std::string::npos);
}

TEST_CASE("percent: forms have a set of their own", "[proto][percent]") {
    const std::string plain =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789*-._";
    CHECK(form_encode(plain) == plain);
    CHECK(form_encode("a b+c") == "a+b%2Bc");
    CHECK(form_encode("~'()!&=%\r\n") == "%7E%27%28%29%21%26%3D%25%0D%0A");
    CHECK(form_decode(form_encode(every_octet())) == every_octet());
    CHECK(form_decode("a+b%20c%2Bd%zz%4") == "a b c+d%zz%4");
}

TEST_CASE(
    "E2: a quoted name cannot end its quotes or its line", "[proto][percent][E2]"
) {
    CHECK(quoted("a\"b\r\nc%22\\d") == "a%22b%0D%0Ac%22\\d");
    CHECK(quoted("Zo\xc3\xab;=") == "Zo\xc3\xab;=");
    CHECK(quoted(every_octet()).find_first_of("\"\r\n") == std::string::npos);
}
