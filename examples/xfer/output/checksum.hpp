// What --sha256 expects of a body.
#pragma once

#include "output/console.hpp"
#include "output/sha256.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace tool {

/// Compares a body with the sum that --sha256 gives, piece by piece as it comes, or as
/// it lies in a file. What is refused is refused with exit_codes::wrong_sum.
class checksum {
 public:
    /// `expected` in hexadecimal, empty: there is nothing to compare. `url` is whose
    /// body it is. Both outlive it.
    checksum(std::string_view expected, std::string_view url)
        : expected_(expected), url_(url) {}

    [[nodiscard]] bool wanted() const noexcept { return !expected_.empty(); }
    /// A body begins, perhaps once more.
    void begin();
    [[nodiscard]] refusal add(std::string_view piece);
    /// Of all pieces since begin(), which is over; `path` is where they went, empty:
    /// to standard output.
    [[nodiscard]] refusal compare(const std::string& path);
    /// Of a file.
    [[nodiscard]] refusal compare_file(const std::string& path) const;

 private:
    [[nodiscard]] std::string whose(const std::string& path) const;
    [[nodiscard]] refusal compare(std::string_view sum, const std::string& path) const;

    std::string_view expected_;
    std::string_view url_;
    std::optional<sha256> sum_;  // of the present body
};

}  // namespace tool
