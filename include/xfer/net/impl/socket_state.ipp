// How waits and connects end.
#pragma once

#include <xfer/net/detail/socket_state.hpp>

#include <asio/error.hpp>

namespace XFER_NAMESPACE::net::detail {

XFER_DECL void socket_state::connect(const endpoint_type& to, waiter& w) {
    connecting_ = true;
    waiter_ = &w;
    write_.armed = true;
    write_.pending = true;
    socket.async_connect(to, completion(*this, direction::write));
}

XFER_DECL void socket_state::ended(direction d, const std::error_code& ec) {
    side& s = at(d);
    s.pending = false;
    if (!s.armed) {
        return;
    }
    if (connecting_) {
        connecting_ = false;
        connect_result = system_code(ec);
    } else if (ec == asio::error::operation_aborted) {
        begin(d);  // disarmed, and armed again before this was delivered
        return;
    }
    s.armed = false;
    waiter* const who = waiter_;
    if (!read_.armed && !write_.armed) {
        waiter_ = nullptr;
    }
    who->wake();  // last: it may run the waiter, and that destroy the transport
}

XFER_DECL socket_owner::~socket_owner() {
    if (state_ != nullptr) {
        state_->close();
        state_->release();
    }
}

}  // namespace XFER_NAMESPACE::net::detail
