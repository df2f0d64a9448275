// Files of options.
#include "options/config_file.hpp"

#include "options/input.hpp"

#include <array>
#include <optional>
#include <string_view>
#include <utility>

namespace tool {

namespace {

bool is_blank(char c) { return c == ' ' || c == '\t'; }
bool is_space(char c) { return is_blank(c) || c == '\r' || c == '\v' || c == '\f'; }

void skip_spaces(std::string_view& text) {
    while (!text.empty() && is_space(text.front())) {
        text.remove_prefix(1);
    }
}

/// A line, taken apart.
struct config_line {
    std::string_view option;
    std::optional<std::string> argument;
    bool more = false;  ///< text stands behind an argument without quotes
};

std::string take_quoted(std::string_view& text) {
    std::string out;
    while (!text.empty() && text.front() != '"') {
        char c = text.front();
        text.remove_prefix(1);
        if (c == '\\' && !text.empty()) {
            c = text.front();
            text.remove_prefix(1);
            switch (c) {
                case 't':
                    c = '\t';
                    break;
                case 'n':
                    c = '\n';
                    break;
                case 'r':
                    c = '\r';
                    break;
                case 'v':
                    c = '\v';
                    break;
                default:
                    break;
            }
        }
        out += c;
    }
    return out;
}

/// Nothing: blank, or a comment.
std::optional<config_line> take_apart(std::string_view text) {
    skip_spaces(text);
    if (text.empty() || text.front() == '#') {
        return std::nullopt;
    }
    // Behind a dash, '=' and ':' belong to the word.
    const bool dashed = text.front() == '-';
    const auto separates = [dashed](char c) {
        return is_space(c) || (!dashed && (c == '=' || c == ':'));
    };
    config_line line;
    std::size_t size = 0;
    while (size < text.size() && !separates(text[size])) {
        ++size;
    }
    line.option = text.substr(0, size);
    text.remove_prefix(size);
    while (!text.empty() && separates(text.front())) {
        text.remove_prefix(1);
    }
    if (text.starts_with('"')) {
        text.remove_prefix(1);
        line.argument = take_quoted(text);
        return line;
    }
    size = 0;
    while (size < text.size() && !is_space(text[size])) {
        ++size;
    }
    if (size > 0) {
        line.argument.emplace(text.substr(0, size));
    }
    text.remove_prefix(size);
    skip_spaces(text);
    line.more = !text.empty() && text.front() != '#';
    return line;
}

std::string place(const std::string& file, std::size_t number) {
    return (file == "-" ? "<stdin>" : file) + ":" + std::to_string(number);
}

option_error apply_line(
    reader& r, const config_line& line, const std::string& file, std::size_t number
) {
    if (line.more) {
        r.warn(
            place(file, number) + " config file option '" + std::string(line.option) +
            "' uses unquoted whitespace. This may cause side-effects. Consider double "
            "quotes."
        );
    }
    const std::string* argument = line.argument ? &*line.argument : nullptr;
    word_use use;
    auto wrong = read_option_word(r, line.option, argument, use);
    if (wrong.code == 0 && !use.next && argument != nullptr && !argument->empty()) {
        wrong = {exit_codes::bad_use, "had unsupported trailing garbage"};
    }
    if (wrong.code != 0 && !wrong.message.empty()) {
        r.complain(
            place(file, number) + " config file option '" + std::string(line.option) +
            "' " + wrong.message
        );
        wrong.message.clear();
        if (wrong.code != exit_codes::not_built_in) {
            r.suggest_help();
        }
    }
    return wrong;
}

option_error apply_lines(reader& r, std::string_view content, const std::string& file) {
    for (std::size_t number = 1; !content.empty() && !r.text; ++number) {
        const auto end = content.find('\n');
        const auto line = take_apart(content.substr(0, end));
        content.remove_prefix(end == std::string_view::npos ? content.size() : end + 1);
        if (!line) {
            continue;
        }
        if (auto wrong = apply_line(r, *line, file, number); wrong.code != 0) {
            return wrong;
        }
    }
    return {};
}

}  // namespace

option_error read_config_file(reader& r, const std::string& name) {
    constexpr unsigned deepest = 5;
    if (r.config_depth >= deepest) {
        r.complain(
            "Max config file recursion level reached (" + std::to_string(deepest) + ")"
        );
        return mistakes::bad_use();
    }
    std::string content;
    if (!read_input(name, content)) {
        r.complain("cannot read config from '" + name + "'");
        return mistakes::unreadable();
    }
    ++r.config_depth;
    auto wrong = apply_lines(r, content, name);
    --r.config_depth;
    return wrong;
}

option_error read_default_config_file(reader& r) {
    struct candidate {
        const char* variable;
        std::string_view directory;
        bool hidden;
    };
    constexpr std::array<candidate, 4> candidates{
        {{"CURL_HOME", "/", true},
         {"XDG_CONFIG_HOME", "/", false},
         {"HOME", "/", true},
         {"HOME", "/.config/", false}}};
    for (const auto& each : candidates) {
        const char* const home = r.environment(each.variable);
        if (home == nullptr || *home == '\0') {
            continue;
        }
        std::string name(home);
        name.append(each.directory).append(each.hidden ? "." : "");
        name.append(r.who == persona::curl ? "curlrc" : "xferrc");
        if (is_readable(name)) {
            return read_config_file(r, name);
        }
    }
    return {};
}

}  // namespace tool
