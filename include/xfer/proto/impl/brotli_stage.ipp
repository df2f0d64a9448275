// br through Google's library.
#pragma once

#include <xfer/proto/decoding_stage.hpp>

#ifdef XFER_HAS_BROTLI

#include <brotli/decode.h>

#include <new>

namespace XFER_NAMESPACE::proto {

/// One stream, nothing behind it. The window is what RFC 7932 9.1 allows, 16 MiB at
/// most; "large window" streams, up to 1 GiB, are not turned on and so refused.
class brotli_stage final : public decoding_stage {
 public:
    brotli_stage() : state_(::BrotliDecoderCreateInstance(nullptr, nullptr, nullptr)) {
        if (!state_) throw std::bad_alloc();
    }

    step decode(std::span<const char> in, std::span<char> out) override {
        if (ended_) {
            if (in.empty()) return {};
            return {.broken = "something follows the br coded body"};
        }
        const auto* next_in = reinterpret_cast<const std::uint8_t*>(in.data());
        auto* next_out = reinterpret_cast<std::uint8_t*>(out.data());
        std::size_t left_in = in.size();
        std::size_t left_out = out.size();
        const auto status = ::BrotliDecoderDecompressStream(
            state_.get(), &left_in, &next_in, &left_out, &next_out, nullptr
        );
        step s{.consumed = in.size() - left_in, .produced = out.size() - left_out};
        s.more = status == BROTLI_DECODER_RESULT_NEEDS_MORE_OUTPUT;
        ended_ = status == BROTLI_DECODER_RESULT_SUCCESS;
        if (status == BROTLI_DECODER_RESULT_ERROR) {
            if (out_of_memory()) throw std::bad_alloc();
            s.broken = "the br coded body is broken";
        }
        return s;
    }

    [[nodiscard]] bool complete() const noexcept override { return ended_; }

 private:
    [[nodiscard]] bool out_of_memory() const noexcept {
        const auto code = ::BrotliDecoderGetErrorCode(state_.get());
        return code <= BROTLI_DECODER_ERROR_ALLOC_CONTEXT_MODES &&
               code >= BROTLI_DECODER_ERROR_ALLOC_BLOCK_TYPE_TREES;
    }

    struct destroy {
        void operator()(BrotliDecoderState* state) const noexcept {
            ::BrotliDecoderDestroyInstance(state);
        }
    };
    std::unique_ptr<BrotliDecoderState, destroy> state_;
    bool ended_ = false;
};

}  // namespace XFER_NAMESPACE::proto

#endif
