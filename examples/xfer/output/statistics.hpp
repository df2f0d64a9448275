// The table of --stats.
#pragma once

#include <xfer/stats.hpp>

#include <chrono>
#include <string>

namespace tool {

/// What a whole run came to.
struct totals {
    std::size_t transfers = 0;  ///< that were begun
    std::size_t failed = 0;     ///< of those, with an exit code
    unsigned retries = 0;       ///< tries beyond the first ones
    std::chrono::steady_clock::duration time{};
};

/// A few lines for people.
[[nodiscard]] std::string statistics_text(const totals& t, const xfer::stats& of);

}  // namespace tool
