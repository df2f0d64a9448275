// How much memory this process has in use.
#pragma once

#include <cstddef>
#include <fstream>
#include <string>

#if defined(__has_feature)
#if __has_feature(address_sanitizer) && !defined(__SANITIZE_ADDRESS__)
#define __SANITIZE_ADDRESS__ 1
#endif
#endif
#ifdef __SANITIZE_ADDRESS__
// Of sanitizer/allocator_interface.h, which not every system installs.
extern "C" std::size_t __sanitizer_get_current_allocated_bytes();
#endif

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

/// What is allocated, in kilobytes: AddressSanitizer keeps what was freed for a while,
/// so that there the resident memory says little.
inline long kilobytes_in_use() {
#ifdef __SANITIZE_ADDRESS__
    return static_cast<long>(__sanitizer_get_current_allocated_bytes() / 1024);
#else
    return resident_kilobytes();
#endif
}

}  // namespace test
