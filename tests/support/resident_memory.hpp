// How much memory this process has in use.
#pragma once

#include <fstream>
#include <string>

namespace test {

/// VmRSS in kilobytes; 0 where /proc/self/status does not tell.
inline long resident_kilobytes() {
    std::ifstream status("/proc/self/status");
    std::string word;
    while (status >> word) {
        if (word == "VmRSS:") {
            long kilobytes = 0;
            status >> kilobytes;
            return kilobytes;
        }
    }
    return 0;
}

}  // namespace test
