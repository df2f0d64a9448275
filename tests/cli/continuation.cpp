// What an answer is to who asked for the rest of a body.
#include "output/continuation.hpp"

#include <catch2/catch.hpp>

using tool::continuation;
using tool::continues;

TEST_CASE("continuation: a range goes on where the file ends", "[cli][outputs]") {
    CHECK(continues(10, 206, "bytes 10-35/36", "26") == continuation::rest);
    CHECK(continues(10, 206, "bytes 10-35/*", "") == continuation::rest);
    CHECK(continues(10, 206, "bytes: 10-35/36", "26") == continuation::rest);
    CHECK(continues(10, 200, "bytes 10-35/36", "26") == continuation::rest);
    // As much is missing as is there.
    CHECK(continues(18, 206, "bytes 18-35/36", "18") == continuation::rest);
}

TEST_CASE("continuation: what begins elsewhere is no rest", "[cli][outputs]") {
    CHECK(continues(10, 206, "bytes 0-35/36", "36") == continuation::unfitting);
    CHECK(continues(10, 206, "bytes 11-35/36", "25") == continuation::unfitting);
    CHECK(continues(10, 206, "bytes 100-135/136", "36") == continuation::unfitting);
    CHECK(continues(10, 206, "bytes", "26") == continuation::unfitting);
    CHECK(continues(10, 206, "bytes */36", "26") == continuation::unfitting);
    CHECK(continues(10, 206, "", "26") == continuation::unfitting);
    CHECK(continues(10, 200, "", "36") == continuation::unfitting);
    CHECK(
        continues(0, 206, "bytes 18446744073709551616-5/6", "") ==
        continuation::unfitting
    );
}

TEST_CASE("continuation: a file that is whole has no rest", "[cli][outputs]") {
    CHECK(continues(36, 416, "bytes */36", "14") == continuation::nothing);
    CHECK(continues(36, 200, "", "36") == continuation::nothing);
}
