// One word of options: long or short, joined, negated, expanded.
#include "options/reader.hpp"
#include "options/variables.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace tool {

namespace {

option_error unknown() { return {exit_codes::bad_use, "is unknown"}; }

/// Whether an argument names a file, so that a leading dash is more likely a mistake.
bool names_file(const option& o) {
    constexpr std::array<std::string_view, 4> names{
        "<file>", "<path>", "<dir>", "<certificate[:password]>"};
    return std::ranges::find(names, o.placeholder) != names.end();
}

/// A dash or a quote that a text processor made typographic: U+2000 to U+203F.
bool begins_typographic(std::string_view text) {
    constexpr std::string_view lead = "\xe2\x80";
    return text.size() > lead.size() && text.starts_with(lead);
}

option_error apply_argument(reader& r, const option& o, std::string_view argument) {
    if (names_file(o) && argument.size() > 1 && argument.starts_with('-')) {
        r.warn(
            "The filename argument '" + std::string(argument) + "' looks like a flag."
        );
    }
    if (begins_typographic(argument)) {
        r.warn(
            "The argument '" + std::string(argument) +
            "' starts with a Unicode character. Maybe ASCII was intended?"
        );
    }
    r.name = o.name;
    return o.apply(r, argument, true);
}

/// The argument of --help may be missing.
bool argument_is_optional(const option& o) { return o.name == "help"; }

/// A long option, taken apart.
struct long_word {
    std::string_view name;
    std::optional<std::string> argument;  ///< behind '='
    std::size_t argument_at = 0;          ///< where that begins
    bool on = true;                       ///< no "no-" in front
    bool expand = false;                  ///< "expand-" in front
};

bool take_prefix(std::string_view& text, std::string_view prefix) {
    const bool there = text.starts_with(prefix);
    text.remove_prefix(there ? prefix.size() : 0);
    return there;
}

void use_next(const option& o, word_use& use) {
    use.next = true;
    if (o.secret) {
        use.secret = 0;
    }
}

long_word take_apart(std::string_view word) {
    long_word out;
    const auto size = word.size();
    take_prefix(word, "--");
    if (take_prefix(word, "no-")) {
        out.on = false;
    } else {
        out.expand = take_prefix(word, "expand-");
    }
    const auto equals = word.find('=');
    out.name = word.substr(0, equals);
    if (equals != std::string_view::npos) {
        out.argument.emplace(word.substr(equals + 1));
        out.argument_at = size - out.argument->size();
    }
    return out;
}

option_error apply_long(
    reader& r, long_word word, const std::string* next, word_use& use
) {
    bool ambiguous = false;
    const auto* const found = find_option(word.name, ambiguous);
    if (found == nullptr) {
        return ambiguous ? option_error{exit_codes::bad_use, "is ambiguous"}
                         : unknown();
    }
    const auto& o = *found;
    if (!word.on && o.what != takes::flag) {
        return {
            exit_codes::bad_use,
            "the given option cannot be reversed with a --no- prefix"};
    }
    if (o.what != takes::argument) {
        if (word.argument) {
            return {exit_codes::bad_use, "had unsupported trailing garbage"};
        }
        if (word.expand) {
            return {exit_codes::bad_use, "variable expansion failure"};
        }
        r.name = o.name;
        return o.apply(r, {}, word.on);
    }
    if (word.argument && o.secret) {
        use.secret = word.argument_at;
    }
    if (!word.argument && next != nullptr) {
        word.argument = *next;
        use_next(o, use);
    }
    if (!word.argument) {
        return argument_is_optional(o)
                   ? o.apply(r, {}, true)
                   : option_error{exit_codes::bad_use, "requires parameter"};
    }
    if (word.expand) {
        std::string expanded;
        auto wrong = expand_variables(r, *word.argument, expanded);
        if (wrong.code != 0) {
            return wrong;
        }
        word.argument = std::move(expanded);
    }
    return apply_argument(r, o, *word.argument);
}

option_error apply_letters(
    reader& r, std::string_view letters, const std::string* next, word_use& use
) {
    if (letters.empty()) {
        return unknown();
    }
    const auto word_size = letters.size() + 1;  // with the dash
    while (!letters.empty() && !r.text) {
        const auto* const found = find_option(letters.front());
        if (found == nullptr) {
            return unknown();
        }
        letters.remove_prefix(1);
        r.name = found->name;
        if (found->what != takes::argument) {
            auto wrong = found->apply(r, {}, !found->negative);
            if (wrong.code != 0) {
                return wrong;
            }
        } else if (!letters.empty()) {
            if (found->secret) {
                use.secret = word_size - letters.size();
            }
            return apply_argument(r, *found, letters);
        } else if (next != nullptr) {
            use_next(*found, use);
            return apply_argument(r, *found, *next);
        } else if (argument_is_optional(*found)) {
            return found->apply(r, {}, true);
        } else {
            return {exit_codes::bad_use, "requires parameter"};
        }
    }
    return {};
}

}  // namespace

option_error read_option_word(
    reader& r, std::string_view word, const std::string* next, word_use& use
) {
    use = {};
    r.verbose_in_word = false;
    if (word.starts_with('-') && !word.starts_with("--")) {
        return apply_letters(r, word.substr(1), next, use);
    }
    return apply_long(r, take_apart(word), next, use);
}

}  // namespace tool
