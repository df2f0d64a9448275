// The hash of what was downloaded (--sha256).
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace tool {

/// SHA-256 by OpenSSL, piece by piece. OpenSSL may have none to give, as where its
/// configuration allows only what another provider has; then there is no hash in the
/// end, whatever was added.
class sha256 {
 public:
    sha256();
    ~sha256();
    sha256(const sha256&) = delete;
    sha256& operator=(const sha256&) = delete;

    /// False: OpenSSL has failed, now or before.
    bool add(std::string_view bytes);
    /// In lower-case hexadecimal; none: OpenSSL has failed. Ends the hash.
    [[nodiscard]] std::optional<std::string> text();

    /// The hash of a file; none if it cannot be read, or OpenSSL has failed.
    [[nodiscard]] static std::optional<std::string> of_file(const std::string& path);

 private:
    struct closer {
        void operator()(void* context) const noexcept;
    };
    std::unique_ptr<void, closer> context_;  // an EVP_MD_CTX; null after a failure
};

}  // namespace tool
