// Which transport a connected socket gets.
#pragma once

#include <xfer/net/adopt.hpp>
#include <xfer/net/epoll_transport.hpp>

namespace xfer::net {

#ifdef __linux__

XFER_DECL std::unique_ptr<transport> adopt(
    loop& owner, std::unique_ptr<socket_transport> connected
) {
    std::error_code ec;
    auto set = std::static_pointer_cast<readiness_set>(owner.turn_end_hook());
    if (!set) {
        set = std::make_shared<readiness_set>(owner, ec);
        if (ec) {
            return connected;
        }
        owner.at_turn_end(set);
    }
    const int descriptor = connected->release(ec);
    if (ec) {
        return connected;
    }
    return epoll_transport::adopt(std::move(set), descriptor, ec);
}

#else

XFER_DECL std::unique_ptr<transport> adopt(
    loop&, std::unique_ptr<socket_transport> connected
) {
    return connected;
}

#endif

}  // namespace xfer::net
