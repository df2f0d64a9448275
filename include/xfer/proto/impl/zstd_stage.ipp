// zstd through Facebook's library.
#pragma once

#include <xfer/proto/decoding_stage.hpp>

#ifdef XFER_HAS_ZSTD

#include <zstd.h>
#include <zstd_errors.h>

#include <new>

namespace XFER_NAMESPACE::proto {

/// Frames one after another, skippable ones among them (RFC 8878 3.1). A frame that
/// asks for a window above 8 MiB is refused (RFC 9659 3).
class zstd_stage final : public decoding_stage {
 public:
    zstd_stage() : context_(::ZSTD_createDCtx()) {
        constexpr int window_log = 23;
        if (!context_ || ::ZSTD_isError(::ZSTD_DCtx_setParameter(
                             context_.get(), ZSTD_d_windowLogMax, window_log
                         ))) {
            throw std::bad_alloc();
        }
    }

    step decode(std::span<const char> in, std::span<char> out) override {
        ZSTD_inBuffer from{in.data(), in.size(), 0};
        ZSTD_outBuffer to{out.data(), out.size(), 0};
        const auto left = ::ZSTD_decompressStream(context_.get(), &to, &from);
        step s{.consumed = from.pos, .produced = to.pos};
        if (::ZSTD_isError(left)) {
            const auto code = ::ZSTD_getErrorCode(left);
            if (code == ZSTD_error_memory_allocation) throw std::bad_alloc();
            s.broken = code == ZSTD_error_frameParameter_windowTooLarge
                           ? "the zstd coded body asks for a window above 8 MiB"
                           : "the zstd coded body is broken";
            return s;
        }
        // 0: a frame has ended, and all of it was given out.
        between_frames_ = left == 0;
        s.more = !between_frames_ && to.pos == out.size();
        return s;
    }

    [[nodiscard]] bool complete() const noexcept override { return between_frames_; }

 private:
    struct destroy {
        void operator()(ZSTD_DCtx* context) const noexcept { ::ZSTD_freeDCtx(context); }
    };
    std::unique_ptr<ZSTD_DCtx, destroy> context_;
    bool between_frames_ = false;
};

}  // namespace XFER_NAMESPACE::proto

#endif
