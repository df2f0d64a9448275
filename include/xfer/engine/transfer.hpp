// One transfer: its request, its progress, and what will be its result.
#pragma once

#include <xfer/config.hpp>
#include <xfer/detail/any_handler.hpp>
#include <xfer/detail/intrusive_list.hpp>
#include <xfer/engine/journey.hpp>
#include <xfer/engine/pacer.hpp>
#include <xfer/engine/scheduler.hpp>
#include <xfer/engine/stream_channel.hpp>
#include <xfer/engine/watch.hpp>
#include <xfer/failure.hpp>
#include <xfer/http/h1_exchange.hpp>
#include <xfer/net/dialer.hpp>
#include <xfer/net/loop.hpp>
#include <xfer/received_head.hpp>
#include <xfer/request.hpp>
#include <xfer/response.hpp>
#include <xfer/stage.hpp>
#include <xfer/trace.hpp>
#include <xfer/transfer_id.hpp>
#include <xfer/url.hpp>

#include <asio/error.hpp>

#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

namespace XFER_NAMESPACE::engine {

class state;
struct transfers_tag;

using fetch_handler = detail::any_handler<std::error_code, response>;
/// Called when the head has arrived, or with the error that kept it from arriving; the
/// response is the head's.
using open_handler =
    detail::any_handler<std::error_code, std::shared_ptr<stream_channel>, response>;

/// What engine code may write in a response.
struct response_access {
    static int& status(response& r) { return r.status_; }
    static int& version(response& r) { return r.version_; }
    static void reason(response& r, std::uint32_t offset, std::uint32_t size) {
        r.reason_offset_ = offset;
        r.reason_size_ = size;
    }
    static xfer::fields& fields(response& r) { return r.fields_; }
    static std::string& body(response& r) { return r.body_; }
    static xfer::url& url(response& r) { return r.url_; }
    static xfer::info& info(response& r) { return r.info_; }
    static std::shared_ptr<const xfer::fields>& trailers(response& r) {
        return r.trailers_;
    }
    static std::shared_ptr<const xfer::failure>& failure(response& r) {
        return r.failure_;
    }
};

/// A fiber with everything that one walk needs. Lives in its state's table from add()
/// until its completion was read (or handed over).
class transfer final : public net::fiber,
                       public net::dial_observer,
                       public detail::list_hook<transfers_tag> {
 public:
    XFER_DECL transfer(
        state& owner,
        transfer_id name,
        std::uint32_t table_slot,
        xfer::request&& r,
        time_point now
    );

    [[nodiscard]] state& engine() noexcept { return engine_; }

    // The observer of dial().
    [[nodiscard]] XFER_DECL std::error_code resolving(std::string_view host) override;
    [[nodiscard]] XFER_DECL std::error_code connecting() override;
    [[nodiscard]] XFER_DECL std::error_code made_socket(int descriptor) override;
    [[nodiscard]] XFER_DECL std::error_code admit(
        const ip_address& address, std::uint16_t port, bool& admitted
    ) override;

    [[nodiscard]] bool watches() const noexcept override { return traced; }
    XFER_DECL void found(std::string_view host, std::span<const std::string> addresses)
        override;
    XFER_DECL void trying(std::string_view address, std::uint16_t port) override;
    XFER_DECL void failed(
        std::string_view address, std::uint16_t port, std::error_code cause
    ) override;

    /// Tells the traces of a step; only where it is `traced`, which costs one branch
    /// elsewhere. A trace that says no, or throws, interrupts the transfer.
    [[gnu::cold]] XFER_DECL void tell(const trace_event::step& what);
    // The same from where it is seldom needed: a call, and nothing else, stands there.
    [[gnu::cold]] XFER_DECL void tell_stage();
    [[gnu::cold]] XFER_DECL void tell_response_head(const http::h1_exchange& x);
    [[gnu::cold]] XFER_DECL void tell_request_body(std::string_view bytes);
    [[gnu::cold]] XFER_DECL void tell_response_body(std::string_view bytes);
    [[gnu::cold]] XFER_DECL void tell_started();
    /// Of the end: it returns what a trace threw.
    [[nodiscard]] XFER_DECL std::exception_ptr tell_end(std::string_view message);
    /// Whether a trace is told of all octets.
    [[nodiscard]] XFER_DECL bool is_tapped() const noexcept;

    /// Goes on to the next stage: timings, timeouts, the user's on_stage.
    [[nodiscard]] XFER_DECL std::error_code enter(xfer::stage s);

    /// Calls a callback of the user's; what it throws is kept and makes `on_throw`.
    /// Nothing is called any more once the transfer is interrupted or the multi closes.
    template <class Function, class... Args>
    [[nodiscard]] std::error_code call_user(
        error on_throw, const Function& f, Args&&... args
    );

    /// The first reason for a failure stays; later ones come from the clean-up.
    XFER_DECL std::error_code fail(
        std::error_code ec, std::string message, std::error_code cause = {}
    );

    /// The same for something that a user's code threw.
    XFER_DECL std::error_code fail_with_exception(
        error e, std::exception_ptr thrown
    ) noexcept;

    /// See multi::pause.
    XFER_DECL void pause(bool on);

    // What happens on the walk, noted for info(), timeouts and callbacks.

    /// A connection, or the right to open one, was granted: the clocks start.
    XFER_DECL void leave_queue();
    /// The request goes over this connection.
    XFER_DECL void use(const pooled_connection& c);
    /// The same request again, as if nothing had been.
    XFER_DECL void resend();
    /// A new request, for a redirect.
    XFER_DECL void start_over(url to);
    /// The URL of the present request; it lives in the response.
    [[nodiscard]] const xfer::url& target() noexcept {
        return response_access::url(response);
    }
    /// Copies the head that the exchange shows.
    XFER_DECL void take_head(const http::h1_exchange& x);
    /// Checks status and length; tells on_head, or the opener.
    [[nodiscard]] XFER_DECL std::error_code head_arrived(
        std::optional<std::uint64_t> length
    );
    /// Tells on_each_head, where there is one.
    [[gnu::cold]] [[nodiscard]] XFER_DECL std::error_code show_head(
        const received_head& head
    );
    // The same of an interim head, which cannot fail: the transfer ends at its next
    // wait; of the final one, which consider() has judged; and of trailers.
    [[gnu::cold]] XFER_DECL void show_interim_head(const http::h1_exchange& x);
    [[gnu::cold]] [[nodiscard]] XFER_DECL std::error_code show_final_head();
    [[gnu::cold]] [[nodiscard]] XFER_DECL std::error_code show_trailers(
        const http::h1_exchange& x
    );
    [[nodiscard]] XFER_DECL std::error_code body_arrived(std::size_t bytes);
    [[nodiscard]] XFER_DECL std::error_code body_sent(std::string_view bytes);
    [[nodiscard]] XFER_DECL std::error_code tell_progress();
    [[nodiscard]] XFER_DECL xfer::progress progress() const;

    const transfer_id id;
    const std::uint32_t slot;  ///< where the state's table has it
    xfer::request request;
    xfer::response response;
    std::error_code ec;
    xfer::stage stage = stage::queued;

    http::activity moved;
    engine::watch watch;
    admission turn;
    waiting_place place;
    endpoint_use endpoint;

    fetch_handler on_fetched;
    open_handler on_opened;
    std::shared_ptr<stream_channel> channel;
    /// Kept only while something went wrong.
    std::shared_ptr<xfer::failure> trouble;
    /// Of a transfer that takes more than one request.
    std::unique_ptr<journey> trip;

    time_point added_at;
    time_point started_at{};
    /// The length that the head announced; 0 when it did not.
    std::uint64_t receive_total = 0;
    /// Of the request's body, once it is open; 0 when it is not known.
    std::uint64_t send_total = 0;
    bool has_handler = false;
    bool resent = false;
    /// The present request has, or had, the connection of response.info().
    bool connected = false;
    bool paused = false;
    /// Another request follows the present response.
    bool goes_on = false;
    /// The body of the present response is for nobody.
    bool passed_over = false;
    /// Taken out by remove() or read; it only waits for the end of the step.
    bool removed = false;
    bool ended = false;
    /// Somebody is told of each step.
    const bool traced;
    /// Somebody is told of each head: a trace, or on_each_head.
    const bool shows_heads;

 private:
    template <class Call>
    void for_each_trace(const trace_event::step& what, const Call& call);
    XFER_DECL void returned(bool with_memory) override;
    [[nodiscard]] std::error_code body_too_large();
    state& engine_;
};

template <class Function, class... Args>
std::error_code transfer::call_user(error on_throw, const Function& f, Args&&... args) {
    if (interrupted()) {
        return interrupted();
    }
    std::error_code answer;
    owner().grow_older();
    try {
        answer = f(std::forward<Args>(args)...);
    } catch (...) {
        return fail_with_exception(on_throw, std::current_exception());
    }
    if (answer) {
        const bool refused = answer == error::aborted_by_callback;
        return fail(
            refused ? error::aborted_by_callback : on_throw,
            refused ? "a callback ended the transfer"
                    : "a callback ended the transfer: " + answer.message(),
            refused ? std::error_code() : answer
        );
    }
    // It may have cancelled its own transfer, or destroyed the multi.
    return interrupted();
}

}  // namespace XFER_NAMESPACE::engine

#ifndef XFER_SEPARATE_COMPILATION
#include <xfer/engine/state.hpp>
#endif
