// Bodies in codings: what encoders make of the input, spoiled or not, and the input
// itself.
#include "fuzz/input.hpp"
#include "fuzz/targets.hpp"
#include "support/encoders.hpp"
#include <xfer/error.hpp>
#include <xfer/proto/content_decoder.hpp>

#include <string>
#include <vector>

namespace fuzz {
namespace {

using xfer::proto::content_coding;
using xfer::proto::decode_status;
using xfer::proto::decoding_limits;

constexpr int small_window = 16;  // the encoders' own is too large to be set up often
constexpr std::uint64_t most = 1 << 18;

struct encoder {
    content_coding coding;
    std::string (*encode)(std::string_view text);
};

constexpr encoder encoders[] = {
#ifdef XFER_HAS_ZLIB
    {content_coding::gzip, test::gzip},
    {content_coding::deflate, test::zlib},
    {content_coding::deflate, test::bare_deflate},
#endif
#ifdef XFER_HAS_BROTLI
    {content_coding::br,
     [](std::string_view text) { return test::brotli(text, small_window); }},
#endif
#ifdef XFER_HAS_ZSTD
    {content_coding::zstd,
     [](std::string_view text) { return test::zstd(text, small_window); }},
#endif
    {content_coding::gzip, nullptr},  // and one where nothing was built in
};
constexpr std::size_t built_in = std::size(encoders) - 1;

struct outcome {
    std::string text;
    std::error_code ec;
};

/// Whether the decoder wants the next piece.
bool feed(
    xfer::proto::content_decoder& decoder,
    std::string_view piece,
    std::size_t space,
    outcome& out
) {
    std::vector<char> block(space);
    for (;;) {
        const auto step = decoder.feed(piece, block);
        require(step.consumed <= piece.size(), "no more is consumed than there is");
        piece.remove_prefix(step.consumed);
        require(
            step.status == decode_status::data || step.data.empty(), "data, or none"
        );
        out.text.append(step.data.begin(), step.data.end());
        require(out.text.size() <= most, "no more than the limit");
        if (step.status == decode_status::failed) return false;
        if (step.status == decode_status::more) {
            require(piece.empty(), "all was consumed");
            return true;
        }
    }
}

outcome decode(
    const std::vector<content_coding>& codings,
    std::string_view body,
    const cuts& ends,
    std::size_t space,
    const decoding_limits& limits
) {
    xfer::proto::content_decoder decoder(codings, limits);
    outcome out;
    each_piece(body, ends, [&](std::string_view piece) {
        return feed(decoder, piece, space, out);
    });
    const auto failure = decoder.end();
    out.ec = failure.ec;
    require(
        !failure || failure.ec == xfer::error::bad_encoding ||
            failure.ec == xfer::error::body_too_large,
        "the errors of a decoder"
    );
    require(
        failure || decoder.received() == body.size(), "all of a good body was received"
    );
    return out;
}

void check_agree(const outcome& one, const outcome& other, std::string_view promise) {
    require(!one.ec == !other.ec, promise);
    // What is broken, or too much, may be seen a little earlier or later.
    const auto size = std::min(one.text.size(), other.text.size());
    const bool same = std::string_view(one.text).substr(0, size) ==
                      std::string_view(other.text).substr(0, size);
    require(same, promise);
    require(one.ec || one.text.size() == other.text.size(), promise);
}

}  // namespace

void content_decoder(std::string_view given) {
    input in(given);
    std::vector<content_coding> codings;
    const bool encode = in.choose();
    const std::size_t spoils = in.choose(4);
    std::string body(in.rest().view());
    const std::string plain = body;
    for (std::size_t count = 1 + in.choose(3); count > 0 && built_in > 0; --count) {
        const auto& chosen = encoders[in.choose(built_in)];
        codings.push_back(chosen.coding);
        if (encode) body = chosen.encode(body);
    }
    for (std::size_t i = 0; i < spoils && !body.empty(); ++i) {
        const std::size_t at = in.choose(256) * 256 + in.choose(256);
        body[at % body.size()] = static_cast<char>(in.choose(256));
    }
    const decoding_limits limits{.size = most};
    const octets held(body);
    const auto whole = decode(codings, held.view(), {body.size()}, 65'536, limits);
    if (encode && spoils == 0) {
        require(!whole.ec, "what was encoded can be decoded");
        require_same(whole.text, plain, "what was encoded");
    }
    check_agree(
        whole,
        decode(codings, held.view(), octet_by_octet(body.size()), 4096, limits),
        "octet by octet"
    );
    check_agree(
        whole,
        decode(codings, held.view(), in.pieces(body.size()), 100, limits),
        "in pieces"
    );
}

}  // namespace fuzz
