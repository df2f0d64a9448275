// What the loopback server of xfer/testing/server.hpp sees and what it answers:
// requests as values, replies as values that may be delayed, split, cut, stalled or
// reset at any byte.
#pragma once

#include <xfer/config.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace XFER_NAMESPACE::testing {

/// Field lines in their order on the wire, names in their own spelling.
using field_lines = std::vector<std::pair<std::string, std::string>>;

/// One request as the server received it.
struct seen_request {
    std::string method;    ///< as sent, "GET"
    std::string target;    ///< as sent: "/a?b", "http://host/a", "host:443" or "*"
    std::string version;   ///< as sent, "HTTP/1.1"
    field_lines fields;    ///< values without surrounding blanks
    field_lines trailers;  ///< of a chunked body
    std::string body;      ///< decoded, its first server_options::body_limit bytes
    std::uint64_t body_size = 0;  ///< all of the body, kept or not
    std::string raw;              ///< head and body as they came, cut at the same limit
    std::size_t connection = 0;   ///< which connection of the server, from 1
    std::size_t number = 0;       ///< which request of that connection, from 1

    /// The value of the first field of that name (case does not matter), or "".
    [[nodiscard]] XFER_DECL std::string_view field(std::string_view name
    ) const noexcept;
    /// How many fields have that name.
    [[nodiscard]] XFER_DECL std::size_t count(std::string_view name) const noexcept;
    /// The target without its query, and without scheme and authority.
    [[nodiscard]] XFER_DECL std::string_view path() const noexcept;
    /// What follows the first '?' of the target, or "".
    [[nodiscard]] XFER_DECL std::string_view query() const noexcept;
};

/// How a reply says where its body ends (RFC 9112 6.3).
enum class body_framing : std::uint8_t {
    content_length,  ///< adds Content-Length
    chunked,         ///< adds Transfer-Encoding: chunked
    until_close,     ///< adds Connection: close, and closes
    none,            ///< adds nothing: the fields are the test's own affair
    raw,  ///< the body is the whole reply, byte for byte, status line included
};

/// What happens to the connection at a certain byte of a reply.
enum class fault : std::uint8_t {
    close,         ///< closes at once, without a TLS close_notify: as if the host died
    close_notify,  ///< closes after a TLS close_notify; over plain TCP the same as
                   ///< close
    reset,         ///< TCP reset; what the kernel has not sent is lost
    half_close,    ///< ends its sending side (close_notify, FIN), reads on until the
                   ///< peer ends too, sends nothing more
    stall,         ///< sends nothing until server::release(), then goes on
};

/// Where the byte positions of a cut are counted from.
enum class from : std::uint8_t {
    start,  ///< the first byte of the reply, interim responses included
    body,   ///< the first byte after the head
};

/// A fault and its place: after `at` bytes have been sent. A place past the end of the
/// reply is its end.
struct cut {
    std::uint64_t at = 0;       ///< so many bytes are sent before it
    from origin = from::start;  ///< where they are counted from
    fault what = fault::close;  ///< what happens there
};

/// What the server answers, and how. A value; the setters change it and return it, so
/// that a reply reads as one expression:
///
///     s.route("/slow", reply(200, "hello").chunked({2, 3}).split_every(1, 5ms));
///     s.route("/cut", reply(200, text).reset_after(100, from::body));
///
/// Content-Length, Transfer-Encoding and Connection are added as the framing asks, and
/// nothing else: no Date, no Server. Statuses 1xx, 204 and 304, and answers to HEAD,
/// have no body on the wire.
struct reply {
    int status = 200;    ///< any number; nothing checks it
    std::string reason;  ///< empty: the usual phrase of the status
    field_lines fields;  ///< further fields, in this order
    std::string body;    ///< before any coding
    body_framing framing = body_framing::content_length;  ///< how its end is told

    std::uint64_t repeated_size = 0;  ///< if not 0, `body` repeated to this many bytes
    std::filesystem::path file;       ///< if not empty, the body is read from here
    std::uint64_t file_offset = 0;    ///< first byte of the file that is sent
    std::uint64_t file_size = 0;      ///< how many bytes of the file are sent

    std::vector<std::size_t> chunk_sizes;  ///< the last one repeats; empty: one chunk
    field_lines trailers;                  ///< after a chunked body
    std::string interim;  ///< 1xx responses, ready for the wire, sent before the reply

    std::chrono::nanoseconds wait_before{0};   ///< pause before the first byte
    bool held = false;                         ///< waits for server::release() first
    std::vector<std::size_t> pieces;           ///< sizes of the first writes
    std::size_t piece_size = 0;                ///< size of further writes; 0: no limit
    std::chrono::nanoseconds wait_between{0};  ///< pause between two writes
    std::vector<cut> cuts;                     ///< what goes wrong, and where
    bool last = false;  ///< closes the connection, politely, after the reply

    /// 200 without a body.
    reply() = default;
    /// A status and a body.
    explicit reply(int s, std::string text = {}) : status(s), body(std::move(text)) {}

    /// Exactly these bytes, whatever they are. The connection stays open after them.
    [[nodiscard]] XFER_DECL static reply exactly(std::string bytes);
    /// A body of `size` bytes, `unit` over and over: made as it is sent, not stored.
    [[nodiscard]] XFER_DECL static reply repeating(
        std::string unit, std::uint64_t size, int status = 200
    );

    /// Appends a field; nothing checks or replaces it.
    XFER_DECL reply& with_field(std::string name, std::string value);
    /// Replaces the usual reason phrase.
    XFER_DECL reply& with_reason(std::string text);
    /// Sends a 1xx response first. Several are sent in their order.
    XFER_DECL reply& with_interim(int code, const field_lines& lines = {});
    /// Sends the body in chunks of these sizes; the last size repeats, none: one chunk.
    XFER_DECL reply& chunked(std::vector<std::size_t> sizes = {});
    /// Appends a trailer field and makes the body chunked.
    XFER_DECL reply& with_trailer(std::string name, std::string value);
    /// The end of the connection is the end of the body.
    XFER_DECL reply& until_close();
    /// Adds no framing field and sends the body as it is.
    XFER_DECL reply& unframed();
    /// Says Connection: close (unless raw or unframed) and closes after the reply.
    XFER_DECL reply& closing();

    /// Waits this long before the first byte.
    XFER_DECL reply& delay(std::chrono::nanoseconds d);
    /// Waits for server::release() before the first byte.
    XFER_DECL reply& hold();
    /// Sends the first pieces in writes of these sizes, the rest in one, TCP_NODELAY
    /// set; over TLS each piece is a record. Pauses between two writes.
    XFER_DECL reply& split(
        std::vector<std::size_t> sizes,
        std::chrono::nanoseconds pause = std::chrono::nanoseconds(0)
    );
    /// Sends everything in writes of n bytes (1 or more).
    XFER_DECL reply& split_every(
        std::size_t n, std::chrono::nanoseconds pause = std::chrono::nanoseconds(0)
    );
    /// n bytes every d: split_every under the name of what it does to a client.
    XFER_DECL reply& drip(std::size_t n, std::chrono::nanoseconds d);

    /// Does `what` after n bytes. Several cuts happen in the order of their places.
    XFER_DECL reply& cut_after(fault what, std::uint64_t n, from origin = from::start);
    /// cut_after(fault::close, ...).
    XFER_DECL reply& close_after(std::uint64_t n, from origin = from::start);
    /// cut_after(fault::reset, ...).
    XFER_DECL reply& reset_after(std::uint64_t n, from origin = from::start);
    /// cut_after(fault::stall, ...).
    XFER_DECL reply& stall_after(std::uint64_t n, from origin = from::start);
    /// cut_after(fault::half_close, ...).
    XFER_DECL reply& half_close_after(std::uint64_t n, from origin = from::start);
};

/// Makes the reply to a request. Called on the server's thread, one call at a time:
/// what it shares with the test needs a mutex or an atomic. If it throws, the client
/// gets a 500 with the exception's text. It must not call server::stop().
using reply_function = std::function<reply(const seen_request&)>;

/// A reply_function that gives the first reply to the first request, the second to the
/// second, and the last one ever after. `replies` must not be empty.
[[nodiscard]] XFER_DECL reply_function in_turn(std::vector<reply> replies);

/// How a route treats the request's body.
struct route_options {
    /// Answers when the head has arrived; the reply function sees no body. What follows
    /// of the body is read and dropped, while the reply is sent and after it.
    bool answer_early = false;
    /// With false nothing is read after the head, so the client's upload comes to a
    /// halt when the buffers of the kernel are full. Asks for answer_early.
    bool read_body = true;
    /// Answers Expect: 100-continue with 100 (RFC 9110 10.1.1), unless answer_early.
    bool send_continue = true;
};

/// What the server does with a connection that it has just accepted, before TLS.
struct connect_action {
    /// What is done after `bytes`.
    enum class kind : std::uint8_t {
        serve,   ///< TLS if configured, then requests
        close,   ///< closes at once
        reset,   ///< resets at once
        silent,  ///< reads and logs, says nothing, until the peer closes
    };
    kind then = kind::serve;  ///< then this
    std::string bytes;        ///< sent first, in the clear
};

/// Decides by the connection's number, from 1. Called on the server's thread.
using connect_function = std::function<connect_action(std::size_t)>;

namespace detail {

/// Status line and fields. `length`: of the body on the wire where that is known.
[[nodiscard]] XFER_DECL std::string head_of(
    const reply& r, std::uint64_t length, bool last
);
/// The body as a whole, chunked if the reply is.
[[nodiscard]] XFER_DECL std::string framed_body(const reply& r);
/// Whether a response of this status has no body whatever its fields say.
[[nodiscard]] XFER_DECL bool bodiless(int status) noexcept;
/// Whether two names are equal, the case of ASCII letters apart.
[[nodiscard]] XFER_DECL bool same_name(std::string_view a, std::string_view b) noexcept;
/// One chunk of a chunked body: size line, data, CRLF.
XFER_DECL void append_chunk(std::string& to, std::string_view data);
/// The last chunk and the trailers.
XFER_DECL void append_last_chunk(std::string& to, const field_lines& trailers);

}  // namespace detail

}  // namespace XFER_NAMESPACE::testing

#ifndef XFER_SEPARATE_COMPILATION
#include <xfer/testing/impl/script.ipp>
#endif
