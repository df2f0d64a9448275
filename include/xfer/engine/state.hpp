// The engine of one multi: its transfers, its scheduler, its completions.
#pragma once

#include <xfer/config.hpp>
#include <xfer/detail/any_handler.hpp>
#include <xfer/detail/intrusive_list.hpp>
#include <xfer/engine/auth_book.hpp>
#include <xfer/engine/scheduler.hpp>
#include <xfer/engine/transfer.hpp>
#include <xfer/engine/user_call.hpp>
#include <xfer/http/h1_exchange.hpp>
#include <xfer/net/dialer.hpp>
#include <xfer/net/loop.hpp>
#include <xfer/net/resolver.hpp>
#include <xfer/net/worker_pool.hpp>
#include <xfer/proto/limits.hpp>
#include <xfer/settings.hpp>
#include <xfer/stats.hpp>

#include <asio/any_io_executor.hpp>
#include <asio/execution_context.hpp>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <exception>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace asio {
class io_context;
}

namespace XFER_NAMESPACE::engine {

using next_handler = detail::any_handler<std::error_code, message>;
using shutdown_handler = detail::any_handler<std::error_code>;

/// A TLS configuration on its way to becoming a context, off the loop.
struct tls_slot {
    xfer::tls configuration;
    std::shared_ptr<net::tls_context> context;
    std::error_code ec;
    std::string why;
    bool loading = false;
    std::vector<transfer_id> waiting;
};

/// Everything of a multi. Shared by the multi, its loop's handlers and remote handles;
/// alive in memory until the last of them is gone, but closed with the multi or the
/// loop, whichever ends first.
class state final : public net::loop {
 public:
    /// What each transfer runs: see walk.hpp.
    using walk_function = net::task<void> (*)(transfer&);

    XFER_DECL state(
        asio::any_io_executor executor,
        net::drive how,
        const settings& s,
        walk_function walk
    );
    XFER_DECL ~state() override;

    // The calls of a multi; on its thread.
    /// `named`: an id that new_serial() made on another thread.
    XFER_DECL transfer_id add(request&& r, transfer_id named = {});
    /// From any thread.
    [[nodiscard]] std::uint64_t new_serial() noexcept {
        return last_serial_.fetch_add(1, std::memory_order_relaxed) + 1;
    }
    XFER_DECL transfer_id fetch(request&& r, fetch_handler h);
    XFER_DECL transfer_id open(request&& r, open_handler h);
    XFER_DECL void next(next_handler h);
    XFER_DECL void async_shutdown(shutdown_handler h);
    XFER_DECL void cancel_shutdown(std::uint64_t ticket);
    [[nodiscard]] XFER_DECL std::optional<message> info_read(std::size_t* left);
    XFER_DECL bool remove(transfer_id id);
    XFER_DECL bool cancel(transfer_id id, std::error_code reason);
    XFER_DECL bool pause(transfer_id id, bool on);
    XFER_DECL void cancel_next(std::uint64_t ticket);
    [[nodiscard]] XFER_DECL xfer::stats stats() const;
    [[nodiscard]] XFER_DECL std::optional<xfer::stage> stage_of(transfer_id id) const;
    [[nodiscard]] XFER_DECL std::optional<progress> progress_of(transfer_id id) const;
    [[nodiscard]] XFER_DECL std::optional<time_point> next_deadline();
    XFER_DECL void set_limits(const settings& s);
    XFER_DECL void network_changed();
    void on_completion(std::function<void(const message&)> f) {
        on_completion_ = std::move(f);
    }
    [[nodiscard]] std::size_t running() const noexcept { return running_; }
    [[nodiscard]] bool empty() const noexcept {
        return added_running_ == 0 && unread_.empty();
    }

    /// Ends everything. With `handlers_run`, handlers get operation_aborted; without,
    /// because the loop goes away, they are destroyed. In the middle of a step it takes
    /// effect after it.
    XFER_DECL void shut_down(bool handlers_run) noexcept;
    [[nodiscard]] bool closing() const noexcept { return closing_; }

    // For perform() and wait().
    void watch_loop(const asio::io_context& io) noexcept { watched_ = &io; }
    /// Whether a loop that is stopped now was stopped by the user: while a transfer is
    /// in progress it cannot run out of work, unless it had before the transfer was
    /// added.
    [[nodiscard]] bool stopped_by_user() const noexcept {
        return running_ > 0 && (!ran_out_of_work_ || turns() != turns_before_);
    }
    void restarted() noexcept { ran_out_of_work_ = false; }
    [[nodiscard]] bool deadline_due() {
        const auto earliest = timers().earliest();
        return earliest && *earliest <= refresh_now();
    }

    // For the walk.
    [[nodiscard]] engine::scheduler& scheduler() noexcept { return scheduler_; }
    [[nodiscard]] auth_book& auth() noexcept { return auth_; }
    /// The jar of all transfers that have none of their own; may be null.
    [[nodiscard]] cookie_jar* cookies() const noexcept {
        return settings_.cookies.get();
    }
    /// The rules of all transfers that have none of their own; may be null.
    [[nodiscard]] const proxy_rules* proxies() const noexcept {
        return settings_.proxies.get();
    }
    /// The network of all transfers that have none of their own.
    [[nodiscard]] const xfer::network& network() const noexcept {
        return settings_.network;
    }
    /// One whose origin the next request probably has.
    [[nodiscard]] url& recent_url() noexcept { return recent_url_; }
    /// Who is told of the steps of all transfers; may be empty.
    [[nodiscard]] const std::function<void(const trace_event&)>& trace(
    ) const noexcept {
        return settings_.trace;
    }
    [[nodiscard]] bool traces() const noexcept { return bool(settings_.trace); }
    [[nodiscard]] const xfer::trace_detail& trace_detail() const noexcept {
        return settings_.trace_detail;
    }
    [[nodiscard]] http::parser_shelf& parsers() noexcept { return parsers_; }
    [[nodiscard]] const proto::message_limits& message_limits() const noexcept {
        return message_limits_;
    }
    [[nodiscard]] net::dialer& dialer() noexcept { return *dialer_; }
    /// A string for building heads in; valid until the step suspends.
    [[nodiscard]] std::string& scratch() noexcept {
        scratch_.clear();
        return scratch_;
    }
    /// The same as so much memory, with anything in it.
    [[nodiscard]] std::span<char> scratch_space(std::size_t size) {
        if (scratch_.size() < size) {
            scratch_.resize(size);
        }
        return {scratch_.data(), size};
    }
    [[nodiscard]] const std::shared_ptr<user_calls>& calls() noexcept { return calls_; }
    /// Valid until the step suspends.
    [[nodiscard]] XFER_DECL tls_slot& tls_for(const xfer::tls& configuration);
    /// TLS configurations that are remembered.
    [[nodiscard]] std::size_t tls_slots() const noexcept { return tls_slots_.size(); }
    XFER_DECL void load(tls_slot& slot);
    /// Reads the netrc file of that path into `to`, on another thread, and wakes the
    /// transfer.
    XFER_DECL void load(
        const std::string& path, transfer_id who, const std::shared_ptr<netrc_text>& to
    );
    [[nodiscard]] std::uint64_t next_connection_id() noexcept {
        ++counters_.connections_opened;
        return ++last_connection_id_;
    }
    [[nodiscard]] xfer::stats& counters() noexcept { return counters_; }
    [[nodiscard]] XFER_DECL transfer* find(transfer_id id) const noexcept;
    XFER_DECL void ended(transfer& t);
    void count_paused(bool on) noexcept { on ? ++paused_ : --paused_; }
    void left_queue() noexcept { --queued_; }

 private:
    XFER_DECL transfer& create(request&& r, transfer_id named = {});
    /// A transfer that has not begun; destroyed with this.
    struct unborn {
        ~unborn();
        state& owner;
        transfer* child;
    };
    void begin(unborn& u);
    /// From here on nobody finds it by its id.
    void forget(transfer& t) noexcept;
    /// Ends the life of one that is forgotten.
    void dispose(transfer& t) noexcept;
    XFER_DECL void destroy(transfer& t) noexcept;
    XFER_DECL message take_message(transfer& t);
    XFER_DECL void serve_next();
    XFER_DECL void tidy() override;
    XFER_DECL void close_now() noexcept;
    void release() noexcept;
    void end_waiting(transfer& t) noexcept;
    XFER_DECL void finish_shutdown();
    XFER_DECL void tell_completion(transfer& t);
    XFER_DECL void tidy_now();
    void describe_failure(transfer& t);
    void hand_over(transfer& t);
    /// As far as there is memory for it.
    void keep_exception(transfer& t, std::exception_ptr thrown) noexcept;
    void doom(transfer& t) noexcept;
    void tls_loaded(tls_slot& slot);
    void forget_unused_tls();
    void hold_work();

    /// What a cancellation slot of a handler calls. The slot's signal may outlive the
    /// loop, and must not keep all this alive.
    struct canceller {
        std::weak_ptr<net::loop> self;
        transfer_id id;
        void operator()() const {
            if (const auto s = self.lock()) {
                static_cast<state&>(*s).cancel(id, asio::error::operation_aborted);
            }
        }
    };
    canceller cancel_by(transfer_id id);
    /// Completes the waiter of that ticket with operation_aborted, if it still waits.
    template <class Waiters, class... Results>
    static void cancel_waiter(
        Waiters& waiting, std::uint64_t ticket, Results... results
    );

    static constexpr std::size_t fewest_tls_slots = 16;

    settings settings_;
    walk_function walk_;
    auth_book auth_;
    proto::message_limits message_limits_;
    std::shared_ptr<net::worker_pool> workers_;
    std::shared_ptr<net::dialer> dialer_;
    engine::scheduler scheduler_;
    http::parser_shelf parsers_;
    std::shared_ptr<user_calls> calls_ = std::make_shared<user_calls>();
    std::string scratch_;
    url recent_url_;
    std::deque<tls_slot> tls_slots_;
    std::size_t forget_tls_at_ = fewest_tls_slots;

    std::vector<transfer*> slots_;
    std::vector<std::uint32_t> free_slots_;
    /// Transfers that were added, and named, by other threads.
    std::unordered_map<std::uint64_t, transfer*> named_elsewhere_;
    detail::intrusive_list<transfer, transfers_tag> transfers_;
    detail::intrusive_list<transfer, transfers_tag> unread_;
    /// Ended or removed, to be destroyed after the step.
    detail::intrusive_list<transfer, transfers_tag> doomed_;
    /// Those that close_now() has taken out of everything else.
    detail::intrusive_list<transfer, transfers_tag> leaving_;

    /// A handler that something else than a transfer will complete.
    template <class Handler>
    struct waiter {
        std::uint64_t ticket;
        Handler handler;
    };
    using next_waiter = waiter<next_handler>;
    using shutdown_waiter = waiter<shutdown_handler>;
    std::list<next_waiter> next_;
    std::vector<shutdown_waiter> awaiting_shutdown_;
    std::function<void(const message&)> on_completion_;
    /// Keeps the user's loop running while a transfer is in progress.
    asio::any_io_executor work_;

    xfer::stats counters_;
    std::atomic<std::uint64_t> last_serial_{0};
    std::uint64_t last_ticket_ = 0;
    std::uint64_t last_connection_id_ = 0;
    std::size_t running_ = 0;
    std::size_t added_running_ = 0;
    std::size_t unread_count_ = 0;
    std::size_t paused_ = 0;
    std::size_t queued_ = 0;
    const asio::io_context* watched_ = nullptr;
    bool ran_out_of_work_ = false;
    std::uint64_t turns_before_ = 0;  ///< the turns until ran_out_of_work_ was set
    bool closing_ = false;
    bool releasing_ = false;
    bool handlers_run_ = true;
    bool shutting_down_ = false;
};

template <class Waiters, class... Results>
void state::cancel_waiter(Waiters& waiting, std::uint64_t ticket, Results... results) {
    const auto found = std::find_if(waiting.begin(), waiting.end(), [&](const auto& w) {
        return w.ticket == ticket;
    });
    if (found != waiting.end()) {
        auto handler = std::move(found->handler);
        waiting.erase(found);
        handler.post(asio::error::operation_aborted, std::move(results)...);
    }
}

}  // namespace XFER_NAMESPACE::engine

#ifndef XFER_SEPARATE_COMPILATION
#include <xfer/engine/impl/netrc_reading.ipp>
#include <xfer/engine/impl/shutdown.ipp>
#include <xfer/engine/impl/state.ipp>
#include <xfer/engine/impl/tls_slots.ipp>
#include <xfer/engine/impl/tracing.ipp>
#include <xfer/engine/impl/transfer.ipp>
#endif
