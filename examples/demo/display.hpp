// The pictures that the demo draws of a download in progress.
#pragma once

#include "download.hpp"
#include "screen.hpp"

#include <chrono>
#include <cstdint>
#include <deque>
#include <string>
#include <utility>
#include <vector>

namespace demo {

/// A transfer that is not waiting for its turn.
struct active_transfer {
    const job* what;
    std::uint64_t bytes;
    std::uint64_t expected;  ///< 0: unknown
    std::string stage;
};

/// A download at one moment.
struct state_of_things {
    std::size_t files = 0;
    std::size_t ended = 0;
    std::size_t failed = 0;
    std::uint64_t bytes = 0;
    std::uint64_t expected = 0;
    bool size_known = true;  ///< whether `expected` is all of it
    std::chrono::duration<double> time{};
    std::vector<active_transfer> active;
};

class display {
 public:
    explicit display(screen& out) : out_(out) {}

    /// A line for each active transfer, as many as there is room for, and the total.
    void draw(const state_of_things& now);
    /// The total as a line that stays.
    void print_total(const state_of_things& now);
    /// What came of a file, as a line that stays.
    void print_ended(const job& j, std::size_t number, std::size_t files);

 private:
    std::string total_line(const state_of_things& now);
    double rate(const state_of_things& now);

    screen& out_;
    /// Times and bytes of the last seconds, for the rate.
    std::deque<std::pair<double, std::uint64_t>> past_;
};

}  // namespace demo
