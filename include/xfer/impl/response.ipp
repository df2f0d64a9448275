// What an empty failure and empty trailers look like.
#pragma once

#include <xfer/response.hpp>

namespace XFER_NAMESPACE {

XFER_DECL const xfer::failure& response::failure() const noexcept {
    static const xfer::failure none;
    return failure_ ? *failure_ : none;
}

XFER_DECL const xfer::fields& response::trailers() const noexcept {
    static const xfer::fields none;
    return trailers_ ? *trailers_ : none;
}

}  // namespace XFER_NAMESPACE
