// Reading byte ranges.
#pragma once

#include <xfer/detail/octets.hpp>
#include <xfer/proto/checked.hpp>
#include <xfer/proto/range.hpp>

#include <algorithm>

namespace XFER_NAMESPACE::proto {

/// One range of a set.
inline bool is_range(std::string_view text) noexcept {
    const auto dash = text.find('-');
    if (dash == std::string_view::npos) {
        return false;
    }
    const auto before = text.substr(0, dash);
    const auto after = text.substr(dash + 1);
    const auto first = parse_decimal(before);
    const auto last = parse_decimal(after);
    if (before.empty()) {
        return last && *last > 0;  // the last so many octets
    }
    return first && (after.empty() || (last && *last >= *first));
}

XFER_DECL bool is_range_set(std::string_view text) noexcept {
    constexpr unsigned most = 64;
    for (unsigned count = 0; count < most; ++count) {
        const auto comma = text.find(',');
        if (!is_range(detail::trimmed(text.substr(0, comma)))) {
            return false;
        }
        if (comma == std::string_view::npos) {
            return true;
        }
        text.remove_prefix(comma + 1);
    }
    return false;
}

XFER_DECL std::optional<content_range> parse_content_range(std::string_view value
) noexcept {
    constexpr std::string_view unit = "bytes";
    if (value.size() <= unit.size() ||
        !detail::iequals(value.substr(0, unit.size()), unit) ||
        value[unit.size()] != ' ') {
        return std::nullopt;
    }
    value = detail::trimmed(value.substr(unit.size()));
    const auto slash = value.find('/');
    if (slash == std::string_view::npos) {
        return std::nullopt;
    }
    content_range r;
    const auto range = value.substr(0, slash);
    const auto whole = value.substr(slash + 1);
    if (whole != "*") {
        r.complete = parse_decimal(whole);
        if (!r.complete) {
            return std::nullopt;
        }
    }
    if (range == "*") {
        return r.complete ? std::optional(r) : std::nullopt;
    }
    const auto dash = range.find('-');
    if (dash == std::string_view::npos) {
        return std::nullopt;
    }
    r.first = parse_decimal(range.substr(0, dash));
    r.last = parse_decimal(range.substr(dash + 1));
    const bool good = r.first && r.last && *r.first <= *r.last &&
                      (!r.complete || *r.last < *r.complete);
    return good ? std::optional(r) : std::nullopt;
}

}  // namespace XFER_NAMESPACE::proto
