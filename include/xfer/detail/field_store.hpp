// The memory of a set of fields: where each stands, and the text they stand in, as one
// allocation.
#pragma once

#include <xfer/config.hpp>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <string_view>
#include <utility>

namespace XFER_NAMESPACE {

/// Where one field stands in its block: offsets and sizes in octets.
///
///     Content-Type:   text/html  \r\n
///     ^name           ^value
///     |--name_size-|  |-value_size
struct field_entry {
    std::uint32_t name;
    std::uint32_t name_size;
    std::uint32_t value;
    std::uint32_t value_size;
};

namespace detail {

/// A vector of entries and a string. Sizes have 32 bits: whoever appends makes sure.
class field_store {
 public:
    field_store() = default;
    field_store(std::string_view text, std::span<const field_entry> entries) {
        assign(text, entries);
    }
    field_store(const field_store& other)
        : field_store(other.text(), other.entries()) {}
    field_store(field_store&& other) noexcept { swap(other); }
    field_store& operator=(const field_store& other) {
        if (this != &other) assign(other.text(), other.entries());
        return *this;
    }
    field_store& operator=(field_store&& other) noexcept {
        field_store(std::move(other)).swap(*this);
        return *this;
    }

    [[nodiscard]] std::span<const field_entry> entries() const noexcept {
        return {begin(), entries_};
    }
    [[nodiscard]] std::span<field_entry> entries() noexcept {
        return {begin(), entries_};
    }
    [[nodiscard]] std::string_view text() const noexcept { return {data(), text_}; }
    [[nodiscard]] char* data() noexcept { return text_of(memory_.get()); }

    /// Replaces everything by a copy; capacity is reused. Nothing given may be in here.
    XFER_DECL void assign(std::string_view text, std::span<const field_entry> entries);
    /// Makes room behind the text; returns where, of `size` octets.
    [[nodiscard]] XFER_DECL char* append(const field_entry& e, std::size_t size);
    /// Keeps so much from the front.
    void shrink(std::size_t entries, std::size_t text) noexcept {
        entries_ = static_cast<std::uint32_t>(entries);
        text_ = static_cast<std::uint32_t>(text);
    }
    /// Capacity is kept.
    void clear() noexcept { shrink(0, 0); }
    void swap(field_store& other) noexcept {
        memory_.swap(other.memory_);
        std::swap(entries_, other.entries_);
        std::swap(text_, other.text_);
        std::swap(max_entries_, other.max_entries_);
        std::swap(max_text_, other.max_text_);
    }

 private:
    // The entries come first, with room for max_entries_, and then the text.
    [[nodiscard]] field_entry* begin() const noexcept {
        return reinterpret_cast<field_entry*>(memory_.get());
    }
    [[nodiscard]] const char* data() const noexcept { return text_of(memory_.get()); }
    [[nodiscard]] char* text_of(char* memory) const noexcept {
        return memory + max_entries_ * sizeof(field_entry);
    }
    /// Memory for so much, what is there copied over.
    XFER_DECL void grow(std::size_t entries, std::size_t text);

    std::unique_ptr<char[]> memory_;
    std::uint32_t entries_ = 0;
    std::uint32_t text_ = 0;
    std::uint32_t max_entries_ = 0;
    std::uint32_t max_text_ = 0;
};

}  // namespace detail
}  // namespace XFER_NAMESPACE

#ifndef XFER_SEPARATE_COMPILATION
#include <xfer/detail/impl/field_store.ipp>
#endif
