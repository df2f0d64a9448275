// Stages, failures and the end of a transfer.
#pragma once

#include <xfer/engine/state.hpp>
#include <xfer/engine/transfer.hpp>

#include <algorithm>

namespace XFER_NAMESPACE::engine {

inline bool has_trace(const request& r) noexcept {
    return r.extra() != nullptr && r.extra()->on_trace;
}

inline bool has_head_callback(const request& r) noexcept {
    return r.extra() != nullptr && r.extra()->on_each_head;
}

XFER_DECL transfer::transfer(
    state& owner,
    transfer_id name,
    std::uint32_t table_slot,
    xfer::request&& r,
    time_point now
)
    : fiber(owner),
      id(name),
      slot(table_slot),
      request(std::move(r)),
      watch(*this, moved),
      turn(*this),
      place(*this),
      added_at(now),
      traced(owner.traces() || has_trace(request)),
      shows_heads(traced || has_head_callback(request)),
      engine_(owner) {
    moved.last = now;
}

XFER_DECL std::error_code transfer::enter(xfer::stage s) {
    if (interrupted()) {
        return interrupted();
    }
    // A handshake computes for a millisecond, perhaps all in one step.
    const auto now = stage == stage::securing ? owner().refresh_now() : owner().now();
    const auto since_start = now - started_at;
    auto& times = response_access::info(response).timings;
    if (stage == stage::connecting) {
        times.connect = since_start;
    }
    switch (s) {
        case stage::connecting:
            times.name_lookup = since_start;
            break;
        case stage::sending:
            // What did not happen took no time of its own.
            times.connect = std::max(times.connect, times.name_lookup);
            times.tls = stage == stage::securing ? since_start
                                                 : std::max(times.tls, times.connect);
            times.pre_transfer = since_start;
            break;
        case stage::receiving:
            times.first_byte = since_start;
            break;
        default:
            break;
    }
    stage = s;
    watch.enter(s, now);
    if (traced) {
        tell_stage();
    }
    if (const auto* extra = request.extra(); extra != nullptr && extra->on_stage) {
        return call_user(error::aborted_by_callback, extra->on_stage, s);
    }
    return interrupted();
}

XFER_DECL std::error_code transfer::resolving(std::string_view host) {
    if (auto e = enter(stage::resolving)) {
        return e;
    }
    if (traced) {
        tell(trace::resolving{host});
    }
    if (const auto* extra = request.extra(); extra != nullptr && extra->on_resolve) {
        return call_user(error::aborted_by_callback, extra->on_resolve, host);
    }
    return {};
}

XFER_DECL std::error_code transfer::connecting() { return enter(stage::connecting); }

XFER_DECL void transfer::found(
    std::string_view host, std::span<const std::string> addresses
) {
    tell(trace::resolved{host, addresses});
}

XFER_DECL void transfer::trying(std::string_view address, std::uint16_t port) {
    tell(trace::connecting{address, port});
}

XFER_DECL void transfer::failed(
    std::string_view address, std::uint16_t port, std::error_code cause
) {
    tell(trace::connect_failed{address, port, cause});
}

XFER_DECL std::error_code transfer::made_socket(int descriptor) {
    const auto& n = endpoint->config.way->network.settings();
    return call_user(error::aborted_by_callback, n.on_socket, descriptor);
}

XFER_DECL std::error_code transfer::admit(
    const ip_address& address, std::uint16_t port, bool& admitted
) {
    const auto& n = endpoint->config.way->network.settings();
    const auto ask = [&] {
        admitted = n.address_filter(address, port);
        return std::error_code();
    };
    return call_user(error::aborted_by_callback, ask);
}

XFER_DECL std::error_code transfer::fail(
    std::error_code why, std::string message, std::error_code cause
) {
    if (!trouble) {
        trouble = std::make_shared<xfer::failure>();
        trouble->message = std::move(message);
        trouble->cause = cause;
        trouble->stage = stage;
    }
    return why;
}

XFER_DECL std::error_code transfer::fail_with_exception(
    error e, std::exception_ptr thrown
) noexcept {
    const auto tell = [&](std::string_view what, const std::error_code& cause) {
        fail(e, "a callback threw: " + std::string(what), cause);
        trouble->exception = std::move(thrown);
    };
    try {
        try {
            std::rethrow_exception(thrown);
        } catch (const std::system_error& s) {
            tell(s.what(), s.code());
        } catch (const std::exception& s) {
            tell(s.what(), {});
        } catch (...) {
            tell("something that is no std::exception", {});
        }
    } catch (const std::bad_alloc&) {
        return error::out_of_memory;  // not even for what is to be said
    }
    return e;
}

XFER_DECL void transfer::leave_queue() {
    if (started_at != time_point()) {
        return;  // sent again: it was in the queue once
    }
    started_at = owner().now();
    engine_.left_queue();
    response_access::info(response).timings.queue = started_at - added_at;
    watch.started(started_at);
}

XFER_DECL void transfer::use(const pooled_connection& c) {
    auto& i = response_access::info(response);
    i.connection = c.facts;
    connected = true;
    i.connection_reused = c.requests > 0;
    if (i.connection_reused) {
        ++engine_.counters().connections_reused;
    }
    if (traced && i.connection_reused) {
        tell(trace::reused{*c.facts, c.requests});
    }
}

XFER_DECL void transfer::resend() {
    resent = true;
    connected = false;
    ec.clear();
    trouble.reset();
    moved.sent = 0;
    ++engine_.counters().resent;
}

XFER_DECL void transfer::start_over(url to) {
    resent = false;
    goes_on = false;
    passed_over = false;
    connected = false;
    moved.sent = 0;
    receive_total = 0;
    response_access::url(response) = std::move(to);
    response_access::status(response) = 0;
    response_access::version(response) = 0;
    response_access::reason(response, {}, 0);
    response_access::fields(response).clear();
    response_access::trailers(response).reset();
}

XFER_DECL void transfer::take_head(const http::h1_exchange& x) {
    const auto& head = x.head();
    response_access::status(response) = head.status;
    response_access::version(response) = head.version;
    response_access::reason(response, head.reason, head.reason_size);
    response_access::fields(response).assign(x.head_text(), x.head_entries());
    if (traced) {
        tell_response_head(x);
    }
}

XFER_DECL std::error_code transfer::head_arrived(std::optional<std::uint64_t> length) {
    receive_total = passed_over ? 0 : length.value_or(0);
    const auto& o = request.options();
    if (o.fail_on_error && response.status() >= 400 && !passed_over) {
        return fail(
            error::http_status,
            "the server answered with status " + std::to_string(response.status())
        );
    }
    if (o.max_body_size != 0 && receive_total > o.max_body_size) {
        return body_too_large();
    }
    if (const auto* extra = request.extra(); extra != nullptr && extra->on_head) {
        if (const auto e =
                call_user(error::aborted_by_callback, extra->on_head, response)) {
            return e;
        }
    }
    if (on_opened) {
        channel = std::make_shared<stream_channel>();
        channel->producer = this;
        on_opened.post(
            std::error_code(), stream_channel::for_reader(channel), response
        );
    }
    return {};
}

XFER_DECL std::error_code transfer::show_head(const received_head& head) {
    return has_head_callback(request)
               ? call_user(
                     error::aborted_by_callback, request.extra()->on_each_head, head
                 )
               : std::error_code();
}

XFER_DECL void transfer::show_interim_head(const http::h1_exchange& x) {
    if (traced) {
        tell(trace::interim_head{x.head().status, x.head_text()});
    }
    const auto refused = show_head({
        head_kind::interim,
        x.head().status,
        x.head_text(),
        {x.head_text(), x.head_entries()},
    });
    if (refused && !interrupted()) {
        interrupt(refused);
    }
}

XFER_DECL std::error_code transfer::show_final_head() {
    const auto& f = response.fields();
    const auto kind = goes_on ? head_kind::passed_over : head_kind::answer;
    return show_head({kind, response.status(), f.block(), f});
}

XFER_DECL std::error_code transfer::show_trailers(const http::h1_exchange& x) {
    constexpr std::string_view nothing = "\r\n";
    const auto text = x.trailer_text();
    if (text.size() <= nothing.size() || request.options().raw_transfer) {
        return {};
    }
    const auto kept = x.trailers();
    const auto f = kept ? kept->view() : fields_view();
    return show_head({head_kind::trailers, response.status(), text, f});
}

inline std::error_code transfer::body_too_large() {
    return fail(
        error::body_too_large,
        "the body is larger than max_body_size, " +
            std::to_string(request.options().max_body_size) + " bytes"
    );
}

XFER_DECL std::error_code transfer::body_arrived(std::size_t bytes) {
    moved.received += bytes;
    const auto most = request.options().max_body_size;
    return most != 0 && moved.received > most ? body_too_large() : std::error_code();
}

XFER_DECL std::error_code transfer::body_sent(std::string_view bytes) {
    moved.sent += bytes.size();
    if (traced) {
        tell_request_body(bytes);
    }
    return tell_progress();
}

XFER_DECL xfer::progress transfer::progress() const {
    xfer::progress p;
    p.received = moved.received;
    p.receive_total = receive_total;
    p.sent = moved.sent;
    p.send_total = send_total;
    return p;
}

XFER_DECL std::error_code transfer::tell_progress() {
    const auto* extra = request.extra();
    if (extra == nullptr || !extra->on_progress) {
        return interrupted();
    }
    return call_user(error::aborted_by_callback, extra->on_progress, progress());
}

XFER_DECL void transfer::pause(bool on) {
    if (paused == on || ended) {
        return;
    }
    paused = on;
    engine_.count_paused(on);
    watch.suspend(watch::reason::paused, on, owner().refresh_now());
    wake_later();
}

XFER_DECL void transfer::returned(bool with_memory) {
    if (!with_memory) {
        ec = error::out_of_memory;
    }
    engine_.ended(*this);
}

}  // namespace XFER_NAMESPACE::engine
