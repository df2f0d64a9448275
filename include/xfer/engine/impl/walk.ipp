// The walk: check, queue, acquire, send, receive, deliver.
#pragma once

#include <xfer/engine/check.hpp>
#include <xfer/engine/connect.hpp>
#include <xfer/engine/delivery.hpp>
#include <xfer/engine/h1_send.hpp>
#include <xfer/engine/lease.hpp>
#include <xfer/engine/outgoing.hpp>
#include <xfer/engine/state.hpp>
#include <xfer/engine/walk.hpp>
#include <xfer/http/h1_exchange.hpp>

#include <optional>
#include <string>

namespace xfer::engine {

using net::direction;
using net::task;

/// Waits in the queue of max_transfers.
inline task<std::error_code> wait_for_turn(transfer& t) {
    std::error_code ec;
    while (!ec && !t.turn.granted) {
        ec = co_await t.park();
    }
    co_return ec;
}

/// Waits in the queue of the endpoint.
inline task<std::error_code> wait_for_connection(transfer& t) {
    std::error_code ec;
    while (!ec && !t.place.granted()) {
        ec = co_await t.park();
    }
    co_return ec;
}

/// Notes what came of a read or a look at what was read.
inline std::error_code failed(transfer& t, const http::h1_exchange& x) {
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
    if (x.cause()) {
        message += ": " + x.cause().message();
        if (const auto reason = x.stream_reason(); !reason.empty()) {
            message.append(" (").append(reason).append(")");
        }
    }
    return t.fail(named ? x.cause() : why.ec, std::move(message), x.cause());
}

/// Waits, while paused, while the rate allows nothing, or until there is something to
/// read; and then reads once. It may have got nothing: look again.
inline task<std::error_code> read_more(
    transfer& t, lease& connection, http::h1_exchange& x, pacer& pace, bool& read_all
) {
    std::error_code ec;
    if (t.paused) {
        connection->stream->disarm();
        ec = co_await t.park();
        co_return ec;
    }
    const auto most = pace.allowance(t.owner().now());
    if (most == 0) {
        net::alarm refill(t, pace.next());
        ec = co_await t.park();
        co_return ec;
    }
    if (read_all) {
        // The last read took all that had arrived: another would find nothing.
        ec = co_await t.ready(*connection->stream, direction::read);
        read_all = false;
    } else {
        // More is there: let others have their turn between large blocks.
        ec = co_await t.yield();
    }
    if (ec || t.paused) {
        co_return ec;
    }
    const auto before = x.received();
    const auto result = x.read(most);
    const auto n = static_cast<std::size_t>(x.received() - before);
    pace.used(n);
    read_all = n < std::min(most, net::loop::read_block_size);
    co_return result == http::step::failed ? failed(t, x) : std::error_code();
}

/// How much is read at once before the body has begun: what comes with the head would
/// escape the rate.
inline std::size_t first_read(const options& o) {
    constexpr std::uint64_t least = 256;
    return o.max_receive_rate == 0
               ? net::loop::read_block_size
               : static_cast<std::size_t>(std::max(o.max_receive_rate / 20, least));
}

/// Receives the head of the final response, and tells the user.
inline task<std::error_code> receive_head(
    transfer& t, lease& connection, http::h1_exchange& x
) {
    for (;;) {
        const auto result = x.parse_head();
        if (result == http::step::failed) {
            co_return failed(t, x);
        }
        if (x.response_begun() && t.stage != stage::receiving) {
            if (const auto ec = t.enter(stage::receiving)) {
                co_return ec;
            }
        }
        if (result == http::step::done) {
            break;
        }
        std::error_code ec;
        do {
            while (!ec && t.paused) {
                connection->stream->disarm();
                ec = co_await t.park();
            }
            if (!ec) {
                ec = co_await t.ready(*connection->stream, direction::read);
            }
        } while (!ec && t.paused);
        if (ec) {
            co_return ec;
        }
        if (x.read(first_read(t.request.options())) == http::step::failed) {
            co_return failed(t, x);
        }
    }
    t.take_head(x);
    if (x.begin_body(t.request.method().name()) == http::step::failed) {
        co_return failed(t, x);
    }
    co_return t.head_arrived(x.body_length());
}

/// Whether the rest of a body that nobody wants is worth reading, to keep the
/// connection.
inline bool worth_draining(const http::h1_exchange& x, std::uint64_t drained) {
    constexpr std::uint64_t most = 64 * 1024;
    return drained + x.body_length().value_or(0) <= most;
}

inline task<std::error_code> receive_body(
    transfer& t, lease& connection, http::h1_exchange& x, delivery& sink
) {
    sink.expect(x.body_length());
    pacer pace(t.request.options().max_receive_rate);
    // What came with the head was a short read, as a rule.
    bool read_all = true;
    std::uint64_t drained = 0;
    for (;;) {
        // Nothing may come any more that would wake this: it looks before it waits.
        if (sink.dropped() && !worth_draining(x, drained)) {
            co_return t.fail(asio::error::operation_aborted, "abandoned");
        }
        std::error_code ec;
        std::string_view piece;
        switch (x.next_piece(piece)) {
            case http::step::failed:
                co_return failed(t, x);
            case http::step::ended:
                response_access::trailers(t.response) = x.trailers();
                co_return sink.finish();
            case http::step::blocked:
                ec = co_await read_more(t, connection, x, pace, read_all);
                break;
            case http::step::done:
                while (!ec && t.paused) {
                    piece = x.hold(piece);
                    connection->stream->disarm();
                    ec = co_await t.park();
                }
                if (!ec) {
                    ec = t.body_arrived(piece.size());
                }
                if (!ec && sink.dropped()) {
                    drained += piece.size();
                } else if (!ec && sink.may_wait()) {
                    ec = co_await sink.give(t, x, piece);
                } else if (!ec) {
                    ec = sink.give_now(piece);
                }
                if (!ec) {
                    ec = t.tell_progress();
                }
                break;
        }
        if (ec) {
            co_return ec;
        }
    }
}

/// One request and its response on one connection.
inline task<std::error_code> exchange(
    transfer& t, lease& connection, outgoing& body, delivery& sink, bool& may_resend
) {
    auto& engine = t.engine();
    http::h1_exchange x(
        engine,
        *connection->stream,
        t.moved,
        engine.parsers(),
        engine.message_limits(),
        t.request.options().strict_parsing ? proto::profile::strict
                                           : proto::profile::interoperable
    );
    auto& info = response_access::info(t.response);
    unsent rest;
    std::error_code ec;
    while (!ec && t.paused) {
        ec = co_await t.park();
    }
    if (!ec) {
        ec = send_at_once(t, x, body, rest);
    }
    if (!ec && rest.any) {
        ec = co_await send_rest(t, *connection->stream, x, body, rest);
    }
    if (!ec && !x.response_begun()) {
        ec = t.enter(stage::waiting);
    }
    if (!ec) {
        ec = co_await receive_head(t, connection, x);
    }
    if (!ec) {
        ec = co_await receive_body(t, connection, x, sink);
    }
    info.header_size += x.head_bytes();
    info.request_may_have_been_processed = x.written() > 0;
    const auto& o = t.request.options();
    const auto& sent = t.request.fields();
    if (!ec && x.reusable() && !o.forbid_reuse &&
        (sent.empty() || !sent.list_contains("Connection", "close"))) {
        connection.give_back();
        co_return ec;
    }
    // M24: only what cannot have had an effect is sent again.
    may_resend = connection.reused() && !x.response_begun() &&
                 (ec == error::send_failed || ec == error::receive_failed ||
                  ec == error::got_nothing) &&
                 (x.written() == 0 || t.request.method().is_idempotent());
    if (!ec) {
        connection->stream->shutdown();
    }
    connection.close();
    co_return ec;
}

XFER_DECL task<void> walk(transfer& t) {
    outgoing body(t);
    delivery sink(t);
    t.ec = check(t);
    if (!t.ec && lacks_tls_context(t)) {
        t.ec = co_await make_tls_context(t);
    }
    if (t.ec) {
        co_return;
    }
    const turn_guard turn(t);
    if (!t.turn.granted) {
        t.ec = co_await wait_for_turn(t);
    }
    // Not before its turn: thousands may be queued, and a file is a descriptor.
    if (!t.ec) {
        t.ec = body.open();
    }
    if (!t.ec) {
        t.ec = check_head(t, body);
    }
    if (!t.ec) {
        t.ec = sink.open();
    }
    bool fresh = t.request.options().fresh_connection;
    while (!t.ec) {
        lease connection(t);
        const place_guard place(t, fresh);
        if (!t.place.granted()) {
            t.ec = co_await wait_for_connection(t);
        }
        if (!t.ec && !connection.take(t)) {
            t.ec = co_await connect(t, connection);
        }
        bool may_resend = false;
        if (!t.ec) {
            t.use(*connection);
            t.ec = co_await exchange(t, connection, body, sink, may_resend);
        }
        if (!may_resend || t.resent || t.interrupted() || !body.rewind()) {
            co_return;
        }
        // It died while it was idle, and nothing can have happened.
        t.resend();
        fresh = true;
    }
}

}  // namespace xfer::engine
