// Random octets that nobody can foretell, from one place.
#pragma once

#include <xfer/error.hpp>

#include <span>
#include <system_error>

namespace XFER_NAMESPACE::detail {

/// Fills the space from OpenSSL's generator. error::no_entropy when it cannot; the
/// space then holds zeros, and whoever asked must not go on.
[[nodiscard]] XFER_DECL std::error_code random_bytes(std::span<unsigned char> space
) noexcept;

/// What makes cnonces, masks, boundaries and names takes one of these, by default
/// random_bytes: a test hands in one that fails, or one whose answers are known.
using random_source = std::error_code (*)(std::span<unsigned char>) noexcept;

}  // namespace XFER_NAMESPACE::detail

#ifndef XFER_SEPARATE_COMPILATION
#include <xfer/detail/impl/random.ipp>
#endif
