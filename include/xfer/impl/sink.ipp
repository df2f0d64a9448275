// The error of a callback that returned false.
#pragma once

#include <xfer/error.hpp>
#include <xfer/sink.hpp>

namespace xfer::detail {

XFER_DECL std::error_code refused_by_callback() noexcept {
    return error::aborted_by_callback;
}

}  // namespace xfer::detail
