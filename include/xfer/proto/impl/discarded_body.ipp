// Counting a body away.
#pragma once

#include <xfer/proto/discarded_body.hpp>

#include <span>

namespace XFER_NAMESPACE::proto {

XFER_DECL discarded_body::discarded_body(
    const body_framing& framing, std::uint64_t budget, const message_limits& limits
) noexcept
    : budget_(budget), decoder_(limits) {
    if (!framing.reusable()) return;
    switch (framing.kind) {
        case body_kind::none:
            state_ = outcome::over;
            break;
        case body_kind::length:
            left_ = framing.length;
            if (left_ <= budget) state_ = left_ == 0 ? outcome::over : outcome::more;
            break;
        case body_kind::chunked:
            chunked_ = true;
            state_ = outcome::more;
            break;
        case body_kind::until_close:
            break;
    }
}

XFER_DECL discarded_body::outcome discarded_body::feed(std::string_view octets) {
    if (octets.empty() || state_ == outcome::give_up) return state_;
    if (state_ == outcome::over || octets.size() > budget_) {
        return state_ = outcome::give_up;
    }
    budget_ -= octets.size();
    if (!chunked_) {
        if (octets.size() > left_) return state_ = outcome::give_up;
        left_ -= octets.size();
        return state_ = left_ == 0 ? outcome::over : outcome::more;
    }
    std::span<const char> in(octets);
    while (!in.empty()) {
        const auto step = decoder_.feed(in);
        in = in.subspan(step.consumed);
        if (step.status == chunk_status::failed) return state_ = outcome::give_up;
        if (step.status == chunk_status::complete) {
            return state_ = in.empty() ? outcome::over : outcome::give_up;
        }
    }
    return state_;
}

}  // namespace XFER_NAMESPACE::proto
