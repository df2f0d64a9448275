// Variables of the command line: --variable, and --expand-OPTION.
#pragma once

#include "options/reader.hpp"

#include <string>
#include <string_view>

namespace tool {

/// --variable: "name=text", "name@file", "%NAME", "%NAME=text when it is not set",
/// "%NAME@file when it is not set"; "[2-5]" behind the name takes a part of a text or
/// file.
[[nodiscard]] option_error set_variable(reader& r, std::string_view argument);

/// Replaces each {{name}} in a text. Functions behind the name work on the value, in
/// their order: {{name:trim:json:url:b64:64dec}}. "\{{" stands for "{{".
[[nodiscard]] option_error expand_variables(
    reader& r, std::string_view text, std::string& expanded
);

}  // namespace tool
