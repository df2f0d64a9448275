// The names of the known methods.
#pragma once

#include <xfer/detail/octets.hpp>
#include <xfer/method.hpp>

#include <algorithm>
#include <array>
#include <cstddef>

namespace XFER_NAMESPACE {
namespace detail {

/// In the order of method::known.
inline constexpr std::array<std::string_view, 9> method_names = {
    "GET",
    "HEAD",
    "POST",
    "PUT",
    "DELETE",
    "CONNECT",
    "OPTIONS",
    "TRACE",
    "PATCH",
};

}  // namespace detail

XFER_DECL method::method(std::string_view name) {
    const auto& names = detail::method_names;
    const auto found = std::find(names.begin(), names.end(), name);
    known_ = static_cast<known>(found - names.begin());
    if (known_ == known::other) {
        text_ = std::make_shared<const std::string>(name);
        valid_ = detail::is_token(name);
    }
}

XFER_DECL std::string_view method::name() const noexcept {
    if (known_ != known::other) {
        return detail::method_names[static_cast<std::size_t>(known_)];
    }
    // Moved from: the text is gone, and the empty method is not valid to send.
    return text_ == nullptr ? std::string_view() : *text_;
}

}  // namespace XFER_NAMESPACE
