// xfer/proto/base64.hpp: encoding and strict decoding.
#include <xfer/proto/base64.hpp>

#include <catch2/catch.hpp>

#include <random>
#include <string>
#include <string_view>

using namespace xfer::proto;

TEST_CASE("base64: the vectors of RFC 4648 10", "[proto][base64]") {
    const std::string_view table[][3] = {
        {"", "", ""},
        {"f", "Zg==", "Zg"},
        {"fo", "Zm8=", "Zm8"},
        {"foo", "Zm9v", "Zm9v"},
        {"foob", "Zm9vYg==", "Zm9vYg"},
        {"fooba", "Zm9vYmE=", "Zm9vYmE"},
        {"foobar", "Zm9vYmFy", "Zm9vYmFy"},
    };
    for (const auto& [octets, text, url_text] : table) {
        CHECK(base64_encode(octets) == text);
        CHECK(base64_url_encode(octets) == url_text);
        CHECK(base64_decode(text) == std::string(octets));
    }
}

TEST_CASE(
    "base64: only the last two octets of the alphabets differ", "[proto][base64]"
) {
    CHECK(base64_encode("\xfb\xff\xbf") == "+/+/");
    CHECK(base64_url_encode("\xfb\xff\xbf") == "-_-_");
}

TEST_CASE(
    "F2.2: base64 that is not exactly an encoding is refused", "[proto][base64][F2.2]"
) {
    const std::string_view text = GENERATE(
        as<std::string_view>(),
        "Z",
        "Zg",
        "Zg=",
        "Zg===",
        "=",
        "==",
        "===",
        "====",
        "Z===",
        "Zg==Zg==",
        "Z=g=",
        "=Zg=",
        "Zm9v\n",
        "Zm9 ",
        " Zg==",
        "Zm9-",
        "Zm9_",
        "Zh==",
        "Zm9=",
        "Zm9\xff",
        "Zm\r\n"
    );
    CAPTURE(text);
    CHECK_FALSE(base64_decode(text));
    CHECK_FALSE(base64_decode(std::string_view("Zm9\0", 4)));
}

TEST_CASE("base64: whatever was encoded is decoded to itself", "[proto][base64]") {
    std::mt19937 random(4648);
    for (std::size_t size = 0; size < 200; ++size) {
        std::string octets(size, '\0');
        for (char& c : octets) {
            c = static_cast<char>(random() & 0xffU);
        }
        CHECK(base64_decode(base64_encode(octets)) == octets);
    }
}

TEST_CASE(
    "base64: a text that decodes is the encoding of its value", "[proto][base64]"
) {
    constexpr std::string_view octets = "AQgw/+=-\n9";
    std::mt19937 random(1);
    for (int round = 0; round < 20000; ++round) {
        std::string text(random() % 9, '\0');
        for (char& c : text) {
            c = octets[random() % octets.size()];
        }
        const auto decoded = base64_decode(text);
        if (decoded && base64_encode(*decoded) != text) {
            FAIL(text);
        }
    }
}
