// Host names with letters outside ASCII (UTS 46, IDNA 2008), where libidn2 is used.
#pragma once

#include <xfer/config.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace XFER_NAMESPACE::detail {

/// Whether this build converts at all (XFER_WITH_IDN2).
#ifdef XFER_HAS_IDN2
inline constexpr bool has_idn = true;
#else
inline constexpr bool has_idn = false;
#endif

/// No longer name is looked at (bytes). One of 255 octets at most comes out.
inline constexpr std::size_t max_idn_size = 512;

/// Appends the name's ASCII form (non-transitional, so that sharp s stays itself). The
/// ideographic full stops become dots. False, with nothing appended, when it is no such
/// name, no UTF-8, too long, or when has_idn is false. What is appended may be empty
/// and may hold any ASCII octet: signs such as U+2100 stand for several, a slash among
/// them.
[[nodiscard]] XFER_DECL bool host_to_ascii(std::string_view utf8, std::string& to);

}  // namespace XFER_NAMESPACE::detail

#ifndef XFER_SEPARATE_COMPILATION
#include <xfer/detail/impl/idn.ipp>
#endif
