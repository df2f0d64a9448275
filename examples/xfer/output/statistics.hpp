// The table of --stats.
#pragma once

#include "run/outcome.hpp"
#include <xfer/stats.hpp>

#include <chrono>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace tool {

/// What a whole run came to.
struct totals {
    std::size_t transfers = 0;    ///< that were begun
    std::size_t failed = 0;       ///< of those, with an exit code
    std::size_t interrupted = 0;  ///< of those, by a signal or by --fail-early
    unsigned retries = 0;         ///< tries beyond the first ones
    std::size_t files = 0;        ///< that were written whole
    /// Files that transfers have left which did not come to their end, and their sizes.
    std::vector<std::pair<std::string, std::uint64_t>> partial;
    /// Of the transfers that worked, their retries included.
    std::vector<std::chrono::steady_clock::duration> times;
    std::chrono::steady_clock::duration time{};  ///< of the run

    /// Counts a transfer that has ended.
    void add(const outcome& ended, bool was_interrupted);
};

/// A few lines for people.
[[nodiscard]] std::string statistics_text(const totals& t, const xfer::stats& of);

/// "1023 B", "1.50 KiB", "64.0 MiB".
[[nodiscard]] std::string bytes_text(double bytes);
/// "0.123 s", "12.3 s", "3:05", "1:02:03".
[[nodiscard]] std::string seconds_text(std::chrono::duration<double> t);

}  // namespace tool
