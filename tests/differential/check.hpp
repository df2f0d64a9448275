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

/// Whether the clients agree about a script, or are known not to.
enum class verdict : std::uint8_t { agreed, open };
struct listed_script {
    make_script make;
    verdict is;
};

/// All scripts of this program.
[[nodiscard]] std::vector<listed_script>& all_scripts();

struct listed {
    listed(make_script make, verdict is) { all_scripts().push_back({make, is}); }
};

/// Runs the script through both clients. What they leave behind must be equal once
/// each difference that the script names has been taken away, and must not be without
/// all of them: a script names no difference that it does not show (but for those that
/// are chance in curl).
void check(make_script make);

}  // namespace differential

// A test case that is a script: M36_SCRIPT("name") { s.add(...).run(); }
#define M36_SCRIPT(name) M36_TEST(name, "[M36]", agreed)
// A script about which the clients disagree, and nobody has decided who is right. The
// test fails when they come to agree: it is an M36_SCRIPT then.
#define M36_OPEN(name) M36_TEST(name, "[M36][!shouldfail]", open)

#define M36_TEST(name, tags, verdict) \
    M36_TEST_AT(name, tags, verdict, M36_JOIN(script_of_line_, __LINE__))
#define M36_TEST_AT(name, tags, is, function)                        \
    static void function(differential::script& s);                   \
    static const differential::listed M36_JOIN(function, _is)(       \
        function, differential::verdict::is                          \
    );                                                               \
    TEST_CASE("M36: " name, tags) { differential::check(function); } \
    static void function(differential::script& s)
#define M36_JOIN(a, b) M36_JOIN_(a, b)
#define M36_JOIN_(a, b) a##b
