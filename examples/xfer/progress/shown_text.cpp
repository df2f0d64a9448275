// Names in lines of a terminal: what can be shown, and in how many columns.
#include "output/printable.hpp"
#include "progress/progress_lines.hpp"
#include "requests/urls.hpp"

#include <algorithm>
#include <cstddef>
#include <vector>

namespace tool {

namespace {

/// An accent that is shown with the letter before it.
bool is_combining(char32_t code) noexcept { return code >= 0x300 && code <= 0x36f; }

bool is_visible(const first_character& c, const column_width& width) {
    if (c.octets.size() == 1) {
        return c.octets.front() >= ' ' && c.octets.front() <= '~';
    }
    return c.is_utf8 && width && (width(c.code) > 0 || is_combining(c.code));
}

/// Of a visible one.
std::size_t columns_of(const first_character& c, const column_width& width) {
    if (c.octets.size() == 1 || !width) {
        return 1;
    }
    return static_cast<std::size_t>(std::max(width(c.code), 0));
}

using characters = std::vector<first_character>;

characters characters_of(std::string_view text) {
    characters all;
    while (!text.empty()) {
        all.push_back(first_of(text));
        text.remove_prefix(all.back().octets.size());
    }
    return all;
}

std::size_t columns_of(const characters& text, const column_width& width) {
    std::size_t sum = 0;
    for (const auto& each : text) {
        sum += columns_of(each, width);
    }
    return sum;
}

/// Takes characters away from one end until the others fit, and accents that have lost
/// their letter.
void cut(
    characters& text, std::size_t columns, bool from_end, const column_width& width
) {
    auto used = columns_of(text, width);
    std::size_t gone = 0;
    const auto next = [&] {
        const auto& each = from_end ? text[text.size() - 1 - gone] : text[gone];
        return columns_of(each, width);
    };
    while (gone < text.size() && (used > columns || (!from_end && next() == 0))) {
        used -= next();
        ++gone;
    }
    const auto count = static_cast<std::ptrdiff_t>(gone);
    if (from_end) {
        text.erase(text.end() - count, text.end());
    } else {
        text.erase(text.begin(), text.begin() + count);
    }
}

}  // namespace

std::string visible_text(std::string_view text, const column_width& width) {
    std::string out;
    for (const auto& each : characters_of(text)) {
        out += is_visible(each, width) ? each.octets : "?";
    }
    return out;
}

std::string shown_url(std::string_view url, const column_width& width) {
    return without_login(visible_text(url, width));
}

std::string fitted_text(
    std::string_view text,
    std::size_t columns,
    bool keep_begin,
    const column_width& width
) {
    auto kept = characters_of(text);
    std::string dots;
    if (columns_of(kept, width) > columns) {
        const auto room = columns > 3 ? columns - 3 : columns;
        cut(kept, room, keep_begin, width);
        dots.assign(columns - room, '.');
    }
    std::string out = keep_begin ? "" : dots;
    for (const auto& each : kept) {
        out += each.octets;
    }
    out += keep_begin ? dots : "";
    // Where half of a wide one would have had room, as well as behind a short text.
    const auto used = columns_of(kept, width) + dots.size();
    out.append(columns - used, ' ');
    return out;
}

}  // namespace tool
