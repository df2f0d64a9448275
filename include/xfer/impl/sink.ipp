// The error of a callback that returned false.
#pragma once

#include <xfer/error.hpp>
#include <xfer/sink.hpp>

namespace XFER_NAMESPACE::detail {

XFER_DECL std::error_code refused_by_callback() noexcept {
    return error::aborted_by_callback;
}

}  // namespace XFER_NAMESPACE::detail
