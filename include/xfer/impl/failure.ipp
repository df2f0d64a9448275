// A failure on its way through an exception.
#pragma once

#include <xfer/failure.hpp>

namespace XFER_NAMESPACE {

XFER_DECL transfer_error::transfer_error(std::error_code ec, xfer::failure f)
    : std::system_error(ec, f.message),
      failure_(std::make_shared<const xfer::failure>(std::move(f))) {}

}  // namespace XFER_NAMESPACE
