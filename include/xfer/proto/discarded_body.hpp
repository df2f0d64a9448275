// Reading past a body that nobody is to see, so that its connection can go on.
#pragma once

#include <xfer/proto/chunked.hpp>
#include <xfer/proto/framing.hpp>
#include <xfer/proto/limits.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace XFER_NAMESPACE::proto {

/// Counts a body away: that of a 407, or of any other answer that another request on
/// the same connection follows. It keeps nothing.
class discarded_body {
 public:
    enum class outcome : std::uint8_t {
        more,     ///< feed() wants more
        over,     ///< the connection may be used again
        give_up,  ///< it may not: close it
    };

    /// A body of more than `budget` octets, framing included, is not worth reading: a
    /// new connection costs less.
    XFER_DECL explicit discarded_body(
        const body_framing& framing,
        std::uint64_t budget = std::uint64_t{64} * 1024,
        const message_limits& limits = {}
    ) noexcept;

    /// Octets of the body, all that were read: octets behind it, a broken framing and a
    /// spent budget are give_up, which is for good.
    XFER_DECL outcome feed(std::string_view octets);
    [[nodiscard]] outcome state() const noexcept { return state_; }

 private:
    outcome state_ = outcome::give_up;
    bool chunked_ = false;
    std::uint64_t left_ = 0;
    std::uint64_t budget_ = 0;
    chunked_decoder decoder_;
};

}  // namespace XFER_NAMESPACE::proto

#ifndef XFER_SEPARATE_COMPILATION
#include <xfer/proto/impl/discarded_body.ipp>
#endif
