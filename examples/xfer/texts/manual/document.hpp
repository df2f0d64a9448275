// The manual as a row of blocks, before it becomes plain text or a page for man.
#pragma once

#include "options/options.hpp"
#include "options/parse.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace tool {

/// A piece of the manual.
struct manual_block {
    enum class kind {
        chapter,    ///< `text` is its title
        paragraph,  ///< to be filled and wrapped
        item,       ///< what is explained in `label`, and how in `text`
        literal,    ///< lines that stay as they are
    };
    kind what = kind::paragraph;
    std::string label;
    std::string text;
    bool inside = false;  ///< belongs to the item above it
};

/// All of it, the options among it as the option table has them.
[[nodiscard]] std::vector<manual_block> manual_document(persona who);
/// What it says of one option: an item, and what is inside.
[[nodiscard]] std::vector<manual_block> option_blocks(const option& o);
/// Blocks of a text: paragraphs between empty lines, "# title" for a chapter, "= label"
/// above what explains it, and four spaces before lines that stay as they are.
[[nodiscard]] std::vector<manual_block> blocks_of(std::string_view text);

/// Blocks as plain text of at most 79 columns, as far as words allow.
[[nodiscard]] std::string plain_text(const std::vector<manual_block>& blocks);
/// Blocks in roff's man macros.
[[nodiscard]] std::string roff_text(const std::vector<manual_block>& blocks);
/// Words in lines of at most `width` columns, the first line indented by `first`, the
/// others by `indent`; ends with a line feed.
[[nodiscard]] std::string wrapped(
    std::string_view text, std::size_t width, std::size_t first, std::size_t indent
);

/// The chapters but for the options, in the notation of blocks_of(): "{tool}" is the
/// tool's name, "{options}" where the options belong.
[[nodiscard]] std::string_view manual_source() noexcept;

}  // namespace tool
