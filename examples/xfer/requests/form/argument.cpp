// The syntax of -F.
#include "requests/form/argument.hpp"

#include "output/files.hpp"

#include <algorithm>
#include <cctype>
#include <optional>
#include <string_view>

namespace tool {

namespace {

bool is_blank(char c) noexcept {
    return std::isspace(static_cast<unsigned char>(c)) != 0;
}

/// Reads words, in quotes or not, that end at ';' or at a mark of the caller's.
class words {
 public:
    words(std::string_view text, char end) : text_(text), end_(end) {}

    [[nodiscard]] char peek() const noexcept { return text_.empty() ? '\0' : text_[0]; }
    [[nodiscard]] std::string_view rest() const noexcept { return text_; }
    void skip(std::size_t n) noexcept { text_.remove_prefix(n); }
    void skip_blanks() noexcept {
        while (!text_.empty() && is_blank(text_[0])) {
            text_.remove_prefix(1);
        }
    }
    [[nodiscard]] bool takes(std::string_view word) noexcept {
        if (!text_.starts_with(word)) {
            return false;
        }
        skip(word.size());
        return true;
    }
    [[nodiscard]] bool ends(char c) const noexcept {
        return c == ';' || (end_ != '\0' && c == end_);
    }

    /// The next word; behind it stands ';', the mark or nothing.
    std::string word() {
        skip_blanks();
        std::string found;
        return quoted(found) ? found : plain();
    }

    /// A media type with its parameters, which have ';' in them too.
    std::string type() {
        skip_blanks();
        std::string found = plain();
        while (peek() == ';' && !begins_option()) {
            skip(1);
            found += ';';
            found += raw();
        }
        while (!found.empty() && is_blank(found.back())) {
            found.pop_back();
        }
        return found;
    }

 private:
    std::string raw() {
        std::size_t n = 0;
        while (n < text_.size() && !ends(text_[n])) {
            ++n;
        }
        std::string found(text_.substr(0, n));
        skip(n);
        return found;
    }
    std::string plain() {
        auto found = raw();
        while (!found.empty() && is_blank(found.back())) {
            found.pop_back();
        }
        return found;
    }
    /// What stands in quotes; left alone if more than blanks follows the second one.
    bool quoted(std::string& found) {
        if (peek() != '"') {
            return false;
        }
        std::size_t at = 1;
        while (at < text_.size() && text_[at] != '"') {
            const bool escapes = text_[at] == '\\' && at + 1 < text_.size() &&
                                 (text_[at + 1] == '\\' || text_[at + 1] == '"');
            at += escapes ? 1U : 0U;
            found += text_[at++];
        }
        if (at == text_.size()) {
            found.clear();
            return false;
        }
        ++at;
        while (at < text_.size() && is_blank(text_[at])) {
            ++at;
        }
        if (at < text_.size() && !ends(text_[at])) {
            found.clear();
            return false;
        }
        skip(at);
        return true;
    }
    /// Whether what follows the ';' is for this part, and no parameter of a type.
    [[nodiscard]] bool begins_option() const noexcept {
        auto next = text_.substr(1);
        while (!next.empty() && is_blank(next[0])) {
            next.remove_prefix(1);
        }
        return next.starts_with("filename=") || next.starts_with("headers=") ||
               next.starts_with("encoder=");
    }

    std::string_view text_;
    char end_;
};

/// Lines of a file of fields: comments and empty lines are left out, a line that begins
/// with a blank goes on with the one before.
void add_header_lines(std::string_view text, std::vector<std::string>& to) {
    while (!text.empty()) {
        const auto end = std::min(text.find('\n'), text.size());
        auto line = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        while (!line.empty() && is_blank(line.back())) {
            line.remove_suffix(1);
        }
        if (line.empty() || line[0] == '#') {
            continue;
        }
        if (is_blank(line[0]) && !to.empty()) {
            while (!line.empty() && is_blank(line[0])) {
                line.remove_prefix(1);
            }
            to.back().append(" ").append(line);
        } else {
            to.emplace_back(line);
        }
    }
}

refusal read_headers(words& in, std::vector<std::string>& headers) {
    if (in.peek() != '@' && in.peek() != '<') {
        headers.push_back(in.word());
        return {};
    }
    in.skip(1);
    std::string text;
    auto refused = read_file(in.word(), text);
    add_header_lines(text, headers);
    return refused;
}

/// Whether a text begins as a media type does: two words with a slash between.
bool is_media_type(std::string_view text) noexcept {
    constexpr std::string_view ends = ";, \n";
    const auto slash = text.find_first_of("/ ");
    return slash != std::string_view::npos && slash > 0 && text[slash] == '/' &&
           slash + 1 < text.size() && ends.find(text[slash + 1]) == ends.npos;
}

refusal read_type(words& in, std::optional<std::string>& to) {
    const auto type = in.type();
    to = type;
    if (is_media_type(type)) {
        return {};
    }
    return {
        exit_codes::bad_use,
        "-F: Illegally formatted content-type field 'type=" + type +
            "': a type is two words with a slash between"};
}

/// The content, and everything about it.
refusal read_content(words& in, const console& at, form_content& content) {
    content.text = in.word();
    while (in.peek() == ';') {
        in.skip(1);
        in.skip_blanks();
        if (in.takes("type=")) {
            if (auto refused = read_type(in, content.type)) {
                return refused;
            }
        } else if (in.takes("filename=")) {
            content.filename = in.word();
        } else if (in.takes("encoder=")) {
            content.encoder = in.word();
        } else if (in.takes("headers=")) {
            if (auto refused = read_headers(in, content.headers)) {
                return refused;
            }
        } else if (const auto unknown = in.word(); !unknown.empty()) {
            at.warn("skip unknown form field: " + unknown);
        }
    }
    return {};
}

refusal read_files(words& in, const console& at, form_argument& part) {
    for (;;) {
        if (auto refused = read_content(in, at, part.contents.emplace_back())) {
            return refused;
        }
        if (in.peek() != ',') {
            return {};
        }
        in.skip(1);
    }
}

}  // namespace

refusal read_form_argument(
    const form_piece& piece, const console& at, form_argument& part
) {
    using kind = form_argument::kind;
    const auto equals = piece.text.find('=');
    if (equals == std::string::npos) {
        return {exit_codes::bad_use, "option -F: is badly used here"};
    }
    part.name = piece.text.substr(0, equals);
    const auto value = std::string_view(piece.text).substr(equals + 1);
    if (piece.literal) {
        part.contents.emplace_back().text = value;
        return {};
    }
    words in(value, value.starts_with('@') ? ',' : '\0');
    if (in.takes("(")) {
        part.what = kind::begin;
    } else if (part.name.empty() && value == ")") {
        part.what = kind::end;
        return {};
    } else if (in.takes("@")) {
        part.what = kind::files;
        return read_files(in, at, part);
    } else if (in.takes("<")) {
        part.what = kind::file_content;
    }
    return read_content(in, at, part.contents.emplace_back());
}

}  // namespace tool
