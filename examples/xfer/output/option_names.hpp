// What the library says of its functions, said of the options that called them.
#pragma once

#include "options/config.hpp"

#include <string>
#include <string_view>

namespace tool {

/// The library's sentence with the name of an option, and what that was given, where it
/// has the name of a function or of a setting; as it is where it has neither.
[[nodiscard]] std::string with_option_names(
    const operation& op, std::string_view message
);

/// Whether the sentence is about the file of -n.
[[nodiscard]] bool is_about_netrc(std::string_view message) noexcept;

/// Such a sentence in curl's words.
[[nodiscard]] std::string netrc_text(std::string_view message);

}  // namespace tool
