// Reading lines of -H.
#include "requests/header_lines.hpp"

#include "options/letters.hpp"

#include <algorithm>

namespace tool {

namespace {

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view blanks = " \t\r\n";
    const auto begin = text.find_first_not_of(blanks);
    if (begin == std::string_view::npos) {
        return {};
    }
    return text.substr(begin, text.find_last_not_of(blanks) + 1 - begin);
}

bool says(
    const std::vector<header_line>& lines, std::string_view name, std::string_view value
) {
    return std::ranges::any_of(lines, [&](const header_line& line) {
        const auto words = read_header_line(line.text);
        return same_letters(words.name, name) && same_letters(words.value, value);
    });
}

}  // namespace

header_words read_header_line(std::string_view line) {
    header_words words;
    const auto mark = line.find(':');
    if (mark != std::string_view::npos) {
        words.name = line.substr(0, mark);
        words.value = trimmed(line.substr(mark + 1));
        words.removes = words.value.empty();
        return words;
    }
    const auto end = trimmed(line);
    if (end.ends_with(';')) {
        words.name = end.substr(0, end.size() - 1);
    }
    return words;
}

bool asks_for_chunks(const std::vector<header_line>& lines) {
    return says(lines, "Transfer-Encoding", "chunked");
}

bool asks_for_continue(const std::vector<header_line>& lines) {
    return says(lines, "Expect", "100-continue");
}

void add_header_line(std::string_view line, xfer::request& r) {
    const auto words = read_header_line(line);
    if (words.name.empty()) {
        return;
    }
    if (words.removes) {
        r.without_header(words.name);
    } else if (!(same_letters(words.name, "Transfer-Encoding") &&
                 same_letters(words.value, "chunked"))) {
        r.add_header(words.name, words.value);
    }
}

void add_proxy_header_line(std::string_view line, const console& at, xfer::request& r) {
    constexpr std::string_view prefix = "Proxy-";
    const auto words = read_header_line(line);
    const bool known = same_letters(words.name.substr(0, prefix.size()), prefix);
    if (!words.name.empty() && !known && !same_letters(words.name, "User-Agent")) {
        at.warn(
            "only fields that begin with Proxy- can be sent to a proxy alone; not "
            "sent: " +
            std::string(words.name)
        );
        return;
    }
    if (known) {
        if (words.removes) {
            r.without_header(words.name);
        } else {
            // In the place of what is sent anyway, as Proxy-Connection.
            r.header(words.name, words.value);
        }
    }
}

}  // namespace tool
