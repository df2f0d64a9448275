// The rules for the answer to a CONNECT.
#pragma once

#include <xfer/proto/connect_reply.hpp>

#include <span>

namespace XFER_NAMESPACE::proto {
namespace detail_connect {

inline constexpr std::string_view spoke_first =
    "the proxy sent octets behind its answer to CONNECT, before anything was sent";

}  // namespace detail_connect

XFER_DECL connect_reply::connect_reply(const message_limits& limits, profile p)
    : parser_(limits.head, p),
      interim_left_(limits.interim_responses),
      interim_bytes_left_(limits.head.bytes) {}

XFER_DECL connect_status connect_reply::feed(std::string_view octets) {
    const bool over =
        status_ == connect_status::failed || status_ == connect_status::denied;
    if (octets.empty() || over) return status_;
    if (status_ == connect_status::established) {
        return fail(error::proxy_handshake_failed, detail_connect::spoke_first);
    }
    received_ += octets;
    while (status_ == connect_status::partial && !received_.empty()) {
        switch (parser_.parse(std::span<char>(received_))) {
            case parse_status::partial:
                return status_;
            case parse_status::failed:
                failure_ = parser_.failure();
                status_ = connect_status::failed;
                break;
            case parse_status::complete:
                decide();
                break;
        }
    }
    return status_;
}

XFER_DECL connect_status connect_reply::decide() {
    const int code = parser_.head().status;
    if (code == 101) {
        return fail(
            error::weird_reply, "the proxy changed to a protocol nobody asked for"
        );
    }
    if (code / 100 == 1) {
        if (interim_left_ == 0) {
            return fail(error::weird_reply, "the proxy sent too many interim answers");
        }
        if (parser_.head().size > interim_bytes_left_) {
            return fail(
                error::header_too_large, "the proxy's interim answers are too large"
            );
        }
        --interim_left_;
        interim_bytes_left_ -= parser_.head().size;
        received_.erase(0, parser_.head().size);
        parser_.reset();
        return status_;
    }
    if (code / 100 != 2) return status_ = connect_status::denied;
    status_ = connect_status::established;
    if (rest().empty()) return status_;
    return fail(error::proxy_handshake_failed, detail_connect::spoke_first);
}

XFER_DECL connect_status connect_reply::feed_end() {
    // After a refusal the end is where its body may end.
    if (status_ != connect_status::partial) return status_;
    const bool nothing = received_.empty();
    return fail(
        error::proxy_handshake_failed,
        nothing ? "the proxy closed the connection without an answer to CONNECT"
                : "the proxy closed the connection in the middle of its answer"
    );
}

XFER_DECL refusal connect_reply::denial() const noexcept {
    if (status_ != connect_status::denied) return {};
    const auto say = [](std::string_view why) {
        return refusal{error::proxy_handshake_failed, why};
    };
    switch (head().status) {
        case 401:
            return say("the proxy answered CONNECT with 401, which is no proxy's");
        case 403:
            return say("the proxy forbids a tunnel to this host and port (403)");
        case 405:
            return say("the proxy does not allow CONNECT (405)");
        case 407:
            return say("the proxy wants a user and a password, or others (407)");
        case 502:
        case 503:
        case 504:
            return say("the proxy could not reach the host (502, 503 or 504)");
        default:
            break;
    }
    switch (head().status / 100) {
        case 3:
            return say("the proxy answered CONNECT with a redirect: not followed");
        case 4:
            return say("the proxy refused the tunnel as a bad request (4xx)");
        case 5:
            return say("the proxy failed to make the tunnel (5xx)");
        default:
            return say("the proxy answered CONNECT with an unknown status");
    }
}

XFER_DECL connect_status
connect_reply::fail(error code, std::string_view why) noexcept {
    failure_ = {code, why};
    return status_ = connect_status::failed;
}

}  // namespace XFER_NAMESPACE::proto
