// What is seldom set of a request.
#pragma once

#include <xfer/request.hpp>

namespace XFER_NAMESPACE {

XFER_DECL request::extras& request::edit() {
    // Copies of a request share their extras until one of them is changed.
    if (!extras_) {
        extras_ = std::make_shared<extras>();
    } else if (extras_.use_count() > 1) {
        extras_ = std::make_shared<extras>(*extras_);
    }
    return *extras_;
}

}  // namespace XFER_NAMESPACE
