// The body of one response, from the exchange to the sink: decoded, counted, delivered.
#pragma once

#include <xfer/config.hpp>
#include <xfer/engine/delivery.hpp>
#include <xfer/engine/lease.hpp>
#include <xfer/engine/transfer.hpp>
#include <xfer/http/h1_exchange.hpp>
#include <xfer/proto/content_decoder.hpp>
#include <xfer/proto/refusal.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <system_error>

namespace XFER_NAMESPACE::engine {

/// A body whose content codings are undone.
struct decoding {
    static constexpr std::size_t space_size = std::size_t{64} * 1024;

    decoding(
        std::span<const proto::content_coding> codings,
        const proto::decoding_limits& limits
    )
        : decoder(codings, limits), space(std::make_shared<char[]>(space_size)) {}

    proto::content_decoder decoder;
    /// Why the codings cannot be undone, which matters if there is an octet.
    proto::refusal refused;
    /// Where decoded pieces lie. Shared with a sink that is abandoned in the middle.
    std::shared_ptr<char[]> space;
    std::string_view input;  ///< what of a piece of the exchange is not decoded yet
    bool has_input = false;  ///< and the decoder has not said `more` to it
    unsigned steps = 0;      ///< in this turn
};

/// The body of one response on its way into the sink.
struct receipt {
    explicit receipt(delivery& d) noexcept : sink(d) {}

    delivery& sink;
    http::step result = http::step::blocked;  ///< done: `piece` waits to be delivered
    std::string_view piece;
    /// The response is not the answer: nobody is to see its body.
    bool passed_over = false;
    std::uint64_t drained = 0;
    /// What had been received before anything was dropped.
    std::optional<std::uint64_t> received_before;
    /// When what is dropped has had its time.
    time_point drained_by = time_point::max();
    std::error_code ec;
    /// Null where there is nothing to undo.
    std::unique_ptr<decoding> codings;

    /// Whether there is more to decode, without anything to be read.
    [[nodiscard]] bool decoding_goes_on() const noexcept {
        return codings && codings->has_input;
    }
    /// Makes what is not delivered survive a suspension.
    void hold(http::h1_exchange& x) {
        if (codings && codings->input.data() != nullptr) {
            codings->input = x.hold(codings->input);
        } else if (!codings) {
            piece = x.hold(piece);
        }
    }
};

/// Whether nobody wants the body.
[[nodiscard]] inline bool unwanted(const receipt& r) noexcept {
    return r.passed_over || r.sink.dropped();
}

/// Whether the user lets the connection carry other requests.
[[nodiscard]] inline bool keeps_connection(const transfer& t) noexcept {
    const auto& sent = t.trip ? t.trip->users : t.request.fields();
    return !t.request.options().forbid_reuse &&
           (sent.empty() || !sent.list_contains("Connection", "close"));
}

/// Notes why a read, or a look at what was read, failed.
XFER_DECL std::error_code failed(transfer& t, const http::h1_exchange& x);

/// Whether something was asked for that is to be undone.
[[nodiscard]] inline bool may_be_coded(const transfer& t) noexcept {
    const auto& o = t.request.options();
    return o.decode || o.transfer_codings;
}

/// Finds out what is to be undone, when the head is here (options.decode,
/// options.transfer_codings).
XFER_DECL void begin_decoding(const transfer& t, receipt& r);

/// The rest of a body that nobody wants is not worth reading: the connection ends.
[[nodiscard]] XFER_DECL std::error_code abandon(
    transfer& t, http::h1_exchange& x, receipt& r
);

/// A body broke off, or makes no sense: one that nobody wants, because another request
/// follows, is not missed.
[[nodiscard]] XFER_DECL std::error_code broken_off(
    transfer& t, http::h1_exchange& x, receipt& r
);

/// Delivers what has come, as far as that needs no waiting.
XFER_DECL void deliver(transfer& t, http::h1_exchange& x, receipt& r);

/// Delivers a piece that has to wait: for the end of a pause, or for the sink.
[[nodiscard]] XFER_DECL net::task<std::error_code> deliver_waiting(
    transfer& t, lease& connection, http::h1_exchange& x, receipt& r
);

}  // namespace XFER_NAMESPACE::engine

#ifndef XFER_SEPARATE_COMPILATION
#include <xfer/engine/impl/receipt.ipp>
#endif
