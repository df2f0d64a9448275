// What may be shown on a terminal.
#include "output/printable.hpp"

#include "cli/memory_file.hpp"
#include "output/console.hpp"

#include <catch2/catch.hpp>

#include <string>

namespace {

std::string shown(std::string text) {
    tool::replace_controls(text, "\n\t");
    return text;
}

}  // namespace

TEST_CASE("printable: text stays as it is, in UTF-8 and in Latin-1", "[cli]") {
    const std::string text = GENERATE(
        as<std::string>(),
        "",
        "plain\n\ttext",
        "\xc3\x9b \xc3\x80",              // U+00DB, U+00C0: with octets of C1
        "\xe2\x80\x9c \xf0\x9f\x98\x80",  // U+201C, U+1F600
        "\xe9t\xe9"
    );
    CHECK(shown(text) == text);
}

TEST_CASE("printable: nothing steers a terminal", "[cli]") {
    CHECK(shown("\x1b[2J") == "?[2J");
    CHECK(shown("a\rb\x7f") == "a?b?");
    CHECK(
        shown("\x9b"
              "2J") == "?2J"
    );
    CHECK(
        shown("\xc2\x9b"
              "2J") == "?2J"
    );
    CHECK(shown("\xc2\xa0") == "\xc2\xa0");
    CHECK(shown("\xe2\x80\n\x9c") == "\xe2?\n?");
    CHECK(shown(std::string(1, '\0')) == "?");
}

TEST_CASE("printable: lines for people have no controls of a server's", "[cli]") {
    test::memory_file err;
    const tool::command settings;
    const tool::console at(settings, tool::persona::xfer, err.get(), [] {});
    at.error(1, "Protocol \"\x1b[2J\" not supported");
    at.warn(
        "\xc2\x9b"
        "2J"
    );
    CHECK(err.text() == "xfer: (1) Protocol \"?[2J\" not supported\nWarning: ?2J\n");
}

TEST_CASE("printable: characters are told from octets", "[cli]") {
    const auto wide = tool::first_of("\xe6\xbc\xa2x");
    CHECK(wide.octets.size() == 3);
    CHECK(wide.code == 0x6f22);
    CHECK(tool::first_of("\xc3\xa4").code == 0xe4);
    CHECK(tool::first_of("\xf0\x9f\x98\x80").code == 0x1f600);
    CHECK(tool::first_of("ax").code == 'a');
    for (const char* each : {"\xe4", "\xc3x", "\xe0\x82\x9b", "\x9b", "\xff\x80"}) {
        CHECK(tool::first_of(each).octets.size() == 1);
        CHECK_FALSE(tool::first_of(each).is_utf8);
    }
}
