// Growth and copies of the memory of fields.
#pragma once

#include <xfer/detail/field_store.hpp>

#include <algorithm>

namespace XFER_NAMESPACE::detail {

XFER_DECL void field_store::grow(std::size_t entries, std::size_t text) {
    const auto bytes = entries * sizeof(field_entry) + text;
    // Not value-initialized: every octet is written before it is read.
    std::unique_ptr<char[]> memory(new char[bytes]);
    if (memory_) {
        std::memcpy(memory.get(), memory_.get(), entries_ * sizeof(field_entry));
        std::memcpy(memory.get() + entries * sizeof(field_entry), data(), text_);
    }
    memory_ = std::move(memory);
    max_entries_ = static_cast<std::uint32_t>(entries);
    max_text_ = static_cast<std::uint32_t>(text);
}

XFER_DECL void field_store::assign(
    std::string_view text, std::span<const field_entry> entries
) {
    clear();
    if (text.size() > max_text_ || entries.size() > max_entries_) {
        grow(
            std::max<std::size_t>(entries.size(), max_entries_),
            std::max<std::size_t>(text.size(), max_text_)
        );
    }
    std::copy(entries.begin(), entries.end(), begin());
    std::copy(text.begin(), text.end(), data());
    shrink(entries.size(), text.size());
}

XFER_DECL char* field_store::append(const field_entry& e, std::size_t size) {
    constexpr std::size_t least_entries = 4;
    constexpr std::size_t least_text = 128;
    const std::size_t text = text_ + size;
    if (entries_ == max_entries_ || text > max_text_) {
        const std::size_t more = entries_ < max_entries_ ? 0 : entries_ + least_entries;
        const std::size_t room =
            text <= max_text_ ? 0 : std::max(text, 2 * std::size_t(text_) + least_text);
        constexpr std::size_t most = ~std::uint32_t(0);
        grow(
            max_entries_ + more, std::min(std::max<std::size_t>(room, max_text_), most)
        );
    }
    begin()[entries_] = e;
    char* const at = data() + text_;
    shrink(entries_ + std::size_t(1), text);
    return at;
}

}  // namespace XFER_NAMESPACE::detail
