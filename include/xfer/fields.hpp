// Header and trailer fields: an ordered multimap in one block of text (RFC 9110 5).
#pragma once

#include <xfer/config.hpp>
#include <xfer/detail/field_store.hpp>
#include <xfer/detail/indirect.hpp>

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace XFER_NAMESPACE {

/// One field; the views live as long as the block they point into.
struct field {
    std::string_view name;   ///< in the spelling of whoever wrote it
    std::string_view value;  ///< without the blanks around it
};

/// Fields that someone else owns: what `fields` looks like to a reader, and what a
/// parser shows of a head that is still in its buffer. Cheap to copy. Everything it
/// answers lives as long as the block. Names compare without regard to case; order is
/// kept.
class fields_view {
 public:
    class iterator;
    class list_iterator;
    struct range;
    struct list_range;

    /// No field at all.
    fields_view() = default;
    /// Every entry must lie inside the block.
    fields_view(std::string_view block, std::span<const field_entry> entries) noexcept
        : block_(block), entries_(entries) {}

    /// The number of field lines.
    [[nodiscard]] std::size_t size() const noexcept { return entries_.size(); }
    /// Whether there is no field line.
    [[nodiscard]] bool empty() const noexcept { return entries_.empty(); }
    /// The field line at `index`, which must be below size().
    [[nodiscard]] field operator[](std::size_t index) const noexcept {
        return at(entries_[index]);
    }
    /// The first line.
    [[nodiscard]] iterator begin() const noexcept;
    /// Behind the last line.
    [[nodiscard]] iterator end() const noexcept;
    /// Where the lines stand: for a walk that looks at sizes before it looks at text.
    [[nodiscard]] std::span<const field_entry> entries() const noexcept {
        return entries_;
    }

    /// The value of the first line of that name, nullopt without one.
    [[nodiscard]] XFER_DECL std::optional<std::string_view> find(std::string_view name
    ) const noexcept;
    /// Every line of that name, in order; `name` must outlive the range.
    [[nodiscard]] range all(std::string_view name) const noexcept;
    /// How many lines have that name.
    [[nodiscard]] XFER_DECL std::size_t count(std::string_view name) const noexcept;
    /// Whether any line has that name.
    [[nodiscard]] bool contains(std::string_view name) const noexcept {
        return find(name).has_value();
    }

    /// The members of a comma separated list (RFC 9110 5.6.1) over all lines of that
    /// name, without the blanks around them. Empty members are skipped, a comma inside
    /// a quoted string separates nothing. `name` must outlive the range.
    [[nodiscard]] list_range list(std::string_view name) const noexcept;
    /// The members of one line's list.
    [[nodiscard]] static list_range members(std::string_view value) noexcept;
    /// Whether the list has that member, compared without regard to case.
    [[nodiscard]] XFER_DECL bool list_contains(
        std::string_view name, std::string_view member
    ) const noexcept;

 private:
    friend class fields;

    [[nodiscard]] field at(const field_entry& e) const noexcept {
        return {
            std::string_view(block_.data() + e.name, e.name_size),
            std::string_view(block_.data() + e.value, e.value_size)};
    }
    [[nodiscard]] XFER_DECL bool named(const field_entry& e, std::string_view name)
        const noexcept;
    /// The first entry of that name at or after `from`; size() without one.
    [[nodiscard]] XFER_DECL std::size_t next(std::string_view name, std::size_t from)
        const noexcept;

    std::string_view block_;
    std::span<const field_entry> entries_;
};

/// Walks all lines, or those of one name. Dereferencing makes a `field` of two views.
class fields_view::iterator {
 public:
    using value_type = field;  ///< the standard's word for what a walk yields
    using reference = field;   ///< made at each step, so a value
    using difference_type = std::ptrdiff_t;              ///< for the standard
    using iterator_category = std::input_iterator_tag;   ///< yields values
    using iterator_concept = std::forward_iterator_tag;  ///< a walk may be repeated

    /// Equal to no iterator of a view; to be assigned to.
    iterator() = default;
    /// The line's name and value; not at the end.
    [[nodiscard]] field operator*() const noexcept { return view_[index_]; }
    /// The next line, or the next one of the name.
    iterator& operator++() noexcept {
        index_ = name_.empty() ? index_ + 1 : view_.next(name_, index_ + 1);
        return *this;
    }
    /// The same; answers where it was before.
    iterator operator++(int) noexcept {
        iterator before = *this;
        ++*this;
        return before;
    }
    /// Whether both stand at the same line; only for iterators of one view.
    [[nodiscard]] bool operator==(const iterator& other) const noexcept {
        return index_ == other.index_;
    }

 private:
    friend class fields_view;
    iterator(fields_view view, std::string_view name, std::size_t index) noexcept
        : view_(view), name_(name), index_(index) {}

    fields_view view_;
    std::string_view name_;  // empty: every line (no field has an empty name)
    std::size_t index_ = 0;
};

/// The lines of one name.
struct fields_view::range {
    iterator first;  ///< the first line of the name, or `last`
    iterator last;   ///< behind all lines
    /// The first line of the name.
    [[nodiscard]] iterator begin() const noexcept { return first; }
    /// Behind all lines.
    [[nodiscard]] iterator end() const noexcept { return last; }
    /// Whether no line has the name.
    [[nodiscard]] bool empty() const noexcept { return first == last; }
};

/// Walks the members of a list that may be spread over several lines.
class fields_view::list_iterator {
 public:
    using value_type = std::string_view;     ///< a member, without the blanks around it
    using reference = std::string_view;      ///< made at each step, so a value
    using difference_type = std::ptrdiff_t;  ///< for the standard
    using iterator_category = std::input_iterator_tag;   ///< yields values
    using iterator_concept = std::forward_iterator_tag;  ///< a walk may be repeated

    /// The end of every list.
    list_iterator() = default;
    /// The member; never empty. Not at the end.
    [[nodiscard]] std::string_view operator*() const noexcept { return member_; }
    /// The next member, on this line or on one that follows.
    XFER_DECL list_iterator& operator++() noexcept;
    /// The same; answers where it was before.
    list_iterator operator++(int) noexcept {
        list_iterator before = *this;
        ++*this;
        return before;
    }
    /// Whether both stand at the same member, or both at the end.
    [[nodiscard]] bool operator==(const list_iterator& other) const noexcept {
        return member_.data() == other.member_.data();
    }

 private:
    friend class fields_view;
    explicit list_iterator(range lines) noexcept : lines_(lines) { ++*this; }
    explicit list_iterator(std::string_view line) noexcept : rest_(line) { ++*this; }

    range lines_{};
    std::string_view rest_;    // of the line that is being walked
    std::string_view member_;  // null at the end
};

/// The members of one list.
struct fields_view::list_range {
    list_iterator first;  ///< the first member, or the end
    /// The first member.
    [[nodiscard]] list_iterator begin() const noexcept { return first; }
    /// The end.
    [[nodiscard]] list_iterator end() const noexcept { return {}; }
    /// Whether the list has no member.
    [[nodiscard]] bool empty() const noexcept { return first == list_iterator(); }
};

/// Fields that own their text, in one block of memory with the offsets into it: a copy
/// is one allocation, however many fields there are.
///
/// A request's fields are filled with add() and set(); the block then holds them as
/// they go on the wire. A response's are adopted: its block is the head as it was
/// received. Views into it end with the next call that changes it, and with it.
class fields {
 public:
    /// No field.
    fields() = default;
    /// A copy of a received head; every entry must lie inside the block.
    fields(std::string_view block, std::span<const field_entry> entries)
        : store_(block, entries), wire_form_(false) {}
    /// Copies text, suppressions and first_error().
    fields(const fields& other)
        : store_(other.store_),
          rare_(other.rare_ ? std::make_unique<rare>(*other.rare_) : nullptr),
          wire_form_(other.wire_form_) {}
    /// Takes all of it; the other may then only be assigned to or destroyed.
    fields(fields&& other) noexcept = default;
    /// As the copy.
    fields& operator=(const fields& other) { return *this = fields(other); }
    /// As the move.
    fields& operator=(fields&& other) noexcept = default;
    /// Views into the fields end with them.
    ~fields() = default;

    /// Appends a field. Blanks around the value are dropped. A name that is no token
    /// (RFC 9110 5.6.2), or a value with a control octet other than tab, is not thrown
    /// on: the field is kept out and first_error() names it.
    XFER_DECL fields& add(std::string_view name, std::string_view value);
    /// Removes what has that name, then add(); a field that cannot be added leaves the
    /// old ones in place.
    XFER_DECL fields& set(std::string_view name, std::string_view value);
    /// Removes every line of that name and answers how many there were.
    XFER_DECL std::size_t remove(std::string_view name);
    /// remove(), and no field of that name shall be generated for the request either
    /// (as curl's `-H "Accept:"`); add() and set() of the name take it back.
    XFER_DECL fields& suppress(std::string_view name);
    /// Whether suppress() was called for that name, and neither add() nor set() since.
    [[nodiscard]] XFER_DECL bool is_suppressed(std::string_view name) const noexcept;
    /// Whether any name is suppressed.
    [[nodiscard]] bool has_suppressed() const noexcept {
        return rare_ && !rare_->suppressed.empty();
    }
    /// Whether nothing was added, suppressed or kept out.
    [[nodiscard]] bool is_untouched() const noexcept {
        return empty() && (!rare_ || (!has_suppressed() && !has_error()));
    }

    /// Replaces everything by a copy of a received head, which must not be this one's
    /// own; capacity is reused.
    XFER_DECL void assign(std::string_view block, std::span<const field_entry> entries);
    /// Removes everything, errors and suppressions included; capacity is kept.
    XFER_DECL void clear() noexcept;

    /// What was wrong with the first field that was kept out, as a sentence fit for a
    /// message (the name is escaped); empty if nothing was.
    [[nodiscard]] const std::string& first_error() const noexcept {
        return rare_ ? rare_->first_error : detail::unset<std::string>();
    }
    /// Whether first_error() names one.
    [[nodiscard]] bool has_error() const noexcept {
        return rare_ && !rare_->first_error.empty();
    }

    /// The fields as a view, which ends with the next call that changes them.
    [[nodiscard]] fields_view view() const noexcept {
        return {store_.text(), store_.entries()};
    }
    /// The same, implicitly.
    operator fields_view() const noexcept { return view(); }

    // Reading: see fields_view.
    /// The number of field lines.
    [[nodiscard]] std::size_t size() const noexcept { return store_.entries().size(); }
    /// Whether there is no field line.
    [[nodiscard]] bool empty() const noexcept { return store_.entries().empty(); }
    /// The field line at `index`, which must be below size().
    [[nodiscard]] field operator[](std::size_t index) const noexcept {
        return view()[index];
    }
    /// The first line.
    [[nodiscard]] fields_view::iterator begin() const noexcept {
        return view().begin();
    }
    /// Behind the last line.
    [[nodiscard]] fields_view::iterator end() const noexcept { return view().end(); }
    /// As fields_view::find().
    [[nodiscard]] std::optional<std::string_view> find(std::string_view name
    ) const noexcept {
        return view().find(name);
    }
    /// As fields_view::all().
    [[nodiscard]] fields_view::range all(std::string_view name) const noexcept {
        return view().all(name);
    }
    /// As fields_view::count().
    [[nodiscard]] std::size_t count(std::string_view name) const noexcept {
        return view().count(name);
    }
    /// As fields_view::contains().
    [[nodiscard]] bool contains(std::string_view name) const noexcept {
        return view().contains(name);
    }
    /// As fields_view::list().
    [[nodiscard]] fields_view::list_range list(std::string_view name) const noexcept {
        return view().list(name);
    }
    /// As fields_view::list_contains().
    [[nodiscard]] bool list_contains(std::string_view name, std::string_view member)
        const noexcept {
        return view().list_contains(name, member);
    }

    /// The whole block: what was adopted, or the lines in wire form.
    [[nodiscard]] std::string_view block() const noexcept { return store_.text(); }
    /// Whether the block is exactly the field lines, each "Name: value" and
    /// CRLF, and checked. False for adopted fields until they are changed.
    [[nodiscard]] bool is_wire_form() const noexcept { return wire_form_; }
    /// One line of a block in wire form, its CRLF included.
    [[nodiscard]] std::string_view wire_line(std::size_t index) const noexcept {
        const auto& e = store_.entries()[index];
        return block().substr(e.name, line_size(e));
    }

 private:
    [[nodiscard]] static std::size_t line_size(const field_entry& e) noexcept {
        return e.value + e.value_size + std::size_t(2) - e.name;
    }
    [[nodiscard]] XFER_DECL bool owns(std::string_view text) const noexcept;
    [[nodiscard]] XFER_DECL bool check(std::string_view name, std::string_view value);
    XFER_DECL void append(std::string_view name, std::string_view value);
    XFER_DECL void to_wire_form();

    /// What few fields have.
    struct rare {
        std::vector<std::string> suppressed;
        std::string first_error;
    };
    rare& edit_rare() {
        if (!rare_) rare_ = std::make_unique<rare>();
        return *rare_;
    }

    detail::field_store store_;
    std::unique_ptr<rare> rare_;
    bool wire_form_ = true;
};

inline fields_view::iterator fields_view::begin() const noexcept {
    return {*this, {}, 0};
}
inline fields_view::iterator fields_view::end() const noexcept {
    return {*this, {}, size()};
}
inline fields_view::range fields_view::all(std::string_view name) const noexcept {
    return {{*this, name, next(name, 0)}, {*this, name, size()}};
}
inline fields_view::list_range fields_view::list(std::string_view name) const noexcept {
    return {list_iterator(all(name))};
}
inline fields_view::list_range fields_view::members(std::string_view value) noexcept {
    return {list_iterator(value)};
}

}  // namespace XFER_NAMESPACE

#ifndef XFER_SEPARATE_COMPILATION
#include <xfer/impl/fields.ipp>
#endif
