// --help: lines of the option table by category, in curl's layout.
#include "options/letters.hpp"
#include "texts/manual/document.hpp"
#include "texts/option_list.hpp"
#include "texts/texts.hpp"

#include <algorithm>

namespace tool {

namespace {

/// Of the terminals that the lines are made for; the last column stays free.
constexpr std::size_t width = 79;
/// Between an option and its help.
constexpr std::size_t gap = 2;
/// Where helps begin at most, so that few long options do not push all to the right.
constexpr std::size_t widest_column = 32;

std::string usage_line(persona who) {
    return "Usage: " + std::string(name_of(who)) + " [options...] <url>\n";
}

/// An option without a letter is indented, so that long names stand in one column.
std::string left_side(const option& o) {
    return (o.letter == 0 ? "     " : " ") + usage_of(o);
}

/// The options of some categories, the helps in one column. A long option pushes its
/// own help to the right, and a long help begins further left where there is room.
std::string option_lines(std::uint32_t categories) {
    std::vector<const option*> options = shown_options();
    std::erase_if(options, [&](const option* o) {
        return (o->categories & categories) == 0;
    });
    std::size_t column = 0;
    for (const option* o : options) {
        column = std::max(column, left_side(*o).size());
    }
    column = std::min(column, widest_column);
    std::string text;
    for (const option* o : options) {
        std::string line = left_side(*o);
        const std::size_t room = width - std::min(width, o->help.size() + gap);
        const std::size_t begin = line.size() <= room ? std::min(column, room) : column;
        line.resize(std::max(line.size(), begin) + gap, ' ');
        line += o->help;
        text += line + '\n';
    }
    return text;
}

std::string category_lines() {
    std::size_t widest = 0;
    for (const auto& c : all_categories()) widest = std::max(widest, c.name.size());
    std::string text;
    for (const auto& c : all_categories()) {
        std::string line = ' ' + std::string(c.name);
        line.resize(1 + widest + gap, ' ');
        line += c.about;
        text += line + '\n';
    }
    return text;
}

/// What follows the important options: where the others are.
std::string where_the_rest_is() {
    std::string list;
    for (const auto& c : all_categories()) {
        if (!list.empty()) list += ", ";
        list += c.name;
    }
    return "\nThese are the options that are used most. The others have categories:\n" +
           wrapped(list + ".", width, 0, 0) +
           "\"--help category\" says what these are, \"--help http\" lists the options "
           "of one,\n\"--help all\" all of them; \"--help --output\" tells what one "
           "option does.\n";
}

/// What "-o", "--output" or "--no-buffer" names; null: nothing.
const option* named(std::string_view words) {
    if (!words.starts_with("--")) {
        return words.size() == 2 ? find_option(words[1]) : nullptr;
    }
    words.remove_prefix(2);
    bool ambiguous = false;
    const option* found = find_option(words, ambiguous);
    if (found == nullptr && words.starts_with("no-")) {
        found = find_option(words.substr(3), ambiguous);
    }
    return found;
}

/// --help --output, --help -o.
std::string help_of_one(std::string_view words) {
    if (const option* o = named(words)) return plain_text(option_blocks(*o));
    return "There is no option '" + std::string(words) +
           "'; \"--help all\" lists those there are.\n";
}

}  // namespace

std::string help_text(std::string_view category, persona who) {
    if (category.substr(0, 1) == "-") return help_of_one(category);
    const std::string usage = usage_line(who);
    if (category.empty()) {
        return usage + option_lines(important_category) + where_the_rest_is();
    }
    if (same_letters(category, "important")) {
        return usage + option_lines(important_category);
    }
    if (same_letters(category, "all")) return usage + option_lines(~0U);
    if (same_letters(category, "category")) return usage + category_lines();
    for (const auto& c : all_categories()) {
        if (!same_letters(category, c.name)) continue;
        return usage + std::string(c.name) + ": " + std::string(c.about) + '\n' +
               option_lines(c.bit);
    }
    return usage + "There is no category '" + std::string(category) +
           "'; these there are:\n\n" + category_lines();
}

}  // namespace tool
