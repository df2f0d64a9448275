// Files of options.
#include "command_line.hpp"
#include "support/scratch.hpp"

#include <catch2/catch.hpp>

#include <filesystem>

namespace {

/// What a config file of this content asks for.
tool::parsed of_file(const support::scratch& here, std::string_view content) {
    support::write_file(here / "config", content);
    return cli::parse({"-K", here / "config"});
}

void write(const std::string& path, std::string_view content) {
    std::filesystem::create_directories(std::filesystem::path(path).parent_path());
    support::write_file(path, content);
}

}  // namespace

TEST_CASE("config file: options with and without dashes", "[cli][config]") {
    support::scratch here;
    const auto made = of_file(
        here,
        "# a comment\n\n  \t\n"
        "url = http://a.test/\n"
        "--location\n"
        "-sS\r\n"
        "-o out.txt\n"
        "user-agent: me\n"
        "  request   PUT  # why\n"
        "--referer=http://b.test/\n"
        "no-keepalive"
    );
    INFO(made.err);
    REQUIRE(!made.exit_code);
    const auto& op = made.asked.operations[0];
    CHECK(op.targets[0].url == "http://a.test/");
    CHECK(op.targets[0].file == "out.txt");
    CHECK(op.follow);
    CHECK(op.user_agent == "me");
    CHECK(op.method == "PUT");
    CHECK(op.referer == "http://b.test/");
    CHECK(!op.keepalive);
    CHECK(made.asked.silent);
    CHECK(made.asked.warnings.empty());
}

TEST_CASE("config file: URLs with what belongs to each", "[cli][config]") {
    support::scratch here;
    const std::string a(64, 'a');
    const std::string b(64, 'b');
    const auto made = of_file(
        here,
        "url = http://a/\noutput = 1\nsha256 = " + a +
            "\nurl = http://b/\noutput = 2\nsha256 = " + b + "\n"
    );
    REQUIRE(!made.exit_code);
    REQUIRE(made.asked.operations.size() == 1);
    const auto& targets = made.asked.operations[0].targets;
    REQUIRE(targets.size() == 2);
    CHECK(targets[0].url == "http://a/");
    CHECK(targets[0].file == "1");
    CHECK(targets[0].sha256 == a);
    CHECK(targets[1].url == "http://b/");
    CHECK(targets[1].file == "2");
    CHECK(targets[1].sha256 == b);
}

TEST_CASE("config file: arguments in quotes", "[cli][config]") {
    support::scratch here;
    const auto made = of_file(
        here,
        "url = \"http://a.test/ b\" and more\n"
        "user-agent = \"a\\tb\\nc\\rd\\ve\\\"f\\\\g\\h#\"\n"
        "referer = \"\"\n"
        "data = \"never closed"
    );
    REQUIRE(!made.exit_code);
    const auto& op = made.asked.operations[0];
    CHECK(op.targets[0].url == "http://a.test/ b");
    CHECK(op.user_agent == "a\tb\nc\rd\ve\"f\\gh#");
    CHECK(op.data[0].value == "never closed");
    CHECK(made.asked.warnings.empty());
}

TEST_CASE("config file: text behind an argument is warned of", "[cli][config]") {
    support::scratch here;
    const auto made = of_file(here, "user-agent = a b\nurl = http://a/\n");
    REQUIRE(!made.exit_code);
    CHECK(made.asked.operations[0].user_agent == "a");
    REQUIRE(made.asked.warnings.size() == 1);
    CHECK(made.asked.warnings[0].starts_with(
        here / "config" + ":1 config file option 'user-agent' uses unquoted whitespace."
    ));
}

TEST_CASE("config file: mistakes are named with their place", "[cli][config]") {
    support::scratch here;
    const std::string help =
        "xfer: try 'xfer --help' or 'xfer --manual' for more information\n";
    const auto name = "xfer: " + here / "config";
    CHECK(
        of_file(here, "silent\nfoo = bar\n").err ==
        name + ":2 config file option 'foo' is unknown\n" + help
    );
    CHECK(
        of_file(here, "url\n").err ==
        name + ":1 config file option 'url' requires parameter\n" + help
    );
    CHECK(
        of_file(here, "silent = yes\n").err ==
        name + ":1 config file option 'silent' had unsupported trailing garbage\n" +
            help
    );
    const auto refused = of_file(here, "ftp-pasv\n");
    CHECK(refused.exit_code == 4);
    CHECK(
        refused.err ==
        name + ":1 config file option 'ftp-pasv' FTP is not supported yet\n"
    );
    CHECK(of_file(here, "foo\n").exit_code == 2);
}

TEST_CASE("config file: one that cannot be read", "[cli][config]") {
    support::scratch here;
    const auto none = here / "none";
    const auto made = cli::parse({"-K", none, "http://a/"});
    CHECK(made.exit_code == 26);
    CHECK(made.err.starts_with(
        "xfer: cannot read config from '" + none +
        "'\nxfer: option -K: error encountered when reading a file\n"
    ));
}

TEST_CASE("config file: a file may name others but not for ever", "[cli][config]") {
    support::scratch here;
    write(here / "b", "silent\n");
    const auto made = of_file(here, "config = " + here / "b" + "\nurl = http://a/");
    REQUIRE(!made.exit_code);
    CHECK(made.asked.silent);
    const auto endless = of_file(here, "config = " + here / "config");
    CHECK(endless.exit_code == 2);
    CHECK(endless.err.starts_with("xfer: Max config file recursion level reached (5)\n")
    );
}

TEST_CASE("config file: next and help in a file", "[cli][config]") {
    support::scratch here;
    const auto made = of_file(here, "url=http://a/\nlocation\nnext\nurl=http://b/\n");
    REQUIRE(!made.exit_code);
    REQUIRE(made.asked.operations.size() == 2);
    CHECK(made.asked.operations[0].follow);
    CHECK(!made.asked.operations[1].follow);
    const auto help = of_file(here, "version\nfoo\n");
    CHECK(help.exit_code == 0);
    CHECK(!help.out.empty());
}

TEST_CASE("config file: the default one is found where curl looks", "[cli][config]") {
    support::scratch here;
    const cli::environment home{{"HOME", here / "home"}};
    const auto agent = [&](cli::environment variables) {
        const auto made = cli::parse({"http://a/"}, variables);
        REQUIRE(!made.exit_code);
        return made.asked.operations[0].user_agent.value_or("none");
    };
    CHECK(agent(home) == "none");
    write(here / "home/.config/xferrc", "user-agent = config\n");
    CHECK(agent(home) == "config");
    write(here / "home/.xferrc", "user-agent = home\n");
    CHECK(agent(home) == "home");
    write(here / "xdg/xferrc", "user-agent = xdg\n");
    auto variables = home;
    variables["XDG_CONFIG_HOME"] = here / "xdg";
    CHECK(agent(variables) == "xdg");
    write(here / "curl/.xferrc", "user-agent = curl\n");
    variables["CURL_HOME"] = here / "curl";
    CHECK(agent(variables) == "curl");
}

TEST_CASE("config file: each name has its own default file", "[cli][config]") {
    support::scratch here;
    const cli::environment home{{"HOME", here / ""}};
    write(here / ".xferrc", "user-agent = x\n");
    write(here / ".curlrc", "user-agent = c\n");
    const auto agent = [&](tool::persona who) {
        return cli::parse({"http://a/"}, home, who).asked.operations[0].user_agent;
    };
    CHECK(agent(tool::persona::xfer) == "x");
    CHECK(agent(tool::persona::curl) == "c");
}

TEST_CASE("config file: -q in front leaves the default one out", "[cli][config]") {
    support::scratch here;
    const cli::environment home{{"HOME", here / ""}};
    write(here / ".xferrc", "user-agent = x\nurl = http://rc/\n");
    for (const std::string first : {"-q", "--disable", "-qs"}) {
        const auto made = cli::parse({first, "http://a/"}, home);
        REQUIRE(!made.exit_code);
        CHECK(!made.asked.operations[0].user_agent);
    }
    CHECK(
        cli::parse({"-s", "-q", "http://a/"}, home).asked.operations[0].user_agent ==
        "x"
    );
    CHECK(!cli::parse({}, home).exit_code);
}
