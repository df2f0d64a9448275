// The two forms in which HTML forms are sent: names and values in one line of text, and
// multipart/form-data, which has files.
#pragma once

#include <xfer/config.hpp>
#include <xfer/detail/random.hpp>
#include <xfer/fields.hpp>
#include <xfer/source.hpp>

#include <concepts>
#include <string>
#include <string_view>
#include <system_error>
#include <type_traits>
#include <utility>
#include <vector>

namespace XFER_NAMESPACE {

/// A body of application/x-www-form-urlencoded (curl's -d and --data-urlencode):
///
///     xfer::post(url, xfer::form().add("name", "Zoë").add("age", "7"))
///
/// sends `name=Zo%C3%AB&age=7`, and the Content-Type unless the request has one. Names
/// and values are octets; text is to be UTF-8.
class form {
 public:
    /// One more name and value, which are encoded; a name may be there more than once.
    XFER_DECL form& add(std::string_view name, std::string_view value);
    /// What is sent; also fit to stand behind the '?' of a URL.
    [[nodiscard]] const std::string& text() const noexcept { return text_; }
    /// The body, with its Content-Type.
    [[nodiscard]] XFER_DECL operator source() const;

 private:
    std::string text_;
};

/// What else is said about a part of a multipart body. Views of the caller's, read only
/// during the call. Trivially destructible, so that it may be written in braces inside
/// a co_await expression.
struct part_options {
    /// Empty: none, or the last component of the path for add_file().
    std::string_view filename = {};
    /// Empty: the content's own, if it has one; else, for a part with a filename, by
    /// its extension, or application/octet-stream; else none.
    std::string_view content_type = {};
    /// Further fields, or null. One that is named, or suppressed, as one that is made
    /// here (Content-Disposition, Content-Type) takes its place.
    const fields* headers = nullptr;
};

static_assert(
    std::is_trivially_destructible_v<part_options>,
    "g++ 12 destroys a braced argument in a co_await expression twice"
);

/// A body of multipart/form-data (RFC 7578; curl's -F):
///
///     xfer::post(url, xfer::multipart()
///                         .add("comment", "my holidays")
///                         .add_file("photo", path, {.content_type = "image/jpeg"}))
///
/// Files and functions are read as they are sent, and never held. The length is known,
/// unless that of a part is not: then the body goes out chunked. Content-Type comes
/// with the body; a request that sets its own has to name the boundary() itself.
///
/// What cannot be sent makes the transfer fail before any traffic: with
/// error::invalid_header for a name, filename, content type or field with a control
/// character, with error::source_failed for a file that cannot be opened.
class multipart {
 public:
    /// A part without a file. A `"` in its name is sent as %22, as browsers do.
    XFER_DECL multipart& add(
        std::string_view name, std::string_view value, const part_options& o = {}
    );
    /// A part of any source: a string, from_file() (without a filename, unless the
    /// options have one), from_function(), from_awaitable(), a form. One of unknown
    /// length makes the whole body chunked.
    template <std::convertible_to<source> Source>
    multipart& add(
        std::string_view name, Source&& content, const part_options& o = {}
    ) {
        add_part(name, source(std::forward<Source>(content)), o, o.filename);
        return *this;
    }
    /// A file with its name: its path is text, or a std::filesystem::path.
    template <std::convertible_to<std::string> Path>
    multipart& add_file(
        std::string_view name, Path&& path, const part_options& o = {}
    ) {
        add_path(name, std::string(std::forward<Path>(path)), o);
        return *this;
    }

    /// What stands between the parts: 1 to 70 letters, digits and `'+_-.` (of RFC 2046
    /// 5.1.1), which occur in no part: error::invalid_option if they do, as far as that
    /// is seen, that is not in files and functions. Without it, 128 random bits of
    /// OpenSSL's, anew for each source that is made of this; error::no_entropy when
    /// there are none.
    XFER_DECL multipart& boundary(std::string_view text);

    /// The body, with its Content-Type.
    [[nodiscard]] operator source() const { return to_source(detail::random_bytes); }
    /// The same, with a boundary from random octets of the caller's: for tests.
    [[nodiscard]] XFER_DECL source to_source(detail::random_source random) const;

 private:
    struct part {
        std::string head;  // its fields and the empty line
        source content;
    };

    XFER_DECL void add_part(
        std::string_view name,
        source content,
        const part_options& o,
        std::string_view filename
    );
    XFER_DECL void add_path(
        std::string_view name, std::string path, const part_options& o
    );
    /// Whether the text stands somewhere in what is in memory.
    [[nodiscard]] bool holds(std::string_view text) const noexcept;
    [[nodiscard]] std::error_code choose_boundary(
        detail::random_source random, std::string& chosen
    ) const;
    void refuse(error e, std::string message);

    std::vector<part> parts_;
    std::string boundary_;
    std::error_code refused_;
    std::string why_;
};

namespace detail {

/// The media type that files of that extension have, by a small table; empty for
/// others.
[[nodiscard]] XFER_DECL std::string_view guess_content_type(std::string_view filename
) noexcept;

}  // namespace detail

}  // namespace XFER_NAMESPACE

#ifndef XFER_SEPARATE_COMPILATION
#include <xfer/impl/form.ipp>
#endif
