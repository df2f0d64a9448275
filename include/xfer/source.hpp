// Where the body of a request comes from.
#pragma once

#include <xfer/config.hpp>
#include <xfer/detail/callable.hpp>

#include <asio/awaitable.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <system_error>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace XFER_NAMESPACE {

/// A description of a request's body: a value, opened anew by each transfer that runs
/// with it. Made by the functions below, or from a string.
class source {
 public:
    /// Fills the space it is given and returns how much it filled; 0 is the end.
    using function = std::function<std::size_t(std::span<char>)>;
    /// The same as a coroutine; the space stays valid until it returns.
    using awaitable_function =
        std::function<asio::awaitable<std::size_t>(std::span<char>)>;
    /// No body.
    struct none {};
    /// A file; see from_file().
    struct file_origin {
        std::string path;  ///< opened when the transfer begins
    };
    /// One source after another; see from_sequence().
    struct sequence_origin {
        std::vector<source> parts;  ///< none of them a sequence itself
    };
    /// A body that could not be made: the transfer fails so before any traffic.
    struct refused_origin {
        std::error_code ec;   ///< what the completion says
        std::string message;  ///< failure().message
    };
    /// Any of them; the first is the default.
    using origin = std::variant<
        none,
        std::string,
        file_origin,
        function,
        awaitable_function,
        sequence_origin,
        refused_origin>;

    // Not inline in compiled mode: a variant's moves are slow to compile.

    /// No body.
    XFER_DECL source();
    /// The text, implicitly; its length is known and it can be sent again.
    XFER_DECL source(std::string text);
    /// The same from a literal.
    XFER_DECL source(const char* text);
    /// What the functions below make.
    XFER_DECL explicit source(origin o);
    /// The same body; a function is copied.
    XFER_DECL source(const source& other);
    /// Takes it over; the other may then only be assigned to or destroyed.
    XFER_DECL source(source&& other) noexcept;
    /// As the copy.
    XFER_DECL source& operator=(const source& other);
    /// As the move.
    XFER_DECL source& operator=(source&& other) noexcept;
    /// What it would read from is the transfer's, not its own.
    XFER_DECL ~source();

    /// How many bytes a function will give; without it the body goes out chunked. A
    /// function that gives fewer or more makes the transfer fail with
    /// error::source_failed.
    source& length(std::uint64_t bytes) {
        length_ = bytes;
        return *this;
    }
    /// Called before a function's body is sent again from its start; without it such a
    /// body is sent once only. Strings and files rewind by themselves.
    template <class F>
    source& rewind(F&& f) {
        detail::check_callable<F>();
        rewind_ = std::forward<F>(f);
        return *this;
    }

    /// The Content-Type that is sent with the body, unless the request sets a field of
    /// that name itself, or wants none.
    source& content_type(std::string type) {
        content_type_ = std::move(type);
        return *this;
    }

    /// The origin, for whoever opens it.
    [[nodiscard]] const origin& from() const noexcept { return origin_; }
    /// Whether there is no body; an empty string is one.
    [[nodiscard]] bool empty() const noexcept {
        return std::holds_alternative<none>(origin_);
    }
    /// What length() was told; a string and a file know theirs without.
    [[nodiscard]] const std::optional<std::uint64_t>& known_length() const noexcept {
        return length_;
    }
    /// What rewind() was told; empty if nothing.
    [[nodiscard]] const std::function<void()>& rewinder() const noexcept {
        return rewind_;
    }
    /// Empty: none is sent.
    [[nodiscard]] const std::string& content_type() const noexcept {
        return content_type_;
    }

 private:
    origin origin_;
    std::optional<std::uint64_t> length_;
    std::function<void()> rewind_;
    std::string content_type_;
};

/// The content of a file, opened before the request is sent; a path that cannot be
/// opened is error::source_failed. The path is text, or a std::filesystem::path.
template <std::convertible_to<std::string> Path>
[[nodiscard]] source from_file(Path&& path) {
    return source(source::file_origin{std::forward<Path>(path)});
}

/// From a function `std::size_t f(std::span<char> space)`, called on the multi's thread
/// whenever more can be sent. An exception is error::source_failed and is found in
/// failure().exception.
template <class F>
[[nodiscard]] source from_function(F&& f) {
    detail::check_callable<F>();
    return source(source::origin(source::function(std::forward<F>(f))));
}

/// From a coroutine `asio::awaitable<std::size_t> f(std::span<char> space)`; the space
/// stays valid until it returns. Cancelled with the transfer.
template <class F>
[[nodiscard]] source from_awaitable(F&& f) {
    detail::check_callable<F>();
    return source(source::origin(source::awaitable_function(std::forward<F>(f))));
}

namespace detail {

/// What from_sequence() makes.
[[nodiscard]] XFER_DECL source join(std::vector<source> parts);

/// How long the source is, as far as that is known without opening anything.
[[nodiscard]] XFER_DECL std::optional<std::uint64_t> length_of(const source& s
) noexcept;

}  // namespace detail

/// One source after another, as one body. Its length is known if all of theirs are. Of
/// the files one at a time is open; all are opened once before the request is sent, so
/// that one that is missing fails the transfer before any traffic.
template <std::convertible_to<source>... Sources>
[[nodiscard]] source from_sequence(Sources&&... parts) {
    std::vector<source> all;
    all.reserve(sizeof...(parts));
    (all.push_back(std::forward<Sources>(parts)), ...);
    return detail::join(std::move(all));
}

/// The same of a vector. A template, so that it takes no braces, which g++ 12 cannot
/// compile in a co_await expression.
template <class Parts>
requires std::same_as<std::remove_cvref_t<Parts>, std::vector<source>>
[[nodiscard]] source from_sequence(Parts&& parts) {
    return detail::join(std::forward<Parts>(parts));
}

}  // namespace XFER_NAMESPACE

#ifndef XFER_SEPARATE_COMPILATION
#include <xfer/impl/source.ipp>
#endif
