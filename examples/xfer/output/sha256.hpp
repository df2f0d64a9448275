// The hash of what was downloaded (--sha256).
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace tool {

/// SHA-256 by OpenSSL, piece by piece.
class sha256 {
 public:
    sha256();
    ~sha256();
    sha256(const sha256&) = delete;
    sha256& operator=(const sha256&) = delete;

    /// Begins anew.
    void reset();
    void add(std::string_view bytes);
    /// In lower-case hexadecimal; ends the hash.
    [[nodiscard]] std::string text();

    /// The hash of a file; empty if it cannot be read.
    [[nodiscard]] static std::string of_file(const std::string& path);

 private:
    struct state;
    std::unique_ptr<state> state_;
};

}  // namespace tool
