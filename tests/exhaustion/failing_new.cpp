#include "exhaustion/failing_new.hpp"

#include <stdlib.h>

#include <cstdlib>
#include <new>

namespace exhaustion {

std::size_t allocations_left = 0;
std::atomic<std::size_t> allocations_left_elsewhere = 0;
bool all_after_fail = false;
bool spare_asio = false;
std::atomic<std::size_t> failures = 0;

}  // namespace exhaustion

namespace {

thread_local bool on_test_thread = false;
const bool marked = on_test_thread = true;

bool counts_down() noexcept {
    using namespace exhaustion;
    if (on_test_thread) {
        if (allocations_left == 1 && all_after_fail) {
            return true;
        }
        return allocations_left != 0 && --allocations_left == 0;
    }
    std::size_t left = allocations_left_elsewhere;
    while (left != 0) {
        if (allocations_left_elsewhere.compare_exchange_weak(left, left - 1)) {
            return left == 1;
        }
    }
    return false;
}

bool is_to_fail() noexcept {
    const bool fails = counts_down();
    exhaustion::failures += fails ? 1 : 0;
    return fails;
}

}  // namespace

void* operator new(std::size_t size) {
    if (is_to_fail()) {
        throw std::bad_alloc();
    }
    if (void* memory = std::malloc(size)) {
        return memory;
    }
    throw std::bad_alloc();
}
// What Asio takes the memory of its operations from.
extern "C" void* aligned_alloc(std::size_t alignment, std::size_t size) noexcept {
    void* memory = nullptr;
    const bool fails = !exhaustion::spare_asio && is_to_fail();
    return !fails && ::posix_memalign(&memory, alignment, size) == 0 ? memory : nullptr;
}
// All forms: a sanitizer has each of its own, which would not count, and would see what
// it made itself freed by these.
void* operator new[](std::size_t size) { return operator new(size); }
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
    return std::malloc(size);
}
void* operator new[](std::size_t size, const std::nothrow_t&) noexcept {
    return std::malloc(size);
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }
