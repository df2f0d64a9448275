// Completions for bash.
#include "texts/completions/completions.hpp"
#include "texts/option_list.hpp"

#include <map>
#include <vector>

namespace tool {

namespace {

/// A pattern of `case` that is all of these options.
std::string pattern(const std::vector<const option*>& options) {
    std::string all;
    for (const option* o : options) {
        if (!all.empty()) all += '|';
        if (o->letter != 0) all += std::string("-") + o->letter + '|';
        all += "--" + std::string(o->name);
        all += "|--expand-" + std::string(o->name);
    }
    return all;
}

std::string branch(
    const std::vector<const option*>& options, const std::string& commands
) {
    if (options.empty()) return {};
    return "        " + pattern(options) + ")\n            " + commands +
           "\n            return\n            ;;\n";
}

std::string word_list(std::string_view words) {
    return "mapfile -t COMPREPLY < <(compgen -W '" + std::string(words) +
           "' -- \"$current\")";
}

/// One branch for all options whose arguments are completed alike.
std::string argument_branches() {
    std::map<completion_kind, std::vector<const option*>> by_kind;
    std::map<std::string, std::vector<const option*>> by_values;
    for (const auto& o : all_options()) {
        const completion c = completion_of(o);
        if (c.kind == completion_kind::values) by_values[c.values].push_back(&o);
        by_kind[c.kind].push_back(&o);
    }
    std::string all = branch(by_kind[completion_kind::file], "_xfer_names -f");
    all += branch(by_kind[completion_kind::directory], "_xfer_names -d");
    all += branch(
        by_kind[completion_kind::file_after_at], "[[ $mark == *@ ]] && _xfer_names -f"
    );
    for (const auto& [values, options] : by_values) {
        all += branch(options, word_list(values));
    }
    // Nothing is offered, not even options, where only the user knows what belongs.
    return all + branch(by_kind[completion_kind::text], ":");
}

struct words {
    std::string plain, negated, expanded, letters_with_argument;
};

words all_words() {
    words w;
    for (const auto& o : all_options()) {
        if (o.letter != 0) w.plain += std::string(" -") + o.letter;
        w.plain += " --" + shown_name(o);
        if (o.what == takes::flag && !o.negative)
            w.negated += " --no-" + std::string(o.name);
        if (o.what != takes::argument) continue;
        w.expanded += " --expand-" + std::string(o.name);
        if (o.letter != 0) w.letters_with_argument += o.letter;
    }
    return w;
}

constexpr std::string_view functions = R"(
# Names of files (-f) or directories (-d) that begin with what stands there.
_xfer_names() {
    compopt -o filenames 2>/dev/null
    mapfile -t COMPREPLY < <(compgen "$1" -- "$current")
}

# The option that letters without a space between them leave open: "-o" of "-sSo".
_xfer_open_letter() {
    local letters=$1 i
    for ((i = 1; i < ${#letters}; i++)); do
        [[ $with_argument == *"${letters:i:1}"* ]] || continue
        ((i + 1 == ${#letters})) && printf -- '-%s' "${letters:i:1}"
        return
    done
}

_xfer() {
    local current=${COMP_WORDS[COMP_CWORD]} at=$((COMP_CWORD - 1)) mark= option words
    COMPREPLY=()
    # Bash takes '=' and '@' for words of their own.
    if [[ -n $current && -z ${current//[=@]/} ]]; then
        mark=$current current=
    elif ((at > 0)) && [[ -n ${COMP_WORDS[at]} && -z ${COMP_WORDS[at]//[=@]/} ]]; then
        mark=${COMP_WORDS[at]}
        at=$((at - 1))
    fi
    option=
    ((at > 0)) && option=${COMP_WORDS[at]}
    [[ $option == -[!-]?* ]] && option=$(_xfer_open_letter "$option")
    case $option in
)";

constexpr std::string_view rest = R"(    esac
    [[ $current == -* ]] || return
    words=$options
    [[ $current == --no-* ]] && words+=$negated
    [[ $current == --expand-* ]] && words=$expanded
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
}

complete -F _xfer xfer
)";

}  // namespace

std::string bash_completion() {
    const words w = all_words();
    std::string script =
        "# Completes xfer's options; generated from its option table.\n";
    script += functions;
    // Inside of _xfer(), so that nothing but functions is left in the shell.
    const std::string lists =
        "    local options='" + w.plain + "'\n    local negated='" + w.negated +
        "'\n    local expanded='" + w.expanded + "'\n    local with_argument='" +
        w.letters_with_argument + "'\n";
    const std::string_view head = "    COMPREPLY=()\n    # Bash";
    script.insert(script.find(head), lists);
    script += argument_branches();
    return script + std::string(rest);
}

}  // namespace tool
