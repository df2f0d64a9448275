// Variables: --variable and --expand-OPTION.
#include "command_line.hpp"
#include "support/scratch.hpp"

#include <catch2/catch.hpp>

namespace {

/// What --expand-data makes of a text with this variable.
std::string expanded(
    const std::string& variable,
    const std::string& text,
    const cli::environment& env = {}
) {
    const auto made =
        cli::parse({"--variable", variable, "--expand-data", text, "http://a/"}, env);
    INFO(made.err);
    REQUIRE(!made.exit_code);
    return made.asked.operations[0].data[0].value;
}

std::string value(const std::string& variable, const cli::environment& env = {}) {
    return expanded(variable, "{{v}}", env);
}

}  // namespace

TEST_CASE("variables: texts and files", "[cli][variables]") {
    support::scratch here;
    support::write_file(here / "file", " content\n");
    CHECK(value("v=text") == "text");
    CHECK(value("v=") == "");
    CHECK(value("v=a=b@c") == "a=b@c");
    CHECK(value("v@" + here / "file") == " content\n");
}

TEST_CASE("variables: parts of a value", "[cli][variables]") {
    CHECK(value("v[2-4]=0123456") == "234");
    CHECK(value("v[2-]=0123456") == "23456");
    CHECK(value("v[5-99]=0123456") == "56");
    CHECK(value("v[9-12]=0123456") == "");
    for (const std::string wrong : {"v[3-2]=x", "v[2=x", "v[2]=x", "v[1-b]=x"}) {
        const auto made = cli::parse({"--variable", wrong, "http://a/"});
        INFO(wrong);
        CHECK(made.exit_code == 2);
        CHECK(made.err.starts_with(
            "xfer: option --variable: syntax error in --variable argument\n"
        ));
    }
}

TEST_CASE("variables: what begins no range is skipped", "[cli][variables]") {
    const auto made = cli::parse({"--variable", "v[a-2]=x", "http://a/"});
    CHECK(!made.exit_code);
    CHECK(
        made.asked.warnings ==
        std::vector<std::string>{"Bad --variable syntax, skipping: v[a-2]=x"}
    );
}

TEST_CASE("variables: from the environment", "[cli][variables]") {
    CHECK(value("%v", {{"v", "there"}}) == "there");
    CHECK(value("%v=default", {{"v", "there"}}) == "there");
    CHECK(value("%v=default") == "default");
    CHECK(value("%v[0-1]=default") == "de");
    CHECK(value("%v[0-1]=default", {{"v", "there"}}) == "there");
    const auto made = cli::parse({"--variable", "%v", "http://a/"});
    CHECK(made.exit_code == 2);
    CHECK(made.err.starts_with("xfer: Variable 'v' import fail, not set\n"));
}

TEST_CASE("variables: what cannot be set", "[cli][variables]") {
    support::scratch here;
    CHECK(cli::parse({"--variable", "v@" + here / "no", "http://a/"}).exit_code == 26);
    const auto bad = cli::parse({"--variable", "=x", "--variable", "a!b", "http://a/"});
    REQUIRE(!bad.exit_code);
    CHECK(
        bad.asked.warnings ==
        std::vector<std::string>{
            "Bad variable name length (0), skipping",
            "Bad --variable syntax, skipping: a!b"}
    );
}

TEST_CASE(
    "variables: a text may have several and what is around them", "[cli][variables]"
) {
    CHECK(expanded("v=1", "a{{v}}b{{v}}c") == "a1b1c");
    CHECK(expanded("v=1", "none") == "none");
    CHECK(expanded("v=1", "{{unset}}.") == ".");
    CHECK(expanded("v=1", "\\{{v}}{{v}}") == "{{v}}1");
    CHECK(expanded("v={{w}}", "{{v}}") == "{{w}}");
}

TEST_CASE("variables: functions work from left to right", "[cli][variables]") {
    CHECK(expanded("v= \r\n a b\t", "{{v:trim}}") == "a b");
    CHECK(expanded("v=  ", "[{{v:trim}}]") == "[]");
    CHECK(expanded("v=a\"\\\n\x01", "{{v:json}}") == "a\\\"\\\\\\n\\u0001");
    CHECK(expanded("v=a b/_-.~\xc3\xa4", "{{v:url}}") == "a%20b%2F_-.~%C3%A4");
    CHECK(expanded("v=hello", "{{v:b64}}") == "aGVsbG8=");
    CHECK(expanded("v=aGVsbG8=", "{{v:64dec}}") == "hello");
    CHECK(expanded("v=!", "{{v:64dec}}") == "[64dec-fail]");
    CHECK(expanded("v= hello ", "{{v:trim:b64:url}}") == "aGVsbG8%3D");
}

TEST_CASE("variables: what cannot be expanded", "[cli][variables]") {
    support::scratch here;
    support::write_file(here / "nul", std::string_view("a\0b", 3));
    const auto unknown =
        cli::parse({"--variable", "v=1", "--expand-data", "{{v:foo}}", "http://a/"});
    CHECK(unknown.exit_code == 2);
    CHECK(unknown.err.starts_with(
        "xfer: unknown variable function in ':foo'\n"
        "xfer: option --expand-data: variable expansion failure\n"
    ));
    const std::vector<std::string> words{
        "--variable", "v@" + here / "nul", "--expand-data", "{{v}}", "http://a/"};
    CHECK(cli::parse(words).err.starts_with("xfer: variable contains null byte\n"));
    auto encoded = words;
    encoded[3] = "{{v:b64}}";
    CHECK(cli::parse(encoded).asked.operations[0].data[0].value == "YQBi");
    CHECK(cli::parse({"--expand-silent", "http://a/"}).exit_code == 2);
}

TEST_CASE("variables: braces that are none are left as they are", "[cli][variables]") {
    const auto check = [](const std::string& text, const std::string& warning) {
        const auto made = cli::parse({"--expand-data", text, "http://a/"});
        REQUIRE(!made.exit_code);
        CHECK(made.asked.operations[0].data[0].value == text);
        CHECK(made.asked.warnings == std::vector<std::string>{warning});
    };
    check("a{{b", "missing close '}}' in 'a{{b'");
    check("a{{}}b", "bad variable name length 'a{{}}b'");
    check("a{{b c}}d", "bad variable name: b c");
}

TEST_CASE(
    "variables: any option with an argument can be expanded", "[cli][variables]"
) {
    const auto made = cli::parse(
        {"--variable",
         "host=a.test",
         "--expand-url=http://{{host}}/",
         "--expand-output",
         "{{host}}.txt"}
    );
    REQUIRE(!made.exit_code);
    CHECK(made.asked.operations[0].targets[0].url == "http://a.test/");
    CHECK(made.asked.operations[0].targets[0].file == "a.test.txt");
}
