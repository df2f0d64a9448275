// One coding of a body as it is undone: what the libraries of the codings look like to
// content_decoder.
#pragma once

#include <xfer/proto/content_coding.hpp>

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

namespace XFER_NAMESPACE::proto {

/// Decodes one coding, from a span into a span, as far as either lasts. Memory that
/// runs out is std::bad_alloc; everything else is told by `broken`.
class decoding_stage {
 public:
    struct step {
        std::size_t consumed = 0;
        std::size_t produced = 0;
        /// More output may come without more input.
        bool more = false;
        /// A sentence if the input is broken; nothing works any more then.
        std::string_view broken = {};
    };

    decoding_stage() = default;
    decoding_stage(const decoding_stage&) = delete;
    decoding_stage& operator=(const decoding_stage&) = delete;
    virtual ~decoding_stage() = default;

    /// `out` must not be empty. `in` may be, after a step that said `more`.
    [[nodiscard]] virtual step decode(
        std::span<const char> in, std::span<char> out
    ) = 0;
    /// Whether the input may end here.
    [[nodiscard]] virtual bool complete() const noexcept = 0;
};

/// What undoes the coding; null if it was not built in.
[[nodiscard]] XFER_DECL std::unique_ptr<decoding_stage> make_decoding_stage(
    content_coding coding
);

}  // namespace XFER_NAMESPACE::proto

#ifndef XFER_SEPARATE_COMPILATION
#include <xfer/proto/impl/decoding_stage.ipp>
#endif
