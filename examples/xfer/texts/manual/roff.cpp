// The manual in roff's man macros.
#include "texts/manual/document.hpp"

#include <algorithm>
#include <cctype>

namespace tool {

namespace {

bool letter_or_digit(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0;
}

/// A character that roff takes as it is. A '-' is to stay one that can be searched for
/// and copied, and no hyphen.
std::string escaped(char c) {
    switch (c) {
        case '\\':
            return "\\e";
        case '-':
            return "\\-";
        case '\'':
            return "\\(aq";
        case '`':
            return "\\(ga";
        case '^':
            return "\\(ha";
        case '~':
            return "\\(ti";
        default:
            return {c};
    }
}

std::string escaped(std::string_view text) {
    std::string all;
    for (const char c : text) all += escaped(c);
    return all;
}

/// How many characters of an option begin here: "--name", "-x"; 0: none.
std::size_t option_length(std::string_view text) {
    if (text.size() < 2 || text[0] != '-') return 0;
    if (text[1] != '-') {
        const bool one = letter_or_digit(text[1]) || text[1] == '#' || text[1] == ':';
        const bool ends = text.size() == 2 || !letter_or_digit(text[2]);
        return one && ends ? 2 : 0;
    }
    std::size_t end = 2;
    while (end < text.size() &&
           (letter_or_digit(text[end]) || text[end] == '-' || text[end] == '.')) {
        ++end;
    }
    while (end > 2 && !letter_or_digit(text[end - 1])) --end;  // of a sentence
    return end == 2 ? 0 : end;
}

/// How many characters of a placeholder begin here: "<file>"; 0: none.
std::size_t placeholder_length(std::string_view text) {
    if (text.empty() || text[0] != '<') return 0;
    return text.find('>') + 1;
}

/// Text with options in bold and placeholders in italics; `font` is what stands around.
std::string marked(std::string_view text, char font) {
    const std::string back = std::string("\\f") + font;
    std::string all;
    char before = ' ';
    for (std::size_t at = 0; at < text.size();) {
        const std::string_view rest = text.substr(at);
        const bool word_begins = !letter_or_digit(before) && before != '-';
        std::size_t length = word_begins ? option_length(rest) : 0;
        char mark = 'B';
        if (length == 0) {
            length = placeholder_length(rest);
            mark = 'I';
        }
        if (length == 0) {
            all += escaped(rest[0]);
            length = 1;
        } else {
            all += std::string("\\f") + mark + escaped(rest.substr(0, length)) + back;
        }
        before = rest[length - 1];
        at += length;
    }
    return all;
}

/// A line that is text whatever it begins with.
std::string text_line(std::string line) {
    if (!line.empty() && line[0] == '.') line.insert(0, "\\&");
    return line + '\n';
}

std::string literal_lines(std::string_view text) {
    std::string all = ".nf\n";
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        all += text_line(escaped(text.substr(0, end)));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return all + ".fi\n";
}

std::string text_of(const manual_block& block) {
    switch (block.what) {
        case manual_block::kind::chapter:
            return ".SH " + escaped(block.text) + '\n';
        case manual_block::kind::item:
            return ".TP\n\\fB" + marked(block.label, 'B') + "\\fP\n" +
                   text_line(marked(block.text, 'R'));
        case manual_block::kind::literal:
            return (block.inside ? ".RS\n.IP\n" : ".RS 4\n.PP\n") +
                   literal_lines(block.text) + ".RE\n";
        case manual_block::kind::paragraph:
            break;
    }
    return (block.inside ? ".IP\n" : ".PP\n") + text_line(marked(block.text, 'R'));
}

}  // namespace

std::string roff_text(const std::vector<manual_block>& blocks) {
    std::string all;
    bool after_title = false;
    for (const auto& block : blocks) {
        std::string text = text_of(block);
        // A title begins a paragraph by itself.
        if (after_title && text.starts_with(".PP\n")) text.erase(0, 4);
        all += text;
        after_title = block.what == manual_block::kind::chapter;
    }
    return all;
}

}  // namespace tool
