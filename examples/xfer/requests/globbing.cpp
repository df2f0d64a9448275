// URLs with {lists} and [ranges].
#include "requests/globbing.hpp"

#include <algorithm>
#include <charconv>
#include <limits>
#include <optional>
#include <system_error>
#include <utility>

namespace tool {

namespace {

constexpr auto largest = std::uint64_t{std::numeric_limits<std::int64_t>::max()};
constexpr std::size_t most_parts = 255;
constexpr std::size_t most_choices = 100'000;
constexpr std::size_t nowhere = std::string_view::npos;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

/// What curl prints below its error: the URL, and a mark where it is wrong.
std::string describe(std::string_view what, std::string_view text, std::size_t at) {
    std::string out(what);
    if (at != nowhere) {
        out.append(" in URL position ").append(std::to_string(at + 1)).append(":\n");
        out.append(text).append("\n");
        out.append(std::max<std::size_t>(at, 1), ' ').append("^");
    }
    return out;
}

/// The text between the bracket at `at` and its end is an IPv6 address: two colons or
/// more, and no dash before a zone. A range has a dash, and one colon at most.
std::size_t address_size(std::string_view text) {
    const auto end = text.find(']');
    if (end == nowhere) {
        return 0;
    }
    const auto inside = text.substr(1, end - 1);
    const auto address = inside.substr(0, inside.find('%'));
    const bool has_only =
        address.find_first_not_of("0123456789abcdefABCDEF:.") == nowhere;
    const bool is_address = has_only && std::ranges::count(address, ':') >= 2;
    return is_address || inside.empty() ? end + 1 : 0;
}

}  // namespace

/// Reads the text from left to right into parts.
class glob_reader {
 public:
    glob_reader(std::string_view text, glob& into) : text_(text), into_(into) {}

    /// What is wrong; empty: nothing.
    std::string read() {
        while (at_ < text_.size() && problem_.empty()) {
            step();
        }
        if (problem_.empty() && (!literal_.empty() || into_.parts_.empty())) {
            add({});
        }
        return problem_.empty() ? std::string() : describe(problem_, text_, where_);
    }

 private:
    void fail(std::string_view what, std::size_t where) {
        problem_ = what;
        where_ = where;
    }

    void step() {
        const char c = text_[at_];
        if (c == '[') {
            if (const auto size = address_size(text_.substr(at_)); size > 0) {
                literal_.append(text_.substr(at_, size));
                at_ += size;
            } else {
                ++at_;
                range();
            }
        } else if (c == '{') {
            ++at_;
            list();
        } else if (c == '}' || c == ']') {
            fail("unmatched close brace/bracket", at_);
        } else {
            const bool escapes =
                c == '\\' && at_ + 1 < text_.size() && is_bracket(text_[at_ + 1]);
            at_ += escapes ? 1 : 0;
            literal_ += text_[at_++];
        }
    }

    static bool is_bracket(char c) {
        return c == '{' || c == '}' || c == '[' || c == ']';
    }

    void add(glob::part made) {
        if (into_.parts_.size() >= most_parts) {
            fail("too many {} sets", at_);
            return;
        }
        made.literal = std::exchange(literal_, {});
        const auto each = std::max<std::uint64_t>(made.size(), 1);
        if (count_ > largest / each) {
            fail("range overflow", nowhere);
            return;
        }
        count_ *= each;
        into_.parts_.push_back(std::move(made));
    }

    /// Behind a '{'.
    void list() {
        const auto begin = at_;
        glob::part made;
        made.kind = 'l';
        std::string choice;
        for (;; ++at_) {
            if (at_ == text_.size()) {
                return fail("unmatched brace", begin - 1);
            }
            char c = text_[at_];
            if (c == '{' || c == '[') {
                return fail("nested brace", at_);
            }
            if (c == ']') {
                return fail("unexpected close bracket", at_);
            }
            if (c == '}' && at_ == begin) {
                return fail("empty string within braces", at_);
            }
            if (c == '}' || c == ',') {
                if (made.choices.size() == most_choices) {
                    return fail("range overflow", nowhere);
                }
                made.choices.push_back(std::exchange(choice, {}));
                if (c == '}') {
                    break;
                }
                continue;
            }
            if (c == '\\' && at_ + 1 < text_.size()) {
                c = text_[++at_];
            }
            choice += c;
        }
        ++at_;
        add(std::move(made));
    }

    /// Behind a '['.
    void range() {
        const char first = at_ < text_.size() ? text_[at_] : '\0';
        if (is_letter(first)) {
            letters();
        } else if (is_digit(first)) {
            numbers();
        } else {
            fail("bad range specification", at_);
        }
    }

    bool take(char wanted) {
        const bool there = at_ < text_.size() && text_[at_] == wanted;
        at_ += there ? 1 : 0;
        return there;
    }

    std::optional<std::uint64_t> take_number() {
        std::uint64_t value = 0;
        const auto* const begin = text_.data() + at_;
        const auto [end, ec] =
            std::from_chars(begin, text_.data() + text_.size(), value);
        if (ec != std::errc() || value > largest) {
            return std::nullopt;
        }
        at_ += static_cast<std::size_t>(end - begin);
        return value;
    }

    /// ":step]" or "]"; 0 for anything else.
    std::uint64_t take_step() {
        if (take(']')) {
            return 1;
        }
        const auto step = take(':') ? take_number() : std::nullopt;
        return step && take(']') ? *step : 0;
    }

    void add_range(glob::part made) {
        const bool one = made.first == made.last;
        const bool good = made.step > 0 && made.first <= made.last &&
                          (one ? made.step == 1 : made.step <= made.last - made.first);
        if (!good) {
            return fail("bad range", at_);
        }
        if (made.last > largest - made.step) {
            return fail("range end/step overflow", at_);
        }
        made.at = made.first;
        add(std::move(made));
    }

    void letters() {
        glob::part made;
        made.kind = 'c';
        made.first = static_cast<unsigned char>(text_[at_++]);
        if (!take('-') || at_ == text_.size()) {
            return fail("bad range", at_);
        }
        made.last = static_cast<unsigned char>(text_[at_++]);
        made.step = take_step();
        constexpr unsigned most = 'z' - 'a';
        if (made.last > made.first + most) {
            return fail("bad range", at_);
        }
        add_range(std::move(made));
    }

    void numbers() {
        glob::part made;
        made.kind = 'n';
        if (text_[at_] == '0') {
            const auto end = std::find_if_not(
                text_.begin() + static_cast<long>(at_), text_.end(), is_digit
            );
            made.width = static_cast<int>(end - text_.begin()) - static_cast<int>(at_);
        }
        const auto first = take_number();
        if (!first || !take('-')) {
            return fail("bad range", at_);
        }
        while (take(' ') || take('\t')) {
        }
        const auto last = take_number();
        if (!last) {
            return fail("bad range", at_);
        }
        made.first = *first;
        made.last = *last;
        made.step = take_step();
        add_range(std::move(made));
    }

    std::string_view text_;
    glob& into_;
    std::size_t at_ = 0;
    std::string literal_;
    std::uint64_t count_ = 1;
    std::string problem_;
    std::size_t where_ = nowhere;
};

std::uint64_t glob::part::size() const noexcept {
    switch (kind) {
        case 0:
            return 1;
        case 'l':
            return choices.size();
        default:
            return (last - first) / step + 1;
    }
}

std::string glob::part::now() const {
    switch (kind) {
        case 0:
            return {};
        case 'l':
            return choices[at];
        case 'c':
            return std::string(1, static_cast<char>(at));
        default:
            break;
    }
    auto digits = std::to_string(at);
    const auto wanted = static_cast<std::size_t>(width);
    if (digits.size() < wanted) {
        digits.insert(0, wanted - digits.size(), '0');
    }
    return digits;
}

bool glob::part::advance() noexcept {
    if (kind == 'l') {
        at = at + 1 == choices.size() ? 0 : at + 1;
        return at != 0;
    }
    const bool more = kind != 0 && last - at >= step;
    at = more ? at + step : first;
    return more;
}

glob::glob(std::string_view text, std::string& error) {
    error = glob_reader(text, *this).read();
    if (!error.empty()) {
        parts_.clear();
    }
}

glob glob::literal(std::string text) {
    glob made;
    made.parts_.emplace_back();
    made.parts_.back().literal = std::move(text);
    return made;
}

std::uint64_t glob::size() const noexcept {
    std::uint64_t product = parts_.empty() ? 0 : 1;
    for (const auto& each : parts_) {
        product *= each.size();
    }
    return product;
}

bool glob::next(std::string& url) {
    if (parts_.empty() || ended_) {
        return false;
    }
    if (started_) {
        // The last part runs fastest.
        const auto moved = std::find_if(parts_.rbegin(), parts_.rend(), [](part& each) {
            return each.advance();
        });
        if (moved == parts_.rend()) {
            ended_ = true;
            return false;
        }
    }
    started_ = true;
    url.clear();
    for (const auto& each : parts_) {
        url.append(each.literal).append(each.now());
    }
    return true;
}

std::string glob::substitute(std::string_view name) const {
    std::string out;
    while (!name.empty()) {
        const auto mark = std::min(name.find('#'), name.size());
        out.append(name.substr(0, mark));
        name.remove_prefix(mark);
        if (name.empty()) {
            break;
        }
        std::size_t number = 0;
        const auto* const digits = name.data() + 1;
        const auto [end, ec] =
            std::from_chars(digits, name.data() + name.size(), number);
        const auto* const found = ec == std::errc() ? numbered(number) : nullptr;
        // What has no part of that number stands for itself.
        const auto size =
            found == nullptr ? 1 : static_cast<std::size_t>(end - name.data());
        out.append(found == nullptr ? std::string("#") : found->now());
        name.remove_prefix(size);
    }
    return out;
}

const glob::part* glob::numbered(std::size_t number) const noexcept {
    for (const auto& each : parts_) {
        if (each.kind != 0 && --number == 0) {
            return &each;
        }
    }
    return nullptr;
}

}  // namespace tool
