// What a source's variant needs, and sequences of sources, made flat.
#pragma once

#include <xfer/source.hpp>

namespace XFER_NAMESPACE {

XFER_DECL source::source() = default;
XFER_DECL source::source(std::string text) : origin_(std::move(text)) {}
XFER_DECL source::source(const char* text) : origin_(std::string(text)) {}
XFER_DECL source::source(origin o) : origin_(std::move(o)) {}
XFER_DECL source::source(const source&) = default;
XFER_DECL source::source(source&&) noexcept = default;
XFER_DECL source& source::operator=(const source&) = default;
XFER_DECL source& source::operator=(source&&) noexcept = default;
XFER_DECL source::~source() = default;

XFER_DECL std::optional<std::uint64_t> detail::length_of(const source& s) noexcept {
    const auto* text = std::get_if<std::string>(&s.from());
    return text != nullptr ? std::optional<std::uint64_t>(text->size())
                           : s.known_length();
}

XFER_DECL source detail::join(std::vector<source> parts) {
    std::vector<source> flat;
    flat.reserve(parts.size());
    for (auto& part : parts) {
        if (std::holds_alternative<source::refused_origin>(part.from())) {
            return std::move(part);
        }
        if (const auto* inner = std::get_if<source::sequence_origin>(&part.from())) {
            flat.insert(flat.end(), inner->parts.begin(), inner->parts.end());
        } else if (!part.empty()) {
            flat.push_back(std::move(part));
        }
    }
    std::optional<std::uint64_t> total = 0;
    for (const auto& part : flat) {
        const auto length = detail::length_of(part);
        // A sum that wraps around is none.
        const bool known = total && length && *length <= ~*total;
        total = known ? std::optional(*total + *length) : std::nullopt;
    }
    source whole{source::origin(source::sequence_origin{std::move(flat)})};
    if (total) {
        whole.length(*total);
    }
    return whole;
}

}  // namespace XFER_NAMESPACE
