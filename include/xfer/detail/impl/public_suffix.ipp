// Public suffixes: the one file that knows libpsl.
#pragma once

#include <xfer/detail/public_suffix.hpp>

#ifdef XFER_HAS_PSL
#include <libpsl.h>
#endif

#include <memory>
#include <string>

namespace XFER_NAMESPACE::detail {

#ifdef XFER_HAS_PSL
/// The newest list that there is; null without any. Never changed after it was read.
[[nodiscard]] inline const ::psl_ctx_t* public_suffix_list() {
    struct free_list {
        void operator()(::psl_ctx_t* list) const noexcept { ::psl_free(list); }
    };
    static const std::unique_ptr<::psl_ctx_t, free_list> list(::psl_latest(nullptr));
    return list ? list.get() : ::psl_builtin();
}
#endif

XFER_DECL bool is_public_suffix(std::string_view domain) {
    if (domain.find('.') == std::string_view::npos) return true;
#ifdef XFER_HAS_PSL
    if (const auto* list = public_suffix_list()) {
        return ::psl_is_public_suffix(list, std::string(domain).c_str()) != 0;
    }
#endif
    return false;
}

}  // namespace XFER_NAMESPACE::detail
