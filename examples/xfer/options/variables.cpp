// Variables of the command line.
#include "options/variables.hpp"

#include "options/input.hpp"
#include "options/letters.hpp"
#include "options/numbers.hpp"
#include <xfer/proto/base64.hpp>

#include <algorithm>
#include <array>
#include <limits>
#include <optional>
#include <utility>

namespace tool {

namespace {

constexpr std::size_t longest_name = 127;

option_error expansion_failure() {
    return {exit_codes::bad_use, "variable expansion failure"};
}
option_error syntax_error() {
    return {exit_codes::bad_use, "syntax error in --variable argument"};
}

bool is_name_character(char c) { return is_alphanumeric(c) || c == '_'; }

std::string_view take_name(std::string_view& text) {
    const auto end = std::ranges::find_if_not(text, is_name_character);
    const auto name = text.substr(0, static_cast<std::size_t>(end - text.begin()));
    text.remove_prefix(name.size());
    return name;
}

/// The bytes to take of a value: "[first-last]", the last one included.
struct part {
    std::uint64_t first = 0;
    std::uint64_t last = std::numeric_limits<std::int64_t>::max();
};

/// False: what begins as a range, with '[' and a digit, is none.
bool take_part(std::string_view& text, std::optional<part>& range) {
    const bool begins =
        text.size() > 1 && text[0] == '[' && text[1] >= '0' && text[1] <= '9';
    if (!begins) {
        return true;
    }
    const auto end = text.find(']');
    const auto dash = text.find('-');
    if (end == std::string_view::npos || dash == std::string_view::npos || dash > end) {
        return false;
    }
    part wanted;
    constexpr auto most = std::uint64_t{std::numeric_limits<std::int64_t>::max()};
    const auto first = text.substr(1, dash - 1);
    const auto last = text.substr(dash + 1, end - dash - 1);
    if (read_number(first, most, wanted.first).code != 0 ||
        (!last.empty() && read_number(last, most, wanted.last).code != 0) ||
        wanted.first > wanted.last) {
        return false;
    }
    range = wanted;
    text.remove_prefix(end + 1);
    return true;
}

std::string cut(const std::string& value, const part& range) {
    if (range.first >= value.size()) {
        return {};
    }
    const auto last = std::min<std::uint64_t>(range.last, value.size() - 1);
    return value.substr(range.first, last - range.first + 1);
}

void trim(std::string& value) {
    constexpr std::string_view spaces = " \t\r\n\v\f";
    const auto first = value.find_first_not_of(spaces);
    if (first == std::string::npos) {
        value.clear();
        return;
    }
    value = value.substr(first, value.find_last_not_of(spaces) - first + 1);
}

/// False: there is no such function.
bool apply_function(std::string_view name, std::string& value) {
    if (name == "trim") {
        trim(value);
    } else if (name == "json") {
        value = json_escaped(value);
    } else if (name == "url") {
        value = percent_encoded(value);
    } else if (name == "b64") {
        value = xfer::proto::base64_encode(value);
    } else if (name == "64dec") {
        value = xfer::proto::base64_decode(value).value_or("[64dec-fail]");
    } else {
        return false;
    }
    return true;
}

option_error value_of(reader& r, std::string_view expression, std::string& value) {
    const auto colon = expression.find(':');
    const auto found = r.asked.variables.find(std::string(expression.substr(0, colon)));
    value = found == r.asked.variables.end() ? std::string() : found->second;
    auto functions =
        colon == std::string_view::npos ? std::string_view() : expression.substr(colon);
    const auto all = functions;
    while (!functions.empty()) {
        functions.remove_prefix(1);
        const auto end = std::min(functions.find(':'), functions.size());
        if (!apply_function(functions.substr(0, end), value)) {
            r.complain("unknown variable function in '" + std::string(all) + "'");
            return expansion_failure();
        }
        functions.remove_prefix(end);
    }
    if (value.find('\0') != std::string::npos) {
        r.complain("variable contains null byte");
        return expansion_failure();
    }
    return {};
}

}  // namespace

option_error set_variable(reader& r, std::string_view argument) {
    auto text = argument;
    const bool import = text.starts_with('%');
    text.remove_prefix(import ? 1 : 0);
    const std::string name(take_name(text));
    if (name.empty() || name.size() > longest_name) {
        r.warn(
            "Bad variable name length (" + std::to_string(name.size()) + "), skipping"
        );
        return {};
    }
    const char* const imported = import ? r.environment(name.c_str()) : nullptr;
    if (import && imported == nullptr && text.empty()) {
        r.complain("Variable '" + name + "' import fail, not set");
        return expansion_failure();
    }
    std::optional<part> range;
    if (!take_part(text, range)) {
        return syntax_error();
    }
    std::string value;
    if (imported != nullptr) {
        value = imported;
        range.reset();  // it is of what stands in its place
    } else if (text.starts_with('=')) {
        value = text.substr(1);
    } else if (text.starts_with('@')) {
        const std::string file(text.substr(1));
        if (!read_input(file, value)) {
            r.complain("Failed to open " + file);
            return mistakes::unreadable();
        }
    } else {
        r.warn("Bad --variable syntax, skipping: " + std::string(argument));
        return {};
    }
    r.asked.variables[name] = range ? cut(value, *range) : std::move(value);
    return {};
}

option_error expand_variables(reader& r, std::string_view text, std::string& expanded) {
    constexpr std::string_view open = "{{";
    constexpr std::string_view close = "}}";
    const auto whole = text;
    expanded.clear();
    for (;;) {
        const auto begin = text.find(open);
        if (begin == std::string_view::npos) {
            expanded.append(text);
            return {};
        }
        if (begin > 0 && text[begin - 1] == '\\') {
            expanded.append(text.substr(0, begin - 1)).append(open);
            text.remove_prefix(begin + open.size());
            continue;
        }
        const auto end = text.find(close, begin);
        if (end == std::string_view::npos) {
            r.warn("missing close '}}' in '" + std::string(whole) + "'");
            expanded.append(text);
            return {};
        }
        expanded.append(text.substr(0, begin));
        const auto expression =
            text.substr(begin + open.size(), end - begin - open.size());
        const auto name = expression.substr(0, expression.find(':'));
        std::string value;
        if (name.empty() || name.size() > longest_name) {
            r.warn("bad variable name length '" + std::string(whole) + "'");
            value = text.substr(begin, end + close.size() - begin);
        } else if (!std::ranges::all_of(name, is_name_character)) {
            r.warn("bad variable name: " + std::string(name));
            value = text.substr(begin, end + close.size() - begin);
        } else if (auto wrong = value_of(r, expression, value); wrong.code != 0) {
            return wrong;
        }
        expanded.append(value);
        text.remove_prefix(end + close.size());
    }
}

}  // namespace tool
