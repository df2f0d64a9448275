// A file that is written or read in pieces; the one place that calls POSIX for it.
#pragma once

#include <xfer/config.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

namespace XFER_NAMESPACE::detail {

/// Owns a descriptor. Not buffered: what was written is the system's.
class file {
 public:
    file() noexcept = default;
    file(file&& other) noexcept
        : descriptor_(std::exchange(other.descriptor_, -1)),
          is_fifo_(other.is_fifo_),
          first_(other.first_) {}
    file& operator=(file&& other) noexcept {
        std::swap(descriptor_, other.descriptor_);
        std::swap(is_fifo_, other.is_fifo_);
        std::swap(first_, other.first_);
        return *this;
    }
    ~file() { close(); }

    // A path with a NUL is refused: the system would take it for a shorter one.
    /// A FIFO that nobody has opened to write is refused (ENXIO).
    [[nodiscard]] XFER_DECL static file open_to_read(
        const std::string& path, std::error_code& ec
    );
    /// Creates the file, or truncates it.
    [[nodiscard]] XFER_DECL static file open_to_write(
        const std::string& path, std::error_code& ec
    );

    /// Creates the file, which must not exist.
    [[nodiscard]] XFER_DECL static file create(
        const std::string& path, std::error_code& ec
    );
    /// Creates the file, or opens it to write at its end.
    [[nodiscard]] XFER_DECL static file open_to_append(
        const std::string& path, std::error_code& ec
    );

    [[nodiscard]] bool is_open() const noexcept { return descriptor_ >= 0; }
    /// Fills as much of the space as there is; 0 at the end.
    [[nodiscard]] XFER_DECL std::size_t read(
        std::span<char> space, std::error_code& ec
    );
    /// Writes all of it, or sets ec.
    XFER_DECL void write(std::string_view bytes, std::error_code& ec);
    /// The size of a regular file; none for others.
    [[nodiscard]] XFER_DECL std::optional<std::uint64_t> size() const;
    /// Back to the start; false where the file cannot do that.
    [[nodiscard]] XFER_DECL bool rewind() noexcept;
    /// Removes everything that is in it.
    XFER_DECL void truncate(std::error_code& ec) noexcept;
    /// Closes; ec tells of a write that only fails now.
    XFER_DECL void close(std::error_code& ec) noexcept;
    void close() noexcept {
        std::error_code ignored;
        close(ignored);
    }

 private:
    XFER_DECL void open(const std::string& path, int flags, std::error_code& ec);
    void look_into_fifo(std::error_code& ec);

    int descriptor_ = -1;
    bool is_fifo_ = false;
    std::optional<char> first_;  ///< read already, to see whether somebody writes
};

}  // namespace XFER_NAMESPACE::detail

#ifndef XFER_SEPARATE_COMPILATION
#include <xfer/detail/impl/file.ipp>
#endif
