// The walk: check, queue, acquire, send, receive, deliver.
#pragma once

#include <xfer/engine/check.hpp>
#include <xfer/engine/connect.hpp>
#include <xfer/engine/delivery.hpp>
#include <xfer/engine/h1_send.hpp>
#include <xfer/engine/lease.hpp>
#include <xfer/engine/next_request.hpp>
#include <xfer/engine/outgoing.hpp>
#include <xfer/engine/request_fields.hpp>
#include <xfer/engine/state.hpp>
#include <xfer/engine/walk.hpp>
#include <xfer/http/h1_exchange.hpp>

#include <optional>
#include <string>

namespace XFER_NAMESPACE::engine {

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
    auto& granted = t.place.connection;
    if (!ec && granted && !granted->stream->reusable()) {
        // Handed over as soon as it was free, and dead by now, or something came that
        // nobody asked for: its place is for a new one.
        granted.reset();
        t.place.may_open = true;
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
    read_all = !x.may_have_more();
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

/// Reads once towards the head of the response.
inline std::error_code read_head(transfer& t, http::h1_exchange& x) {
    const auto result = x.read(first_read(t.request.options()));
    return result == http::step::failed ? failed(t, x) : std::error_code();
}

/// Looks for the head of the final response in what came, and tells the user. blocked:
/// read more.
inline http::step receive_head(transfer& t, http::h1_exchange& x, std::error_code& ec) {
    auto result = x.parse_head();
    if (result == http::step::failed) {
        ec = failed(t, x);
    } else if (const auto now = x.answer_begun() ? stage::receiving : stage::waiting;
               t.stage != now) {
        ec = t.enter(now);
    }
    if (!ec && result == http::step::done) {
        t.take_head(x);
        ec = x.begin_body(t.request.method().name(), t.endpoint->config.forwarded) ==
                     http::step::failed
                 ? failed(t, x)
                 : std::error_code();
    }
    return ec ? http::step::failed : result;
}

/// The body of one response on its way into the sink.
struct receipt {
    explicit receipt(delivery& d) noexcept : sink(d) {}

    delivery& sink;
    http::step result = http::step::blocked;  ///< done: `piece` waits to be delivered
    std::string_view piece;
    /// The response is not the answer: nobody is to see its body.
    bool passed_over = false;
    std::uint64_t drained = 0;
    /// When what is dropped has had its time.
    time_point drained_by = time_point::max();
    std::error_code ec;
};

/// Whether the rest of a body that nobody wants is worth reading, to keep the
/// connection.
inline bool worth_draining(const http::h1_exchange& x, std::uint64_t drained) {
    constexpr std::uint64_t most = std::uint64_t{64} * 1024;
    return drained + x.body_length().value_or(0) <= most;
}

/// Whether nobody wants the body.
inline bool unwanted(const receipt& r) noexcept {
    return r.passed_over || r.sink.dropped();
}

/// Whether the sink may take its time over a piece.
inline bool takes_time(const receipt& r) noexcept {
    return r.sink.may_wait() && !unwanted(r);
}

/// The rest of a body that nobody wants is not worth reading: the connection ends.
inline std::error_code abandon(transfer& t, http::h1_exchange& x, receipt& r) {
    x.never_reuse();
    if (r.passed_over) {
        r.result = http::step::ended;
        return {};
    }
    return t.fail(asio::error::operation_aborted, "abandoned");
}

/// Delivers the piece to a sink that does not wait, or to nobody.
inline std::error_code deliver_at_once(transfer& t, receipt& r) {
    if (r.passed_over) {
        r.drained += r.piece.size();
        return t.interrupted();
    }
    auto ec = t.body_arrived(r.piece.size());
    if (!ec && r.sink.dropped()) {
        r.drained += r.piece.size();
    } else if (!ec) {
        ec = r.sink.give_now(r.piece);
    }
    return ec ? ec : t.tell_progress();
}

/// Delivers what has come, as far as that needs no waiting.
inline void deliver(transfer& t, http::h1_exchange& x, receipt& r) {
    while (!r.ec) {
        // Nothing may come any more that would wake this: it looks before it waits.
        if (unwanted(r) && !worth_draining(x, r.drained)) {
            r.ec = abandon(t, x, r);
            return;
        }
        r.result = x.next_piece(r.piece);
        switch (r.result) {
            case http::step::failed:
                r.ec = failed(t, x);
                return;
            case http::step::ended:
                if (!r.passed_over) {
                    response_access::trailers(t.response) = x.trailers();
                    r.ec = r.sink.finish();
                }
                return;
            case http::step::blocked:
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
inline task<std::error_code> deliver_waiting(
    transfer& t, lease& connection, http::h1_exchange& x, receipt& r
) {
    std::error_code ec;
    while (!ec && t.paused) {
        r.piece = x.hold(r.piece);
        connection->stream->disarm();
        ec = co_await t.park();
    }
    if (!ec && !takes_time(r)) {
        co_return deliver_at_once(t, r);
    }
    if (!ec) {
        ec = t.body_arrived(r.piece.size());
    }
    if (!ec) {
        ec = co_await r.sink.give(t, x, r.piece);
    }
    co_return ec ? ec : t.tell_progress();
}

/// Reads more of a body that nobody wants, which is to take a second at most.
inline task<std::error_code> drain_more(
    transfer& t,
    lease& connection,
    http::h1_exchange& x,
    pacer& pace,
    receipt& r,
    bool& read_all
) {
    constexpr auto patience = std::chrono::seconds(1);
    const auto now = t.owner().now();
    if (r.drained_by == time_point::max()) {
        r.drained_by = now + patience;
    } else if (now >= r.drained_by) {
        co_return abandon(t, x, r);
    }
    net::alarm enough(t, r.drained_by);
    co_return co_await read_more(t, connection, x, pace, read_all);
}

/// Receives what did not come with the head.
inline task<std::error_code> receive_rest(
    transfer& t, lease& connection, http::h1_exchange& x, receipt& r
) {
    pacer pace(t.request.options().max_receive_rate);
    bool read_all = !x.may_have_more();
    while (!r.ec && r.result != http::step::ended) {
        if (r.result == http::step::done) {
            r.ec = co_await deliver_waiting(t, connection, x, r);
        } else if (unwanted(r)) {
            r.ec = co_await drain_more(t, connection, x, pace, r, read_all);
        } else {
            r.ec = co_await read_more(t, connection, x, pace, read_all);
        }
        if (!r.ec && r.result != http::step::ended) {
            deliver(t, x, r);
        }
    }
    co_return r.ec;
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
    if (connection->http_1_0 && body.present() && !body.length()) {
        ec = t.fail(
            error::body_needs_length,
            "the server speaks HTTP/1.0, where a body needs a length: give the source "
            "one"
        );
    }
    while (!ec && t.paused) {
        ec = co_await t.park();
    }
    if (!ec) {
        ec = send_at_once(t, x, body, rest);
    }
    if (!ec && rest.any) {
        ec = co_await send_rest(t, *connection->stream, x, body, rest);
    }
    while (!ec && receive_head(t, x, ec) == http::step::blocked) {
        if (t.paused) {
            connection->stream->disarm();
            ec = co_await t.park();
            continue;
        }
        if (x.may_have_more()) {
            ec = co_await t.yield();
        } else {
            ec = co_await t.ready(*connection->stream, direction::read);
        }
        if (!ec && !t.paused) {
            ec = read_head(t, x);
        }
    }
    if (!ec) {
        ec = consider(t, body, sink);
    }
    if (!ec && !t.goes_on) {
        ec = t.head_arrived(x.body_length());
        sink.expect(x.body_length());
    }
    if (!ec) {
        receipt body_in(sink);
        body_in.passed_over = t.passed_over;
        deliver(t, x, body_in);
        ec = body_in.ec;
        if (!ec && body_in.result != http::step::ended) {
            ec = co_await receive_rest(t, connection, x, body_in);
        }
    }
    info.header_size += x.head_bytes();
    info.request_may_have_been_processed = x.written() > 0;
    const auto& o = t.request.options();
    const auto& sent = t.request.fields();
    if (!ec && x.reusable() && !o.forbid_reuse &&
        (sent.empty() || !sent.list_contains("Connection", "close"))) {
        connection->http_1_0 = t.response.version() == 10;
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
    if (!t.ec) {
        t.ec = prepare(t, body, sink);
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
        if (may_resend && !t.resent && !t.interrupted() && body.rewind()) {
            // It died while it was idle, and nothing can have happened.
            t.resend();
            fresh = true;
            continue;
        }
        if (t.ec || !t.goes_on) {
            co_return;
        }
        t.ec = go_on(t, body, sink);
        if (!t.ec && lacks_tls_context(t)) {
            t.ec = co_await make_tls_context(t);
        }
        fresh = t.request.options().fresh_connection;
    }
}

}  // namespace XFER_NAMESPACE::engine
