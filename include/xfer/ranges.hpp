// What came of a request for ranges: one part, several, or the whole (RFC 9110 14,
// 15.3.7).
#pragma once

#include <xfer/error.hpp>
#include <xfer/proto/refusal.hpp>
#include <xfer/response.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

namespace XFER_NAMESPACE {

namespace proto {
class byteranges_decoder;
}

/// How a server answered to request::range(). It may ignore the ranges, join those that
/// lie close together, change their order, and leave out those that are not there.
enum class ranges_kind : std::uint8_t {
    whole,    ///< 200 or 203: the ranges were ignored, and the body is everything
    one,      ///< 206 with a Content-Range: the body is that one part
    several,  ///< 206 of multipart/byteranges: parts between boundaries
    none,     ///< another status, such as 416, or a 206 that does not say what it is
};

/// Where a part belongs. Sizes and offsets are bytes of the whole as the server keeps
/// it: in a content coding, if it has one, since parts are never decoded. The whole may
/// be (options.decode): then its bytes are counted as they were decoded.
struct range_part {
    /// Of its first byte; 0 for the whole.
    std::uint64_t offset = 0;
    /// Absent only for a whole whose length was not told beforehand, or that is in a
    /// content coding.
    std::optional<std::uint64_t> size;
    /// Of the whole; absent where the server did not tell. Of 416: the only thing that
    /// is known.
    std::optional<std::uint64_t> complete_size;
    /// The part's own Content-Type, or else that of the response if there is one part;
    /// may be empty, and is where the response has several that differ.
    std::string content_type;
};

/// Reads the parts of a body that comes in pieces of any size, without holding any: for
/// a to_function() sink, or whatever else gets bytes. See range_stream for a body that
/// is read as it comes, and read_ranges() for one in memory.
///
///     std::optional<xfer::range_reader> ranges;
///     auto begin = [&](const xfer::response& head) { ranges.emplace(head); };
///     auto take = [&](std::string_view in) -> std::error_code {
///         while (!in.empty()) {
///             const auto step = ranges->feed(in);
///             if (step.event == xfer::range_event::failed) return ranges->error();
///             if (step.event == xfer::range_event::complete) break;
///             write_at(step.offset, step.data);
///             in.remove_prefix(step.consumed);
///         }
///         return {};
///     };
///     r.range("0-99,1000-1099").on_head(begin).sink(xfer::to_function(take));
///
/// After the transfer ask end(), which alone knows that a part or the last boundary is
/// missing from a body that was as long as it should be.
///
/// The errors are error::http_status for what has no part (ranges_kind::none by its
/// status), error::weird_reply for a 206 that breaks RFC 9110 15.3.7 or has two types
/// that differ and no Content-Range, for parts that break RFC 2046 5.1.1 or are more
/// than 1000, and for a body longer than its Content-Range, error::header_too_large for
/// a part with more than 64 KiB of fields, and of end() error::partial_body.
class range_reader {
 public:
    /// What a step of feed() has found.
    enum class range_event : std::uint8_t {
        more,      ///< all was consumed; feed what comes next
        part,      ///< a part begins: part()
        data,      ///< step::data is of that part
        complete,  ///< the last boundary has come; the rest of the body means nothing
        failed,    ///< see error()
    };

    /// What feed() answers.
    struct step {
        range_event event;      ///< what was found
        std::size_t consumed;   ///< bytes that are done with; feed the rest again
        std::string_view data;  ///< a view of what was fed; empty unless data
        std::uint64_t offset;   ///< of the data's first byte in the whole
    };

    /// For a response whose head has arrived. Keeps what it needs of it.
    XFER_DECL explicit range_reader(const response& head);
    /// The other may then only be assigned to or destroyed.
    XFER_DECL range_reader(range_reader&&) noexcept;
    /// As the move.
    XFER_DECL range_reader& operator=(range_reader&&) noexcept;
    /// What fed it stays the caller's.
    XFER_DECL ~range_reader();

    /// What the head says.
    [[nodiscard]] ranges_kind kind() const noexcept { return kind_; }
    /// Consumes up to and including the next thing that it finds. A part of a body that
    /// is one part, or the whole, begins with the first call, which may be of nothing.
    [[nodiscard]] XFER_DECL step feed(std::string_view in);
    /// The part that began last.
    [[nodiscard]] const range_part& part() const noexcept { return part_; }
    /// The body has ended: none, error::partial_body if a part or a boundary is
    /// missing, or the error that there was before.
    [[nodiscard]] XFER_DECL std::error_code end() const;
    /// What is wrong; none if nothing is.
    [[nodiscard]] std::error_code error() const noexcept { return failure_.ec; }
    /// The same as a sentence of a static text; empty if nothing is wrong.
    [[nodiscard]] std::string_view why() const noexcept { return failure_.why; }

 private:
    XFER_DECL void judge_partial(const response& head);
    step feed_several(std::string_view in);
    step feed_one(std::string_view in);
    step fail(xfer::error e, std::string_view why) noexcept;

    ranges_kind kind_ = ranges_kind::none;
    bool begun_ = false;
    range_part part_;
    std::uint64_t at_ = 0;                                // of the next byte of data
    std::optional<std::uint64_t> end_;                    // behind the one part
    std::unique_ptr<proto::byteranges_decoder> decoder_;  // of several parts
    proto::refusal failure_;
};

/// What a step of range_reader::feed() has found.
using range_event = range_reader::range_event;

/// A part with its bytes.
struct range_content {
    range_part part;        ///< where it belongs
    std::string_view data;  ///< a view of response::body()
};

/// The parts of a body in memory, in the order of the server's: one if it is the whole,
/// or one range. The views live as long as the response. On an error, which is one of
/// range_reader's, none.
[[nodiscard]] XFER_DECL std::vector<range_content> read_ranges(
    const response& r, std::error_code& ec
);
/// The views would end with the response.
std::vector<range_content> read_ranges(response&& r, std::error_code& ec) = delete;

}  // namespace XFER_NAMESPACE

#ifndef XFER_SEPARATE_COMPILATION
#include <xfer/impl/ranges.ipp>
#endif
