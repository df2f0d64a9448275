// What a peer may do while one message is read: budgets, and the two profiles.
#pragma once

#include <xfer/config.hpp>

#include <cstddef>

namespace XFER_NAMESPACE::proto {

/// How much of what RFC 9112 forbids is let pass. There are these two and no single
/// switches.
enum class profile {
    /// What real servers send and what is safe: lines of a head that end in a bare LF
    /// (the connection is then not reused), Content-Length beside Transfer-Encoding
    /// (likewise).
    interoperable,
    /// Those are error::weird_reply.
    strict,
};

/// The bounds of one head (or trailer section). Going past one is
/// error::header_too_large.
struct head_limits {
    std::size_t bytes =
        std::size_t{300} * 1024;  ///< of the whole head, line ends included
    std::size_t fields = 5000;    ///< field lines
    /// Of one field with its folds, or the start line.
    std::size_t field_bytes = std::size_t{100} * 1024;
};

/// The bounds of one HTTP/1 response.
struct message_limits {
    head_limits head = {};
    /// Interim (1xx) responses before the final one; one more is error::weird_reply.
    /// All of them together are no larger than one head may be.
    unsigned interim_responses = 16;
    /// Octets of chunk extensions in one body, all chunks together; more is
    /// error::weird_reply.
    std::size_t chunk_extension_bytes = std::size_t{16} * 1024;
    /// The trailer section of a chunked body.
    head_limits trailers{
        .bytes = std::size_t{64} * 1024,
        .fields = 500,
        .field_bytes = std::size_t{16} * 1024};
};

}  // namespace XFER_NAMESPACE::proto
