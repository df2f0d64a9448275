// Driving a multi in tests: running it until something is true, within a time limit.
#pragma once

#include <xfer.hpp>

#include <catch2/catch.hpp>
#include <dirent.h>

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace support {

/// Generous, so that a slow machine does not fail a test; a hang still ends.
inline constexpr auto test_limit = std::chrono::seconds(30);

/// Drives the multi until the condition holds; false if the time is over first.
template <class Condition>
bool drive_until(
    xfer::multi& m, Condition condition, std::chrono::nanoseconds limit = test_limit
) {
    const auto until = std::chrono::steady_clock::now() + limit;
    while (!condition()) {
        if (std::chrono::steady_clock::now() > until) return false;
        m.perform();
        // Short, since the condition may depend on another thread.
        if (!condition()) m.wait(std::chrono::milliseconds(2));
    }
    return true;
}

/// Drives the multi for a while, whatever happens.
inline void drive_for(xfer::multi& m, std::chrono::nanoseconds d) {
    drive_until(
        m, [] { return false; }, d
    );
}

/// Runs all transfers to their ends, in whose order the messages are.
inline std::vector<xfer::message> run(
    xfer::multi& m, std::chrono::nanoseconds limit = test_limit
) {
    std::vector<xfer::message> all;
    const auto until = std::chrono::steady_clock::now() + limit;
    for (;;) {
        const auto running = m.perform();
        while (auto one = m.info_read()) all.push_back(std::move(*one));
        if (running == 0) return all;
        if (std::chrono::steady_clock::now() > until) {
            FAIL("transfers still run after the time limit");
        }
        m.wait(std::chrono::milliseconds(200));
    }
}

/// One transfer, from its start to its end, with no other one in the multi.
inline xfer::message transfer_one(xfer::multi& m, xfer::request r) {
    m.add(std::move(r));
    auto all = run(m);
    REQUIRE(all.size() == 1);
    return std::move(all.front());
}
inline xfer::message transfer_one(xfer::multi& m, const std::string& url) {
    return transfer_one(m, xfer::get(url));
}

/// How many of the messages tell of success.
inline std::size_t successes(const std::vector<xfer::message>& all) {
    std::size_t n = 0;
    for (const auto& one : all) n += one.ec ? 0 : 1;
    return n;
}

/// How many descriptors this process has open.
inline std::size_t open_descriptors() {
    std::size_t n = 0;
    if (DIR* dir = ::opendir("/proc/self/fd")) {
        while (const auto* entry = ::readdir(dir)) n += entry->d_name[0] != '.';
        ::closedir(dir);
    }
    return n - 1;  // not the one that looked
}

}  // namespace support
