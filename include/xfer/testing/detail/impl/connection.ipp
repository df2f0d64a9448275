// The bodies of xfer/testing/detail/connection.hpp: receiving, and the walk from one
// request to the next.
#pragma once

#include <xfer/testing/detail/connection.hpp>
#include <xfer/testing/detail/tls_context.hpp>

#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>

#include <exception>

namespace XFER_NAMESPACE::testing::detail {

/// Beyond this the receiving coroutine waits for the answering one.
inline constexpr std::size_t inbox_limit = std::size_t(2) << 20;

XFER_DECL connection::connection(
    asio::io_context& loop, shared_state& shared, wire::socket s
)
    : shared_(shared),
      wire_(std::move(s), shared.scratch),
      bell_(loop),
      number_(shared.seen.opened()),
      reader_(shared.options.head_limit, shared.options.body_limit) {
    // The wire belongs to this object, so `this` lives as long as the function.
    wire_.may_read = [this] {
        return !shared_.reading_stopped && !deaf_ && inbox_.size() < inbox_limit;
    };
    shared_.connections.insert(this);
}

XFER_DECL connection::~connection() {
    shared_.connections.erase(this);
    wire_.close();
    shared_.seen.closed(number_);
}

XFER_DECL asio::awaitable<void> connection::run(std::shared_ptr<connection> self) {
    bool serving = co_await self->greet();
    if (serving) co_await self->answer_requests();
    self->wire_.close();
    self->shared_.seen.closed(self->number_);
    self->ring();
}

/// Receives until the peer or run() ends the connection.
XFER_DECL asio::awaitable<void> connection::receive(std::shared_ptr<connection> self) {
    std::error_code ec;
    std::string fresh;  // the inbox may shrink while this waits
    while (!ec) {
        co_await self->wire_.read(fresh, ec);
        if (!fresh.empty()) self->shared_.seen.received(self->number_, fresh);
        if (!self->discarding_) self->inbox_ += fresh;
        fresh.clear();
        if (fresh.capacity() > 4096) fresh.shrink_to_fit();
        self->bell_.ring();
    }
    self->ended_ = true;
    self->bell_.ring();
}

/// What on_connect asks for, then TLS; false if the connection is over.
XFER_DECL asio::awaitable<bool> connection::greet() {
    connect_action action;
    if (auto decide = shared_.on_connect()) action = decide(number_);
    std::error_code ec;
    if (!action.bytes.empty()) co_await wire_.write(action.bytes, ec);
    switch (action.then) {
        case connect_action::kind::close:
            co_return false;
        case connect_action::kind::reset:
            wire_.reset();
            co_return false;
        case connect_action::kind::silent:
            discarding_ = true;
            break;
        case connect_action::kind::serve:
            if (ec) co_return false;
            break;
    }
    if (!discarding_ && shared_.tls) {
        bool secured = co_await secure();
        if (!secured) co_return false;
    }
    asio::co_spawn(
        co_await asio::this_coro::executor, receive(shared_from_this()), asio::detached
    );
    if (discarding_) co_await await_end(clock::time_point::max());
    co_return !discarding_;
}

XFER_DECL asio::awaitable<bool> connection::secure() {
    std::error_code ec;
    co_await wire_.handshake(*shared_.tls, ec);
    if (ec) {
        shared_.seen.handshake(number_, false);
    } else {
        shared_.seen.handshake(number_, true, describe(*wire_.session()));
    }
    co_return !ec;
}

XFER_DECL asio::awaitable<void> connection::answer_requests() {
    for (bool more = true; more;) {
        more = co_await await_head();
        if (more) more = co_await answer();
    }
}

/// Waits for a request's head; false if the connection is over.
XFER_DECL asio::awaitable<bool> connection::await_head() {
    auto limit = shared_.options.idle_timeout;
    auto deadline = limit.count() > 0 ? clock::now() + limit : clock::time_point::max();
    reader_.reset();
    for (;;) {
        verdict v = reader_.read_head(inbox_);
        wire_.resume.ring();
        if (v == verdict::complete) co_return true;
        if (v != verdict::incomplete) {
            reply refusal(v == verdict::too_big ? 431 : 400);
            co_await send(std::move(refusal), false, true);
            co_return false;
        }
        if (ended_) co_return false;
        bool idle = inbox_.empty();
        if (idle && has_errand_) {
            bool open = co_await do_idle_errand();
            if (!open) co_return false;
            continue;  // something may have come meanwhile
        }
        if (idle && clock::now() >= deadline) {
            co_await wire_.shut_down();
            co_return false;
        }
        const auto until = idle ? deadline : clock::time_point::max();
        co_await bell_.wait(until);
    }
}

/// Reads the body of the request into the reader; false if the connection is over.
XFER_DECL asio::awaitable<bool> connection::await_body() {
    for (;;) {
        verdict v = reader_.read_body(inbox_);
        wire_.resume.ring();
        if (v == verdict::complete) co_return true;
        if (v != verdict::incomplete) {
            reply refusal(400);
            co_await send(std::move(refusal), false, true);
            co_return false;
        }
        if (ended_) co_return false;
        co_await bell_.wait();
    }
}

/// Answers the request whose head is there; false if no further one is to be read.
XFER_DECL asio::awaitable<bool> connection::answer() {
    seen_request& request = reader_.request();
    request.connection = number_;
    auto route = shared_.routes.find(request.path());
    route_options how = route ? route->how : route_options();
    if (!how.answer_early) {
        bool asked = same_name(request.field("Expect"), "100-continue");
        if (asked && how.send_continue && reader_.has_body() && inbox_.empty()) {
            bool sent = co_await send_bytes("HTTP/1.1 100 Continue\r\n\r\n");
            if (!sent) co_return false;
        }
        bool whole = co_await await_body();
        if (!whole) co_return false;
    }
    deaf_ = !how.read_body;
    releases_seen_ = shared_.seen.request(request);
    reply r = reply_to(route.get(), request);
    bool last = is_last(request, r);
    bool head_only = request.method == "HEAD";
    bool kept = co_await send(std::move(r), head_only, last);
    if (!kept) co_return false;
    if (how.answer_early) kept = co_await await_body();
    co_return kept;
}

XFER_DECL reply
connection::reply_to(const route_entry* route, const seen_request& r) const {
    if (!route) return reply(404, "no route\n");
    try {
        return route->make(r);
    } catch (const std::exception& e) {
        return reply(500, e.what());
    } catch (...) {
        return reply(500);
    }
}

/// Whether the connection ends after this reply (RFC 9112 9.3).
XFER_DECL bool connection::is_last(const seen_request& r, const reply& a) const {
    std::size_t limit = shared_.options.max_requests_per_connection;
    if (a.last || a.framing == body_framing::until_close) return true;
    if (limit != 0 && r.number >= limit) return true;
    std::string_view wish = r.field("Connection");
    if (r.version == "HTTP/1.0") return !same_name(wish, "keep-alive");
    return same_name(wish, "close");
}

XFER_DECL void connection::end_when_idle(fault how) {
    if (how == fault::stall) return;
    has_errand_ = true;
    errand_end_ = how;
    bell_.ring();
}

XFER_DECL void connection::send_when_idle(const std::string& bytes) {
    has_errand_ = true;
    errand_bytes_ += bytes;
    bell_.ring();
}

/// What the test asked of the idle connection; false if that ends it.
XFER_DECL asio::awaitable<bool> connection::do_idle_errand() {
    has_errand_ = false;
    std::string bytes = std::exchange(errand_bytes_, {});
    if (!bytes.empty()) {
        bool sent = co_await send_bytes(bytes);
        if (!sent) co_return false;
    }
    fault how = std::exchange(errand_end_, fault::stall);
    if (how == fault::stall) co_return true;
    bool open = co_await suffer(how);
    co_return open;
}

}  // namespace XFER_NAMESPACE::testing::detail
