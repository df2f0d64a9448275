// How a response body ends, and whether its connection lives on: one decision, made
// once, from the complete head (RFC 9112 6.3, 9.3).
#pragma once

#include <xfer/fields.hpp>
#include <xfer/proto/limits.hpp>
#include <xfer/proto/refusal.hpp>

#include <cstdint>
#include <optional>
#include <string_view>

namespace XFER_NAMESPACE::proto {

enum class body_kind {
    none,         ///< the head is all
    length,       ///< body_framing::length octets follow
    chunked,      ///< see chunked_decoder
    until_close,  ///< what follows until the connection is closed
};

/// What the decision rests on.
struct framing_facts {
    std::string_view method = {};  ///< of the request
    int status = 0;
    int version = 11;          ///< of the response: 9, 10 or 11
    int request_version = 11;  ///< 10 or 11
    bool lf_only = false;      ///< response_head::lf_only
    bool through_proxy =
        false;  ///< a plain HTTP proxy answered: Proxy-Connection counts
    /// Transfer codings beside chunked were asked for: see parse_transfer_codings().
    bool codings_asked_for = false;
    profile strictness = profile::interoperable;
};

struct body_framing {
    body_kind kind = body_kind::none;
    /// Octets of the body; 0 unless the kind is length.
    std::uint64_t length = 0;
    /// What a valid Content-Length says where it does not frame a body (HEAD, 304).
    std::optional<std::uint64_t> declared_length;
    /// The peer keeps the connection open: both versions and its Connection field say
    /// so.
    bool keep_alive = false;
    /// The connection must not be reused whatever the peer says: the body ends with it,
    /// or its framing could be understood in two ways.
    bool must_close = false;
    /// Set if the head cannot be framed; the connection is then closed:
    /// - weird_reply: a Content-Length that is no decimal number below 2^63 or differs
    ///   between its lines or members; Transfer-Encoding in HTTP/1.0; under
    ///   profile::strict Transfer-Encoding and Content-Length together.
    /// - bad_encoding: a Transfer-Encoding other than one `chunked`, or than what was
    ///   asked for.
    refusal failure;

    /// Whether the connection may serve another request once the body was read whole
    /// and nothing more came. The caller also looks at the request's own Connection
    /// field.
    [[nodiscard]] bool reusable() const noexcept {
        return keep_alive && !must_close && !failure;
    }
};

/// Pure; `fields` is only read during the call.
[[nodiscard]] XFER_DECL body_framing
decide_framing(const framing_facts& facts, fields_view fields);

/// The number that a Content-Length value says: one decimal number below 2^63, or a
/// list of equal ones (RFC 9110 8.6). nullopt for anything else.
[[nodiscard]] XFER_DECL std::optional<std::uint64_t> parse_content_length(
    std::string_view value
) noexcept;

}  // namespace XFER_NAMESPACE::proto

#ifndef XFER_SEPARATE_COMPILATION
#include <xfer/proto/impl/framing.ipp>
#endif
