// Where the body of an opened transfer meets its reader.
#pragma once

#include <xfer/detail/any_handler.hpp>
#include <xfer/net/loop.hpp>

#include <asio/any_io_executor.hpp>
#include <asio/buffer.hpp>
#include <asio/error.hpp>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <memory>
#include <string_view>
#include <system_error>
#include <utility>

namespace xfer::engine {

/// Shared by a transfer, which produces, and a response_stream, which consumes. Bytes
/// go from the multi's read block straight into the reader's buffer; while nobody
/// reads, the transfer does not read either, and the peer is held back by TCP.
struct stream_channel {
    using handler = detail::any_handler<std::error_code, std::size_t>;

    /// The transfer; null when it has ended.
    net::fiber* producer = nullptr;
    handler reading;
    asio::mutable_buffer space;
    /// What the reader gets at the end of the body: asio::error::eof, or the error.
    std::error_code outcome;
    bool ended = false;
    /// The reader is gone: nobody will read on.
    bool dropped = false;

    /// From the reader's side.
    void read(asio::mutable_buffer into, handler h) {
        if (ended) {
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
    void cancel_read() {
        if (reading) {
            reading.post(asio::error::operation_aborted, std::size_t{0});
        }
    }
    void drop() noexcept {
        dropped = true;
        reading.reset();
        if (producer != nullptr) {
            producer->wake_later();
        }
    }

    /// From the transfer's side: gives what fits; the reader is served with it.
    std::size_t give(std::string_view piece) {
        const auto n = std::min(piece.size(), space.size());
        std::memcpy(space.data(), piece.data(), n);
        reading.post(std::error_code(), n);
        return n;
    }
    void end(std::error_code ec) {
        producer = nullptr;
        ended = true;
        outcome = ec ? ec : std::error_code(asio::error::eof);
        if (reading) {
            reading.post(outcome, std::size_t{0});
        }
    }
};

}  // namespace xfer::engine
