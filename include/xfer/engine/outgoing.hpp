// The body of a request as it is read, piece by piece.
#pragma once

#include <xfer/config.hpp>
#include <xfer/detail/file.hpp>
#include <xfer/engine/transfer.hpp>
#include <xfer/engine/user_call.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

namespace XFER_NAMESPACE::engine {

/// Opened from the request's source before anything is sent. Checks that a source gives
/// exactly as much as was announced: an upload is never silently short. Of a sequence
/// of sources one after the other is read.
class outgoing {
 public:
    explicit outgoing(transfer& t) noexcept : transfer_(t) {}

    /// Opens files, and learns the length.
    [[nodiscard]] XFER_DECL std::error_code open();
    [[nodiscard]] bool present() const noexcept { return present_; }
    [[nodiscard]] const std::optional<std::uint64_t>& length() const noexcept {
        return length_;
    }
    /// Whether it is sent in chunks: its length is not known, or trailers follow it.
    [[nodiscard]] XFER_DECL bool chunked() const noexcept;
    /// All of it, if there is one that lies in memory, however much of it next() read.
    [[nodiscard]] XFER_DECL std::optional<std::string_view> whole() const noexcept;
    /// The next piece, valid until the next call; empty at the end.
    [[nodiscard]] XFER_DECL net::task<std::error_code> next(
        transfer& t, std::string_view& piece
    );
    /// There is none any more.
    void drop() noexcept { present_ = false; }
    /// Back to the start, if anything was read; false where that cannot be done.
    [[nodiscard]] XFER_DECL bool rewind();

 private:
    static constexpr std::size_t piece_size = std::size_t{64} * 1024;

    /// The sources of a sequence, or the one.
    [[nodiscard]] std::span<const source> parts() const noexcept;
    [[nodiscard]] std::error_code open_body();
    [[nodiscard]] std::error_code open_file(const std::string& path, detail::file& f);
    [[nodiscard]] std::error_code open_parts();
    [[nodiscard]] std::error_code begin_part(std::size_t index);
    [[nodiscard]] const source::awaitable_function* waits_in(std::span<const source> all
    ) const noexcept;
    [[nodiscard]] std::error_code read_now(const source& part);
    [[nodiscard]] std::error_code read_file(detail::file& f);
    [[nodiscard]] std::error_code read_function(const source::function& f);
    [[nodiscard]] net::task<std::error_code> read_awaitable(
        transfer& t, const source::awaitable_function& f
    );
    [[nodiscard]] std::error_code filled(std::span<char> space, std::size_t size);
    /// Compares what a source gave with what it announced.
    [[nodiscard]] std::error_code check_amount(
        std::uint64_t given, std::optional<std::uint64_t> announced, bool ended
    );
    [[nodiscard]] bool rewind_part(std::size_t index);
    [[nodiscard]] std::span<char> space();

    /// Of a body that is not sent from memory with the head: most requests have none.
    struct reading {
        bool at_end = false;
        std::uint64_t given = 0;
        std::size_t part = 0;  ///< which one is being read
        std::uint64_t part_given = 0;
        std::string_view piece;  ///< of the part, as it was read last
        detail::file file;       ///< of the part that is being read
        /// Files of a sequence that are no regular ones, such as pipes: what is opened
        /// twice may not be the same twice. Empty if there are none.
        std::vector<detail::file> special_files;
        std::unique_ptr<char[]> space;
        std::shared_ptr<user_call> call;
        std::shared_ptr<const source::awaitable_function> awaitable;

        [[nodiscard]] bool is_special(std::size_t index) const noexcept {
            return !special_files.empty() && special_files[index].is_open();
        }
    };

    transfer& transfer_;
    bool present_ = false;
    bool read_ = false;
    std::optional<std::uint64_t> length_;
    std::unique_ptr<reading> reading_;
};

}  // namespace XFER_NAMESPACE::engine

#ifndef XFER_SEPARATE_COMPILATION
#include <xfer/engine/impl/outgoing.ipp>
#endif
