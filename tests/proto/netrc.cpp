// xfer/proto/netrc.hpp: parsing and looking up.
#include <xfer/proto/netrc.hpp>

#include <catch2/catch.hpp>

#include <random>
#include <string>
#include <string_view>

using namespace xfer::proto;

namespace {

/// "login password", with "-" for what is missing, or "none".
std::string look_up(
    std::string_view text,
    std::string_view host,
    std::optional<std::string_view> user = std::nullopt
) {
    const auto found = netrc_lookup(text, host, user);
    if (!found) return "none";
    return found->login.value_or("-") + ' ' +
           (found->password ? std::string(found->password->view()) : "-");
}

bool refused(std::string_view text) {
    const refusal r = check_netrc(text);
    if (r) CHECK(r.ec == xfer::error::invalid_option);
    return bool(r);
}

}  // namespace

TEST_CASE(
    "A4.1: an entry answers with what it says, and nothing else", "[proto][netrc]"
) {
    constexpr std::string_view text =
        "machine no-password login a\n"
        "machine no-login password b\n"
        "machine neither\n"
        "machine whole login c password d\n"
        "default\n";
    CHECK(look_up(text, "no-password") == "a -");
    CHECK(look_up(text, "no-login") == "- b");
    CHECK(look_up(text, "neither") == "- -");
    CHECK(look_up(text, "whole") == "c d");
    CHECK(look_up(text, "other") == "- -");
    CHECK(look_up("machine a login b", "c") == "none");
    CHECK(look_up("", "a") == "none");
}

TEST_CASE("A4.1: a user that is not in the file gets no password", "[proto][netrc]") {
    constexpr std::string_view text =
        "machine a login one password 1\n"
        "machine a login two password 2\n"
        "machine b password 3\n"
        "machine c login four\n"
        "default login five password 5\n";
    CHECK(look_up(text, "a", "one") == "one 1");
    CHECK(look_up(text, "a", "two") == "two 2");
    CHECK(look_up(text, "a", "One") == "none");
    CHECK(look_up(text, "a", "five") == "none");
    CHECK(look_up(text, "a") == "one 1");
    CHECK(look_up(text, "b", "x") == "none");
    CHECK(look_up(text, "b", "") == "none");
    CHECK(look_up(text, "c", "four") == "four -");
    CHECK(look_up(text, "d", "five") == "five 5");
    CHECK(look_up(text, "d", "six") == "none");
    CHECK(look_up(text, "d") == "five 5");
}

TEST_CASE("A4.1: default is for hosts that no entry names", "[proto][netrc]") {
    constexpr std::string_view text =
        "default login d password d\nmachine a\nmachine b login b password b";
    CHECK(look_up(text, "a") == "- -");
    CHECK(look_up(text, "b") == "b b");
    CHECK(look_up(text, "c") == "d d");
    CHECK(look_up("default login 1\ndefault login 2", "x", "2") == "none");
}

TEST_CASE("netrc: what stands before the first entry is nobody's", "[proto][netrc]") {
    CHECK(look_up("login a password b\nmachine m", "m") == "- -");
    CHECK(look_up("login a password b", "m") == "none");
}

TEST_CASE("netrc: the order and the lines do not matter", "[proto][netrc]") {
    for (const auto text :
         {"machine m login a password b",
          "machine m password b login a",
          "machine\tm\r\nlogin a\r\npassword b\r\n",
          "machine\nm\nlogin\na\npassword\nb",
          "  MACHINE m\n\n\tLogin a account x PASSWORD b  ",
          "machine m login a password b login c password d",
          "machine m port 21 login a password b"}) {
        CAPTURE(text);
        CHECK(look_up(text, "m") == "a b");
        CHECK(look_up(text, "M") == "a b");
        CHECK(look_up(text, "m.") == "none");
        CHECK(look_up(text, "") == "none");
    }
    CHECK(look_up("machine ::1 login a", "::1") == "a -");
    CHECK(look_up("machine m login machine password login", "m") == "machine login");
}

TEST_CASE(
    "netrc: comments end with their line, and are none in a value", "[proto][netrc]"
) {
    CHECK(look_up("# machine m login x\nmachine m # login y\nlogin a", "m") == "a -");
    CHECK(look_up("machine m #login x\n#\npassword #b", "m") == "- #b");
    CHECK(look_up("#", "m") == "none");
}

TEST_CASE("A4.2: quoted values, with escapes", "[proto][netrc]") {
    CHECK(
        look_up(R"(machine m login "a b" password "c\"d\\e")", "m") == R"(a b c"d\e)"
    );
    CHECK(look_up(R"(machine m password "\n\r\t\x#")", "m") == "- \n\r\tx#");
    CHECK(look_up(R"("machine" m machine "n" login "")", "n") == " -");
    CHECK(look_up(R"(machine m login "a b" password p)", "m", "a b") == "a b p");
    CHECK(look_up(R"(machine m login "a\"" password p)", "m", "a\"") == "a\" p");
    CHECK(look_up(R"(machine m login a"b password p)", "m") == "a\"b p");
    CHECK(look_up(R"("machine" m login a)", "m") == "none");
    CHECK(look_up(R"(machine m "login" a password b)", "m") == "- b");
}

TEST_CASE("A4.2: what is broken is refused as a whole", "[proto][netrc]") {
    const std::string good = "machine m login a password b\n";
    REQUIRE_FALSE(refused(good));
    const auto bad = GENERATE(
        as<std::string>(),
        "machine n login \"x",
        "machine n login \"x\ny\"",
        "machine n login \"x\\",
        "machine n login \"x\\\n\"",
        "machine n login \"x\"y",
        "\"",
        "machine",
        "machine n login",
        "machine n password ",
        "macdef",
        "machine n account",
        std::string("a\0b", 3),
        std::string("# \0", 3)
    );
    CAPTURE(bad);
    for (const std::string& text : {good + bad, bad}) {
        CHECK(refused(text));
        CHECK(look_up(text, "m") == "none");
        CHECK(look_up(text, "n") == "none");
    }
}

TEST_CASE("A4.2: a macro is skipped up to an empty line", "[proto][netrc]") {
    constexpr std::string_view text =
        "machine m login a\n"
        "macdef init\n"
        "login x password x\n"
        "machine m2 login \"y\n"
        "\n"
        "password b\n"
        "machine n login c macdef other\n"
        "machine n2 login d\n"
        " \t\r\n"
        "machine o login e\n"
        "macdef last\n"
        "machine p";
    CHECK(look_up(text, "m") == "a b");
    CHECK(look_up(text, "m2") == "none");
    CHECK(look_up(text, "n") == "c -");
    CHECK(look_up(text, "n2") == "none");
    CHECK(look_up(text, "o") == "e -");
    CHECK(look_up(text, "p") == "none");
    CHECK(look_up("macdef x\n\nmachine a login b", "a") == "b -");
    CHECK(look_up("macdef x", "a") == "none");
}

TEST_CASE("A4.2: lines, words and files have a largest size", "[proto][netrc]") {
    const auto line = [](std::size_t size) {
        const std::string begin = "machine m login a #";
        return begin + std::string(size - begin.size(), 'x');
    };
    for (const std::size_t size : {127U, 128U, 16384U}) {
        CHECK(look_up(line(size), "m") == "a -");
        CHECK(look_up(line(size) + "\nmachine n login b\n", "n") == "b -");
    }
    CHECK(refused(line(16385)));
    CHECK(refused(line(16385) + "\nmachine n login b"));
    CHECK(look_up(line(16385) + "\nmachine n login b", "n") == "none");

    const std::string word(4096, 'w');
    CHECK(look_up("machine m password " + word, "m") == "- " + word);
    CHECK(look_up("machine m password \"" + word + '"', "m") == "- " + word);
    CHECK(refused("machine m password " + word + 'w'));
    CHECK(refused("machine m password \"" + word + "w\""));

    std::string file = "machine m login a\n";
    while (file.size() < 128U * 1024) file += "#23456789abcdef\n";
    file.resize(128U * 1024);
    CHECK(look_up(file, "m") == "a -");
    file += '\n';
    CHECK(refused(file));
    CHECK(look_up(file, "m") == "none");
}

TEST_CASE("A4.2: the last line needs no end", "[proto][netrc]") {
    CHECK(look_up("machine m\nlogin a\npassword b", "m") == "a b");
    CHECK(look_up("machine m\nlogin a\npassword b\n", "m") == "a b");
}

TEST_CASE("F2.3: a netrc cut anywhere is read or refused", "[proto][netrc]") {
    constexpr std::string_view text =
        "# c\nmachine \"m\" login \"a \\\"\" password b\nmacdef x\n y\n\ndefault login "
        "d\n";
    REQUIRE(look_up(text, "m") == "a \" b");
    for (std::size_t cut = 0; cut <= text.size(); ++cut) {
        // In memory of its own, so that a read behind the end is seen.
        const std::string head(text.substr(0, cut));
        const std::string tail(text.substr(cut));
        for (const auto& part : {head, tail}) {
            const bool bad = refused(part);
            if (bad && look_up(part, "m") != "none") FAIL(part);
        }
        const std::string found = look_up(head, "m");
        if (found != "none" && !found.starts_with("-") && !found.starts_with("a \"")) {
            FAIL(head);
        }
    }
}

TEST_CASE("F2.3: any words have one answer", "[proto][netrc]") {
    constexpr std::string_view words[] = {
        "machine ",
        "default ",
        "login ",
        "password ",
        "macdef ",
        "account ",
        "m ",
        "\"m\" ",
        "\n",
        "\n\n",
        "#",
        "\"",
        "\\",
        "x",
        " ",
        "\r\n",
        "\t",
        "\x80"};
    std::mt19937 random(1978);
    int answered = 0;
    for (int round = 0; round < 20000; ++round) {
        std::string text;
        for (auto n = random() % 14; n > 0; --n)
            text += words[random() % std::size(words)];
        const std::string found = look_up(text, "m");
        if (found != look_up(text, "m")) FAIL(text);
        if (check_netrc(text) && found != "none") FAIL(text);
        const auto named = netrc_lookup(text, "m", "x");
        if (named && named->login != "x") FAIL(text);
        answered += found != "none" ? 1 : 0;
    }
    CHECK(answered > 500);
}
