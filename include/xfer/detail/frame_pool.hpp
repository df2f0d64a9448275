// Recycled memory for coroutine frames and other short-lived objects of one multi.
#pragma once

#include <xfer/config.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <new>
#include <utility>

namespace XFER_NAMESPACE::detail {

/// Free lists of blocks in steps of 64 bytes up to 4 KiB; larger blocks go to the
/// heap. Not thread-safe: it belongs to one multi. The pool must outlive its blocks.
class frame_pool {
 public:
    frame_pool() = default;
    frame_pool(const frame_pool&) = delete;
    frame_pool& operator=(const frame_pool&) = delete;

    ~frame_pool() {
        for (auto* block : free_) {
            while (block != nullptr) {
                ::operator delete(std::exchange(block, block->next));
            }
        }
    }

    [[nodiscard]] void* allocate(std::size_t size) {
        const auto index = class_of(size);
        if (index < free_.size() && free_[index] != nullptr) {
            auto* block = free_[index];
            free_[index] = block->next;
            --kept_[index];
            ++live_;
            return block;
        }
        auto* memory = ::operator new(index < free_.size() ? (index + 1) * step : size);
        ++live_;
        return memory;
    }

    void deallocate(void* memory, std::size_t size) noexcept {
        const auto index = class_of(size);
        --live_;
        // After a burst most of it goes back.
        if (index >= free_.size() || kept_[index] == most_kept) {
            ::operator delete(memory);
            return;
        }
        ++kept_[index];
        free_[index] = ::new (memory) free_block{free_[index]};
    }

    /// How many blocks are handed out: 0 when every coroutine has ended.
    [[nodiscard]] std::size_t live() const noexcept { return live_; }

 private:
    static constexpr std::size_t step = 64;
    static constexpr std::uint16_t most_kept = 512;
    struct free_block {
        free_block* next;
    };
    static std::size_t class_of(std::size_t size) noexcept {
        return (size + step - 1) / step - 1;
    }

    std::array<free_block*, 64> free_{};
    std::array<std::uint16_t, 64> kept_{};
    std::size_t live_ = 0;
};

}  // namespace XFER_NAMESPACE::detail
