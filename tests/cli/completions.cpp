// The completions hold each option, and the shells take them.
#include "texts/completions/completions.hpp"

#include "options/parse.hpp"
#include "shell.hpp"
#include "support/scratch.hpp"
#include "texts/option_list.hpp"
#include "texts/texts.hpp"

#include <catch2/catch.hpp>

#include <sstream>
#include <string>

namespace {

using namespace tool;
using Catch::Matchers::Contains;

/// What bash offers for the last of these words, which stand as bash parts them.
std::string bash_offers(const std::string& words) {
    const support::scratch directory;
    support::write_file(directory / "xfer", completion_script("bash"));
    support::write_file(directory / "report one.txt", "");
    support::write_file(
        directory / "ask.sh",
        "source ./xfer\nCOMP_WORDS=(xfer " + words +
            ")\nCOMP_CWORD=$((${#COMP_WORDS[@]} - 1))\n_xfer\n"
            "printf '%s\\n' \"${COMPREPLY[@]}\"\n"
    );
    return support::shell("cd " + (directory / "") + " && bash ask.sh").output;
}

const option& find(std::string_view name) {
    bool ambiguous = false;
    const option* const found = find_option(name, ambiguous);
    REQUIRE(found != nullptr);
    REQUIRE(found->name == name);
    return *found;
}

}  // namespace

TEST_CASE("completions: what is offered is taken", "[cli]") {
    const auto nothing = [](const char*) -> const char* { return nullptr; };
    for (const auto& o : all_options()) {
        std::istringstream values(completion_of(o).values);
        for (std::string value; values >> value;) {
            const auto word = "--" + std::string(o.name) + "=" + value;
            INFO(word);
            const auto made = parse({"-q", word, "http://a/"}, persona::xfer, nothing);
            CHECK(made.exit_code.value_or(0) == 0);
            CHECK(made.asked.warnings.empty());
        }
    }
}

TEST_CASE("completions: each option and each letter is in all of them", "[cli]") {
    const std::string bash = completion_script("bash");
    const std::string zsh = completion_script("zsh");
    const std::string fish = completion_script("fish");
    CHECK(completion_script("csh").empty());
    for (const auto& o : all_options()) {
        const std::string name = shown_name(o);
        INFO(name);
        const bool argument = o.what == takes::argument;
        CHECK(
            (bash.find(" --" + name + ' ') != std::string::npos ||
             bash.find(" --" + name + "'\n") != std::string::npos)
        );
        const std::string in_zsh = "--" + name + (argument ? "=" : "");
        CHECK(
            (zsh.find('\'' + in_zsh + '[') != std::string::npos ||
             zsh.find("*" + in_zsh + '[') != std::string::npos ||
             zsh.find('\'' + in_zsh + "'}") != std::string::npos)
        );
        CHECK_THAT(fish, Contains(" -l " + name + ' '));
        if (o.letter == 0) continue;
        const std::string letter(1, o.letter);
        CHECK_THAT(bash, Contains(" -" + letter + " --" + name));
        const std::string colon = o.letter == ':' ? "\\:" : letter;
        CHECK_THAT(zsh, Contains("{'-" + colon + (argument ? "+" : "") + "','--"));
        CHECK_THAT(fish, Contains(" -s '" + letter + "' -l " + name + ' '));
    }
}

TEST_CASE("completions: what takes an argument has a placeholder", "[cli]") {
    for (const auto& o : all_options()) {
        INFO(o.name);
        CHECK((o.what == takes::argument) == !o.placeholder.empty());
    }
}

TEST_CASE("completions: arguments are files and words where that is known", "[cli]") {
    CHECK(completion_of(find("output")).kind == completion_kind::file);
    CHECK(completion_of(find("config")).kind == completion_kind::file);
    CHECK(completion_of(find("unix-socket")).kind == completion_kind::file);
    CHECK(completion_of(find("output-dir")).kind == completion_kind::directory);
    CHECK(completion_of(find("capath")).kind == completion_kind::directory);
    CHECK(completion_of(find("data")).kind == completion_kind::file_after_at);
    CHECK(completion_of(find("header")).kind == completion_kind::file_after_at);
    CHECK(completion_of(find("tls-max")).values == "default 1.2 1.3");
    CHECK(completion_of(find("request-target")).kind == completion_kind::text);
    CHECK(completion_of(find("silent")).kind == completion_kind::none);
    const std::string subjects = completion_of(find("help")).values;
    for (const auto& c : all_categories()) {
        CHECK_THAT(subjects, Contains(std::string(c.name)));
    }
}

TEST_CASE("completions: bash offers what fits", "[cli]") {
    if (!support::installed("bash")) {
        WARN("no bash here");
        return;
    }
    CHECK(bash_offers("--outp") == "--output\n--output-dir\n");
    CHECK(bash_offers("-s --outp") == "--output\n--output-dir\n");
    CHECK(bash_offers("-o rep") == "report one.txt\n");
    CHECK(bash_offers("--output = rep") == "report one.txt\n");
    CHECK(bash_offers("-sSo rep") == "report one.txt\n");
    CHECK(bash_offers("-sSL rep") == "\n");
    CHECK(bash_offers("--data rep") == "\n");
    CHECK(bash_offers("--data @ rep") == "report one.txt\n");
    CHECK(bash_offers("--data =@ rep") == "report one.txt\n");
    CHECK(bash_offers("--tls-max 1") == "1.2\n1.3\n");
    CHECK(bash_offers("--user --outp") == "\n");
    CHECK(bash_offers("--no-compressed") == "--no-compressed\n--no-compressed-ssh\n");
    CHECK(bash_offers("--expand-json") == "--expand-json\n");
    CHECK_THAT(bash_offers("-"), Contains("-o\n"));
    CHECK(bash_offers("http") == "\n");
}

TEST_CASE("completions: the shells can read them", "[cli]") {
    const std::string name = GENERATE("bash", "zsh", "fish");
    if (!support::installed(name)) {
        WARN("no " + name + " here");
        return;
    }
    const support::scratch directory;
    const std::string script = directory / "script";
    support::write_file(script, completion_script(name));
    const auto checked = support::shell(name + " -n " + script);
    CHECK(checked.output.empty());
    CHECK(checked.status == 0);
}

TEST_CASE("completions: fish offers what fits", "[cli]") {
    if (!support::installed("fish")) {
        WARN("no fish here");
        return;
    }
    const support::scratch directory;
    const std::string script = directory / "script";
    support::write_file(script, completion_script("fish"));
    const auto offers = [&](const std::string& line) {
        const std::string home = "HOME=" + (directory / "") + " XDG_CONFIG_HOME= ";
        return support::shell(
                   home + "fish -c 'source " + script + "; complete -C \"" + line +
                   "\"'"
        )
            .output;
    };
    CHECK_THAT(offers("xfer --outp"), Contains("--output\t"));
    CHECK_THAT(offers("xfer --tls-max "), Contains("1.3\t"));
    CHECK_THAT(offers("xfer --no-compr"), Contains("--no-compressed\t"));
}
