// What a network without names answers.
#pragma once

#include <xfer/error.hpp>
#include <xfer/net/dialer.hpp>

namespace XFER_NAMESPACE::net {

XFER_DECL task<std::error_code>
dialer::look_up(fiber&, std::string, std::vector<std::string>&) {
    co_return error::resolve_failed;
}

}  // namespace XFER_NAMESPACE::net
