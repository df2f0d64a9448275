// What a sink's variant needs.
#pragma once

#include <xfer/sink.hpp>

namespace XFER_NAMESPACE {

XFER_DECL sink::sink() = default;
XFER_DECL sink::sink(target t) : target_(std::move(t)) {}
XFER_DECL sink::sink(const sink&) = default;
XFER_DECL sink::sink(sink&&) noexcept = default;
XFER_DECL sink& sink::operator=(const sink&) = default;
XFER_DECL sink& sink::operator=(sink&&) noexcept = default;
XFER_DECL sink::~sink() = default;

XFER_DECL sink to_buffer(std::span<char> space, std::size_t* filled) {
    return sink(sink::buffer_target{space, filled});
}

}  // namespace XFER_NAMESPACE
