// Writer of HTTP/1 request heads (RFC 9112 3). What it writes was checked octet by
// octet, by the wire types and by `fields`.
#pragma once

#include <xfer/fields.hpp>
#include <xfer/proto/octets.hpp>
#include <xfer/proto/refusal.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace XFER_NAMESPACE::proto {

/// How the request's body is framed.
enum class request_body {
    none,     ///< no body, and no field for it (GET, HEAD)
    length,   ///< Content-Length, also when it is 0 (POST without content)
    chunked,  ///< Transfer-Encoding: chunked; not in HTTP/1.0
};

/// The start of a request, checked.
struct request_start {
    wire_token method;
    wire_target target;
    wire_host host;    ///< the value of Host: host and, unless it is the default, port
    int version = 11;  ///< 10 or 11
};

/// The fields that the library adds by itself. An empty text adds no field. A field of
/// the user's of the same name takes its place; one that the user suppressed is left
/// out (Host and the framing of a body excepted).
struct generated_fields {
    std::string_view user_agent = {};
    std::string_view accept = "*/*";
    std::string_view accept_encoding = {};
    std::string_view content_type = {};  ///< of the body
    request_body body = request_body::none;
    std::uint64_t content_length = 0;  ///< used with request_body::length
    bool expect_continue = false;
    std::string_view trailer = {};  ///< names of fields that will follow the body
    /// Transfer codings that may be used for the reply; TE then stands in Connection as
    /// well, behind what else is said there (RFC 9110 10.1.4), in one line. Not where
    /// the user suppressed one of the two.
    std::string_view te = {};
    std::string_view connection = {};  ///< such as "close"
    /// Further ones, such as Cookie and Authorization; may be null.
    const fields* more = nullptr;
};

/// Appends a request head: request line, Host, what says who asks and what for, the
/// user's fields in order, what says of the body, empty line. The order is curl's,
/// since there are servers that were only ever tried with that. Nothing is appended if
/// something is refused:
/// - error::invalid_header: first_error() of the user's fields or of `generated.more`
///   is set; several Host fields, or one that is no host; a Content-Length or
///   Transfer-Encoding of the user's that differs from how the body is framed (an equal
///   one is taken and written once); a generated value with a control octet.
/// - error::invalid_option: a chunked body in HTTP/1.0.
[[nodiscard]] XFER_DECL refusal append_request_head(
    std::string& out,
    const request_start& start,
    const fields& user,
    const generated_fields& generated
);

/// As above, from texts that were not checked yet. error::invalid_method: the method is
/// no token; error::url_malformed: the target or host cannot stand in a request.
[[nodiscard]] XFER_DECL refusal append_request_head(
    std::string& out,
    std::string_view method,
    std::string_view target,
    std::string_view host,
    const fields& user,
    const generated_fields& generated,
    int version = 11
);

}  // namespace XFER_NAMESPACE::proto

#ifndef XFER_SEPARATE_COMPILATION
#include <xfer/proto/impl/head_writer.ipp>
#endif
