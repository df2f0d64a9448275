// Overwriting and comparing, by OpenSSL.
#pragma once

#include <xfer/detail/secret.hpp>

#include <openssl/crypto.h>

namespace XFER_NAMESPACE::detail {

XFER_DECL void wipe(std::span<char> octets) noexcept {
    if (!octets.empty()) OPENSSL_cleanse(octets.data(), octets.size());
}

XFER_DECL void wipe(std::string& text) noexcept {
    // Within its capacity a text grows without asking for memory.
    text.resize(text.capacity());
    wipe(std::span(text.data(), text.size()));
    text.clear();
}

XFER_DECL bool constant_time_equal(std::string_view a, std::string_view b) noexcept {
    return a.size() == b.size() &&
           (a.empty() || CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0);
}

}  // namespace XFER_NAMESPACE::detail
