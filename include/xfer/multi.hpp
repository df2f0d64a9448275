// Many transfers at once, on one thread, on the user's Asio loop or on one of its own.
#pragma once

#include <xfer/config.hpp>
#include <xfer/detail/any_handler.hpp>
#include <xfer/error.hpp>
#include <xfer/remote.hpp>
#include <xfer/request.hpp>
#include <xfer/response.hpp>
#include <xfer/response_stream.hpp>
#include <xfer/settings.hpp>
#include <xfer/stats.hpp>
#include <xfer/transfer_id.hpp>
#include <xfer/wait_fd.hpp>

#include <asio/any_io_executor.hpp>
#include <asio/async_result.hpp>
#include <asio/awaitable.hpp>

#include <chrono>
#include <concepts>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <type_traits>
#include <utility>

namespace asio {
class io_context;
}

/// Many transfers at once, as coroutines on one thread: begin with multi and request.
namespace XFER_NAMESPACE {

namespace engine {
class hub;
}
namespace testing {
struct inspector;
}

/// Runs transfers: curl's multi handle. Each is a coroutine on one thread; transfers
/// are started by add() or async_*, driven by the loop or by perform(), and end in
/// exactly one completion, unless they are removed.
///
/// Not thread-safe: all calls are made on the thread or strand of the loop; see
/// remote() for other threads. From inside any callback everything may be called but
/// perform() and wait(). Destroying the multi ends its transfers at once and never
/// blocks. fork() with a live multi is not supported.
class multi {
 public:
    /// Owns its loop, which perform() and wait() run.
    XFER_DECL explicit multi(const settings& s = {});
    /// Rides on a loop that one thread at a time runs. The loop may be destroyed first.
    XFER_DECL explicit multi(asio::io_context& loop, const settings& s = {});
    /// For loops that several threads run: with a strand. perform() and wait() answer
    /// error::no_loop.
    XFER_DECL explicit multi(asio::any_io_executor executor, const settings& s = {});
    /// Ends all transfers at once: handlers of async_* get operation_aborted from the
    /// loop, added transfers have no completion. Never blocks, and calls nobody inline.
    XFER_DECL ~multi();
    /// Takes over transfers and loop; the other may then only be destroyed or assigned
    /// to.
    XFER_DECL multi(multi&&) noexcept;
    /// Ends the transfers of this one, as the destructor, and takes over the other's.
    XFER_DECL multi& operator=(multi&&) noexcept;

    /// The executor of its loop, or the one it was made with; an empty one when the
    /// loop was destroyed.
    [[nodiscard]] XFER_DECL asio::any_io_executor get_executor() const noexcept;

    // Adding, and what curl's multi interface does.

    /// Adds a transfer (curl_multi_add_handle). Nothing starts before the next
    /// perform() or turn of the loop. Its completion goes to info_read() or
    /// async_next(). An empty id: the loop was destroyed.
    XFER_DECL transfer_id add(request r);
    /// A GET of the URL.
    template <url_text Url>
    transfer_id add(Url&& url) {
        return add(request(std::forward<Url>(url)));
    }

    /// Runs what is ready, and never blocks (curl_multi_perform). Returns how many
    /// transfers are in progress, queued ones included: 0 means that nothing is left
    /// to do. Costs what is ready, not what was added; runs at most settings.max_steps
    /// handlers of the loop, foreign ones included.
    ///
    /// Throws std::system_error of error::no_loop (the multi was made from an
    /// executor), recursive_call (from inside a handler of the loop), loop_stopped
    /// (the user stopped the io_context; one that ran out of work is restarted) or
    /// multi_closed (the loop is gone).
    XFER_DECL std::size_t perform();
    /// The same with the error in `ec`, which is cleared otherwise. What a foreign
    /// handler of the loop throws comes out of both.
    XFER_DECL std::size_t perform(std::error_code& ec);

    /// Waits until a transfer can go on, a deadline is reached, wakeup() is called or
    /// the duration is over (curl_multi_poll); runs no step of a transfer and at most
    /// one handler of the loop. Returns false if the duration passed without any of
    /// these. Zero does not wait; a negative duration is error::invalid_argument.
    /// Without any transfer it waits in full. Errors as perform().
    XFER_DECL bool wait(duration d);
    /// The same with the error in `ec`; it then returns false.
    XFER_DECL bool wait(duration d, std::error_code& ec);
    /// Waits for descriptors of the caller's own as well, as the extra_fds of
    /// curl_multi_poll: returns when one is ready, and its `ready` says for what. The
    /// span may be empty; its descriptors stay the caller's.
    XFER_DECL bool wait(duration d, std::span<wait_fd> fds);
    /// The same with the error in `ec`; it then returns false.
    XFER_DECL bool wait(duration d, std::span<wait_fd> fds, std::error_code& ec);

    /// Ends a wait() that is under way, or the next one (curl_multi_wakeup). Several
    /// calls before that count as one; perform() does not consume it. The one call that
    /// is allowed from any thread while the multi lives.
    XFER_DECL void wakeup() const;

    /// The next unread completion, in the order in which the transfers ended
    /// (curl_multi_info_read); `left` becomes the number that remain.
    [[nodiscard]] XFER_DECL std::optional<message> info_read(
        std::size_t* left = nullptr
    );

    /// Takes a transfer out (curl_multi_remove_handle): one in progress ends at once
    /// and has no completion; the unread completion of a finished one is dropped; the
    /// handler of an async_* one is destroyed uncalled. False if there is no such
    /// transfer (any more).
    XFER_DECL bool remove(transfer_id id);
    /// Ends a transfer in progress with the completion operation_aborted. False if
    /// there is no such transfer in progress.
    XFER_DECL bool cancel(transfer_id id);
    /// Stops moving its bytes, in both directions, until resume() (curl_easy_pause).
    /// Its timeouts stand still but for total_timeout. False if not in progress.
    XFER_DECL bool pause(transfer_id id);
    /// Takes back pause(). False if not in progress.
    XFER_DECL bool resume(transfer_id id);

    // Asking.

    /// Whether nothing that was added is in progress or unread; what async_fetch and
    /// async_open started does not count.
    [[nodiscard]] XFER_DECL bool empty() const noexcept;
    /// Counters, at this moment. O(1).
    [[nodiscard]] XFER_DECL xfer::stats stats() const;
    /// When perform() has to be called next: now, if a transfer can go on; none, if
    /// none will by itself (curl_multi_timeout). It knows of transfers only: handlers
    /// that wait in the loop, and sockets, are what wait() and the loop see to.
    [[nodiscard]] XFER_DECL std::optional<time_point> next_deadline() const;
    /// Where a transfer is; none if there is none of that id.
    [[nodiscard]] XFER_DECL std::optional<stage> stage_of(transfer_id id) const;
    /// How many bytes of the bodies have moved; none if there is no transfer of that
    /// id.
    [[nodiscard]] XFER_DECL std::optional<xfer::progress> progress_of(transfer_id id
    ) const;

    /// Takes over the limits of `s` (the max_* of transfers and connections, their age
    /// and idle time among them). Lowering one ends nothing that is in progress.
    XFER_DECL void set_limits(const settings& s);
    /// Call it when the machine's network has changed: cached names and idle
    /// connections are dropped, and those in use are not used again.
    XFER_DECL void network_changed();

    /// Called for each completion of an added transfer, when it ends, on the multi's
    /// thread: `f(const message&)`. The message can still be read. What it throws is
    /// kept in the message's failure. An empty function ends it.
    template <class F>
    void on_completion(F&& f) {
        detail::check_callable<F>();
        set_on_completion(std::function<void(const message&)>(std::forward<F>(f)));
    }

    /// A copyable handle for other threads; valid also after the multi is gone.
    [[nodiscard]] XFER_DECL xfer::remote remote() const;

    // With completion tokens. Any token will do; the handler's associated executor,
    // allocator and cancellation slot are honoured, and it is never called inline. The
    // handler of a transfer that is in progress when the multi is destroyed gets
    // operation_aborted; if its loop is destroyed, it is destroyed uncalled.

    /// Transfers one request. Completes with `void(std::error_code, response)`.
    /// Cancelling it ends the transfer.
    template <class Token>
    auto async_fetch(request r, Token&& token) {
        return asio::async_initiate<Token, void(std::error_code, response)>(
            fetch_start{state_}, token, std::move(r)
        );
    }
    /// A GET of the URL.
    template <url_text Url, class Token>
    auto async_fetch(Url&& url, Token&& token) {
        return async_fetch(request(std::forward<Url>(url)), std::forward<Token>(token));
    }
    /// Without a token: `response r = co_await m.async_fetch(...)`, which throws
    /// transfer_error.
    [[nodiscard]] XFER_DECL asio::awaitable<response> async_fetch(request r);
    /// A GET of the URL, without a token.
    template <url_text Url>
    [[nodiscard]] asio::awaitable<response> async_fetch(Url&& url) {
        return async_fetch(request(std::forward<Url>(url)));
    }

    /// Completes when the head has arrived: `void(std::error_code, response_stream)`.
    /// The body is read from the stream. The request's sink is not used. Cancelling it
    /// ends the transfer; once it has completed, closing the stream does.
    template <class Token>
    auto async_open(request r, Token&& token) {
        return asio::async_initiate<Token, void(std::error_code, response_stream)>(
            open_start{state_}, token, std::move(r)
        );
    }
    /// A GET of the URL.
    template <url_text Url, class Token>
    auto async_open(Url&& url, Token&& token) {
        return async_open(request(std::forward<Url>(url)), std::forward<Token>(token));
    }
    /// Without a token: `response_stream s = co_await m.async_open(...)`, which throws
    /// transfer_error.
    [[nodiscard]] XFER_DECL asio::awaitable<response_stream> async_open(request r);
    /// A GET of the URL, without a token.
    template <url_text Url>
    [[nodiscard]] asio::awaitable<response_stream> async_open(Url&& url) {
        return async_open(request(std::forward<Url>(url)));
    }

    /// Completes with the next completion of an added transfer:
    /// `void(std::error_code, message)`. The error_code is the multi's, not the
    /// transfer's: error::nothing_left when nothing that was added is in progress or
    /// unread. Several waiters are served in order.
    template <class Token>
    auto async_next(Token&& token) {
        return asio::async_initiate<Token, void(std::error_code, message)>(
            next_start{state_}, token
        );
    }
    /// Without a token: throws std::system_error.
    [[nodiscard]] XFER_DECL asio::awaitable<message> async_next();

    /// Cancels every transfer and completes, `void(std::error_code)`, when no code of
    /// the user's (sinks, sources, callbacks) will be touched any more and connections
    /// were closed properly. Until then new transfers are refused.
    template <class Token>
    auto async_shutdown(Token&& token) {
        return asio::async_initiate<Token, void(std::error_code)>(
            shutdown_start{state_}, token
        );
    }
    /// Without a token: throws std::system_error.
    [[nodiscard]] XFER_DECL asio::awaitable<void> async_shutdown();

 private:
    friend struct testing::inspector;
    using hub_ptr = std::shared_ptr<engine::hub>;
    using fetched = detail::any_handler<std::error_code, response>;
    using opened = detail::
        any_handler<std::error_code, std::shared_ptr<engine::stream_channel>, response>;
    using received = detail::any_handler<std::error_code, message>;
    using ended = detail::any_handler<std::error_code>;

    // The doors to the engine, behind which nothing is a template.
    XFER_DECL static asio::any_io_executor executor_of(const hub_ptr& hub);
    /// Then a handler can be neither kept nor posted: it is destroyed uncalled.
    XFER_DECL static bool loop_is_gone(const hub_ptr& hub) noexcept;
    XFER_DECL static void fetch(const hub_ptr& hub, request&& r, fetched h);
    XFER_DECL static void open(const hub_ptr& hub, request&& r, opened h);
    XFER_DECL static void next(const hub_ptr& hub, received h);
    XFER_DECL static void shut_down(const hub_ptr& hub, ended h);
    XFER_DECL void set_on_completion(std::function<void(const message&)> f);

    struct fetch_start {
        hub_ptr hub;
        template <class Handler>
        void operator()(Handler&& handler, request r) const {
            if (loop_is_gone(hub)) {
                return;
            }
            fetch(
                hub,
                std::move(r),
                fetched(std::forward<Handler>(handler), executor_of(hub))
            );
        }
    };
    /// Makes a response_stream of what the engine gives, for the user's handler.
    template <class Handler>
    struct stream_maker {
        Handler handler;
        asio::any_io_executor executor;

        using executor_type =
            asio::associated_executor_t<Handler, asio::any_io_executor>;
        using allocator_type = asio::associated_allocator_t<Handler>;
        using cancellation_slot_type = asio::associated_cancellation_slot_t<Handler>;
        executor_type get_executor() const noexcept {
            return asio::get_associated_executor(handler, executor);
        }
        allocator_type get_allocator() const noexcept {
            return asio::get_associated_allocator(handler);
        }
        cancellation_slot_type get_cancellation_slot() const noexcept {
            return asio::get_associated_cancellation_slot(handler);
        }
        void operator()(
            std::error_code ec,
            std::shared_ptr<engine::stream_channel> channel,
            response head
        ) {
            std::move(handler
            )(ec, response_stream(executor, std::move(channel), std::move(head)));
        }
    };
    struct open_start {
        hub_ptr hub;
        template <class Handler>
        void operator()(Handler&& handler, request r) const {
            if (loop_is_gone(hub)) {
                return;
            }
            const auto executor = executor_of(hub);
            stream_maker<std::decay_t<Handler>> maker{
                std::forward<Handler>(handler), executor};
            open(hub, std::move(r), opened(std::move(maker), executor));
        }
    };
    struct next_start {
        hub_ptr hub;
        template <class Handler>
        void operator()(Handler&& handler) const {
            if (!loop_is_gone(hub)) {
                next(hub, received(std::forward<Handler>(handler), executor_of(hub)));
            }
        }
    };
    struct shutdown_start {
        hub_ptr hub;
        template <class Handler>
        void operator()(Handler&& handler) const {
            if (!loop_is_gone(hub)) {
                shut_down(hub, ended(std::forward<Handler>(handler), executor_of(hub)));
            }
        }
    };

    XFER_DECL static asio::awaitable<response> fetch_awaiting(
        fetch_start start, request r
    );
    XFER_DECL static asio::awaitable<response_stream> open_awaiting(
        open_start start, request r
    );
    XFER_DECL static asio::awaitable<message> next_awaiting(next_start start);

    hub_ptr state_;
};

}  // namespace XFER_NAMESPACE

#ifndef XFER_SEPARATE_COMPILATION
#include <xfer/impl/multi.ipp>
#endif
