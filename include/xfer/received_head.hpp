// A head as it came: what curl's -i and -D show.
#pragma once

#include <xfer/config.hpp>
#include <xfer/fields.hpp>

#include <cstdint>
#include <string_view>

namespace XFER_NAMESPACE {

/// What a received_head stands before.
enum class head_kind : std::uint8_t {
    /// 1xx: another head, and no body (RFC 9110 15.2).
    interim,
    /// What goes through a tunnel: it is a proxy's answer to CONNECT.
    tunnel,
    /// Another request: a redirect that is followed, a challenge that is answered, a
    /// file that is to be had as a whole. Nobody sees its body.
    passed_over,
    /// The body: it is the response's, or that of the failure which ends the transfer.
    answer,
    /// Nothing more: it is no head, but what followed a chunked body (RFC 9110 6.5).
    /// Not
    /// with options.raw_transfer, where it is part of the body.
    trailers,
};

/// A head that has come, for request::on_each_head(). Valid during the call only.
struct received_head {
    head_kind kind;  ///< of which sort
    int status;      ///< 100 to 999, 0 in HTTP/0.9; of trailers the response's
    /// The octets as they came, the status line and the empty line included; but a
    /// field that was folded stands in one line (RFC 9112 5.2). Of trailers likewise,
    /// without a status line. Empty in HTTP/0.9.
    std::string_view text;
    fields_view fields;  ///< those of the text; of trailers without forbidden ones
};

}  // namespace XFER_NAMESPACE
