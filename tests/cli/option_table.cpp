// The option table: complete, in order, and without contradictions.
#include "command_line.hpp"
#include "options/options.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <set>

namespace {

std::string text_of(const tool::option& o) { return std::string(o.name); }

}  // namespace

TEST_CASE(
    "option table: names are in order and none is there twice", "[cli][options]"
) {
    const auto all = tool::all_options();
    CHECK(all.size() > 270);
    const auto twice = std::ranges::adjacent_find(
        all, [](const auto& a, const auto& b) { return a.name >= b.name; }
    );
    CHECK((twice == all.end() ? "" : text_of(*twice)).empty());
}

TEST_CASE("option table: every option has its texts", "[cli][options]") {
    for (const auto& each : tool::all_options()) {
        INFO(each.name);
        CHECK(!each.help.empty());
        CHECK(each.help.size() <= 60);
        CHECK(!each.help.ends_with('.'));
        CHECK(each.manual.size() > 10);
        CHECK(each.manual.ends_with('.'));
        CHECK(each.categories != 0);
        CHECK(each.apply != nullptr);
        CHECK((each.what == tool::takes::argument) == !each.placeholder.empty());
        CHECK((!each.negative || each.what == tool::takes::flag));
    }
}

TEST_CASE("option table: a letter belongs to one option", "[cli][options]") {
    std::set<char> seen;
    for (const auto& each : tool::all_options()) {
        if (each.letter == 0) {
            continue;
        }
        INFO(each.name);
        CHECK(seen.insert(each.letter).second);
        CHECK(tool::find_option(each.letter) == &each);
    }
    // All of curl's.
    const std::string_view letters =
        "#012346:ABCDEFGHIJKLMNOPQRTUVXYZabcdefghijklmnopqrstuvwxyzS";
    for (const char each : letters) {
        INFO(each);
        CHECK(tool::find_option(each) != nullptr);
    }
    CHECK(seen.size() == letters.size());
    CHECK(tool::find_option('W') == nullptr);
    CHECK(tool::find_option('\xff') == nullptr);
}

TEST_CASE(
    "option table: a name is found by its beginning if no other has it",
    "[cli][options]"
) {
    bool ambiguous = false;
    CHECK(tool::find_option("compr", ambiguous) == nullptr);
    CHECK(ambiguous);
    CHECK(tool::find_option("compressed", ambiguous)->name == "compressed");
    CHECK(!ambiguous);
    CHECK(tool::find_option("silen", ambiguous)->name == "silent");
    CHECK(tool::find_option("fail", ambiguous)->name == "fail");
    CHECK(tool::find_option("data", ambiguous)->name == "data");
    CHECK(tool::find_option("nothing-like-this", ambiguous) == nullptr);
    CHECK(!ambiguous);
    CHECK(tool::find_option("", ambiguous) == nullptr);
}

TEST_CASE("option table: what is refused says what it lacks", "[cli][options]") {
    unsigned accepted = 0;
    unsigned refused = 0;
    for (const auto& each : tool::all_options()) {
        // --ech and the types of certificates accept some of their arguments.
        const bool has_values = each.name == "ech" || each.name.ends_with("-type");
        std::vector<std::string> words{
            (each.negative ? "--no-" : "--") + std::string(each.name)};
        if (each.what == tool::takes::argument && each.name != "help") {
            words.emplace_back(each.name == "config" ? "/dev/null" : "1");
        }
        if (has_values) {
            words.back() = each.name == "ech" ? "false" : "PEM";
        }
        words.emplace_back("http://a.test/");
        INFO(each.name);
        const auto made = cli::parse(words);
        const bool lacks = made.exit_code == 4;
        (lacks ? refused : accepted) += 1;
        const bool says_so = each.manual.ends_with("Refused with exit code 4.");
        CHECK(lacks == says_so);
        if (lacks) {
            CHECK(made.err.starts_with("xfer: option --"));
            CHECK(made.err.find("not ") != std::string::npos);
            CHECK(std::ranges::count(made.err, '\n') == 1);
        }
    }
    CHECK(accepted > 190);
    CHECK(accepted + refused == tool::all_options().size());
    CHECK(refused < 85);
}

TEST_CASE("option table: --trace says that it shows secrets", "[cli][options]") {
    bool ambiguous = false;
    const auto* const trace = tool::find_option("trace", ambiguous);
    REQUIRE(trace != nullptr);
    INFO(trace->manual);
    CHECK(trace->manual.find("as they are sent") != std::string_view::npos);
    CHECK(trace->manual.find("left out") == std::string_view::npos);
}
