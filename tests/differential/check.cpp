// Plays a script twice and compares; counts what all scripts hold.
#include "check.hpp"

#include <algorithm>
#include <cstddef>
#include <iostream>
#include <string>

namespace differential {

namespace {

/// Whether both are equal with these differences taken away.
bool agree(trace curls, trace ours, const std::vector<difference>& without) {
    for (const auto d : without) row_of(d).take_away(curls, ours);
    return curls == ours;
}

}  // namespace

std::vector<make_script>& all_scripts() {
    static std::vector<make_script> all;
    return all;
}

void check(make_script make) {
    script s;
    make(s);
    const auto curls = s.play(make_curl_client);
    const auto ours = s.play(make_xfer_client);
    const auto& named = s.differences();
    INFO("libcurl:\n" << to_text(curls) << "\nxfer:\n" << to_text(ours));
    CHECK(agree(curls, ours, named));
    for (const auto d : named) {
        if (row_of(d).by_chance) continue;
        INFO("the script does not show: " << row_of(d).what);
        auto others = named;
        std::erase(others, d);
        CHECK_FALSE(agree(curls, ours, others));
    }
}

TEST_CASE("M36: the differences are few and each of them is shown", "[M36]") {
    std::size_t operations = 0;
    std::vector<difference> shown;
    for (const auto one : all_scripts()) {
        script s;
        one(s);
        operations += s.operations().size();
        shown.insert(shown.end(), s.differences().begin(), s.differences().end());
    }
    const auto scripts = all_scripts().size();
    std::size_t used = 0;
    for (const auto& row : intended_differences()) {
        const auto times = std::ranges::count(shown, row.which);
        INFO(row.what);
        CHECK(times > 0);
        used += times > 0 ? 1 : 0;
        std::cout << "differs in " << times << (times == 1 ? " script: " : " scripts: ")
                  << row.what << " (" << row.where << ")\n";
    }
    std::cout << "M36: " << operations << " operations in " << scripts << " scripts, "
              << used << " of " << intended_differences().size()
              << " intended differences used\n";
    CHECK(operations >= 779);
    CHECK(scripts >= 240);
    CHECK(intended_differences().size() <= 30);
}

}  // namespace differential
