// Encoded bodies, made by the libraries themselves.
#pragma once

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

#ifdef XFER_HAS_ZLIB
#include <zlib.h>
#endif
#ifdef XFER_HAS_BROTLI
#include <brotli/encode.h>
#endif
#ifdef XFER_HAS_ZSTD
#include <zstd.h>
#endif

namespace test {

inline void require(bool fact) {
    if (!fact) throw std::runtime_error("an encoder failed");
}

#ifdef XFER_HAS_ZLIB
/// By zlib's windowBits: 31 gzip, 15 zlib, -15 bare.
inline std::string deflated(
    std::string_view text, int window_bits, std::string_view dictionary = {}
) {
    z_stream z{};
    require(
        ::deflateInit2(&z, 9, Z_DEFLATED, window_bits, 8, Z_DEFAULT_STRATEGY) == Z_OK
    );
    if (!dictionary.empty()) {
        const auto* octets = reinterpret_cast<const Bytef*>(dictionary.data());
        const auto size = static_cast<uInt>(dictionary.size());
        require(::deflateSetDictionary(&z, octets, size) == Z_OK);
    }
    std::string out(::deflateBound(&z, text.size()) + 32, '\0');
    z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
    z.avail_in = static_cast<uInt>(text.size());
    z.next_out = reinterpret_cast<Bytef*>(out.data());
    z.avail_out = static_cast<uInt>(out.size());
    require(::deflate(&z, Z_FINISH) == Z_STREAM_END);
    out.resize(z.total_out);
    ::deflateEnd(&z);
    return out;
}
inline std::string gzip(std::string_view text) { return deflated(text, 31); }
inline std::string zlib(std::string_view text) { return deflated(text, 15); }
inline std::string bare_deflate(std::string_view text) { return deflated(text, -15); }
#endif

#ifdef XFER_HAS_BROTLI
inline std::string brotli(std::string_view text, int window_log = 22) {
    auto* state = ::BrotliEncoderCreateInstance(nullptr, nullptr, nullptr);
    require(state != nullptr);
    const auto log = static_cast<std::uint32_t>(window_log);
    ::BrotliEncoderSetParameter(state, BROTLI_PARAM_QUALITY, 5);
    if (window_log > BROTLI_MAX_WINDOW_BITS) {
        ::BrotliEncoderSetParameter(state, BROTLI_PARAM_LARGE_WINDOW, 1);
    }
    require(::BrotliEncoderSetParameter(state, BROTLI_PARAM_LGWIN, log) == BROTLI_TRUE);
    std::string out(::BrotliEncoderMaxCompressedSize(text.size()) + 1024, '\0');
    std::size_t left_in = text.size();
    std::size_t left_out = out.size();
    const auto* next_in = reinterpret_cast<const std::uint8_t*>(text.data());
    auto* next_out = reinterpret_cast<std::uint8_t*>(out.data());
    require(
        ::BrotliEncoderCompressStream(
            state,
            BROTLI_OPERATION_FINISH,
            &left_in,
            &next_in,
            &left_out,
            &next_out,
            nullptr
        ) == BROTLI_TRUE &&
        ::BrotliEncoderIsFinished(state) == BROTLI_TRUE
    );
    ::BrotliEncoderDestroyInstance(state);
    out.resize(out.size() - left_out);
    return out;
}
#endif

#ifdef XFER_HAS_ZSTD
/// A frame with a checksum that names its window and not its length, as from a stream.
inline std::string zstd(std::string_view text, int window_log = 20) {
    auto* context = ::ZSTD_createCCtx();
    require(context != nullptr);
    ::ZSTD_CCtx_setParameter(context, ZSTD_c_windowLog, window_log);
    ::ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1);
    std::string out(::ZSTD_compressBound(text.size()) + 64, '\0');
    ZSTD_inBuffer in{text.data(), text.size(), 0};
    ZSTD_outBuffer to{out.data(), out.size(), 0};
    ::ZSTD_compressStream2(context, &to, &in, ZSTD_e_continue);
    require(::ZSTD_compressStream2(context, &to, &in, ZSTD_e_end) == 0);
    ::ZSTD_freeCCtx(context);
    out.resize(to.pos);
    return out;
}
#endif

}  // namespace test
