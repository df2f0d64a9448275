// The engine of one multi.
#pragma once

#include <xfer/engine/state.hpp>
#include <xfer/net/socket_dialer.hpp>

#include <asio/execution/outstanding_work.hpp>
#include <asio/io_context.hpp>
#include <asio/prefer.hpp>

#include <new>
#include <utility>

namespace XFER_NAMESPACE::engine {

inline limits limits_of(const settings& s) {
    return {
        s.max_transfers,
        s.max_connections,
        s.max_connections_per_host,
        s.max_idle_connections,
        s.max_idle_time,
        s.max_connection_age,
    };
}

XFER_DECL state::state(
    asio::any_io_executor executor,
    net::drive how,
    const settings& s,
    walk_function walk
)
    : loop(std::move(executor), how, s.clock),
      settings_(s),
      walk_(walk),
      workers_(std::make_shared<net::worker_pool>()),
      dialer_(s.dialer),
      scheduler_(limits_of(s)) {
    message_limits_.head.bytes = s.max_header_bytes;
    message_limits_.head.fields = s.max_header_fields;
    if (!settings_.resolver) {
        settings_.resolver = std::make_shared<net::resolver>(workers_);
    }
    if (!dialer_) {
        dialer_ = std::make_shared<net::socket_dialer>(settings_.resolver);
    }
}

XFER_DECL state::~state() = default;

// Adding and finding.

XFER_DECL transfer& state::create(request&& r, transfer_id named) {
    if (free_slots_.empty()) {
        slots_.push_back(nullptr);
        free_slots_.reserve(slots_.capacity());  // destroy() must not fail
        free_slots_.push_back(static_cast<std::uint32_t>(slots_.size() - 1));
    }
    const auto slot = free_slots_.back();
    const auto id = named ? named : transfer_id(new_serial(), slot);
    auto* memory = frames().allocate(sizeof(transfer));
    auto* t = ::new (memory) transfer(*this, id, slot, std::move(r), refresh_now());
    free_slots_.pop_back();
    slots_[slot] = t;
    return *t;
}

inline state::unborn::~unborn() {
    if (child != nullptr) {
        owner.destroy(*child);
    }
}

inline void state::begin(unborn& u) {
    auto& t = *u.child;
    // There may be no memory for these.
    auto walk = walk_(t);
    if (t.id.slot() == transfer_id::no_slot) {
        named_elsewhere_.emplace(t.id.serial(), &t);
    }
    t.watch.begin(t.request.options(), t.added_at);
    t.start(std::move(walk));
    if (running_ == 0) {
        hold_work();
    }
    u.child = nullptr;
    ++running_;
    ++counters_.added;
    ++queued_;
    transfers_.push_back(t);
}

inline void state::hold_work() {
    ran_out_of_work_ = watched_ != nullptr && watched_->stopped();
    turns_before_ = turns();
    work_ = asio::prefer(executor(), asio::execution::outstanding_work.tracked);
}

XFER_DECL transfer_id state::add(request&& r, transfer_id named) {
    if (closing_) {
        return {};  // there may be no loop any more
    }
    auto& t = create(std::move(r), named);
    unborn u{*this, &t};
    const auto id = t.id;
    begin(u);
    ++added_running_;
    if (shutting_down_) {
        t.interrupt(asio::error::operation_aborted);
    }
    return id;
}

XFER_DECL transfer_id state::fetch(request&& r, fetch_handler h) {
    if (closing_ || shutting_down_) {
        h.post(error::multi_closed, response());
        return {};
    }
    auto& t = create(std::move(r));
    unborn u{*this, &t};
    const auto id = t.id;
    t.has_handler = true;
    t.on_fetched = std::move(h);
    t.on_fetched.on_cancel(cancel_by(id));
    begin(u);
    return id;
}

XFER_DECL transfer_id state::open(request&& r, open_handler h) {
    if (closing_ || shutting_down_) {
        h.post(error::multi_closed, nullptr, response());
        return {};
    }
    auto& t = create(std::move(r));
    unborn u{*this, &t};
    t.request.sink(sink(sink::target(sink::stream_target{})));
    const auto id = t.id;
    t.has_handler = true;
    t.on_opened = std::move(h);
    t.on_opened.on_cancel(cancel_by(id));
    begin(u);
    return id;
}

inline state::canceller state::cancel_by(transfer_id id) {
    return {weak_from_this(), id};
}

XFER_DECL transfer* state::find(transfer_id id) const noexcept {
    if (id.slot() == transfer_id::no_slot) {
        const auto found = named_elsewhere_.find(id.serial());
        return found == named_elsewhere_.end() || found->second->removed
                   ? nullptr
                   : found->second;
    }
    if (!id || id.slot() >= slots_.size()) {
        return nullptr;
    }
    auto* t = slots_[id.slot()];
    return t != nullptr && t->id == id && !t->removed ? t : nullptr;
}

[[gnu::always_inline]] inline void state::forget(transfer& t) noexcept {
    slots_[t.slot] = nullptr;
    free_slots_.push_back(t.slot);
    if (t.id.slot() == transfer_id::no_slot) {
        named_elsewhere_.erase(t.id.serial());
    }
}

[[gnu::always_inline]] inline void state::dispose(transfer& t) noexcept {
    t.~transfer();
    frames().deallocate(&t, sizeof(transfer));
}

XFER_DECL void state::destroy(transfer& t) noexcept {
    forget(t);
    dispose(t);
}

// The end of a transfer.

XFER_DECL void state::ended(transfer& t) {
    t.ended = true;
    if (t.interrupted() && (t.ec || (t.traced && t.trouble))) {
        // What came after the interrupt is its consequence. A trace may have failed in
        // the last step, where nobody waits any more.
        t.ec = t.interrupted();
    }
    t.watch.end();
    if (t.paused) {
        count_paused(false);
    }
    auto& i = response_access::info(t.response);
    i.bytes_sent = t.moved.sent;
    i.bytes_received = t.moved.received;
    if (t.started_at != time_point()) {
        i.timings.total = now() - t.started_at;
    } else {
        i.timings.queue = now() - t.added_at;
    }
    counters_.bytes_sent += i.bytes_sent;
    counters_.bytes_received += i.bytes_received;
    if (t.ec) {
        try {
            describe_failure(t);
        } catch (const std::bad_alloc&) {  // NOLINT(bugprone-empty-catch)
            // The error stands, with less said about it.
        }
    }
    t.stage = stage::done;
    detail::unlink_from<transfers_tag>(t);
    if (--running_ == 0) {
        // Nothing of ours may keep the user's loop running now.
        work_ = {};
    }
    if (t.started_at == time_point()) {
        --queued_;
    }
    if (t.removed) {
        if (t.channel) {
            t.channel->end(asio::error::operation_aborted);
        }
        ++counters_.removed;
        doom(t);
        return;
    }
    if (t.traced && !closing_) {
        if (auto thrown = t.tell_end(t.response.failure().message)) {
            keep_exception(t, std::move(thrown));
        }
    }
    ++(t.ec ? counters_.failed : counters_.succeeded);
    if (t.has_handler) {
        hand_over(t);
        doom(t);
        return;
    }
    --added_running_;
    unread_.push_back(t);
    ++unread_count_;
    if (on_completion_ && !closing_) {
        tell_completion(t);
    }
    if (!next_.empty() || shutting_down_) {
        request_tidy();
    }
}

inline void state::describe_failure(transfer& t) {
    if (!t.trouble) {
        t.fail(t.ec, std::string());
    }
    auto& f = *t.trouble;
    response_access::failure(t.response) = std::move(t.trouble);
    if (f.message.empty()) {
        // An interrupt, which whatever waited passed on without a word of its own.
        f.message = is_timeout(t.ec)
                        ? t.ec.message() + " (" + std::string(t.response.url()) + ")"
                    : t.ec == asio::error::operation_aborted
                        ? "the transfer was cancelled"
                    : t.ec == error::out_of_memory ? "memory ran out"
                                                   : t.ec.message();
    }
    f.bytes_sent = t.moved.sent;
    f.bytes_received = t.moved.received;
    f.request_may_have_been_processed =
        t.response.info().request_may_have_been_processed;
    if (const auto& c = t.response.info().connection; c && t.connected) {
        f.peer = c->remote_port != 0
                     ? c->remote_address + ":" + std::to_string(c->remote_port)
                     : c->remote_address;
    }
}

inline void state::hand_over(transfer& t) {
    if (t.channel) {
        t.channel->end(t.ec);
    } else if (t.on_opened) {
        // It ended without a head.
        t.on_opened.post(t.ec, nullptr, std::move(t.response));
    } else if (t.on_fetched) {
        t.on_fetched.post(t.ec, std::move(t.response));
    }
}

inline void state::tell_completion(transfer& t) {
    const auto id = t.id;
    grow_older();
    try {
        // The handler may remove the transfer, so it is shown a message of its own.
        message m;
        m.id = id;
        m.ec = t.ec;
        m.response = t.response;
        m.tag = t.request.tag();
        const auto handler = on_completion_;
        handler(m);
    } catch (...) {
        // One observer's exception is nobody else's concern: the completion stands.
        if (auto* still = find(id)) {
            keep_exception(*still, std::current_exception());
        }
    }
}

inline void state::keep_exception(transfer& t, std::exception_ptr thrown) noexcept {
    try {
        auto noted = std::make_shared<xfer::failure>(t.response.failure());
        noted->exception = std::move(thrown);
        response_access::failure(t.response) = std::move(noted);
    } catch (const std::bad_alloc&) {  // NOLINT(bugprone-empty-catch)
    }
}

inline void state::doom(transfer& t) noexcept {
    doomed_.push_back(t);
    request_tidy();
}

XFER_DECL message state::take_message(transfer& t) {
    message m{t.id, t.ec, std::move(t.response), std::move(t.request.tag())};
    t.removed = true;  // in the middle of a step it is still in the table
    --unread_count_;
    detail::unlink_from<transfers_tag>(t);
    if (in_turn()) {
        doom(t);
    } else {
        destroy(t);
    }
    return m;
}

XFER_DECL std::optional<message> state::info_read(std::size_t* left) {
    std::optional<message> m;
    if (!unread_.empty()) {
        // Made in its place: a message is large to move.
        struct taken {
            state& from;
            operator message() const { return from.take_message(from.unread_.front()); }
        };
        m.emplace(taken{*this});
    }
    if (left != nullptr) {
        *left = unread_count_;
    }
    return m;
}

XFER_DECL void state::next(next_handler h) {
    if (closing_) {
        h.post(error::multi_closed, message());
        return;
    }
    const auto ticket = ++last_ticket_;
    h.on_cancel([self = weak_from_this(), ticket] {
        if (const auto s = self.lock()) {
            static_cast<state&>(*s).cancel_next(ticket);
        }
    });
    next_.push_back({ticket, std::move(h)});
    serve_next();
}

XFER_DECL void state::cancel_next(std::uint64_t ticket) {
    cancel_waiter(next_, ticket, message());
}

XFER_DECL void state::serve_next() {
    while (!next_.empty() && !unread_.empty()) {
        auto handler = std::move(next_.front().handler);
        next_.pop_front();
        handler.post(std::error_code(), take_message(unread_.front()));
    }
    while (!next_.empty() && added_running_ == 0) {
        auto handler = std::move(next_.front().handler);
        next_.pop_front();
        handler.post(error::nothing_left, message());
    }
}

// Ending transfers from outside.

XFER_DECL bool state::remove(transfer_id id) {
    auto* t = find(id);
    if (t == nullptr || t->removed) {
        return false;
    }
    // What the user gave the transfer may own the multi: that dies last.
    const auto keep = shared_from_this();
    if (t->ended) {
        if (!detail::is_linked<transfers_tag>(*t) || t->has_handler) {
            return false;  // its completion is on its way already
        }
        t->removed = true;
        --unread_count_;
        detail::unlink_from<transfers_tag>(*t);
        in_turn() ? doom(*t) : destroy(*t);
        return true;
    }
    t->removed = true;
    if (!t->has_handler) {
        --added_running_;
    }
    if (t->is_running()) {
        // Its own step: it ends after the callback that called.
        t->interrupt(asio::error::operation_aborted);
        return true;
    }
    const auto fetched = std::move(t->on_fetched);
    const auto opened = std::move(t->on_opened);
    if (t->channel) {
        t->channel->end(asio::error::operation_aborted);
    }
    t->destroy_frames();
    ended(*t);
    if (!in_turn()) {
        tidy_now();
    }
    return true;
}

XFER_DECL bool state::cancel(transfer_id id, std::error_code reason) {
    auto* t = find(id);
    if (t == nullptr || t->ended || t->removed) {
        return false;
    }
    t->interrupt(reason);
    return true;
}

XFER_DECL bool state::pause(transfer_id id, bool on) {
    auto* t = find(id);
    if (t == nullptr || t->ended || t->removed) {
        return false;
    }
    t->pause(on);
    return true;
}

// Asking.

XFER_DECL stats state::stats() const {
    auto s = counters_;
    s.running = running_;
    s.queued = queued_;
    s.paused = paused_;
    s.unread = unread_count_;
    s.connections = scheduler_.connections();
    s.idle_connections = scheduler_.idle();
    s.steps = steps();
    return s;
}

XFER_DECL std::optional<stage> state::stage_of(transfer_id id) const {
    const auto* t = find(id);
    return t == nullptr ? std::nullopt : std::optional(t->stage);
}

XFER_DECL std::optional<progress> state::progress_of(transfer_id id) const {
    const auto* t = find(id);
    return t == nullptr ? std::nullopt : std::optional(t->progress());
}

XFER_DECL std::optional<time_point> state::next_deadline() {
    if (anything_ready()) {
        return refresh_now();
    }
    return timers().earliest();
}

XFER_DECL void state::set_limits(const settings& s) {
    settings_.max_transfers = s.max_transfers;
    settings_.max_connections = s.max_connections;
    settings_.max_connections_per_host = s.max_connections_per_host;
    settings_.max_idle_connections = s.max_idle_connections;
    settings_.max_idle_time = s.max_idle_time;
    settings_.max_connection_age = s.max_connection_age;
    scheduler_.set_limits(limits_of(settings_));
}

XFER_DECL void state::network_changed() {
    settings_.resolver->clear();
    scheduler_.drop_busy();
    scheduler_.drop_idle();
}

}  // namespace XFER_NAMESPACE::engine
