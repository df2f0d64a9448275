// Lookup in, and changes of, a block of fields.
#pragma once

#include <xfer/detail/octets.hpp>
#include <xfer/fields.hpp>

#include <algorithm>
#include <cstring>
#include <functional>
#include <limits>

namespace XFER_NAMESPACE {

XFER_DECL bool fields_view::named(const field_entry& e, std::string_view name)
    const noexcept {
    return e.name_size == name.size() && detail::iequals(at(e).name, name);
}

XFER_DECL std::size_t fields_view::next(std::string_view name, std::size_t from)
    const noexcept {
    for (; from < entries_.size(); ++from) {
        const field_entry& e = entries_[from];
        if (e.name_size != name.size()) continue;  // most differ in size already
        if (detail::iequals(at(e).name, name)) break;
    }
    return from;
}

XFER_DECL std::optional<std::string_view> fields_view::find(std::string_view name
) const noexcept {
    const std::size_t index = next(name, 0);
    if (index == entries_.size()) return std::nullopt;
    return at(entries_[index]).value;
}

XFER_DECL std::size_t fields_view::count(std::string_view name) const noexcept {
    return static_cast<std::size_t>(std::count_if(
        entries_.begin(),
        entries_.end(),
        [&](const field_entry& e) { return named(e, name); }
    ));
}

XFER_DECL bool fields_view::list_contains(
    std::string_view name, std::string_view member
) const noexcept {
    for (const std::string_view candidate : list(name)) {
        if (detail::iequals(candidate, member)) return true;
    }
    return false;
}

namespace detail {

/// Where the first list member of the text ends: its comma, or the end of the text.
inline std::size_t list_member_end(std::string_view text) noexcept {
    bool quoted = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '"') quoted = !quoted;
        if (quoted && text[i] == '\\') ++i;
        if (!quoted && text[i] == ',') return i;
    }
    return text.size();
}

}  // namespace detail

XFER_DECL fields_view::list_iterator& fields_view::list_iterator::operator++(
) noexcept {
    for (;;) {
        while (!rest_.empty()) {
            const std::size_t end = detail::list_member_end(rest_);
            member_ = detail::trimmed(rest_.substr(0, end));
            rest_.remove_prefix(std::min(end + 1, rest_.size()));
            if (!member_.empty()) return *this;
        }
        if (lines_.empty()) {
            member_ = {};
            return *this;
        }
        rest_ = (*lines_.first).value;
        ++lines_.first;
    }
}

XFER_DECL bool fields::owns(std::string_view text) const noexcept {
    const std::less<const char*> before;
    const auto own = block();
    return !before(text.data(), own.data()) &&
           before(text.data(), own.data() + own.size());
}

/// Remembers what is wrong with a field that must not reach the wire.
XFER_DECL bool fields::check(std::string_view name, std::string_view value) {
    constexpr std::size_t most = std::numeric_limits<std::uint32_t>::max();
    std::string_view fault;
    if (!detail::is_token(name)) {
        fault = " is not a token";
    } else if (value.find_first_of(std::string_view("\r\n\0", 3)) != value.npos) {
        fault = " has a CR, LF or NUL in its value";
    } else if (!detail::is_field_value(value)) {
        fault = " has a control octet in its value";
    } else if (value.size() > most - name.size() - block().size() - 4 ||
               name.size() + block().size() > most - 4) {
        fault = " is too large";
    } else {
        return true;
    }
    if (auto& error = edit_rare().first_error; error.empty()) {
        error = detail::is_token(name) ? "header '" : "header name '";
        error += detail::escaped(name);
        error += '\'';
        error += fault;
    }
    return false;
}

XFER_DECL void fields::append(std::string_view name, std::string_view value) {
    const auto at = static_cast<std::uint32_t>(block().size());
    const auto name_size = static_cast<std::uint32_t>(name.size());
    const field_entry e{
        at, name_size, at + name_size + 2, static_cast<std::uint32_t>(value.size())};
    char* out = store_.append(e, line_size(e));
    for (const auto part :
         {name, std::string_view(": "), value, std::string_view("\r\n")}) {
        out = std::copy(part.begin(), part.end(), out);
    }
}

/// Rewrites an adopted block as field lines; every change starts here.
XFER_DECL void fields::to_wire_form() {
    if (wire_form_) return;
    const detail::field_store received = std::move(store_);
    wire_form_ = true;
    for (const auto [name, value] : fields_view(received.text(), received.entries())) {
        if (check(name, value)) append(name, value);
    }
}

XFER_DECL fields& fields::add(std::string_view name, std::string_view value) {
    if (owns(name) || owns(value)) return add(std::string(name), std::string(value));
    value = detail::trimmed(value);
    if (!check(name, value)) return *this;
    to_wire_form();
    if (rare_) {
        std::erase_if(rare_->suppressed, [&](const std::string& other) {
            return detail::iequals(other, name);
        });
    }
    append(name, value);
    return *this;
}

XFER_DECL fields& fields::set(std::string_view name, std::string_view value) {
    if (owns(name) || owns(value)) return set(std::string(name), std::string(value));
    if (!check(name, detail::trimmed(value))) return *this;
    remove(name);
    return add(name, value);
}

XFER_DECL std::size_t fields::remove(std::string_view name) {
    if (!view().contains(name)) return 0;
    if (owns(name)) return remove(std::string(name));
    to_wire_form();
    const auto entries = store_.entries();
    char* const text = store_.data();
    std::size_t kept_bytes = 0;
    std::size_t kept = 0;
    for (const field_entry e : entries) {
        if (view().named(e, name)) continue;
        const std::size_t size = line_size(e);
        std::memmove(text + kept_bytes, text + e.name, size);
        const auto shift = static_cast<std::uint32_t>(e.name - kept_bytes);
        entries[kept++] = {e.name - shift, e.name_size, e.value - shift, e.value_size};
        kept_bytes += size;
    }
    const std::size_t removed = entries.size() - kept;
    store_.shrink(kept, kept_bytes);
    return removed;
}

XFER_DECL fields& fields::suppress(std::string_view name) {
    if (owns(name)) return suppress(std::string(name));
    if (!check(name, {})) return *this;
    remove(name);
    if (!is_suppressed(name)) edit_rare().suppressed.emplace_back(name);
    return *this;
}

XFER_DECL bool fields::is_suppressed(std::string_view name) const noexcept {
    if (!rare_) return false;
    const auto& names = rare_->suppressed;
    return std::any_of(names.begin(), names.end(), [&](const std::string& other) {
        return detail::iequals(other, name);
    });
}

XFER_DECL void fields::assign(
    std::string_view block, std::span<const field_entry> entries
) {
    store_.assign(block, entries);
    rare_.reset();
    wire_form_ = false;
}

XFER_DECL void fields::clear() noexcept {
    store_.clear();
    rare_.reset();
    wire_form_ = true;
}

}  // namespace XFER_NAMESPACE
