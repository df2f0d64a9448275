// Decoding and delivering.
#pragma once

#include <xfer/engine/receipt.hpp>
#include <xfer/engine/state.hpp>
#include <xfer/proto/head_parser.hpp>

#include <string>
#include <utility>

namespace XFER_NAMESPACE::engine {

/// Notes what came of a read or a look at what was read.
XFER_DECL std::error_code failed(transfer& t, const http::h1_exchange& x) {
    const auto& why = x.failure();
    // TLS knows better what went wrong: in TLS 1.3 a server refuses a client's
    // certificate only after the handshake.
    const bool named = x.cause().category() == error_category();
    if (x.write_failed() && !x.response_begun() && !named) {
        return t.fail(
            error::send_failed,
            "sending the request failed: " + x.write_cause().message(),
            x.write_cause()
        );
    }
    auto message = std::string(why.why);
    if (why.ec == error::weird_reply) {
        message += proto::quoted_reply(x.incomplete_head());
    }
    if (x.cause()) {
        message += ": " + x.cause().message();
        if (const auto reason = x.stream_reason(); !reason.empty()) {
            message.append(" (").append(reason).append(")");
        }
    }
    const auto ec = t.fail(named ? x.cause() : why.ec, std::move(message), x.cause());
    t.trouble->not_http = x.is_not_http();
    return ec;
}

/// Whether the rest of a body that nobody wants is worth reading, to keep the
/// connection: up to 64 KiB, as they come, of chunks that can be small.
inline bool worth_draining(const http::h1_exchange& x, receipt& r) {
    constexpr std::uint64_t most = std::uint64_t{64} * 1024;
    if (const auto length = x.body_length()) {
        return r.drained + *length <= most;
    }
    if (!r.received_before) {
        r.received_before = r.passed_over ? x.head_bytes() : x.received();
    }
    return x.received() - *r.received_before <= most;
}

/// Whether the sink may take its time over a piece.
inline bool takes_time(const receipt& r) noexcept {
    return r.sink.may_wait() && !unwanted(r);
}

/// The rest of a body that nobody wants is not worth reading: the connection ends.
XFER_DECL std::error_code abandon(transfer& t, http::h1_exchange& x, receipt& r) {
    x.never_reuse();
    if (r.passed_over) {
        r.result = http::step::ended;
        return {};
    }
    return t.fail(asio::error::operation_aborted, "abandoned");
}

XFER_DECL std::error_code broken_off(transfer& t, http::h1_exchange& x, receipt& r) {
    return r.passed_over ? abandon(t, x, r) : failed(t, x);
}

/// Counts a piece that goes to the sink: as it was on the wire, so not what was
/// decoded.
inline std::error_code count(transfer& t, const receipt& r) {
    return r.codings ? std::error_code() : t.body_arrived(r.piece.size());
}

/// The next piece as it is on the wire, but for the framing of chunks.
inline http::step take_piece(
    transfer& t, http::h1_exchange& x, std::string_view& piece
) {
    const auto result = x.next_piece(piece);
    if (t.traced && result == http::step::done) {
        t.tell_response_body(piece);
    }
    return result;
}

/// The next decoded piece.
inline http::step next_decoded(transfer& t, http::h1_exchange& x, receipt& r) {
    // A few of these a turn, as of blocks that are read.
    constexpr unsigned most = 4;
    auto& d = *r.codings;
    for (;;) {
        if (!d.has_input) {
            const auto result = take_piece(t, x, d.input);
            if (result == http::step::ended) {
                if (const auto cut_off = d.decoder.end()) {
                    r.ec = t.fail(cut_off.ec, std::string(cut_off.why));
                    return http::step::failed;
                }
            }
            if (result != http::step::done) {
                return result;
            }
            d.has_input = true;
            r.ec = d.refused ? t.fail(d.refused.ec, std::string(d.refused.why))
                             : t.body_arrived(d.input.size());
            if (r.ec) {
                return http::step::failed;
            }
        }
        if (++d.steps > most) {
            d.steps = 0;
            return http::step::blocked;
        }
        const auto step =
            d.decoder.feed(d.input, {d.space.get(), decoding::space_size});
        d.input.remove_prefix(step.consumed);
        if (step.status == proto::decode_status::failed) {
            const auto& why = d.decoder.failure();
            r.ec = t.fail(why.ec, std::string(why.why));
            return http::step::failed;
        }
        d.has_input = step.status == proto::decode_status::data;
        if (!step.data.empty()) {
            r.piece = {step.data.data(), step.data.size()};
            return http::step::done;
        }
    }
}

inline http::step next_piece(transfer& t, http::h1_exchange& x, receipt& r) {
    return r.codings && !unwanted(r) ? next_decoded(t, x, r)
                                     : take_piece(t, x, r.piece);
}

XFER_DECL void begin_decoding(const transfer& t, receipt& r) {
    const auto& o = t.request.options();
    if (r.passed_over || o.raw_transfer) {
        return;
    }
    const auto& f = t.response.fields();
    constexpr int partial_content = 206;
    proto::coding_list list;
    if (o.decode && r.sink.resumption() == nullptr &&
        t.response.status() != partial_content) {
        list = proto::parse_content_codings(f);
    }
    if (o.transfer_codings) {
        // Applied after those of the content: undone before them.
        list.append(proto::parse_transfer_codings(f));
    }
    if (list.failure || list.count > 0) {
        proto::decoding_limits limits;
        limits.size = o.max_body_size;
        limits.ratio = o.max_decoded_ratio;
        r.codings = std::make_unique<decoding>(list.view(), limits);
        r.codings->refused = list.failure;
    }
}

/// Delivers the piece to a sink that does not wait, or to nobody.
inline std::error_code deliver_at_once(transfer& t, receipt& r) {
    if (r.passed_over) {
        r.drained += r.piece.size();
        return t.interrupted();
    }
    auto ec = count(t, r);
    if (!ec && r.sink.dropped()) {
        r.drained += r.piece.size();
    } else if (!ec) {
        ec = r.sink.give_now(r.piece);
    }
    return ec ? ec : t.tell_progress();
}

/// Delivers what has come, as far as that needs no waiting.
XFER_DECL void deliver(transfer& t, http::h1_exchange& x, receipt& r) {
    while (!r.ec) {
        // Nothing may come any more that would wake this: it looks before it waits.
        if (unwanted(r) && !worth_draining(x, r)) {
            r.ec = abandon(t, x, r);
            return;
        }
        r.result = next_piece(t, x, r);
        switch (r.result) {
            case http::step::failed:
                r.ec = r.ec ? r.ec : broken_off(t, x, r);
                return;
            case http::step::ended:
                if (t.shows_heads) {
                    r.ec = t.show_trailers(x);
                }
                if (!r.ec && !r.passed_over) {
                    response_access::trailers(t.response) = x.trailers();
                    r.ec = r.sink.finish();
                }
                return;
            case http::step::interim:  // of heads only
                return;
            case http::step::blocked:
                if (unwanted(r) && !(x.may_become_reusable() && keeps_connection(t))) {
                    r.ec = abandon(t, x, r);  // nothing would be gained by waiting
                }
                return;
            case http::step::done:
                break;
        }
        if (t.paused || takes_time(r)) {
            return;
        }
        r.ec = deliver_at_once(t, r);
    }
}

/// Delivers a piece that has to wait: for the end of a pause, or for the sink.
XFER_DECL net::task<std::error_code> deliver_waiting(
    transfer& t, lease& connection, http::h1_exchange& x, receipt& r
) {
    std::error_code ec;
    while (!ec && t.paused) {
        r.hold(x);
        connection->stream->disarm();
        ec = co_await t.park();
    }
    if (!ec && !takes_time(r)) {
        co_return deliver_at_once(t, r);
    }
    if (!ec) {
        ec = count(t, r);
    }
    if (!ec) {
        r.hold(x);
        // Named: g++ 12 destroys a choice in a co_await expression twice.
        std::shared_ptr<const void> owner;
        if (r.codings) {
            owner = r.codings->space;
        }
        ec = co_await r.sink.give(t, x, r.piece, owner);
    }
    co_return ec ? ec : t.tell_progress();
}

}  // namespace XFER_NAMESPACE::engine
