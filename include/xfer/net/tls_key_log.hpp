// The file that a TLS configuration writes its connections' secrets to, if told to.
#pragma once

#include <xfer/config.hpp>

#include <memory>
#include <string>
#include <string_view>

namespace XFER_NAMESPACE::net {

/// A file that only its owner may read, and that lines are appended to, each in one
/// write, so that several threads and programs may share it.
class tls_key_log {
 public:
    /// Opens the file, and makes it with mode 0600 if there is none. Null, and `why`
    /// says what to do, when it cannot be opened, or is not a regular file of this
    /// user's that others can neither read nor write. Never follows a symbolic link.
    [[nodiscard]] XFER_DECL static std::unique_ptr<tls_key_log> open(
        const std::string& path, std::string& why
    );

    tls_key_log(const tls_key_log&) = delete;
    tls_key_log& operator=(const tls_key_log&) = delete;
    XFER_DECL ~tls_key_log();

    /// Appends a line, given without its end. One that cannot be written is lost.
    XFER_DECL void write(std::string_view line) const noexcept;

 private:
    explicit tls_key_log(int descriptor) noexcept : descriptor_(descriptor) {}

    int descriptor_;
};

}  // namespace XFER_NAMESPACE::net

#ifndef XFER_SEPARATE_COMPILATION
#include <xfer/net/impl/tls_key_log.ipp>
#endif
