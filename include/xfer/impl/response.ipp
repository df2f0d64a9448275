// What an empty failure and empty trailers look like.
#pragma once

#include <xfer/detail/indirect.hpp>
#include <xfer/response.hpp>

namespace XFER_NAMESPACE {

XFER_DECL const xfer::failure& response::failure() const noexcept {
    return failure_ ? *failure_ : detail::unset<xfer::failure>();
}

XFER_DECL const xfer::fields& response::trailers() const noexcept {
    return trailers_ ? *trailers_ : detail::unset<xfer::fields>();
}

}  // namespace XFER_NAMESPACE
