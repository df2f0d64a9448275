// Delivery to strings, files, buffers, functions, coroutines and readers.
#pragma once

#include <xfer/engine/delivery.hpp>
#include <xfer/engine/state.hpp>

#include <algorithm>
#include <cstring>
#include <string>
#include <variant>

namespace XFER_NAMESPACE::engine {

XFER_DECL bool resumes_file(const request& r) noexcept {
    const auto* own = r.own_sink();
    const auto* file =
        own != nullptr ? std::get_if<sink::file_target>(&own->where()) : nullptr;
    return file != nullptr && file->mode == file_mode::resume;
}

XFER_DECL std::error_code delivery::open() {
    const auto* own = transfer_.request.own_sink();
    if (own == nullptr) {
        return {};
    }
    if (const auto* memory = std::get_if<sink::buffer_target>(&own->where())) {
        if (memory->filled != nullptr) {
            *memory->filled = 0;
        }
    }
    if (const auto* target = std::get_if<sink::file_target>(&own->where())) {
        std::error_code cause;
        switch (target->mode) {
            case file_mode::replace:
                file_ = detail::file::open_to_write(target->path, cause);
                break;
            case file_mode::keep:
                file_ = detail::file::create(target->path, cause);
                break;
            case file_mode::resume:
                if (transfer_.request.method() != method::get()) {
                    return transfer_.fail(
                        error::invalid_option,
                        "only a GET can go on with a file (RFC 9110 14.2)"
                    );
                }
                resumption_ = std::make_unique<engine::resumption>();
                file_ = resumption_->open(
                    target->path, transfer_.target().str_without_fragment(), cause
                );
                break;
        }
        if (cause) {
            return transfer_.fail(
                error::sink_failed,
                "the output file '" + target->path +
                    "' cannot be opened for writing: " + cause.message(),
                cause
            );
        }
    }
    return {};
}

inline bool delivery::is_in_response() const noexcept {
    const auto* own = transfer_.request.own_sink();
    return own == nullptr || std::holds_alternative<sink::string_target>(own->where());
}

XFER_DECL void delivery::expect(std::optional<std::uint64_t> length) {
    // What a peer announces is believed only so far.
    constexpr std::uint64_t most = 1 << 20;
    if (length && is_in_response()) {
        response_access::body(transfer_.response)
            .reserve(static_cast<std::size_t>(std::min(*length, most)));
    }
}

XFER_DECL std::error_code delivery::begin_file() {
    std::error_code cause;
    resumption_->begin(transfer_.response.fields(), file_, cause);
    if (!cause) {
        return {};
    }
    return transfer_.fail(
        error::sink_failed,
        "the file that was to be resumed cannot be begun anew: " + cause.message(),
        cause
    );
}

XFER_DECL bool delivery::may_wait() const noexcept {
    const auto* own = transfer_.request.own_sink();
    return own != nullptr &&
           (std::holds_alternative<sink::awaitable_function>(own->where()) ||
            std::holds_alternative<sink::stream_target>(own->where()));
}

inline std::error_code delivery::write_failed(const std::error_code& cause) {
    const auto& target = std::get<sink::file_target>(transfer_.request.sink().where());
    return transfer_.fail(
        error::sink_failed,
        "writing to '" + target.path + "' failed: " + cause.message() +
            "; what was written is kept",
        cause
    );
}

XFER_DECL std::error_code delivery::give_now(std::string_view piece) {
    if (is_in_response()) {
        response_access::body(transfer_.response).append(piece);
        return {};
    }
    if (file_.is_open()) {
        if (resumption_ && !resumption_->take(piece.size())) {
            return transfer_.fail(
                error::weird_reply,
                "the server sent more of the file than its Content-Range says"
            );
        }
        std::error_code cause;
        file_.write(piece, cause);
        return cause ? write_failed(cause) : std::error_code();
    }
    const auto& where = transfer_.request.sink().where();
    if (const auto* f = std::get_if<sink::function>(&where)) {
        return transfer_.call_user(error::sink_failed, *f, piece);
    }
    const auto& [space, filled] = std::get<sink::buffer_target>(where);
    const auto n = std::min(piece.size(), space.size() - filled_);
    if (n > 0) {
        std::memcpy(space.data() + filled_, piece.data(), n);
        filled_ += n;
    }
    if (filled != nullptr) {
        *filled = filled_;
    }
    if (n < piece.size()) {
        return transfer_.fail(
            error::body_too_large,
            "the body does not fit into the buffer of " + std::to_string(space.size()) +
                " bytes"
        );
    }
    return {};
}

XFER_DECL net::task<std::error_code> delivery::give(
    transfer& t,
    http::h1_exchange& x,
    std::string_view piece,
    std::shared_ptr<const void> owner
) {
    const auto& where = t.request.sink().where();
    if (const auto* f = std::get_if<sink::awaitable_function>(&where)) {
        if (!awaitable_) {
            // Shared with its calls, which may outlive this.
            awaitable_ = std::make_shared<const sink::awaitable_function>(*f);
        }
        return give_awaitable(t, x, piece, std::move(owner));
    }
    return give_stream(t, x, piece);
}

inline net::task<std::error_code> delivery::give_awaitable(
    transfer& t,
    http::h1_exchange& x,
    std::string_view piece,
    std::shared_ptr<const void> owner
) {
    piece = x.hold(piece);
    auto call = std::make_shared<user_call>();
    call->count = t.engine().calls();
    call->callable = awaitable_;
    call->owner = std::move(owner);
    // A sink that is abandoned in the middle may look at the piece once more.
    struct keep_memory {
        user_call& call;
        http::h1_exchange& exchange;
        ~keep_memory() {
            if (!call.done) {
                call.piece = exchange.give_up_held();
            }
        }
    };
    user_call_guard guard(call, t);
    keep_memory keeper{*call, x};
    asio::awaitable<void> work;
    auto ec = t.call_user(error::sink_failed, [&]() -> std::error_code {
        work = (*awaitable_)(piece);
        return {};
    });
    if (!ec) {
        start(call, t.owner(), std::move(work));
    }
    t.watch.suspend(watch::reason::user_at_work, true, t.owner().now());
    while (!ec && !call->done) {
        ec = co_await t.park();
    }
    t.watch.suspend(watch::reason::user_at_work, false, t.owner().now());
    if (!ec && call->thrown) {
        ec = t.fail_with_exception(error::sink_failed, call->thrown);
    }
    co_return ec;
}

inline net::task<std::error_code> delivery::give_stream(
    transfer& t, http::h1_exchange& x, std::string_view piece
) {
    auto& channel = *t.channel;
    while (!piece.empty() && !channel.dropped) {
        if (channel.reading) {
            piece.remove_prefix(channel.give(piece));
            continue;
        }
        piece = x.hold(piece);
        t.watch.suspend(watch::reason::user_at_work, true, t.owner().now());
        const auto ec = co_await t.park();
        t.watch.suspend(watch::reason::user_at_work, false, t.owner().now());
        if (ec) {
            co_return ec;
        }
    }
    co_return std::error_code();
}

XFER_DECL std::error_code delivery::finish_file() {
    std::error_code cause;
    file_.close(cause);
    if (cause) {
        return write_failed(cause);
    }
    const auto missing = resumption_ ? resumption_->finish() : 0;
    if (missing > 0) {
        return transfer_.fail(
            error::partial_body,
            "the server sent a part of the rest: " + std::to_string(missing) +
                " octets of the file are missing, which the next transfer asks for"
        );
    }
    return {};
}

}  // namespace XFER_NAMESPACE::engine
