// The stages that were built in.
#pragma once

#include <xfer/proto/decoding_stage.hpp>
#include <xfer/proto/impl/brotli_stage.ipp>
#include <xfer/proto/impl/zlib_stage.ipp>
#include <xfer/proto/impl/zstd_stage.ipp>

namespace XFER_NAMESPACE::proto {

XFER_DECL std::unique_ptr<decoding_stage> make_decoding_stage(
    [[maybe_unused]] content_coding coding
) {
#ifdef XFER_HAS_ZLIB
    if (coding == content_coding::gzip) return std::make_unique<gzip_stage>();
    if (coding == content_coding::deflate) return std::make_unique<deflate_stage>();
#endif
#ifdef XFER_HAS_BROTLI
    if (coding == content_coding::br) return std::make_unique<brotli_stage>();
#endif
#ifdef XFER_HAS_ZSTD
    if (coding == content_coding::zstd) return std::make_unique<zstd_stage>();
#endif
    return nullptr;
}

}  // namespace XFER_NAMESPACE::proto
