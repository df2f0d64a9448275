// The call of libidn2.
#pragma once

#include <xfer/detail/idn.hpp>

#ifdef XFER_HAS_IDN2
#include <idn2.h>

#include <memory>
#endif

namespace XFER_NAMESPACE::detail {

#ifdef XFER_HAS_IDN2

XFER_DECL bool host_to_ascii(std::string_view utf8, std::string& to) {
    // libidn2 reads up to the first NUL, and nothing behind it may go unseen.
    if (utf8.size() > max_idn_size || utf8.find('\0') != std::string_view::npos) {
        return false;
    }
    const std::string text(utf8);
    char* made = nullptr;
    // The form of UTF-8 in and out: the others go by the locale.
    const int failed =
        idn2_to_ascii_8z(text.c_str(), &made, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL);
    if (failed != IDN2_OK || made == nullptr) return false;
    const std::unique_ptr<char, void (*)(void*)> owner(made, idn2_free);
    to += made;
    return true;
}

#else

XFER_DECL bool host_to_ascii(std::string_view, std::string&) { return false; }

#endif

}  // namespace XFER_NAMESPACE::detail
