// Every fuzz target with its seeds and with what a generator makes of them: always the
// same inputs, so that the targets stay true where there is no libFuzzer.
#include "fuzz/input.hpp"
#include "fuzz/targets.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <set>
#include <string>
#include <vector>

namespace {

namespace fs = std::filesystem;
using seeds = std::vector<std::string>;

constexpr int mutations_of_each = 150;

const fs::path corpus = FUZZ_CORPUS;

std::string content(const fs::path& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

/// The seeds of a target, in the order of their files' names.
seeds seeds_of(std::string_view target) {
    std::set<fs::path> files;
    for (const auto& entry : fs::directory_iterator(corpus / target)) {
        files.insert(entry.path());
    }
    seeds all;
    for (const auto& file : files) all.push_back(content(file));
    return all;
}

/// Runs the target, and tells of the input if a promise is broken.
void run(const fuzz::target& target, const std::string& given) {
    std::string broken;
    try {
        const fuzz::octets held(given);
        target.run(held.view());
    } catch (const fuzz::broken& promise) {
        broken = promise.what();
    }
    if (broken.empty()) return;
    FAIL_CHECK(broken << "\nof " << xfer::detail::escaped(given, given.size()));
}

/// One small change, as anything on the way might make it.
void mutate(std::string& text, const seeds& others, std::mt19937& random) {
    constexpr std::string_view marks("\r\n\0\t \"\\,;:=/%@[]#?.-0\x7f\xff", 23);
    if (text.empty()) text = "\n";
    const std::size_t at = random() % text.size();
    const std::size_t size = 1 + random() % std::min<std::size_t>(text.size() - at, 16);
    switch (random() % 6) {
        case 0:
            text[at] = static_cast<char>(random());
            break;
        case 1:
            text[at] = marks[random() % marks.size()];
            break;
        case 2:
            text.insert(at, 1, marks[random() % marks.size()]);
            break;
        case 3:
            text.erase(at, size);
            break;
        case 4:
            text.insert(at, text.substr(at, size));
            break;
        default: {
            const std::string& other = others[random() % others.size()];
            text.replace(at, size, other, random() % (other.size() + 1), 16);
            break;
        }
    }
}

}  // namespace

TEST_CASE("F2.3: seeds and their mutations break no promise", "[fuzz][F2.3]") {
    for (const auto& target : fuzz::targets) {
        DYNAMIC_SECTION(target.name) {
            const auto all = seeds_of(target.name);
            REQUIRE(all.size() >= 3);
            std::mt19937 random(23);
            for (const auto& seed : all) {
                run(target, seed);
                for (int i = 0; i < mutations_of_each; ++i) {
                    std::string spoiled = seed;
                    for (auto changes = 1 + random() % 6; changes > 0; --changes) {
                        mutate(spoiled, all, random);
                    }
                    run(target, spoiled);
                }
            }
        }
    }
}

TEST_CASE("F2.3: every corpus belongs to a target", "[fuzz][F2.3]") {
    std::set<std::string> folders;
    for (const auto& entry : fs::directory_iterator(corpus)) {
        if (entry.is_directory()) folders.insert(entry.path().filename());
    }
    std::set<std::string> names;
    for (const auto& target : fuzz::targets) names.insert(std::string(target.name));
    CHECK(folders == names);
}

TEST_CASE("fuzz: an input is its choices, and what is behind them", "[fuzz]") {
    fuzz::input in("1a27\nfirst\n\nlast");
    CHECK(in.choose());
    CHECK(in.choose(10) == 9);  // 'a' is 49
    CHECK(in.pieces(15) == fuzz::cuts{3, 11, 14, 15});
    CHECK(in.line().view() == "first");
    CHECK(in.line().view().empty());
    CHECK(in.has_lines());
    CHECK(in.rest().view() == "last");
    fuzz::input none("");
    CHECK_FALSE(none.choose());
    CHECK(none.pieces(5) == fuzz::cuts{2, 5});
    CHECK(none.rest().view().empty());
    CHECK_FALSE(none.has_lines());
}

TEST_CASE("fuzz: what differs by its cuts is broken", "[fuzz]") {
    const fuzz::input in("\ntext");
    const auto counted = [](std::string_view, const fuzz::cuts& ends) {
        return std::to_string(ends.size());
    };
    CHECK_THROWS_AS(fuzz::same_however_cut(in, "text", counted), fuzz::broken);
    CHECK_NOTHROW(fuzz::same_however_cut(in, "t", [](auto text, auto) {
        return std::string(text);
    }));
}
