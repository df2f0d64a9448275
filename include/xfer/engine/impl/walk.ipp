// The walk: check, queue, acquire, send, receive, deliver.
#pragma once

#include <xfer/engine/check.hpp>
#include <xfer/engine/connect.hpp>
#include <xfer/engine/delivery.hpp>
#include <xfer/engine/h1_send.hpp>
#include <xfer/engine/lease.hpp>
#include <xfer/engine/next_request.hpp>
#include <xfer/engine/outgoing.hpp>
#include <xfer/engine/receipt.hpp>
#include <xfer/engine/request_fields.hpp>
#include <xfer/engine/state.hpp>
#include <xfer/engine/walk.hpp>
#include <xfer/engine/wire_tap.hpp>
#include <xfer/http/h1_exchange.hpp>

#include <memory>
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

/// Waits, while paused, while the rate allows nothing, or until there is something to
/// read; and then reads once. It may have got nothing: look again.
inline task<std::error_code> read_more(
    transfer& t,
    lease& connection,
    http::h1_exchange& x,
    pacer& pace,
    receipt& r,
    bool& read_all
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
    co_return result == http::step::failed ? broken_off(t, x, r) : std::error_code();
}

/// How much is read at once before the body has begun: what comes with the head would
/// escape the rate.
inline std::size_t first_read(const options& o) {
    constexpr std::uint64_t least = 256;
    return o.max_receive_rate == 0
               ? net::loop::read_block_size
               : static_cast<std::size_t>(std::max(o.max_receive_rate / 20, least));
}

/// Waits for more of a head: for the end of a pause, for its turn where more is there
/// already, or until it has come.
inline auto more_of_head(transfer& t, lease& connection, http::h1_exchange& x) {
    if (t.paused) {
        connection->stream->disarm();
        return t.park();
    }
    return x.may_have_more() ? t.yield()
                             : t.ready(*connection->stream, direction::read);
}

/// Reads once towards the head of the response.
inline std::error_code read_head(transfer& t, http::h1_exchange& x) {
    const auto result = x.read(first_read(t.request.options()));
    return result == http::step::failed ? failed(t, x) : std::error_code();
}

/// Looks for the head of the final response in what came, and tells the user. blocked:
/// read more.
[[gnu::always_inline]] inline http::step receive_head(
    transfer& t, http::h1_exchange& x, std::error_code& ec
) {
    auto result = find_head(t, x);
    if (result == http::step::failed) {
        ec = failed(t, x);
    } else if (const auto now = x.answer_begun() ? stage::receiving : stage::waiting;
               t.stage != now) {
        ec = t.enter(now);
    }
    if (!ec && result == http::step::done) {
        t.take_head(x);
        ec = x.begin_body(t.request.method().name(), t.endpoint->config.forwarded()) ==
                     http::step::failed
                 ? failed(t, x)
                 : std::error_code();
    }
    return ec ? http::step::failed : result;
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
    co_return co_await read_more(t, connection, x, pace, r, read_all);
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
        } else if (r.decoding_goes_on() && !unwanted(r)) {
            // However small a bomb makes its input: others have their turn.
            r.hold(x);
            r.ec = co_await t.yield();
        } else if (unwanted(r)) {
            r.ec = co_await drain_more(t, connection, x, pace, r, read_all);
        } else {
            r.ec = co_await read_more(t, connection, x, pace, r, read_all);
        }
        if (!r.ec && r.result != http::step::ended) {
            deliver(t, x, r);
        }
    }
    co_return r.ec;
}

/// Tells the exchange what was asked for of versions and codings.
inline void set_up(transfer& t, const lease& connection, http::h1_exchange& x) {
    const auto& o = t.request.options();
    if (speaks_1_0(t)) {
        x.speak(10);
    }
    if (asks_for_codings(t)) {
        x.accept_codings();
    }
    if (o.raw_transfer) {
        x.keep_chunks();
    }
    if (o.allow_http_0_9 && !connection.reused() &&
        t.request.method() != method::head()) {
        x.allow_simple();
    }
}

/// One request and its response on one connection.
inline task<std::error_code> exchange(
    transfer& t, lease& connection, outgoing& body, delivery& sink, bool& may_resend
) {
    auto& engine = t.engine();
    if (t.traced && t.is_tapped()) {
        wire_tap::put(t, connection->stream);
    }
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
    std::unique_ptr<unsent> rest;
    std::error_code ec;
    set_up(t, connection, x);
    if (connection->http_1_0 && body.chunked()) {
        ec = t.fail(
            error::body_needs_length,
            "the server speaks HTTP/1.0, where a body needs a length and has no "
            "trailers: give the source one"
        );
    }
    while (!ec && t.paused) {
        ec = co_await t.park();
    }
    if (!ec) {
        ec = send_at_once(t, x, body, rest);
    }
    if (!ec && rest) {
        ec = co_await send_rest(t, *connection->stream, x, body, *rest);
    }
    while (!ec && receive_head(t, x, ec) == http::step::blocked) {
        ec = co_await more_of_head(t, connection, x);
        if (!ec && !t.paused) {
            ec = read_head(t, x);
        }
    }
    if (!ec) {
        ec = consider(t, body, sink);
    }
    if (!ec && !t.goes_on) {
        ec = t.head_arrived(x.body_length());
        if (!ec) {
            ec = sink.begin(x.body_length());
        }
    }
    if (!ec) {
        receipt body_in(sink);
        body_in.passed_over = t.passed_over;
        if (may_be_coded(t)) {
            begin_decoding(t, body_in);
        }
        deliver(t, x, body_in);
        ec = body_in.ec;
        if (!ec && body_in.result != http::step::ended) {
            ec = co_await receive_rest(t, connection, x, body_in);
        }
    }
    info.header_size += x.head_bytes();
    // Of any request of the transfer: what was done once is not undone by the next.
    info.request_may_have_been_processed |= x.written() > 0;
    if (!ec && x.reusable() && keeps_connection(t)) {
        if (t.traced && t.is_tapped()) {
            wire_tap::take(connection->stream);
        }
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
    if (!t.ec && lacks_files(t)) {
        t.ec = co_await read_files(t);
    }
    if (t.ec) {
        co_return;
    }
    if (t.traced) {
        t.tell_stage();
        t.ec = t.interrupted();  // before a file is touched
    }
    const turn_guard turn(t);
    if (!t.ec && !t.turn.granted) {
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
        if (!t.ec && t.traced) {
            t.tell_started();
            t.ec = t.interrupted();
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
            t.ec = send_again(t, body, sink);
            fresh = true;
            continue;
        }
        if (t.ec || !t.goes_on) {
            co_return;
        }
        t.ec = go_on(t, body, sink);
        if (!t.ec && lacks_files(t)) {
            t.ec = co_await read_files(t);
        }
        fresh = t.request.options().fresh_connection;
    }
}

}  // namespace XFER_NAMESPACE::engine
