// Completions for fish.
#include "texts/completions/completions.hpp"
#include "texts/option_list.hpp"

namespace tool {

namespace {

std::string quoted(std::string_view text) {
    std::string all = "'";
    for (const char c : text) {
        if (c == '\'' || c == '\\') all += '\\';
        all += c;
    }
    return all + '\'';
}

std::string argument_of(const option& o) {
    const completion c = completion_of(o);
    switch (c.kind) {
        case completion_kind::none:
            return {};
        case completion_kind::file:
            return " -r -F";
        case completion_kind::directory:
            return " -x -a '(__fish_complete_directories)'";
        case completion_kind::file_after_at:
            return " -x -a '(__xfer_files_after_at)'";
        case completion_kind::values:
            return " -x -a " + quoted(c.values);
        case completion_kind::text:
            break;
    }
    return " -x";
}

/// One option, or what it is called with "no-" or "expand-" in front.
std::string line(
    std::string_view prefix, const option& o, const std::string& argument
) {
    std::string text = "complete -c xfer";
    if (prefix.empty()) {
        if (o.letter != 0) text += " -s " + quoted(std::string_view(&o.letter, 1));
    } else {
        text += " -n '__xfer_begins --" + std::string(prefix) + '\'';
    }
    text += " -l " + std::string(prefix) + shown_name(o) + argument;
    if (prefix == "no-") return text + " -d 'Not --" + std::string(o.name) + "'\n";
    return text + " -d " + quoted(o.help) + '\n';
}

constexpr std::string_view functions = R"(
function __xfer_begins
    string match -q -- "$argv[1]*" (commandline -ct)
end

function __xfer_files_after_at
    set -l word (string replace -r -- '^(--[^=]*=|-[A-Za-z])' '' (commandline -ct))
    string match -q -- '@*' $word; or return
    set -l begun (string sub -s 2 -- $word)
    for name in $begun*
        test -d $name; and echo "@$name/"; or echo "@$name"
    end
end

complete -c xfer -f
)";

}  // namespace

std::string fish_completion() {
    std::string script =
        "# Completes xfer's options; generated from its option table.\n";
    script += functions;
    for (const auto& o : all_options()) script += line("", o, argument_of(o));
    for (const auto& o : all_options()) {
        if (o.what == takes::flag && !o.negative) script += line("no-", o, {});
        if (o.what == takes::argument) script += line("expand-", o, " -x");
    }
    return script;
}

}  // namespace tool
