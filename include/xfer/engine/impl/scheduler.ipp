// Queues and pool.
#pragma once

#include <xfer/engine/scheduler.hpp>

#include <algorithm>

namespace XFER_NAMESPACE::engine {

XFER_DECL endpoint& scheduler::intern(const connection_config_view& config) {
    if (last_ != nullptr && last_->key == config) {
        return *last_;
    }
    auto found = endpoints_.find(config);
    if (found == endpoints_.end()) {
        if (endpoints_.size() >= forget_at_) {
            forget_unused();
        }
        const auto& place =
            config.unix_socket.empty() ? config.host : config.unix_socket;
        auto& host = hosts_[{std::string(place), config.port}];
        auto kept = keep(config);
        auto made = std::make_unique<endpoint>(kept, host);
        found = endpoints_.emplace(std::move(kept), std::move(made)).first;
    }
    last_ = found->second.get();
    return *last_;
}

/// Whoever visits a million hosts is not to remember them all. The next look is due
/// when there are twice as many as are left now.
XFER_DECL void scheduler::forget_unused() noexcept {
    last_ = nullptr;
    std::erase_if(endpoints_, [](const auto& entry) {
        return entry.second->users == 0 && entry.second->idle.empty();
    });
    std::erase_if(hosts_, [](const auto& entry) {
        return entry.second.endpoints == 0;
    });
    forget_at_ = std::max<std::size_t>(2 * endpoints_.size(), 256);
}

XFER_DECL void scheduler::ask(admission& a) {
    if (admissions_.empty() &&
        (limits_.transfers == 0 || active_ < limits_.transfers)) {
        ++active_;
        a.granted = true;
        return;
    }
    admissions_.push_back(a);
    ++admissions_waiting_;
}

XFER_DECL void scheduler::leave(admission& a) noexcept {
    if (a.linked()) {
        a.unlink();
        --admissions_waiting_;
    } else if (std::exchange(a.granted, false)) {
        --active_;
        serve_admissions();
    }
}

XFER_DECL void scheduler::serve_admissions() noexcept {
    while (!admissions_.empty() &&
           (limits_.transfers == 0 || active_ < limits_.transfers)) {
        auto& next = admissions_.pop_front();
        --admissions_waiting_;
        ++active_;
        next.granted = true;
        next.who().wake_later();
    }
}

XFER_DECL void scheduler::ask(endpoint& e, waiting_place& p, time_point now) {
    if (!p.fresh_only) {
        if (auto c = reuse(e, now)) {
            p.connection = std::move(c);
            return;
        }
    }
    if (e.waiting.empty() && has_room(e)) {
        count_opened(e);
        p.may_open = true;
        return;
    }
    e.waiting.push_back(p);
    ++waiting_count_;
    if (!e.linked()) {
        hosts_waiting_.push_back(e);
    }
}

XFER_DECL void scheduler::leave(endpoint& e, waiting_place& p) noexcept {
    if (p.linked()) {
        p.unlink();
        --waiting_count_;
        if (e.waiting.empty()) {
            detail::unlink_from<hosts_tag>(e);
        }
    } else if (p.connection) {
        const auto since = p.connection->idle_since;
        release(std::move(p.connection), since);
    } else if (std::exchange(p.may_open, false)) {
        closed(e);
    }
}

/// Whether its life is over, however busy it was.
inline bool scheduler::is_too_old(const pooled_connection& c, time_point now)
    const noexcept {
    return limits_.connection_age > duration::zero() &&
           now - c.opened_at > limits_.connection_age;
}

XFER_DECL std::unique_ptr<pooled_connection> scheduler::reuse(
    endpoint& e, time_point now
) noexcept {
    while (!e.idle.empty()) {
        // Last in, first out: the one most likely to be alive, and warm in the caches.
        auto c = unlist(e.idle.back());
        const bool stale = limits_.idle_time > duration::zero() &&
                           now - c->idle_since > limits_.idle_time;
        if (!stale && !is_too_old(*c, now) && c->stream->reusable()) {
            return c;
        }
        count_closed(e);
    }
    return nullptr;
}

XFER_DECL void scheduler::release(
    std::unique_ptr<pooled_connection> c, time_point now
) noexcept {
    auto& e = c->home();
    c->idle_since = now;
    const bool too_many =
        (limits_.connections != 0 && connections_ > limits_.connections) ||
        (limits_.connections_per_host != 0 && e.host.open > limits_.connections_per_host
        );
    if (too_many || is_too_old(*c, now)) {
        c.reset();
        closed(e);
        return;
    }
    if (!e.waiting.empty() && !e.waiting.front().fresh_only && !owes_another(e)) {
        auto& next = e.waiting.pop_front();
        --waiting_count_;
        if (e.waiting.empty()) {
            detail::unlink_from<hosts_tag>(e);
        }
        next.connection = std::move(c);
        next.who().wake_later();
        return;
    }
    ++idle_count_;
    auto& kept = *c.release();
    e.idle.push_back(kept);
    e.host.idle.push_back(kept);
    idle_.push_back(kept);
    while (limits_.idle_connections != 0 && idle_count_ > limits_.idle_connections) {
        drop(idle_.front());
    }
    if (!hosts_waiting_.empty()) {
        serve_hosts();  // which wait for room under the total limit
    }
}

XFER_DECL void scheduler::closed(endpoint& e) noexcept {
    count_closed(e);
    serve_hosts();
}

XFER_DECL bool scheduler::owes_another(const endpoint& e) noexcept {
    if (limits_.connections == 0 || connections_ < limits_.connections) {
        return false;
    }
    auto& next = hosts_waiting_.front();
    if (&next.host != &e.host) {
        const auto most = limits_.connections_per_host;
        const auto open = next.host.open;
        // Shares that differ by one are even: else a connection would change hands
        // after each request.
        const bool poorer = open == 0 || open + 1 < e.host.open;
        if (poorer && (most == 0 || open < most)) {
            return true;
        }
    }
    // It has had its turn, or has no claim.
    hosts_waiting_.pop_front();
    hosts_waiting_.push_back(next);
    return false;
}

XFER_DECL void scheduler::serve_hosts() noexcept {
    // Ends after a round in which nobody found room.
    const endpoint* first_refused = nullptr;
    while (!hosts_waiting_.empty() && &hosts_waiting_.front() != first_refused) {
        auto& e = hosts_waiting_.pop_front();
        if (has_room(e)) {
            auto& next = e.waiting.pop_front();
            --waiting_count_;
            count_opened(e);
            next.may_open = true;
            next.who().wake_later();
            first_refused = nullptr;
        } else if (first_refused == nullptr) {
            first_refused = &e;
        }
        if (!e.waiting.empty()) {
            hosts_waiting_.push_back(e);
        }
    }
}

XFER_DECL bool scheduler::has_room(endpoint& e) noexcept {
    return host_has_room(e) && total_has_room();
}

XFER_DECL bool scheduler::host_has_room(endpoint& e) noexcept {
    const auto limit = limits_.connections_per_host;
    if (limit == 0 || e.host.open < limit) {
        return true;
    }
    if (e.host.idle.empty()) {
        return false;
    }
    // It rests there for another configuration, and this one needs the room.
    drop(e.host.idle.front());
    return e.host.open < limit;
}

XFER_DECL bool scheduler::total_has_room() noexcept {
    if (limits_.connections == 0 || connections_ < limits_.connections) {
        return true;
    }
    if (idle_.empty()) {
        return false;
    }
    drop(idle_.front());
    return connections_ < limits_.connections;
}

XFER_DECL void scheduler::count_opened(endpoint& e) noexcept {
    ++connections_;
    ++e.host.open;
}

XFER_DECL void scheduler::count_closed(endpoint& e) noexcept {
    --connections_;
    --e.host.open;
}

XFER_DECL std::unique_ptr<pooled_connection> scheduler::unlist(pooled_connection& c
) noexcept {
    detail::unlink_from<idle_in_endpoint>(c);
    detail::unlink_from<idle_in_host>(c);
    detail::unlink_from<idle_in_pool>(c);
    --idle_count_;
    return std::unique_ptr<pooled_connection>(&c);
}

XFER_DECL void scheduler::drop(pooled_connection& c) noexcept {
    count_closed(c.home());
    c.stream->shutdown();
    unlist(c);
}

XFER_DECL void scheduler::drop_idle() noexcept {
    while (!idle_.empty()) {
        drop(idle_.front());
    }
    serve_hosts();
}

XFER_DECL void scheduler::set_limits(const limits& l) noexcept {
    limits_ = l;
    while (limits_.idle_connections != 0 && idle_count_ > limits_.idle_connections) {
        drop(idle_.front());
    }
    while (limits_.connections != 0 && connections_ > limits_.connections &&
           !idle_.empty()) {
        drop(idle_.front());
    }
    const auto most = limits_.connections_per_host;
    for (auto& [place, host] : hosts_) {
        while (most != 0 && host.open > most && !host.idle.empty()) {
            drop(host.idle.front());
        }
    }
    serve_admissions();
    serve_hosts();
}

}  // namespace XFER_NAMESPACE::engine
