// Where a stream of parts stands in its body.
#pragma once

#include <xfer/error.hpp>
#include <xfer/range_stream.hpp>

#include <asio/bind_cancellation_slot.hpp>
#include <asio/cancellation_signal.hpp>
#include <asio/error.hpp>

#include <algorithm>
#include <cstring>
#include <new>
#include <optional>
#include <string_view>

namespace XFER_NAMESPACE {

struct range_stream::state {
    explicit state(response_stream b)
        : body(std::move(b)), reader(body.head()), part(reader.part()) {}

    /// What an operation comes to: the error, and whether there is a part, or how much
    /// was read.
    struct outcome {
        std::error_code ec;
        std::size_t count = 0;
    };

    /// The outcome, unless more has to be read first, into space().
    [[nodiscard]] std::optional<outcome> go_to_next();
    [[nodiscard]] std::optional<outcome> read(asio::mutable_buffer into);
    [[nodiscard]] asio::mutable_buffer space();
    /// Takes what a read of the body came to.
    void take(std::error_code result, std::size_t size);
    /// Takes the next thing out of what was read; false if there is none.
    [[nodiscard]] bool look();
    void cancel() {
        cancelled = true;
        stop.emit(asio::cancellation_type::total);
    }

    response_stream body;
    range_reader reader;
    range_part part;
    std::unique_ptr<char[]> block;
    asio::mutable_buffer direct;  // the user's own memory, if it can be read into
    std::string_view pending;     // was read and not looked at
    std::string_view data;        // of this part, and not given out
    bool in_part = false;
    bool next_begun = false;
    bool over = false;
    bool busy = false;       // an operation is under way
    bool cancelled = false;  // that one
    std::error_code ec;      // once over
    asio::cancellation_signal stop;
};

XFER_DECL range_stream::range_stream(response_stream body)
    : state_(std::make_shared<state>(std::move(body))) {}

XFER_DECL range_stream& range_stream::operator=(range_stream&& other) noexcept {
    if (this != &other) {
        close();
        state_ = std::move(other.state_);
    }
    return *this;
}

XFER_DECL range_stream::~range_stream() { close(); }

XFER_DECL range_stream::executor_type range_stream::get_executor() const noexcept {
    return state_->body.get_executor();
}
XFER_DECL bool range_stream::loop_is_gone(const state_ptr& of) noexcept {
    return of->body.loop_is_gone();
}
XFER_DECL const response& range_stream::head() const noexcept {
    return state_->body.head();
}
XFER_DECL ranges_kind range_stream::kind() const noexcept {
    return state_->reader.kind();
}
XFER_DECL const range_part& range_stream::part() const noexcept { return state_->part; }

XFER_DECL void range_stream::close() noexcept {
    // A pending read owns the state, and is owned by what the state reads from.
    if (const auto s = state_) {
        s->body.close();  // whose handler may own this stream
        s->busy = false;  // its operation ends without a word
    }
}

inline auto range_stream::state::go_to_next() -> std::optional<outcome> {
    in_part = false;
    direct = {};
    while (!next_begun) {
        if (over) {
            return outcome{ec, 0};
        }
        if (!look()) {
            return std::nullopt;
        }
    }
    next_begun = false;
    in_part = true;
    data = {};
    part = reader.part();
    return outcome{{}, 1};
}

inline auto range_stream::state::read(asio::mutable_buffer into)
    -> std::optional<outcome> {
    direct = reader.kind() == ranges_kind::several ? asio::mutable_buffer() : into;
    while (data.empty() && into.size() > 0) {
        if (over && ec) {
            return outcome{ec, 0};
        }
        if (over || !in_part || next_begun) {
            return outcome{asio::error::eof, 0};
        }
        if (!look()) {
            return std::nullopt;
        }
    }
    const auto n = std::min(data.size(), into.size());
    if (n > 0 && data.data() != into.data()) {
        std::memcpy(into.data(), data.data(), n);
    }
    data.remove_prefix(n);
    return outcome{{}, n};
}

inline asio::mutable_buffer range_stream::state::space() {
    if (direct.size() > 0) {
        return direct;
    }
    constexpr std::size_t size = std::size_t{16} * 1024;
    if (!block) {
        block = std::make_unique_for_overwrite<char[]>(size);
    }
    return asio::buffer(block.get(), size);
}

inline void range_stream::state::take(std::error_code result, std::size_t size) {
    if (!result) {
        pending = {static_cast<const char*>(space().data()), size};
        return;
    }
    over = true;
    ec = result == asio::error::eof ? reader.end() : result;
}

inline bool range_stream::state::look() {
    const auto step = reader.feed(pending);
    pending.remove_prefix(step.consumed);
    switch (step.event) {
        case range_event::more:
            return false;
        case range_event::part:
            next_begun = true;
            break;
        case range_event::data:
            data = step.data;
            break;
        case range_event::complete:
            over = true;
            break;
        case range_event::failed:
            over = true;
            ec = reader.error();
            break;
    }
    return true;
}

namespace detail {

template <class State, class Result>
void end_range_operation(
    State& of,
    any_handler<std::error_code, Result>& h,
    std::error_code ec,
    Result result = {}
) {
    of.busy = false;
    h.post(ec, result);
}

/// Goes on with an operation, `f`, until it needs no more reading.
template <class State, class F, class Result>
void run_range_operation(
    const std::shared_ptr<State>& of, F f, any_handler<std::error_code, Result> h
) {
    asio::mutable_buffer space;
    try {
        if (const auto now = f(*of)) {
            const auto result = static_cast<Result>(now->count);
            return end_range_operation(*of, h, now->ec, result);
        }
        space = of->space();
    } catch (const std::bad_alloc&) {
        of->over = true;
        of->ec = error::out_of_memory;
        return end_range_operation(*of, h, of->ec);
    }
    if (of->cancelled) {
        return end_range_operation(
            *of, h, std::error_code(asio::error::operation_aborted)
        );
    }
    auto& body = of->body;
    // The handler travels with the read, so that it ends with it, called or not.
    auto go_on = [of, f, h = std::move(h)](std::error_code ec, std::size_t n) mutable {
        if (ec == asio::error::operation_aborted) {
            return end_range_operation(*of, h, ec);
        }
        of->take(ec, n);
        run_range_operation(of, f, std::move(h));
    };
    body.async_read_some(
        space, asio::bind_cancellation_slot(of->stop.slot(), std::move(go_on))
    );
}

/// Whether an operation may begin; what is refused touches nothing of the one under
/// way.
template <class State, class Result>
bool begin_range_operation(State& of, any_handler<std::error_code, Result>& h) {
    if (of.busy) {
        h.post(asio::error::already_started, Result{});
        return false;
    }
    of.busy = true;
    of.cancelled = false;
    return true;
}

}  // namespace detail

XFER_DECL void range_stream::next(const state_ptr& of, next_handler h) {
    if (!detail::begin_range_operation(*of, h)) {
        return;
    }
    h.on_cancel([of] { of->cancel(); });
    const auto go = [](state& s) { return s.go_to_next(); };
    detail::run_range_operation(of, go, std::move(h));
}

XFER_DECL void range_stream::read(
    const state_ptr& of, asio::mutable_buffer into, read_handler h
) {
    if (!detail::begin_range_operation(*of, h)) {
        return;
    }
    h.on_cancel([of] { of->cancel(); });
    const auto go = [into](state& s) { return s.read(into); };
    detail::run_range_operation(of, go, std::move(h));
}

}  // namespace XFER_NAMESPACE
