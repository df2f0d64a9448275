// The answer to a CONNECT: a tunnel, a refusal, or something that must not be trusted.
#pragma once

#include <xfer/fields.hpp>
#include <xfer/proto/head_parser.hpp>
#include <xfer/proto/limits.hpp>
#include <xfer/proto/refusal.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace XFER_NAMESPACE::proto {

enum class connect_status : std::uint8_t {
    partial,      ///< feed() wants more
    established,  ///< a 2xx: the tunnel stands, and nothing came out of it yet
    denied,       ///< any other final status: see denial()
    failed,       ///< see failure(); the connection is to be closed
};

/// Reads what a proxy answers to CONNECT (RFC 9110 9.3.6). It has rules of its own:
/// - A 2xx has no body, whatever its Content-Length or Transfer-Encoding say, and
/// octets
///   behind its head are a failure: we have not spoken yet, so they are not the
///   origin's, and would be taken for its first words.
/// - Any other status is the proxy's refusal and never the origin's response. A 3xx is
///   one too: it is not followed, and no body of it is delivered.
/// - 1xx are skipped, up to message_limits::interim_responses, and all together as
///   large as one head may be. 101 is a failure, as nothing asked for another protocol.
///
/// Failures: error::weird_reply and error::header_too_large as in
/// response_head_parser, weird_reply also for 101 and for too many 1xx,
/// header_too_large for too large ones;
/// error::proxy_handshake_failed for octets behind a 2xx, and when the connection ends.
class connect_reply {
 public:
    XFER_DECL explicit connect_reply(
        const message_limits& limits = {}, profile p = profile::interoperable
    );

    /// Octets from the proxy, all that were read, in whatever pieces. Once established,
    /// any are a failure; once denied or failed, they are dropped.
    XFER_DECL connect_status feed(std::string_view octets);
    /// The proxy closed the connection.
    XFER_DECL connect_status feed_end();

    [[nodiscard]] connect_status status() const noexcept { return status_; }

    /// Of the final answer, once established or denied.
    [[nodiscard]] const response_head& head() const noexcept { return parser_.head(); }
    /// As head(); valid as long as this.
    [[nodiscard]] fields_view fields() const noexcept {
        return parser_.fields(head_block());
    }
    /// The octets of the final answer's head.
    [[nodiscard]] std::string_view head_block() const noexcept {
        return std::string_view(received_).substr(0, parser_.head().size);
    }
    /// What came in one piece with the head of a refusal and behind it. It, and what is
    /// read later, is for a discarded_body, and for nobody else.
    [[nodiscard]] std::string_view rest() const noexcept {
        return std::string_view(received_).substr(parser_.head().size);
    }

    /// What came of the answer that is being read.
    [[nodiscard]] std::string_view received() const noexcept { return received_; }

    /// What a refusal means, as error::proxy_handshake_failed with a sentence.
    [[nodiscard]] XFER_DECL refusal denial() const noexcept;
    [[nodiscard]] const refusal& failure() const noexcept { return failure_; }

 private:
    XFER_DECL connect_status decide();
    XFER_DECL connect_status fail(error code, std::string_view why) noexcept;

    response_head_parser parser_;
    std::string received_;  // the head that is being read, and what followed the last
    unsigned interim_left_;
    std::size_t interim_bytes_left_;
    connect_status status_ = connect_status::partial;
    refusal failure_;
};

}  // namespace XFER_NAMESPACE::proto

#ifndef XFER_SEPARATE_COMPILATION
#include <xfer/proto/impl/connect_reply.ipp>
#endif
