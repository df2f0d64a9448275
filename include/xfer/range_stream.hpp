// The parts of an opened transfer, read by the user as they come.
#pragma once

#include <xfer/detail/any_handler.hpp>
#include <xfer/ranges.hpp>
#include <xfer/response_stream.hpp>

#include <asio/any_io_executor.hpp>
#include <asio/async_result.hpp>
#include <asio/buffer.hpp>

#include <cstddef>
#include <memory>
#include <system_error>
#include <utility>

namespace XFER_NAMESPACE {

/// Reads what request::range() asked for part by part, be it one, several, or the
/// whole because the server ignored the ranges (see kind()):
///
///     auto r = xfer::get(url);
///     r.range("0-99,1000-1099");
///     xfer::range_stream parts(co_await m.async_open(r));
///     while (co_await parts.async_next(asio::use_awaitable)) {
///         const auto offset = parts.part().offset;
///         const auto size = parts.part().size;
///         co_await asio::async_read(parts, space, asio::use_awaitable);
///     }
///
/// An AsyncReadStream whose end is that of a part; async_next() goes on to the next.
/// Holds a block of 16 KiB, but for one part (or the whole) that is read to its end.
/// Move-only. All calls are made on the multi's thread or strand, one operation at a
/// time: another one fails with asio::error::already_started, and the first goes on.
///
/// Both operations fail with the transfer's error, with one of range_reader's, with
/// asio::error::operation_aborted when cancelled, and with those of response_stream
/// after close(); the parts that were read before stand. Cancelling ends the operation
/// only: the stream stays usable, and what was read is not lost.
class range_stream {
 public:
    /// The executor of a handler that has none of its own.
    using executor_type = response_stream::executor_type;

    /// Takes over the stream, of which nothing was read yet.
    XFER_DECL explicit range_stream(response_stream body);
    /// The other may then only be assigned to or destroyed.
    range_stream(range_stream&&) = default;
    /// Closes this one and takes over the other.
    XFER_DECL range_stream& operator=(range_stream&& other) noexcept;
    /// close().
    XFER_DECL ~range_stream();

    /// The multi's executor.
    [[nodiscard]] XFER_DECL executor_type get_executor() const noexcept;
    /// Status, fields, URL and info as of the arrival of the head; no body.
    [[nodiscard]] XFER_DECL const response& head() const noexcept;
    /// How the server answered.
    [[nodiscard]] XFER_DECL ranges_kind kind() const noexcept;
    /// The part that async_next() went to; before the first, and without one, what
    /// the head says.
    [[nodiscard]] XFER_DECL const range_part& part() const noexcept;

    /// Goes to the next part, passing over what was not read of the one before.
    /// Completes with `void(std::error_code, bool)`: false when there is none any more.
    template <class Token>
    auto async_next(Token&& token) {
        return asio::async_initiate<Token, void(std::error_code, bool)>(
            next_start(), token, get_executor(), state_
        );
    }

    /// Reads at least one byte of the part into the first buffer that is not empty.
    /// Completes with `void(std::error_code, std::size_t)`: asio::error::eof at the end
    /// of the part, and before the first.
    template <class Buffers, class Token>
    auto async_read_some(const Buffers& buffers, Token&& token) {
        asio::mutable_buffer space;
        for (auto b = asio::buffer_sequence_begin(buffers);
             space.size() == 0 && b != asio::buffer_sequence_end(buffers);
             ++b) {
            space = *b;
        }
        return asio::async_initiate<Token, void(std::error_code, std::size_t)>(
            read_start(), token, get_executor(), state_, space
        );
    }

    /// Gives up the rest of the body.
    XFER_DECL void close() noexcept;

 private:
    struct state;
    using state_ptr = std::shared_ptr<state>;
    using next_handler = detail::any_handler<std::error_code, bool>;
    using read_handler = detail::any_handler<std::error_code, std::size_t>;

    XFER_DECL static bool loop_is_gone(const state_ptr& of) noexcept;
    // Behind these nothing is a template.
    XFER_DECL static void next(const state_ptr& of, next_handler h);
    XFER_DECL static void read(
        const state_ptr& of, asio::mutable_buffer into, read_handler h
    );

    struct next_start {
        template <class Handler>
        void operator()(
            Handler&& handler,
            const asio::any_io_executor& executor,
            const state_ptr& of
        ) const {
            if (!loop_is_gone(of)) {
                next(of, next_handler(std::forward<Handler>(handler), executor));
            }
        }
    };
    struct read_start {
        template <class Handler>
        void operator()(
            Handler&& handler,
            const asio::any_io_executor& executor,
            const state_ptr& of,
            asio::mutable_buffer into
        ) const {
            if (!loop_is_gone(of)) {
                read(of, into, read_handler(std::forward<Handler>(handler), executor));
            }
        }
    };

    state_ptr state_;
};

}  // namespace XFER_NAMESPACE

#ifndef XFER_SEPARATE_COMPILATION
#include <xfer/impl/range_stream.ipp>
#endif
