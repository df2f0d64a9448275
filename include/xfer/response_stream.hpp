// The body of an opened transfer, read by the user as it comes.
#pragma once

#include <xfer/engine/stream_channel.hpp>
#include <xfer/response.hpp>

#include <asio/any_io_executor.hpp>
#include <asio/async_result.hpp>
#include <asio/buffer.hpp>

#include <cstddef>
#include <memory>
#include <system_error>
#include <utility>

namespace XFER_NAMESPACE {

/// What async_open completes with: the head has arrived, and this is an AsyncReadStream
/// of the body. Not reading is the backpressure: the transfer reads only into a buffer
/// that the user gave. Move-only. All calls are made on the multi's thread or strand.
///
/// Destroying the stream (or close()) before the end gives the transfer up: a short
/// rest of the body is read away so that the connection can be kept, otherwise the
/// connection is closed. May outlive the multi: a read then yields operation_aborted.
/// After the loop, which may be the multi's own, nothing may be read any more.
class response_stream {
 public:
    /// The executor of a handler that has none of its own.
    using executor_type = asio::any_io_executor;

    /// Not open: reads complete with asio::error::bad_descriptor.
    response_stream() = default;
    /// For the engine; users get theirs from async_open.
    response_stream(
        asio::any_io_executor executor,
        std::shared_ptr<engine::stream_channel> channel,
        response head
    )
        : executor_(std::move(executor)),
          channel_(std::move(channel)),
          head_(std::move(head)) {}
    /// Leaves the other one not open.
    response_stream(response_stream&&) = default;
    /// Closes this one and takes over the other.
    response_stream& operator=(response_stream&& other) noexcept {
        if (this != &other) {
            close();
            executor_ = std::move(other.executor_);
            channel_ = std::move(other.channel_);
            head_ = std::move(other.head_);
        }
        return *this;
    }
    /// close().
    ~response_stream() { close(); }

    /// The multi's executor.
    [[nodiscard]] executor_type get_executor() const noexcept { return executor_; }
    /// Status, fields, URL and info as of the arrival of the head; no body.
    [[nodiscard]] const response& head() const noexcept { return head_; }
    /// The status code (RFC 9110 15).
    [[nodiscard]] int status() const noexcept { return head_.status(); }
    /// The header fields in their order.
    [[nodiscard]] const xfer::fields& fields() const noexcept { return head_.fields(); }
    /// Whether close() was not called; true also at the end of the body.
    [[nodiscard]] bool is_open() const noexcept { return channel_ != nullptr; }

    /// Reads at least one byte into the first buffer that is not empty. Completes with
    /// `void(std::error_code, std::size_t)`: asio::error::eof at the end of the body,
    /// the transfer's error if it failed, asio::error::already_started if another read
    /// is pending. Cancelling ends the read only; the stream stays usable.
    template <class Buffers, class Token>
    auto async_read_some(const Buffers& buffers, Token&& token) {
        asio::mutable_buffer space;
        for (auto b = asio::buffer_sequence_begin(buffers);
             b != asio::buffer_sequence_end(buffers);
             ++b) {
            space = *b;
            if (space.size() > 0) {
                break;
            }
        }
        return asio::async_initiate<Token, void(std::error_code, std::size_t)>(
            start_read(), token, executor_, channel_, space
        );
    }

    /// Gives up the rest of the body. A pending read is destroyed without being called.
    void close() noexcept {
        if (channel_) {
            std::exchange(channel_, nullptr)->drop();
        }
    }

 private:
    friend class range_stream;
    /// If it went while the body was coming. As with other calls of Asio's kind,
    /// handlers are destroyed uncalled then.
    [[nodiscard]] bool loop_is_gone() const noexcept {
        return channel_ && channel_->loop_gone;
    }

    struct start_read {
        template <class Handler>
        void operator()(
            Handler&& handler,
            const asio::any_io_executor& executor,
            const std::shared_ptr<engine::stream_channel>& channel,
            asio::mutable_buffer space
        ) const {
            if (channel && channel->loop_gone) {
                return;
            }
            engine::stream_channel::handler h(std::forward<Handler>(handler), executor);
            if (!channel) {
                h.post(asio::error::bad_descriptor, std::size_t{0});
                return;
            }
            h.on_cancel([channel] { channel->cancel_read(); });
            channel->read(space, std::move(h));
        }
    };

    asio::any_io_executor executor_;
    std::shared_ptr<engine::stream_channel> channel_;
    response head_;
};

}  // namespace XFER_NAMESPACE
