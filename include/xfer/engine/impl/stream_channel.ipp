// Both ends of a body that is read as it comes.
#pragma once

#include <xfer/engine/stream_channel.hpp>
#include <xfer/net/loop.hpp>

#include <algorithm>
#include <cstring>
#include <utility>

namespace XFER_NAMESPACE::engine {

XFER_DECL std::shared_ptr<stream_channel> stream_channel::for_reader(
    const std::shared_ptr<stream_channel>& channel
) {
    const auto forsake = [channel](stream_channel* c) { c->drop(); };
    return std::shared_ptr<stream_channel>(channel.get(), forsake);
}

XFER_DECL void stream_channel::read(asio::mutable_buffer into, handler h) {
    if (dropped) {
        h.post(asio::error::bad_descriptor, std::size_t{0});
    } else if (ended) {
        h.post(outcome, std::size_t{0});
    } else if (into.size() == 0) {
        h.post(std::error_code(), std::size_t{0});
    } else if (reading) {
        // One read at a time, as with a socket's stream.
        h.post(asio::error::already_started, std::size_t{0});
    } else {
        space = into;
        reading = std::move(h);
        producer->wake_later();
    }
}

XFER_DECL void stream_channel::cancel_read() {
    if (reading) {
        reading.post(asio::error::operation_aborted, std::size_t{0});
    }
}

XFER_DECL void stream_channel::drop() noexcept {
    dropped = true;
    reading.reset();
    if (producer != nullptr) {
        producer->wake_later();
    }
}

XFER_DECL std::size_t stream_channel::give(std::string_view piece) {
    const auto n = std::min(piece.size(), space.size());
    std::memcpy(space.data(), piece.data(), n);
    reading.post(std::error_code(), n);
    return n;
}

XFER_DECL void stream_channel::end(std::error_code ec) noexcept {
    producer = nullptr;
    ended = true;
    outcome = ec ? ec : std::error_code(asio::error::eof);
    if (reading) {
        reading.post(outcome, std::size_t{0});
    }
}

XFER_DECL void stream_channel::end_without_loop() noexcept {
    producer = nullptr;
    ended = true;
    loop_gone = true;
    outcome = asio::error::operation_aborted;
    reading.reset();
}

}  // namespace XFER_NAMESPACE::engine
