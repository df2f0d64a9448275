// Where the body of a response goes.
#pragma once

#include <xfer/config.hpp>
#include <xfer/detail/callable.hpp>
#include <xfer/detail/returning_code.hpp>

#include <asio/awaitable.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <type_traits>
#include <utility>
#include <variant>

namespace XFER_NAMESPACE {

/// What happens to a file that is there already.
enum class file_mode : std::uint8_t {
    replace,  ///< it is truncated
    keep,     ///< the transfer fails with error::sink_failed: nothing is overwritten
    resume,   ///< what an earlier transfer left of the same URL is gone on with
};

/// A description of a body's destination: a value, opened anew by each transfer that
/// runs with it. Made by the functions below. The default is the string of
/// response::body().
class sink {
 public:
    /// Takes a piece of the body. Returning an error ends the transfer with
    /// error::sink_failed; the error itself is failure().cause.
    using function = std::function<std::error_code(std::string_view)>;
    /// The same as a coroutine, awaited before more is read.
    using awaitable_function = std::function<asio::awaitable<void>(std::string_view)>;

    /// The string of response::body().
    struct string_target {};
    /// A file; see xfer::to_file().
    struct file_target {
        std::string path;                     ///< opened when the transfer begins
        file_mode mode = file_mode::replace;  ///< what if it is there already
    };
    /// Memory of the caller's; see xfer::to_buffer().
    struct buffer_target {
        std::span<char> space;  ///< lives until the completion
        std::size_t* filled;    ///< the same; may be null
    };
    /// Handed to the reader of a response_stream.
    struct stream_target {};
    /// Any of them; the first is the default.
    using target = std::variant<
        string_target,
        file_target,
        buffer_target,
        function,
        awaitable_function,
        stream_target>;

    // Not inline in compiled mode: a variant's moves are slow to compile.

    /// Into response::body().
    XFER_DECL sink();
    /// What the functions below make.
    XFER_DECL explicit sink(target t);
    /// The same destination; a function is copied.
    XFER_DECL sink(const sink& other);
    /// Takes it over; the other may then only be assigned to or destroyed.
    XFER_DECL sink(sink&& other) noexcept;
    /// As the copy.
    XFER_DECL sink& operator=(const sink& other);
    /// As the move.
    XFER_DECL sink& operator=(sink&& other) noexcept;
    /// What it would write to is the transfer's, not its own.
    XFER_DECL ~sink();
    /// The destination, for whoever opens it.
    [[nodiscard]] const target& where() const noexcept { return target_; }

 private:
    target target_;
};

/// Into response::body().
[[nodiscard]] inline sink to_string() { return sink(); }

/// Into a file, which is created or opened before the request is sent; a path that
/// cannot be opened is error::sink_failed. What has been written stays when the
/// transfer fails. The path is text, or a std::filesystem::path.
///
/// With file_mode::resume a second, small file of that name and ".resume" keeps which
/// version of the URL is being written (its ETag, or its Last-Modified where that is
/// good enough, RFC 9110 8.8, and its length); it goes when the file is complete. The
/// next transfer of that URL into that file asks for the rest, on the condition that it
/// is still that version (Range, If-Range). Else, or if the answer does not fit, the
/// file is begun anew: two versions are never spliced. If it is a part of the rest
/// only, that is error::partial_body, and the next transfer goes on from there. Only
/// 200, 203 and 206 are written to the file; any other status is error::http_status and
/// leaves it as it was, and so does a head that is refused. Where the second file
/// cannot be made, the next transfer begins anew. Bodies are not decoded. Any method
/// but GET is error::invalid_option.
template <std::convertible_to<std::string> Path>
[[nodiscard]] sink to_file(Path&& path, file_mode mode = file_mode::replace) {
    return sink(sink::file_target{std::forward<Path>(path), mode});
}

/// Into memory of the caller's, which must live until the completion; a body that does
/// not fit is error::body_too_large, and the part that fits is there. `filled` is set
/// to its size with each piece, and to 0 before the first: info().bytes_received counts
/// what was on the wire, before it was decoded.
[[nodiscard]] XFER_DECL sink
to_buffer(std::span<char> space, std::size_t* filled = nullptr);

/// Into a function, called for each piece in order, on the multi's thread. It returns
/// nothing, an error_code that ends the transfer with error::sink_failed and is found
/// in failure().cause, or false, which is error::aborted_by_callback. An exception ends
/// the transfer with error::sink_failed and is found in failure().exception. It may
/// call anything of the multi but perform and wait; pause(id) inside it keeps the next
/// piece from coming.
template <class F>
[[nodiscard]] sink to_function(F&& f);

/// Into a coroutine, `asio::awaitable<void> f(std::string_view piece)`, awaited before
/// anything more is read; the piece stays valid that long. It runs on the multi's
/// executor, is cancelled with the transfer, and what it throws is error::sink_failed.
template <class F>
[[nodiscard]] sink to_awaitable(F&& f) {
    detail::check_callable<F>();
    return sink(sink::target(sink::awaitable_function(std::forward<F>(f))));
}

template <class F>
sink to_function(F&& f) {
    detail::check_callable<F>();
    return sink(sink::target(detail::returning_code<std::string_view>(std::forward<F>(f)
    )));
}

}  // namespace XFER_NAMESPACE

#ifndef XFER_SEPARATE_COMPILATION
#include <xfer/impl/sink.ipp>
#endif
