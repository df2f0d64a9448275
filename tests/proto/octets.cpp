// xfer/proto/octets.hpp: octet classes, wire types, the scan of field values, escaping.
#include <xfer/proto/octets.hpp>

#include <catch2/catch.hpp>

#include <random>
#include <string>

using namespace xfer::proto;

TEST_CASE("octets: the token marks are those of RFC 9110", "[proto][octets]") {
    const std::string marks = "!#$%&'*+-.^_`|~";
    for (int c = 0; c < 256; ++c) {
        const bool alnum =
            (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        const bool mark = c != 0 && marks.find(static_cast<char>(c)) != marks.npos;
        CAPTURE(c);
        CHECK(is_token(std::string(1, static_cast<char>(c))) == (alnum || mark));
    }
    CHECK_FALSE(is_token(""));
}

TEST_CASE("octets: a field value holds no control octet but tab", "[proto][octets]") {
    for (int c = 0; c < 256; ++c) {
        CAPTURE(c);
        const bool allowed = c == '\t' || (c >= 0x20 && c != 0x7f);
        CHECK(is_field_value(std::string(1, static_cast<char>(c))) == allowed);
    }
    CHECK(is_field_value(""));
}

TEST_CASE(
    "octets: a request target is visible ASCII without fragment", "[proto][octets]"
) {
    for (int c = 0; c < 256; ++c) {
        CAPTURE(c);
        const bool allowed = c > 0x20 && c < 0x7f && c != '#';
        CHECK(is_request_target("/" + std::string(1, static_cast<char>(c))) == allowed);
    }
    CHECK_FALSE(is_request_target(""));
}

TEST_CASE("octets: a host field ends no authority", "[proto][octets]") {
    CHECK(is_host_field("a.test:80"));
    CHECK(is_host_field("[::1]"));
    CHECK(is_host_field(""));
    const auto host =
        GENERATE(as<std::string>(), "a/b", "u@a", "a?b", "a#b", "a b", "a\r\n");
    CHECK_FALSE(is_host_field(host));
}

TEST_CASE("octets: wire types cannot hold CR or LF or NUL", "[proto][octets]") {
    const std::string octet =
        GENERATE(std::string("\r"), std::string("\n"), std::string(1, '\0'));
    const std::string text = "a" + octet + "b";
    CHECK_FALSE(wire_token::from(text).has_value());
    CHECK_FALSE(wire_value::from(text).has_value());
    CHECK_FALSE(wire_target::from(text).has_value());
    CHECK_FALSE(wire_host::from(text).has_value());
    CHECK(wire_token::from("GET")->view() == "GET");
}

TEST_CASE(
    "octets: the scan stops at the first octet that is no value", "[proto][octets]"
) {
    // Every octet at every place of a text longer than two words, with every neighbour
    // that could spoil arithmetic on whole words.
    for (const char around : {'a', '\t', '\xff', '\x80', '\x20', '\x7e'}) {
        for (int c = 0; c < 256; ++c) {
            for (std::size_t at = 0; at < 19; ++at) {
                std::string text(19, around);
                text[at] = static_cast<char>(c);
                std::size_t expected = 0;
                while (expected < text.size() &&
                       is_field_value(text.substr(expected, 1))) {
                    ++expected;
                }
                const char* end = text.data() + text.size();
                const auto found = skip_field_value(text.data(), end) - text.data();
                if (static_cast<std::size_t>(found) != expected) {
                    FAIL("octet " << c << " at " << at << " found at " << found);
                }
            }
        }
    }
}

TEST_CASE(
    "octets: names compare without regard to case, ASCII only", "[proto][octets]"
) {
    CHECK(iequals("Content-Length", "content-LENGTH"));
    CHECK_FALSE(iequals("a", "ab"));
    CHECK_FALSE(iequals("@", "`"));
    CHECK_FALSE(iequals("\xc4", "\xe4"));
}

TEST_CASE("octets: foreign text is escaped for messages", "[proto][octets]") {
    CHECK(escaped("a\r\n\t\\\x01\x7f\xff") == "a\\r\\n\\t\\\\\\x01\\x7f\\xff");
    CHECK(escaped("abcdef", 3) == "abc...");
    CHECK(escaped("abc", 3) == "abc");
}

TEST_CASE("octets: hexadecimal digits have values", "[proto][octets]") {
    CHECK(hex_value('0') == 0);
    CHECK(hex_value('a') == 10);
    CHECK(hex_value('F') == 15);
    CHECK(hex_value('g') == -1);
    CHECK(hex_value('\xe6') == -1);
}

TEST_CASE("octets: iequals is the same by words as octet by octet", "[proto][octets]") {
    std::mt19937 random(2616);
    const auto among = [&](unsigned n) { return static_cast<unsigned>(random()) % n; };
    int equal = 0;
    for (int round = 0; round < 20000; ++round) {
        std::string a(among(20), ' ');
        for (char& c : a) c = static_cast<char>(among(256));
        // Only the bit of the case differs, now and then another one; most texts are
        // then made equal again where there is no letter.
        std::string b = a;
        const bool letters_only = among(4) != 0;
        for (std::size_t i = 0; i < b.size(); ++i) {
            if (among(3) == 0) b[i] = static_cast<char>(b[i] ^ 0x20);
            if (letters_only && to_lower(a[i]) != to_lower(b[i])) b[i] = a[i];
            if (among(64) == 0) b[i] = static_cast<char>(b[i] ^ (1 << among(8)));
        }
        bool expected = true;
        for (std::size_t i = 0; i < a.size(); ++i) {
            expected = expected && to_lower(a[i]) == to_lower(b[i]);
        }
        equal += expected ? 1 : 0;
        CAPTURE(a, b);
        REQUIRE(iequals(a, b) == expected);
    }
    CHECK(equal > 5000);
    CHECK(equal < 19000);
}

TEST_CASE("octets: each octet counts wherever it stands", "[proto][octets]") {
    for (std::size_t size = 1; size < 20; ++size) {
        for (std::size_t at = 0; at < size; ++at) {
            for (unsigned octet = 0; octet < 256; ++octet) {
                std::string text(size, 'a');
                text[at] = static_cast<char>(octet);
                const bool control = (octet < 0x20 && octet != '\t') || octet == 0x7f;
                const bool target = octet > 0x20 && octet < 0x7f && octet != '#';
                const bool ends =
                    octet == '/' || octet == '?' || octet == '@' || octet == '\\';
                const bool right = is_field_value(text) == !control &&
                                   is_request_target(text) == target &&
                                   is_host_field(text) == (target && !ends);
                if (!right) FAIL("octet " << octet << " at " << at << " of " << size);
            }
        }
    }
}
