// Why a sans-io function said no: the code, and one static sentence.
#pragma once

#include <xfer/error.hpp>

#include <string_view>
#include <system_error>

namespace XFER_NAMESPACE::proto {

/// Success when default-constructed. The sentence lives as long as the program and
/// holds nothing from the peer.
struct refusal {
    std::error_code ec;
    std::string_view why;

    /// True if something was refused.
    [[nodiscard]] explicit operator bool() const noexcept { return bool(ec); }
};

}  // namespace XFER_NAMESPACE::proto
