// Reads HTTP/1.1 requests out of a growing buffer: the loopback server's own small
// parser, without I/O.
#pragma once

#include <xfer/config.hpp>
#include <xfer/testing/script.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace XFER_NAMESPACE::testing::detail {

/// What reading has come to.
enum class verdict : std::uint8_t {
    incomplete,  ///< needs more bytes
    complete,
    bad,      ///< not HTTP/1.1
    too_big,  ///< the head is longer than the limit
};

/// A whole number and nothing else, in this base.
[[nodiscard]] XFER_DECL bool parse_number(
    std::string_view text, int base, std::uint64_t& number
) noexcept;

/// One request at a time: read_head until complete, read_body until complete, take.
/// Both remove from the front of the inbox what they have used.
class request_reader {
 public:
    request_reader(std::size_t head_limit, std::size_t body_limit)
        : head_limit_(head_limit), body_limit_(body_limit) {}

    [[nodiscard]] XFER_DECL verdict read_head(std::string& inbox);
    [[nodiscard]] XFER_DECL verdict read_body(std::string& inbox);

    /// The request so far; whole after read_body has said complete.
    [[nodiscard]] seen_request& request() noexcept { return request_; }
    /// Whether the request announces a body.
    [[nodiscard]] bool has_body() const noexcept { return chunked_ || length_ > 0; }
    /// Gets ready for the next request.
    XFER_DECL void reset();

 private:
    enum class chunk_part : std::uint8_t { size, data, data_end, trailer };

    [[nodiscard]] verdict parse_head(std::string_view head);
    [[nodiscard]] bool parse_framing();
    [[nodiscard]] verdict read_chunks(std::string_view& rest);
    [[nodiscard]] verdict read_chunk_line(std::string_view line);
    [[nodiscard]] verdict read_data(std::string_view& rest);
    void keep_raw(std::string_view bytes);

    std::size_t head_limit_;
    std::size_t body_limit_;
    std::size_t scanned_ =
        0;  // of an incomplete head, so that it is not searched twice
    seen_request request_;
    bool chunked_ = false;
    chunk_part part_ = chunk_part::size;
    std::uint64_t length_ = 0;  // what is left of the body, or of the chunk
};

}  // namespace XFER_NAMESPACE::testing::detail

#ifndef XFER_SEPARATE_COMPILATION
#include <xfer/testing/detail/impl/request_reader.ipp>
#endif
