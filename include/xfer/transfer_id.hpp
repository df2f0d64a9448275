// The name of one transfer within its multi.
#pragma once

#include <xfer/config.hpp>

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>

namespace XFER_NAMESPACE {

/// Names one transfer of one multi; never reused. Ordered by the time of add().
/// A default-constructed id names nothing.
class transfer_id {
 public:
    /// Names nothing.
    constexpr transfer_id() noexcept = default;
    /// For the engine; users get theirs from add().
    constexpr transfer_id(std::uint64_t serial, std::uint32_t slot) noexcept
        : serial_(serial), slot_(slot) {}

    /// Rises with each transfer, from 1 on.
    [[nodiscard]] constexpr std::uint64_t serial() const noexcept { return serial_; }
    /// Where the multi keeps it; of no meaning to users.
    [[nodiscard]] constexpr std::uint32_t slot() const noexcept { return slot_; }
    /// Whether it names a transfer, which may have ended.
    [[nodiscard]] constexpr explicit operator bool() const noexcept {
        return serial_ != 0;
    }

    /// By the order of add() within one multi.
    friend constexpr auto operator<=>(const transfer_id&, const transfer_id&) = default;

    /// The slot of ids that were given out before the multi had a slot for them.
    static constexpr std::uint32_t no_slot = 0xffffffff;

 private:
    std::uint64_t serial_ = 0;
    std::uint32_t slot_ = 0;
};

}  // namespace XFER_NAMESPACE

template <>
struct std::hash<xfer::transfer_id> {
    std::size_t operator()(const xfer::transfer_id& id) const noexcept {
        return std::hash<std::uint64_t>()(id.serial());
    }
};
