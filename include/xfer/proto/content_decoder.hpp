// Undoes the codings of a body, one after another, in bounded memory and bounded steps.
#pragma once

#include <xfer/proto/content_coding.hpp>
#include <xfer/proto/decoding_stage.hpp>
#include <xfer/proto/refusal.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace XFER_NAMESPACE::proto {

/// How large a body may become. Going past a limit is error::body_too_large. 0: no such
/// limit.
struct decoding_limits {
    /// Octets of the decoded body.
    std::uint64_t size = 0;
    /// So many times what was received, and no more, any coding of the body may give,
    /// once it gave ratio_from octets. gzip and deflate cannot exceed 1032:1, so that a
    /// body that is coded so once never comes to this limit; br and zstd of nothing but
    /// repetitions can go past 10,000:1, and codings upon codings past a million. What
    /// people write and programs log stays below 300:1.
    std::uint64_t ratio = 1100;
    std::uint64_t ratio_from = std::uint64_t{1} << 20U;
};

/// Decodes a body span by span into space of the caller's, which is free again after
/// each step:
///
///     do {
///         step = decoder.feed(in, space);
///         in = in.subspan(step.consumed);
///         if (step.status == decode_status::data) deliver(step.data);
///     } while (step.status == decode_status::data);
///     // more: the next span; and after the last one: failed = decoder.end()
///
/// A step takes and gives 64 KiB at most, and `data` may be empty after much work
/// that came to nothing: between two steps others can have their turn, or the transfer
/// its end, however small a bomb makes its input.
///
/// One coding holds 40 KiB (gzip, deflate), up to its window of 16 MiB (br) or 8 MiB
/// (zstd, RFC 9659), and 16 KiB between it and the next. Memory that runs out is
/// std::bad_alloc.
///
/// error::bad_encoding: a coding that was not built in, or too many; input that is
/// broken, of a larger window, or of a br or zstd body that something else follows.
/// Behind the end of gzip and deflate nothing is looked at, as in curl and browsers: a
/// body may be padded. error::body_too_large: see decoding_limits.
class content_decoder {
 public:
    enum class decode_status {
        more,    ///< all of the span was consumed; feed what comes next
        data,    ///< step::data is to be delivered; feed the rest of the span
        failed,  ///< see failure()
    };

    struct step {
        decode_status status;
        std::size_t consumed;        ///< octets of the span that are done with
        std::span<const char> data;  ///< in the space; without codings, in the span
    };

    /// The codings in the order in which they were applied; none is the identity.
    XFER_DECL explicit content_decoder(
        std::span<const content_coding> codings, const decoding_limits& limits = {}
    );

    /// Goes on decoding; `space` must not be empty. Until a step says `more`, the same
    /// span is fed, without what was consumed; it may be empty by then. Nothing is
    /// consumed after `failed`.
    [[nodiscard]] XFER_DECL step feed(std::span<const char> in, std::span<char> space);

    /// To be asked when the body has ended and the last step said `more`: bad_encoding
    /// if it ended too early for one of its codings. A body of no octets at all is
    /// complete, whatever its codings.
    [[nodiscard]] XFER_DECL refusal end();

    /// Octets fed and consumed so far, and octets given out.
    [[nodiscard]] std::uint64_t received() const noexcept { return received_; }
    [[nodiscard]] std::uint64_t produced() const noexcept { return produced_; }
    [[nodiscard]] const refusal& failure() const noexcept { return failure_; }

 private:
    /// A coding, and what waits to be decoded by the next one.
    struct link {
        [[nodiscard]] std::span<const char> given_on() const noexcept {
            return {block.get() + begin, end - begin};
        }

        std::unique_ptr<decoding_stage> stage;
        std::unique_ptr<char[]> block;  // none for the last one
        std::size_t begin = 0;
        std::size_t end = 0;
        std::uint64_t given = 0;
        bool fed = false;
        bool more = false;
    };

    [[nodiscard]] step pass_through(std::span<const char> in);
    [[nodiscard]] decoding_stage::step run(
        link& l, std::span<const char> from, std::span<char> to, bool last
    );
    [[nodiscard]] std::size_t next_link(bool has_input) const noexcept;
    XFER_DECL bool check_limits(const link& from, bool last) noexcept;
    [[nodiscard]] step failed(error e, std::string_view why) noexcept;

    std::vector<link> links_;  // in the order in which they are undone
    decoding_limits limits_;
    std::uint64_t received_ = 0;
    std::uint64_t produced_ = 0;
    refusal failure_;
};

using decode_status = content_decoder::decode_status;

}  // namespace XFER_NAMESPACE::proto

#ifndef XFER_SEPARATE_COMPILATION
#include <xfer/proto/impl/content_decoder.ipp>
#endif
