// What a source's variant needs.
#pragma once

#include <xfer/source.hpp>

namespace XFER_NAMESPACE {

XFER_DECL source::source() = default;
XFER_DECL source::source(std::string text) : origin_(std::move(text)) {}
XFER_DECL source::source(const char* text) : origin_(std::string(text)) {}
XFER_DECL source::source(origin o) : origin_(std::move(o)) {}
XFER_DECL source::source(const source&) = default;
XFER_DECL source::source(source&&) noexcept = default;
XFER_DECL source& source::operator=(const source&) = default;
XFER_DECL source& source::operator=(source&&) noexcept = default;
XFER_DECL source::~source() = default;

}  // namespace XFER_NAMESPACE
