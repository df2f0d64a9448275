// Everything that is known about a transfer that failed.
#pragma once

#include <xfer/error.hpp>
#include <xfer/stage.hpp>

#include <cstdint>
#include <exception>
#include <memory>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

namespace XFER_NAMESPACE {

/// What the completion's error_code cannot say. Found in response::failure() and, for
/// awaiting callers, in transfer_error::failure().
struct failure {
    /// One sentence that names what failed and what to do. Holds no secret.
    std::string message;
    /// The raw cause: an error of the operating system or of OpenSSL, if there is one.
    std::error_code cause;
    /// The stage in which the transfer was.
    xfer::stage stage = stage::queued;
    /// The peer, as address:port or a socket's path; empty before a connection.
    std::string peer;
    /// Every address that was tried, each with what it answered.
    std::vector<std::string> addresses_tried;
    /// Bytes of the request's body that were sent.
    std::uint64_t bytes_sent = 0;
    /// Bytes of the response's body that came, as on the wire.
    std::uint64_t bytes_received = 0;
    /// Whether the server may have acted on the request: repeat it with care.
    bool request_may_have_been_processed = false;
    /// What came does not even begin as a response of HTTP/1 does: it may be HTTP/0.9,
    /// a newer version, or another protocol.
    bool not_http = false;
    /// What a callback, sink or source of the user's threw.
    std::exception_ptr exception;
};

/// Thrown by the forms without a completion token.
class transfer_error : public std::system_error {
 public:
    /// what() is the failure's message and the code's own; code() is the code.
    XFER_DECL transfer_error(std::error_code ec, xfer::failure f);

    /// What is known beside the code. Lives as long as the exception or a copy of it.
    [[nodiscard]] const xfer::failure& failure() const noexcept { return *failure_; }

 private:
    std::shared_ptr<const xfer::failure> failure_;
};

}  // namespace XFER_NAMESPACE

#ifndef XFER_SEPARATE_COMPILATION
#include <xfer/impl/failure.ipp>
#endif
