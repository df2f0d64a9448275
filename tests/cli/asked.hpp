// What a command line asks for, where there must be no mistake, and mistakes.
#pragma once

#include "command_line.hpp"

#include <catch2/catch.hpp>

#include <string>

namespace cli {

inline const std::string url = " http://a.test/";

inline tool::operation operation_of(const std::string& text) {
    auto made = line(text);
    INFO(text << "\n" << made.err);
    REQUIRE(!made.exit_code);
    REQUIRE(made.asked.operations.size() == 1);
    return made.asked.operations.front();
}

inline tool::command command_of(const std::string& text) {
    auto made = line(text);
    INFO(text << "\n" << made.err);
    REQUIRE(!made.exit_code);
    return made.asked;
}

inline const std::string try_line =
    "xfer: try 'xfer --help' or 'xfer --manual' for more information\n";

/// The mistake of a command line: exit code and all of standard error.
inline void check_mistake(const std::string& text, int code, const std::string& err) {
    const auto made = line(text);
    INFO(text);
    CHECK(made.exit_code == code);
    CHECK(made.err == err);
    CHECK(made.out.empty());
}

/// One that names an option, and where to find help.
inline void check_option_mistake(const std::string& text, const std::string& what) {
    check_mistake(text, 2, "xfer: option " + what + "\n" + try_line);
}

}  // namespace cli
