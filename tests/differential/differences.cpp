// The table of intended differences, and how each is taken away.
#include "differences.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace differential {

namespace {

/// Removes the first line of a request's head that begins so.
void drop_line(wire_request& r, std::string_view beginning) {
    const auto head_end = r.bytes.find("\r\n\r\n");
    const auto at = r.bytes.find("\r\n" + std::string(beginning));
    if (at == std::string::npos || at >= head_end) return;
    r.bytes.erase(at, r.bytes.find("\r\n", at + 2) - at);
}

void drop_lines(trace& t, std::string_view beginning) {
    for (auto& r : t.requests) drop_line(r, beginning);
}

constexpr std::array table{
    difference_row{
        difference::user_agent,
        "xfer sends a User-Agent by itself",
        "docs/curl-to-xfer.md, Requests",
        [](trace&, trace& ours) { drop_lines(ours, "User-Agent: xfer/"); }},
};

}  // namespace

std::span<const difference_row> intended_differences() { return table; }

const difference_row& row_of(difference d) {
    return *std::ranges::find(table, d, &difference_row::which);
}

}  // namespace differential
