// The one call of RAND_bytes.
#pragma once

#include <xfer/detail/random.hpp>

#include <openssl/rand.h>

#include <algorithm>
#include <cstddef>

namespace XFER_NAMESPACE::detail {

XFER_DECL std::error_code random_bytes(std::span<unsigned char> space) noexcept {
    constexpr std::size_t most = 1U << 20U;  // OpenSSL counts in int
    for (auto rest = space; !rest.empty();) {
        const std::size_t size = std::min(rest.size(), most);
        if (RAND_bytes(rest.data(), static_cast<int>(size)) != 1) {
            std::fill(space.begin(), space.end(), static_cast<unsigned char>(0));
            return error::no_entropy;
        }
        rest = rest.subspan(size);
    }
    return {};
}

}  // namespace XFER_NAMESPACE::detail
