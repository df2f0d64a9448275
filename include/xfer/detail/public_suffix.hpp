// Which domains are nobody's own, such as com and co.uk: from libpsl's list, if there
// is one.
#pragma once

#include <xfer/config.hpp>

#include <string_view>

namespace XFER_NAMESPACE::detail {

/// Whether names directly below the domain belong to different owners, so that no
/// cookie may be for all of them. The domain is a name in lower case, without dots at
/// its ends, internationalized labels as xn--.
///
/// With XFER_HAS_PSL the public suffix list says so, both of its parts, as libpsl was
/// built with it. Names that are not in it, and all names without the list, are public
/// if they have one label. Nothing longer is guessed.
[[nodiscard]] XFER_DECL bool is_public_suffix(std::string_view domain);

}  // namespace XFER_NAMESPACE::detail

#ifndef XFER_SEPARATE_COMPILATION
#include <xfer/detail/impl/public_suffix.ipp>
#endif
