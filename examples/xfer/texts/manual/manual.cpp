// The manual, from its chapters and the option table.
#include "texts/manual/document.hpp"
#include "texts/option_list.hpp"
#include "texts/texts.hpp"
#include <xfer/config.hpp>

#include <algorithm>
#include <utility>

namespace tool {

namespace {

void replace_all(std::string& text, std::string_view what, std::string_view by) {
    for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos;) {
        text.replace(at, what.size(), by);
        at += by.size();
    }
}

std::string_view next_line(std::string_view& rest) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    const std::string_view line = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    return line;
}

/// What a line adds to the block that is being read; a block is pushed when it begins.
class block_reader {
 public:
    void line(std::string_view text) {
        if (text.empty()) {
            open_ = false;
        } else if (text.substr(0, 2) == "# ") {
            begin(manual_block::kind::chapter).text = text.substr(2);
            in_item_ = open_ = false;
        } else if (text.substr(0, 2) == "= ") {
            in_item_ = false;
            begin(manual_block::kind::item).label = text.substr(2);
            in_item_ = true;
        } else if (text.substr(0, 4) == "    ") {
            add(manual_block::kind::literal, text.substr(4), '\n');
        } else if (text == ".") {
            in_item_ = open_ = false;  // what follows is no part of the item
        } else if (open_ && blocks_.back().what == manual_block::kind::item) {
            add(manual_block::kind::item, text, ' ');
        } else {
            add(manual_block::kind::paragraph, text, ' ');
        }
    }
    std::vector<manual_block> take() { return std::move(blocks_); }

 private:
    manual_block& begin(manual_block::kind what) {
        open_ = true;
        blocks_.push_back({what, {}, {}, in_item_});
        return blocks_.back();
    }
    void add(manual_block::kind what, std::string_view text, char between) {
        if (!open_ || blocks_.back().what != what) begin(what);
        std::string& all = blocks_.back().text;
        if (!all.empty()) all += between;
        all += text;
    }

    std::vector<manual_block> blocks_;
    bool open_ = false;
    bool in_item_ = false;
};

}  // namespace

std::vector<manual_block> blocks_of(std::string_view text) {
    block_reader reader;
    while (!text.empty()) reader.line(next_line(text));
    return reader.take();
}

std::vector<manual_block> option_blocks(const option& o) {
    std::string text = "= " + usage_of(o) + '\n';
    text += o.manual.empty() ? o.help : o.manual;
    if (o.manual.empty() && text.back() != '.') text += '.';
    if (o.repeats) text += "\n\nIt may be given several times, and each counts.";
    return blocks_of(text);
}

std::vector<manual_block> manual_document(persona who) {
    std::string source(manual_source());
    replace_all(source, "{tool}", name_of(who));
    replace_all(source, "{rc}", "." + std::string(name_of(who)) + "rc");
    replace_all(source, "{rc_plain}", std::string(name_of(who)) + "rc");
    std::vector<manual_block> all;
    for (auto& block : blocks_of(source)) {
        if (block.text != "{options}") {
            all.push_back(std::move(block));
            continue;
        }
        for (const option* o : shown_options()) {
            for (auto& part : option_blocks(*o)) all.push_back(std::move(part));
        }
    }
    return all;
}

std::string manual_text(persona who) { return plain_text(manual_document(who)); }

std::string manual_page() {
    return ".\\\" Generated from the option table of xfer.\n"
           ".TH XFER 1 \"\" \"xfer " XFER_VERSION_STRING "\" \"User Commands\"\n" +
           roff_text(manual_document(persona::xfer));
}

}  // namespace tool
