// What the completions for all shells share: how the argument of an option is
// completed.
#pragma once

#include "options/options.hpp"

#include <string>
#include <string_view>

namespace tool {

/// How a shell completes an argument.
enum class completion_kind {
    none,           ///< there is no argument
    text,           ///< only the user knows
    file,           ///< a file's name
    directory,      ///< a directory's
    file_after_at,  ///< a text, or a file's name behind '@'
    values,         ///< one of a few words
};

/// How the argument of an option is completed.
struct completion {
    completion_kind kind = completion_kind::none;
    std::string values;  ///< with spaces between them
};

[[nodiscard]] completion completion_of(const option& o);

/// The scripts. Each completes long names and letters; "--no-" and "--expand-" names
/// when these are begun.
[[nodiscard]] std::string bash_completion();
[[nodiscard]] std::string fish_completion();
[[nodiscard]] std::string zsh_completion();

}  // namespace tool
