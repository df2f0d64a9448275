// Public suffixes: the one file that knows libpsl.
#pragma once

#include <xfer/detail/public_suffix.hpp>

#ifdef XFER_HAS_PSL
#include <libpsl.h>
#endif

#include <string>

namespace XFER_NAMESPACE::detail {

XFER_DECL bool is_public_suffix(std::string_view domain) {
    if (domain.find('.') == std::string_view::npos) return true;
#ifdef XFER_HAS_PSL
    if (const auto* list = ::psl_builtin()) {
        return ::psl_is_public_suffix(list, std::string(domain).c_str()) != 0;
    }
#endif
    return false;
}

}  // namespace XFER_NAMESPACE::detail
