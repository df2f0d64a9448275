// The allocation functions of this binary: one chosen call of them fails.
#pragma once

#include <atomic>
#include <cstddef>

namespace exhaustion {

/// How many allocations of the test's thread are left until one fails; 0: none does.
extern std::size_t allocations_left;

/// The same for all other threads together.
extern std::atomic<std::size_t> allocations_left_elsewhere;

/// Whether those after the one that failed fail too: then 1 stays left.
extern bool all_after_fail;

/// Whether Asio's own allocations neither count nor fail.
extern bool spare_asio;

/// How many allocations have failed.
extern std::atomic<std::size_t> failures;

/// While it lives, the n-th allocation of the test's thread fails, and all after it.
struct all_fail {
    explicit all_fail(std::size_t n = 1) {
        all_after_fail = true;
        allocations_left = n;
    }
    all_fail(const all_fail&) = delete;
    all_fail& operator=(const all_fail&) = delete;
    ~all_fail() {
        allocations_left = 0;
        all_after_fail = false;
    }
};

}  // namespace exhaustion
