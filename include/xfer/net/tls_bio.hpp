// The BIO through which OpenSSL reads and writes any transport, without blocking.
#pragma once

#include <xfer/config.hpp>
#include <xfer/net/openssl_ptr.hpp>
#include <xfer/net/transport.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <system_error>

namespace XFER_NAMESPACE::net {

/// What the BIO of one TLS connection knows. OpenSSL would learn of a failure only that
/// there was one; the error itself is kept here.
struct tls_bio {
    explicit tls_bio(transport& below) noexcept : lower(&below) {}

    transport* lower;            ///< not owned
    std::error_code read_error;  ///< of the last read that failed for good
    std::error_code write_error;
    bool end_of_stream = false;  ///< the lower transport's stream has ended
    bool drained = false;        ///< the last read got less than it asked for
    /// How much may be read before OpenSSL has to come back: it goes on by itself while
    /// records come that carry no data, and a peer may send those without end.
    std::size_t allowance = no_limit;
    static constexpr std::size_t no_limit = ~std::size_t(0);
    static constexpr std::size_t most_without_data = std::size_t{128} * 1024;

    /// The first bytes that came, to tell what a peer speaks that does not speak TLS.
    [[nodiscard]] std::string_view first_bytes() const noexcept {
        return {first_.data(), first_size_};
    }

    /// The functions of the BIO. Made once per context: OpenSSL's numbers for types of
    /// BIO are few, so a plain source and sink it is.
    [[nodiscard]] XFER_DECL static bio_method_ptr method();
    /// A BIO over this object, which must outlive it and stay where it is.
    [[nodiscard]] XFER_DECL bio_ptr make(const BIO_METHOD* method);

    XFER_DECL int read(BIO* bio, char* to, int size) noexcept;
    XFER_DECL int write(BIO* bio, const char* from, int size) noexcept;

 private:
    std::array<char, 32> first_{};
    std::uint8_t first_size_ = 0;
};

}  // namespace XFER_NAMESPACE::net

#ifndef XFER_SEPARATE_COMPILATION
#include <xfer/net/impl/tls_bio.ipp>
#endif
