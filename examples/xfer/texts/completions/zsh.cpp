// Completions for zsh.
#include "texts/completions/completions.hpp"
#include "texts/option_list.hpp"

#include <algorithm>

namespace tool {

namespace {

/// Inside single quotes, with the characters in `special` made plain ones for
/// _arguments.
std::string escaped(std::string_view text, std::string_view special) {
    std::string all;
    for (const char c : text) {
        if (c == '\'') {
            all += "'\\''";
            continue;
        }
        if (special.find(c) != std::string_view::npos) all += '\\';
        all += c;
    }
    return all;
}

std::string action_of(const option& o) {
    const completion c = completion_of(o);
    switch (c.kind) {
        case completion_kind::file:
            return "_files";
        case completion_kind::directory:
            return "_files -/";
        case completion_kind::file_after_at:
            return "_xfer_after_at";
        case completion_kind::values:
            return '(' + escaped(c.values, ":\\") + ')';
        case completion_kind::none:
        case completion_kind::text:
            break;
    }
    return " ";
}

/// "[help]", and ":what:how" if there is an argument.
std::string explanation(const option& o) {
    std::string text = '[' + escaped(o.help, "[]\\") + ']';
    if (o.placeholder.empty()) return text;
    std::string_view what = o.placeholder;
    if (what.front() == '<' && what.back() == '>')
        what = what.substr(1, what.size() - 2);
    return text + ':' + escaped(what, ":\\") + ':' + action_of(o);
}

/// The specification of an option for _arguments.
std::string specification(const option& o) {
    const bool argument = !o.placeholder.empty();
    const std::string name = "--" + shown_name(o) + (argument ? "=" : "");
    const std::string tail = explanation(o);
    const std::string_view often = o.repeats ? "*" : "";
    if (o.letter == 0) return "    '" + std::string(often) + name + tail + "'\n";
    const std::string letter = '-' + escaped({&o.letter, 1}, ":");
    const std::string first =
        o.repeats ? "*" : "(" + letter + " --" + shown_name(o) + ")";
    return "    '" + first + "'{'" + letter + (argument ? "+" : "") + "','" + name +
           "'}'" + tail + "'\n";
}

constexpr std::string_view head = R"(#compdef xfer
# Completes xfer's options; generated from its option table.

_xfer_after_at() {
    if compset -P '@'; then _files; else _message 'text, or @ and a file'; fi
}

local -a options
options=(
)";

}  // namespace

std::string zsh_completion() {
    std::string negated;
    std::string expanded;
    for (const auto& o : all_options()) {
        const std::string name(o.name);
        if (o.what == takes::flag && !o.negative) {
            negated += "    '--no-" + name + "[not --" + name + "]'\n";
        }
        if (o.what == takes::argument) {
            expanded += "    '*--expand-" + name + '=' + explanation(o) + "'\n";
        }
    }
    std::string script(head);
    for (const auto& o : all_options()) script += specification(o);
    script += ")\nif [[ $PREFIX == --no-* ]]; then options+=(\n" + negated;
    script += ") fi\nif [[ $PREFIX == --expand-* ]]; then options+=(\n" + expanded;
    return script + ") fi\n_arguments -s -S $options '*:URL:_urls'\n";
}

}  // namespace tool
