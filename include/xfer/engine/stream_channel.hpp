// Where the body of an opened transfer meets its reader.
#pragma once

#include <xfer/detail/any_handler.hpp>

#include <asio/buffer.hpp>
#include <asio/error.hpp>

#include <cstddef>
#include <memory>
#include <string_view>
#include <system_error>

namespace XFER_NAMESPACE::net {
class fiber;
}

namespace XFER_NAMESPACE::engine {

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
    /// There is nothing any more that a handler could be posted to.
    bool loop_gone = false;

    /// The reader's share: when the last copy is gone, nobody reads on.
    [[nodiscard]] XFER_DECL static std::shared_ptr<stream_channel> for_reader(
        const std::shared_ptr<stream_channel>& channel
    );

    // From the reader's side.
    XFER_DECL void read(asio::mutable_buffer into, handler h);
    XFER_DECL void cancel_read();
    XFER_DECL void drop() noexcept;

    // From the transfer's side.
    /// Gives what fits; the reader is served with it.
    XFER_DECL std::size_t give(std::string_view piece);
    XFER_DECL void end(std::error_code ec) noexcept;
    /// The loop goes away: as end(), but the reader's handler is destroyed.
    XFER_DECL void end_without_loop() noexcept;
};

}  // namespace XFER_NAMESPACE::engine

#ifndef XFER_SEPARATE_COMPILATION
#include <xfer/engine/impl/stream_channel.ipp>
#endif
