// The option table as people read it: categories, and options as they are written.
#pragma once

#include "options/options.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tool {

/// A category, as --help names it.
struct category_name {
    category bit;
    std::string_view name;
    std::string_view about;  ///< what its options are for, in a few words
};

/// All but important_category, by name.
[[nodiscard]] std::span<const category_name> all_categories() noexcept;

/// How an option is called without the dashes: with "no-" in front, if it is on from
/// the start.
[[nodiscard]] std::string shown_name(const option& o);
/// How help and manual write an option: "-o, --output <file>".
[[nodiscard]] std::string usage_of(const option& o);
/// All options, in the order of their shown names.
[[nodiscard]] std::vector<const option*> shown_options();

}  // namespace tool
