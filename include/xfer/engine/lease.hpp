// What a walk holds of the scheduler, given back when its frame ends.
#pragma once

#include <xfer/engine/state.hpp>

#include <memory>
#include <utility>

namespace XFER_NAMESPACE::engine {

/// Asks for a turn under max_transfers: has it, or the place in its queue.
class turn_guard {
 public:
    explicit turn_guard(transfer& t) : transfer_(t) {
        t.engine().scheduler().ask(t.turn);
    }
    turn_guard(const turn_guard&) = delete;
    turn_guard& operator=(const turn_guard&) = delete;
    ~turn_guard() { transfer_.engine().scheduler().leave(transfer_.turn); }

 private:
    transfer& transfer_;
};

/// Asks an endpoint for a connection: has the place in its queue, or what was granted
/// and not taken.
class place_guard {
 public:
    place_guard(transfer& t, bool fresh_only) : transfer_(t) {
        t.place.fresh_only = fresh_only;
        t.engine().scheduler().ask(*t.endpoint, t.place, t.owner().now());
    }
    place_guard(const place_guard&) = delete;
    place_guard& operator=(const place_guard&) = delete;
    ~place_guard() {
        transfer_.engine().scheduler().leave(*transfer_.endpoint, transfer_.place);
    }

 private:
    transfer& transfer_;
};

/// A connection in use, or the right to one that is being opened. Closed, unless it was
/// given back in good order.
class lease {
 public:
    lease(transfer& t) noexcept
        : engine_(t.engine()), generation_(engine_.scheduler().generation()) {}
    lease(const lease&) = delete;
    lease& operator=(const lease&) = delete;
    ~lease() { close(); }

    /// Takes what was granted: true for a connection, false for the right to open one.
    bool take(transfer& t) {
        t.leave_queue();
        endpoint_ = t.endpoint.get();
        t.place.may_open = false;
        connection_ = std::move(t.place.connection);
        return connection_ != nullptr;
    }
    void opened(
        std::unique_ptr<net::transport> s, std::shared_ptr<const connection_facts> f
    ) {
        connection_ =
            std::make_unique<pooled_connection>(std::move(s), std::move(f), *endpoint_);
        connection_->opened_at = engine_.now();
    }
    [[nodiscard]] pooled_connection* operator->() const noexcept {
        return connection_.get();
    }
    [[nodiscard]] pooled_connection& operator*() const noexcept { return *connection_; }
    [[nodiscard]] explicit operator bool() const noexcept {
        return connection_ != nullptr;
    }
    [[nodiscard]] bool reused() const noexcept { return connection_->requests > 0; }

    /// The response is complete and the connection may serve another.
    void give_back() noexcept {
        if (generation_ != engine_.scheduler().generation()) {
            return close();
        }
        connection_->stream->disarm();
        ++connection_->requests;
        endpoint_ = nullptr;
        engine_.scheduler().release(std::move(connection_), engine_.now());
    }
    void close() noexcept {
        connection_.reset();
        if (endpoint_ != nullptr) {
            engine_.scheduler().closed(*std::exchange(endpoint_, nullptr));
        }
    }

 private:
    state& engine_;
    endpoint* endpoint_ = nullptr;
    std::unique_ptr<pooled_connection> connection_;
    std::uint64_t generation_;
};

}  // namespace XFER_NAMESPACE::engine
