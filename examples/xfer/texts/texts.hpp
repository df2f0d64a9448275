// What the tool says of itself: help, manual page, version and completions, all from
// the option table.
#pragma once

#include "options/parse.hpp"

#include <string>
#include <string_view>

namespace tool {

/// --help [category]: without one the important options, "all", "category" for the list
/// of them, or the name of one.
[[nodiscard]] std::string help_text(std::string_view category, persona who);
/// -V: curl's shape, true of this build.
[[nodiscard]] std::string version_text(persona who);
/// -M: the manual as plain text.
[[nodiscard]] std::string manual_text(persona who);
/// The manual page in roff's man macros, for `cmake --install`.
[[nodiscard]] std::string manual_page();
/// A script that completes options in "bash", "zsh" or "fish"; empty for another shell.
[[nodiscard]] std::string completion_script(std::string_view shell);

/// "xfer/0.1.0" or "curl/8..." : the User-Agent, unless -A says another.
[[nodiscard]] std::string user_agent(persona who);
/// "xfer" or "curl".
[[nodiscard]] std::string_view name_of(persona who) noexcept;

}  // namespace tool
