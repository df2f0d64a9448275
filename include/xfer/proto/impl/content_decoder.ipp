// The chain of codings: the last one that has something to do does it.
#pragma once

#include <xfer/proto/content_decoder.hpp>

#include <algorithm>
#include <cassert>

namespace XFER_NAMESPACE::proto {
namespace detail_decoder {

/// Between two codings.
inline constexpr std::size_t block_size = std::size_t{16} * 1024;
/// What one step takes in, gives, or both together over all codings, about.
inline constexpr std::size_t step_size = std::size_t{64} * 1024;
/// What calling a stage counts for, however little it does.
inline constexpr std::size_t call_cost = 256;

}  // namespace detail_decoder

XFER_DECL content_decoder::content_decoder(
    std::span<const content_coding> codings, const decoding_limits& limits
)
    : limits_(limits) {
    if (codings.size() > max_codings) {
        failure_ = {error::bad_encoding, "the body has too many codings"};
        return;
    }
    links_.reserve(codings.size());
    for (auto at = codings.rbegin(); at != codings.rend(); ++at) {
        link& l = links_.emplace_back();
        l.stage = make_decoding_stage(*at);
        if (!l.stage) {
            failure_ = {
                error::bad_encoding, "the body has a coding that was not built in"};
            return;
        }
        if (links_.size() < codings.size()) {
            l.block =
                std::make_unique_for_overwrite<char[]>(detail_decoder::block_size);
        }
    }
}

inline content_decoder::step content_decoder::failed(
    error e, std::string_view why
) noexcept {
    if (!failure_) failure_ = {e, why};
    return {decode_status::failed, 0, {}};
}

/// The last link that can do something; links_.size() if none can.
inline std::size_t content_decoder::next_link(bool has_input) const noexcept {
    for (std::size_t i = links_.size(); i-- > 0;) {
        const bool waiting = i == 0 ? has_input : !links_[i - 1].given_on().empty();
        if (waiting || links_[i].more) return i;
    }
    return links_.size();
}

XFER_DECL bool content_decoder::check_limits(const link& from, bool last) noexcept {
    if (last && limits_.size != 0 && produced_ > limits_.size) {
        failure_ = {error::body_too_large, "the decoded body is too large"};
        return false;
    }
    // Every coding, for one that gives without end may be swallowed by the next.
    if (limits_.ratio != 0 && from.given > limits_.ratio_from &&
        from.given / limits_.ratio > received_) {
        failure_ = {
            error::body_too_large, "the body becomes suspiciously large by decoding"};
        return false;
    }
    return true;
}

inline content_decoder::step content_decoder::pass_through(std::span<const char> in) {
    received_ += in.size();
    produced_ += in.size();
    if (limits_.size != 0 && produced_ > limits_.size) {
        return failed(error::body_too_large, "the body is too large");
    }
    if (in.empty()) return {decode_status::more, 0, {}};
    return {decode_status::data, in.size(), in};
}

/// Decodes once, and notes what the link gave.
inline decoding_stage::step content_decoder::run(
    link& l, std::span<const char> from, std::span<char> to, bool last
) {
    l.fed = l.fed || !from.empty();
    const auto did = l.stage->decode(from, to);
    l.more = did.more;
    l.given += did.produced;
    if (last) {
        produced_ += did.produced;
    } else {
        l.begin = 0;
        l.end = did.produced;
    }
    if (!did.broken.empty()) failure_ = {error::bad_encoding, did.broken};
    return did;
}

XFER_DECL content_decoder::step content_decoder::feed(
    std::span<const char> in, std::span<char> space
) {
    assert(!space.empty());
    using detail_decoder::step_size;
    if (failure_) return {decode_status::failed, 0, {}};
    if (links_.empty()) return pass_through(in);
    space = space.first(std::min(space.size(), step_size));
    std::size_t consumed = 0;
    for (std::size_t work = 0; work < step_size;) {
        const auto index = next_link(consumed != in.size());
        if (index == links_.size()) return {decode_status::more, consumed, {}};
        const bool last = index + 1 == links_.size();
        link& l = links_[index];
        auto from = index == 0 ? in.subspan(consumed) : links_[index - 1].given_on();
        from = from.first(std::min(from.size(), step_size - work));
        // Its block is empty, or the next link would have been asked.
        const auto to =
            last ? space : std::span(l.block.get(), detail_decoder::block_size);
        const auto did = run(l, from, to, last);
        if (index == 0) {
            consumed += did.consumed;
            received_ += did.consumed;
        } else {
            links_[index - 1].begin += did.consumed;
        }
        if (failure_ || !check_limits(l, last)) return {decode_status::failed, 0, {}};
        if (last && did.produced != 0) {
            return {decode_status::data, consumed, space.first(did.produced)};
        }
        work += did.consumed + did.produced + detail_decoder::call_cost;
    }
    return {decode_status::data, consumed, {}};
}

XFER_DECL refusal content_decoder::end() {
    if (failure_) return failure_;
    for (const auto& l : links_) {
        if (!l.given_on().empty() || l.more || (l.fed && !l.stage->complete())) {
            failure_ = {error::bad_encoding, "the encoded body ended early"};
        }
    }
    return failure_;
}

}  // namespace XFER_NAMESPACE::proto
