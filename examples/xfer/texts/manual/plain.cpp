// The manual as plain text.
#include "texts/manual/document.hpp"

#include <algorithm>

namespace tool {

namespace {

constexpr std::size_t width = 79;
constexpr std::size_t body = 5;           ///< where paragraphs begin
constexpr std::size_t explanation = 12;   ///< where an item's explanation does
constexpr std::size_t literal_extra = 2;  ///< how much further literal lines stand

std::string item_text(const manual_block& block) {
    std::string head(body, ' ');
    head += block.label;
    if (head.size() + 2 > explanation) {
        return head + '\n' + wrapped(block.text, width, explanation, explanation);
    }
    // A short label stands in the line of what explains it.
    std::string text = wrapped(block.text, width, explanation, explanation);
    return text.replace(0, head.size(), head);
}

std::string literal_text(const manual_block& block) {
    const std::size_t indent = (block.inside ? explanation : body) + literal_extra;
    std::string text;
    std::string_view rest = block.text;
    while (!rest.empty()) {
        const std::size_t end = std::min(rest.find('\n'), rest.size());
        text.append(indent, ' ').append(rest.substr(0, end)) += '\n';
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    return text;
}

std::string text_of(const manual_block& block) {
    switch (block.what) {
        case manual_block::kind::chapter:
            return block.text + '\n';
        case manual_block::kind::item:
            return item_text(block);
        case manual_block::kind::literal:
            return literal_text(block);
        case manual_block::kind::paragraph:
            break;
    }
    const std::size_t indent = block.inside ? explanation : body;
    return wrapped(block.text, width, indent, indent);
}

}  // namespace

std::string wrapped(
    std::string_view text, std::size_t columns, std::size_t first, std::size_t indent
) {
    std::string all(first, ' ');
    std::size_t column = first;
    bool at_start = true;
    for (std::size_t at = 0; (at = text.find_first_not_of(" \n", at)) < text.size();) {
        const std::size_t end = std::min(text.find_first_of(" \n", at), text.size());
        const std::string_view word = text.substr(at, end - at);
        at = end;
        if (!at_start && column + 1 + word.size() > columns) {
            all.append(1, '\n').append(indent, ' ');
            column = indent;
            at_start = true;
        }
        if (!at_start) all += ' ';
        all += word;
        column += word.size() + (at_start ? 0 : 1);
        at_start = false;
    }
    return all + '\n';
}

std::string plain_text(const std::vector<manual_block>& blocks) {
    std::string all;
    for (const auto& block : blocks) {
        const bool after_title = !all.empty() && &block != blocks.data() &&
                                 (&block - 1)->what == manual_block::kind::chapter;
        if (!all.empty() && !after_title) all += '\n';
        all += text_of(block);
    }
    return all;
}

}  // namespace tool
