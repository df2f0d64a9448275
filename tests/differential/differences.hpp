// Where xfer differs from libcurl on purpose: one table, each row with its reason.
#pragma once

#include "language.hpp"

#include <cstdint>
#include <span>
#include <string_view>

namespace differential {

enum class difference : std::uint8_t {
    user_agent,
};

/// A row of the table.
struct difference_row {
    difference which;
    std::string_view what;
    std::string_view where;  ///< the test's number or the page that says so
    /// Makes the traces equal in this respect and in no other.
    void (*take_away)(trace& curls, trace& ours);
};

[[nodiscard]] std::span<const difference_row> intended_differences();
[[nodiscard]] const difference_row& row_of(difference d);

}  // namespace differential
