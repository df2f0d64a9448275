// xfer/proto/auth_challenge.hpp: what servers ask.
#include <xfer/proto/auth_challenge.hpp>

#include <catch2/catch.hpp>

#include <random>
#include <string>
#include <string_view>

using namespace xfer::proto;

namespace {

constexpr std::string_view name = "WWW-Authenticate";

auth_challenges parse(std::initializer_list<std::string_view> lines) {
    xfer::fields fields;
    for (const auto line : lines) fields.add(name, line);
    return parse_challenges(fields, name);
}

/// Scheme, token68 or parameters of each, in one line.
std::string told(const auth_challenges& all) {
    std::string out;
    for (const auto& challenge : all.found) {
        out += '[' + challenge.scheme;
        if (!challenge.token68.empty()) out += " '" + challenge.token68 + '\'';
        for (const auto& param : challenge.params) {
            out += ' ' + param.name + '=' + '<' + param.value + '>';
        }
        out += ']';
    }
    return out;
}

std::string told(std::string_view line) { return told(parse({line})); }

}  // namespace

TEST_CASE("challenge: the example of RFC 9110 11.6.1", "[proto][challenge]") {
    const auto all = parse(
        {"Basic realm=\"simple\", Newauth realm=\"apps\", type=1, title=\"Login to "
         "\\\"apps\\\"\""}
    );
    CHECK_FALSE(all.failure);
    CHECK(
        told(all) ==
        "[Basic realm=<simple>][Newauth realm=<apps> type=<1> title=<Login to "
        "\"apps\">]"
    );
    CHECK(all.found[1].find("TITLE") == "Login to \"apps\"");
    CHECK_FALSE(all.found[0].find("type"));
}

TEST_CASE("challenge: lines add up in their order", "[proto][challenge]") {
    CHECK(
        told(parse({"Digest realm=a", "Basic realm=b", "Negotiate"})) ==
        "[Digest realm=<a>][Basic realm=<b>][Negotiate]"
    );
    CHECK(told(parse({})).empty());
    CHECK(told("").empty());
}

TEST_CASE("challenge: what the grammar allows is read", "[proto][challenge]") {
    CHECK(told("Negotiate, NTLM") == "[Negotiate][NTLM]");
    CHECK(told("NTLM TlRM==, Basic realm=x") == "[NTLM 'TlRM=='][Basic realm=<x>]");
    CHECK(told("A b") == "[A 'b']");
    CHECK(told("A b=") == "[A 'b=']");
    CHECK(told("A b=c") == "[A b=<c>]");
    CHECK(told("A -._~+/09==  ,B") == "[A '-._~+/09=='][B]");
    CHECK(told("A b = c") == "[A b=<c>]");
    CHECK(told("A b\t=\t\"c\" ,\td = e") == "[A b=<c> d=<e>]");
    CHECK(told(",, A b=c, , d=e,,B,") == "[A b=<c> d=<e>][B]");
    CHECK(told("A ,b=c") == "[A b=<c>]");
    CHECK(told("A   b=c") == "[A b=<c>]");
    CHECK(told("A b=\"\"") == "[A b=<>]");
    CHECK(told("A b=\"c,d=e, F g=h\"") == "[A b=<c,d=e, F g=h>]");
    CHECK(told("A b=\"\\c\\\\\\\"\"") == "[A b=<c\\\">]");
    CHECK(told("A b=\"\xc3\xa4\"") == "[A b=<\xc3\xa4>]");
    CHECK(told("realm=\"x\"").empty());
}

TEST_CASE(
    "S28: a line that breaks the grammar counts for nothing, others do",
    "[proto][challenge]"
) {
    const auto line = GENERATE(
        as<std::string_view>(),
        "Basic realm=\"a\", realm=\"b\"",
        "Basic realm=\"a\", REALM=\"a\"",
        "Basic realm=\"a",
        "Basic realm=\"a\\",
        "Basic realm=\"a\"b",
        "Basic realm=\"a\" Digest realm=\"b\"",
        "Basic realm=a b",
        "Basic realm=,x=y",
        "Basic\"x\"",
        "Basic \"x\"",
        "Basic a==b",
        "Basic a b",
        "realm=\"x\"",
        "realm=\"x\", Basic",
        "NTLM abc=, realm=x",
        "Basic x=(y)",
        "(Basic)",
        "Basic x=",
        "=",
        "Basic, =x"
    );
    CAPTURE(line);
    // The one that is a token68, though it looks like a parameter without a value.
    if (line == "Basic x=") {
        CHECK(told(line) == "[Basic 'x=']");
        return;
    }
    const auto all = parse({line, "Digest realm=\"r\""});
    CHECK(told(all) == "[Digest realm=<r>]");
    CHECK(all.failure.ec == xfer::error::weird_reply);
    CHECK_FALSE(all.failure.why.empty());
}

TEST_CASE("challenge: past a limit there are none at all", "[proto][challenge]") {
    const auth_limits limits{.bytes = 64, .challenges = 3, .params = 2};
    const auto parse_bounded = [&](std::initializer_list<std::string_view> lines) {
        xfer::fields fields;
        for (const auto line : lines) fields.add(name, line);
        return parse_challenges(fields, name, limits);
    };
    CHECK(told(parse_bounded({"A, B", "C"})) == "[A][B][C]");
    CHECK(told(parse_bounded({"A b=c, d=e"})) == "[A b=<c> d=<e>]");
    const std::string most = "A b=" + std::string(60, 'x');
    CHECK_FALSE(parse_bounded({most}).failure);
    for (const auto& beyond :
         {parse_bounded({"A, B", "C, D"}),
          parse_bounded({"A", "A b=c, d=e, f=g"}),
          parse_bounded({"A", most}),
          parse_bounded({most + 'x'})}) {
        CHECK(beyond.found.empty());
        CHECK(beyond.failure.ec == xfer::error::header_too_large);
    }
}

TEST_CASE("challenge: 5000 lines of challenges are bounded", "[proto][challenge]") {
    xfer::fields fields;
    for (int i = 0; i < 5000; ++i) fields.add(name, "A");
    const auto all = parse_challenges(fields, name);
    CHECK(all.found.empty());
    CHECK(all.failure.ec == xfer::error::header_too_large);
}

TEST_CASE(
    "challenge: Authentication-Info is a list of parameters", "[proto][challenge]"
) {
    const auto info = [](std::string_view value) {
        xfer::fields fields;
        fields.add("Authentication-Info", value);
        return parse_authentication_info(fields, "Authentication-Info");
    };
    const auto found = info("nextnonce=\"a,b\", qop=auth , nc=00000001");
    REQUIRE(found);
    CHECK(found->find("nextnonce") == "a,b");
    CHECK(found->find("NC") == "00000001");
    CHECK_FALSE(info("nextnonce=\"a\", nextnonce=\"b\""));
    CHECK_FALSE(info("nextnonce"));
    CHECK_FALSE(info("nextnonce=\"a\" qop=auth"));
    CHECK(info("").value().params.empty());
    CHECK_FALSE(parse_authentication_info(xfer::fields(), "Authentication-Info"));
}

TEST_CASE("F2.3: challenges cut anywhere are read or refused", "[proto][challenge]") {
    constexpr std::string_view line =
        "NTLM TlRM=, Digest realm=\"a \\\"b\\\"\", nonce=x , qop=\"auth, "
        "auth-int\",Basic "
        "realm = \"c\"";
    REQUIRE(parse({line}).found.size() == 3);
    for (std::size_t cut = 0; cut <= line.size(); ++cut) {
        // In memory of its own, so that a read behind the end is seen.
        const std::string head(line.substr(0, cut));
        const std::string tail(line.substr(cut));
        for (const auto& part : {head, tail}) {
            const auto all = parse({part});
            if (all.failure && !all.found.empty()) FAIL(part);
            if (all.found.size() > 3) FAIL(part);
        }
    }
}

TEST_CASE("F2.3: any octets are read the same way each time", "[proto][challenge]") {
    constexpr std::string_view octets = "aB1=,\" \t\\;~/\x80";
    std::mt19937 random(9110);
    for (int round = 0; round < 20000; ++round) {
        std::string line(random() % 24, '\0');
        for (char& c : line) c = octets[random() % octets.size()];
        const xfer::field_entry entry{0, 1, 1, static_cast<std::uint32_t>(line.size())};
        const std::string block = "X" + line;
        const xfer::fields_view view(block, {&entry, 1});
        const auto all = parse_challenges(view, "X");
        const auto again = parse_challenges(view, "X");
        if (told(all) != told(again)) FAIL(line);
        if (all.failure && !all.found.empty()) FAIL(line);
        for (const auto& challenge : all.found) {
            if (challenge.scheme.empty()) FAIL(line);
            if (!challenge.token68.empty() && !challenge.params.empty()) FAIL(line);
        }
        (void)parse_authentication_info(view, "X");
    }
}

TEST_CASE(
    "S28: an Authentication-Info of several lines is one list",
    "[proto][challenge][S28]"
) {
    const auto read = [](const std::vector<std::string>& lines) {
        xfer::fields f;
        for (const auto& line : lines) f.add("Authentication-Info", line);
        return parse_authentication_info(f, "Authentication-Info");
    };
    const auto one = read({"nextnonce=\"a\"", "", "qop=auth, nc=00000001"});
    REQUIRE(one);
    CHECK(one->find("nextnonce") == "a");
    CHECK(one->find("nc") == "00000001");
    // What is said twice is not believed, whether on one line or on two.
    CHECK_FALSE(read({"nextnonce=\"a\"", "nextnonce=\"b\""}));
    CHECK_FALSE(read({"nextnonce=\"a\"", "nextnonce=\"a\""}));
    CHECK_FALSE(read({"nextnonce=\"a\"", "nextnonce=\"b"}));
    // A text between quotes ends on its line.
    CHECK_FALSE(read({"nextnonce=\"a", "b\", qop=auth"}));
    // The limit is of all lines together.
    const auth_limits limits;
    const std::string half(limits.bytes / 2, 'x');
    CHECK(read({"a=" + half}));
    CHECK_FALSE(read({"a=" + half, "b=" + half}));
}

TEST_CASE("F2.3: control octets are in no value", "[proto][challenge]") {
    for (int octet = 0; octet < 32; ++octet) {
        if (octet == '\t') continue;
        const char c = static_cast<char>(octet);
        for (const auto& line :
             {std::string("A b=\"") + c + '"', std::string("A b=\"\\") + c + '"'}) {
            const std::string block = "X" + line;
            const xfer::field_entry entry{
                0, 1, 1, static_cast<std::uint32_t>(line.size())};
            const xfer::fields_view view(block, {&entry, 1});
            CHECK(parse_challenges(view, "X").found.empty());
        }
    }
}
