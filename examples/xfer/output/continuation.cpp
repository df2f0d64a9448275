// The rules of -C.
#include "output/continuation.hpp"

#include <charconv>
#include <optional>
#include <string>
#include <system_error>

namespace tool {

namespace {

/// The first number of "bytes 10-35/36"; none in "bytes */36".
std::optional<std::uint64_t> first_of(std::string_view content_range) {
    const auto at = content_range.find_first_of("0123456789*");
    if (at == std::string_view::npos || content_range[at] == '*') {
        return std::nullopt;
    }
    const auto text = content_range.substr(at);
    std::uint64_t first = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), first);
    return read.ec == std::errc() ? std::optional(first) : std::nullopt;
}

}  // namespace

continuation continues(
    std::uint64_t offset,
    int status,
    std::string_view content_range,
    std::string_view content_length
) {
    constexpr int not_satisfiable = 416;
    if (status == not_satisfiable) {
        return continuation::nothing;
    }
    if (first_of(content_range) == offset) {
        return continuation::rest;
    }
    return content_length == std::to_string(offset) ? continuation::nothing
                                                    : continuation::unfitting;
}

}  // namespace tool
