// Declares the scripts: each is a test that runs it through both clients and compares,
// and an entry in the list that the summary counts.
#pragma once

#include "differences.hpp"
#include "language.hpp"

#include <catch2/catch.hpp>

#include <cstdint>
#include <vector>

namespace differential {

using make_script = void (*)(script&);

/// All scripts of this program.
[[nodiscard]] std::vector<make_script>& all_scripts();

struct listed {
    explicit listed(make_script make) { all_scripts().push_back(make); }
};

/// Runs the script through both clients. What they leave behind must be equal once
/// each difference that the script names has been taken away, and must not be without
/// all of them: a script names no difference that it does not show (but for those that
/// are chance in curl).
void check(make_script make);

}  // namespace differential

// A test case that is a script: M36_SCRIPT("name") { s.add(...).run(); }
#define M36_SCRIPT(name) M36_SCRIPT_AT(name, M36_JOIN(script_of_line_, __LINE__))
#define M36_SCRIPT_AT(name, function)                                    \
    static void function(differential::script& s);                       \
    static const differential::listed M36_JOIN(function, _is)(function); \
    TEST_CASE("M36: " name, "[M36]") { differential::check(function); }  \
    static void function(differential::script& s)
#define M36_JOIN(a, b) M36_JOIN_(a, b)
#define M36_JOIN_(a, b) a##b
