// Reading Link fields.
#pragma once

#include <xfer/detail/octets.hpp>
#include <xfer/detail/parameters.hpp>
#include <xfer/link.hpp>

#include <algorithm>
#include <cstddef>
#include <iterator>

namespace XFER_NAMESPACE {

namespace detail {

/// Where the next comma is that is in no quoted string.
inline std::size_t link_end(std::string_view text) noexcept {
    bool quoted = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (quoted && text[i] == '\\') {
            ++i;
        } else if (text[i] == '"') {
            quoted = !quoted;
        } else if (text[i] == ',' && !quoted) {
            return i;
        }
    }
    return text.size();
}

/// Takes one link off the text; false for what is none.
inline bool take_link(std::string_view& text, link& out) {
    const auto end = text.find('>');
    if (text.empty() || text.front() != '<' || end == text.npos) {
        return false;
    }
    out.target = std::string(text.substr(1, end - 1));
    text.remove_prefix(end + 1);
    const auto stop = link_end(text);
    const bool good = for_each_parameter(
        text.substr(0, stop),
        [&](std::string_view name, std::string_view value) {
            std::string lower;
            std::ranges::transform(name, std::back_inserter(lower), to_lower);
            out.parameters.emplace_back(std::move(lower), std::string(value));
        }
    );
    text.remove_prefix(stop);
    return good;
}

}  // namespace detail

XFER_DECL std::optional<std::string_view> link::parameter(std::string_view name
) const noexcept {
    for (const auto& [key, value] : parameters) {
        if (detail::iequals(key, name)) {
            return value;
        }
    }
    return std::nullopt;
}

XFER_DECL bool link::has_relation(std::string_view relation) const noexcept {
    auto rest = parameter("rel").value_or(std::string_view());
    while (!(rest = detail::trimmed(rest)).empty()) {
        const auto end = std::min(rest.find_first_of(" \t"), rest.size());
        if (detail::iequals(rest.substr(0, end), relation)) {
            return true;
        }
        rest.remove_prefix(end);
    }
    return false;
}

XFER_DECL std::vector<link> parse_links(fields_view response) {
    constexpr std::size_t most = 1000;
    std::vector<link> links;
    for (const auto& line : response.all("Link")) {
        auto text = detail::trimmed(line.value);
        while (!text.empty() && links.size() < most) {
            if (text.front() == ',') {
                text = detail::trimmed(text.substr(1));
                continue;
            }
            link one;
            if (!detail::take_link(text, one)) {
                break;
            }
            links.push_back(std::move(one));
            text = detail::trimmed(text);
        }
    }
    return links;
}

XFER_DECL std::optional<std::string> find_link(
    fields_view response, std::string_view relation
) {
    for (auto& one : parse_links(response)) {
        if (one.has_relation(relation)) {
            return std::move(one.target);
        }
    }
    return std::nullopt;
}

}  // namespace XFER_NAMESPACE
