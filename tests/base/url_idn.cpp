// xfer/url.hpp: hosts with letters outside ASCII, with libidn2 and without it.
#include <xfer/detail/idn.hpp>
#include <xfer/error.hpp>
#include <xfer/url.hpp>

#include <catch2/catch.hpp>

#include <random>
#include <string>
#include <string_view>

using xfer::host_kind;
using xfer::parsed_url;
using xfer::url;
using xfer::detail::has_idn;

namespace {

/// The host that is made of it, or the sentence with which it is refused.
std::string host_of(const std::string& host) {
    parsed_url out;
    if (!url::parse("http://" + host + ":8080/x", out)) {
        CHECK(out.target.port() == 8080);
        CHECK(out.target.path() == "/x");
        CHECK(out.target.authority() == std::string(out.target.host()) + ":8080");
        return std::string(out.target.host());
    }
    CHECK(out.target.empty());
    return std::string(out.why);
}

bool is_refused(const std::string& host) {
    return host_of(host).starts_with("the URL");
}

std::string percent_encoded(std::string_view text) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string out;
    for (const char c : text) {
        const auto octet = static_cast<unsigned char>(c);
        out += {'%', digits[octet >> 4U], digits[octet & 15U]};
    }
    return out;
}

struct name_pair {
    std::string_view unicode;
    std::string_view ascii;
};

// Made here; the A-labels are those of RFC 3492's algorithm, as idn2(1) prints them.
constexpr name_pair names[] = {
    {"stra\xc3\x9f"
     "e.de",
     "xn--strae-oqa.de"},
    {"STRA\xc3\x9f"
     "E.DE",
     "xn--strae-oqa.de"},
    {"xn--strae-oqa.\xc3\xa4", "xn--strae-oqa.xn--4ca"},
    {"\xc3\x84.test", "xn--4ca.test"},
    {"a\xcc\x88.test", "xn--4ca.test"},  // a and a combining diaeresis
    {"a_b.\xc3\xa4", "a_b.xn--4ca"},
    {"\xc2\xadtest", "test"},  // a soft hyphen is nothing
    {"a\xe3\x80\x82test", "a.test"},
    {"a\xe3\x80\x82test\xe3\x80\x82", "a.test."},
    {"a\xef\xbc\x8etest", "a.test"},
    {"a\xef\xbd\xa1test", "a.test"},
    {"\xef\xbd\x81.test", "a.test"},  // fullwidth a
};

}  // namespace

TEST_CASE("url: an A-label is taken as it is", "[base][url][idn]") {
    CHECK(host_of("XN--strae-oqa.de") == "xn--strae-oqa.de");
}

TEST_CASE(
    "E1.1: hosts outside ASCII become A-labels, or are told to", "[base][url][idn]"
) {
    for (const auto& [unicode, ascii] : names) {
        CAPTURE(unicode);
        const std::string raw = host_of(std::string(unicode));
        CHECK(host_of(percent_encoded(unicode)) == raw);
        if (has_idn) {
            CHECK(raw == ascii);
            CHECK(host_of(std::string(ascii)) == ascii);
        } else {
            CHECK(raw.find("xn--") != std::string::npos);
        }
    }
}

TEST_CASE("D3.1: ideographic full stops are dots", "[base][url][idn]") {
    if (!has_idn) return;
    parsed_url dotted;
    REQUIRE_FALSE(url::parse("http://a\xe3\x80\x82test\xe3\x80\x82/", dotted));
    CHECK(dotted.target.server_name() == "a.test");
    REQUIRE_FALSE(url::parse("http://a%E3%80%82test/", dotted));
    CHECK(dotted.target.server_name() == "a.test");
}

TEST_CASE("E1.1: a name is checked after it was converted", "[base][url][idn]") {
    const std::string host = GENERATE(
        as<std::string>(),
        "\xff",
        "a\xed\xa0\x80",      // a surrogate
        "\xc0\xaf.test",      // an overlong slash
        "\xc3",               // cut short
        "\xe2\x84\x80.test",  // a/c in one sign
        "\xef\xbc\x85"
        "41.test",  // a fullwidth percent sign
        "\xc3\xa4\xef\xbc\x8f.test",
        "\xc3\xa4\xef\xbc\xa0.test",
        "\xef\xbc\x9a"
        "80",  // a fullwidth colon
        "\xef\xbc\x91\xef\xbc\x92\xef\xbc\x97.0.0.1",
        "a.\xef\xbc\x91",
        "\xe2\x91\xa0.\xe2\x91\xa1.\xe2\x91\xa2.\xe2\x91\xa3",  // circled digits
        "0x\xef\xbd\x86\xef\xbd\x86",
        "\xc2\xad",
        "\xc2\xad.test",
        "a.\xc2\xad.test",
        "a\xe3\x80\x82\xe3\x80\x82"
        "b",
        "\xe3\x80\x82"
        "a",
        "\xef\xbc\x8e",
        "-\xc3\xa4.test",
        "\xf0\x9f\x98\x80.test",  // no letter
        "\xe2\x80\x8d.test",      // a joiner alone
        "xn--.\xc3\xa4",
        "xn--a.\xc3\xa4",
        "\xd7\x90"
        "1a.test"  // both directions
    );
    CAPTURE(host);
    CHECK(is_refused(host));
    CHECK(is_refused(percent_encoded(host)));
}

TEST_CASE(
    "E1.1: what is ASCII and refused stays so beside other letters", "[base][url][idn]"
) {
    for (const std::string_view text :
         {"%00", "%2F", "%3A", "%40", "%25", "%5c", "%20", "%0d%0a", "!"}) {
        const std::string octet(text);
        CAPTURE(octet);
        CHECK(is_refused("\xc3\xa4" + octet + "a.test"));
        CHECK(is_refused("a" + octet + "\xc3\xa4.test"));
    }
    // Decoded once: what comes out of it is no encoding.
    CHECK(is_refused("\xc3\xa4%2541.test"));
}

TEST_CASE("url: a name to convert is bounded on both sides", "[base][url][idn]") {
    std::string label;
    for (int i = 0; i < 40; ++i) label += "\xc3\xa4";
    std::string name;
    while (name.size() + label.size() + 1 <= 512) name += label + '.';
    CHECK(is_refused(name));  // more than 255 octets come out
    CHECK(is_refused(std::string(64, 'a') + ".\xc3\xa4"));  // a label of more than 63
    std::string shy;                                        // soft hyphens are nothing
    while (shy.size() < 508) shy += "\xc2\xad";
    CHECK(is_refused(shy + "a.test"));
    if (has_idn) {
        CHECK(host_of(shy + "test") == "test");
        CHECK(
            host_of(std::string(63, 'a') + ".\xc3\xa4") ==
            std::string(63, 'a') + ".xn--4ca"
        );
    }
    CHECK(is_refused(std::string(60000, '\xc3')));
}

TEST_CASE(
    "url: whatever becomes a host of other letters is a fixed point", "[base][url][idn]"
) {
    const std::string_view pieces[] = {
        "\xc3\xa4",
        "\xc3\x9f",
        "\xe3\x80\x82",
        ".",
        "-",
        "a",
        "xn--",
        "4ca",
        "1",
        "\xef\xbc\x91",
        "\xc2\xad",
        "%c3",
        "%a4",
        "\xd7\x90",
        "\xff",
        "%2e",
        "Z"};
    std::mt19937 random(5891);
    int accepted = 0;
    for (int round = 0; round < 20000; ++round) {
        std::string text = "http://";
        for (std::size_t count = random() % 7 + 1; count > 0; --count) {
            text += pieces[random() % std::size(pieces)];
        }
        parsed_url once, again;
        if (url::parse(text, once)) continue;
        ++accepted;
        if (url::parse(once.target.str(), again) || again.target != once.target) {
            FAIL(text);
        }
        for (const char c : once.target.host()) {
            if (static_cast<unsigned char>(c) >= 0x80) FAIL(text);
        }
    }
    CHECK(accepted > 500);
}
