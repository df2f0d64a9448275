// Octets that leave no trace: a password, a token, a file that holds them.
#pragma once

#include <xfer/config.hpp>

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace XFER_NAMESPACE::detail {

/// Overwrites the octets, which the compiler may not leave out.
XFER_DECL void wipe(std::span<char> octets) noexcept;

/// Overwrites the text and all the memory it has, and leaves it empty.
XFER_DECL void wipe(std::string& text) noexcept;

/// Whether both hold the same octets. How long it takes says whether the sizes agree,
/// and nothing else.
[[nodiscard]] XFER_DECL bool constant_time_equal(
    std::string_view a, std::string_view b
) noexcept;

/// A text that is overwritten when it goes, wherever it went: it is never in the short
/// space of a std::string, which moving leaves as it was. There is no operator<<, and
/// there shall be none.
class secret {
 public:
    secret() = default;
    explicit secret(std::string_view text) : secret(text.size()) {
        text.copy(octets_.get(), text.size());
    }
    /// Takes over a text that was put together; what it held is overwritten.
    [[nodiscard]] static secret from(std::string&& text) {
        secret made{std::string_view(text)};
        wipe(text);
        return made;
    }
    secret(const secret& other) : secret(other.view()) {}
    secret(secret&& other) noexcept
        : octets_(std::move(other.octets_)), size_(std::exchange(other.size_, 0)) {}
    secret& operator=(secret other) noexcept {
        std::swap(octets_, other.octets_);
        std::swap(size_, other.size_);
        return *this;
    }
    ~secret() { wipe(std::span(octets_.get(), size_)); }

    [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
    /// Valid until the secret is assigned to, moved from, or gone.
    [[nodiscard]] std::string_view view() const noexcept {
        return {octets_.get(), size_};
    }

    [[nodiscard]] friend bool operator==(const secret& a, const secret& b) noexcept {
        return constant_time_equal(a.view(), b.view());
    }

 private:
    explicit secret(std::size_t size)
        : octets_(std::make_unique<char[]>(size)), size_(size) {}

    std::unique_ptr<char[]> octets_;
    std::size_t size_ = 0;
};

}  // namespace XFER_NAMESPACE::detail

#ifndef XFER_SEPARATE_COMPILATION
#include <xfer/detail/impl/secret.ipp>
#endif
