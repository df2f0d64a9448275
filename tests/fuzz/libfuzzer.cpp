// What libFuzzer calls: the target that FUZZ_TARGET names. A promise that was broken
// ends the process, as what a sanitizer finds does.
#include "fuzz/input.hpp"
#include "fuzz/targets.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    try {
        fuzz::FUZZ_TARGET({reinterpret_cast<const char*>(data), size});
    } catch (const fuzz::broken& promise) {
        std::fprintf(stderr, "%s\n", promise.what());
        std::abort();
    }
    return 0;
}
