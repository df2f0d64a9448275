// Reading the body of a request from wherever the user keeps it.
#pragma once

#include <xfer/engine/outgoing.hpp>
#include <xfer/engine/state.hpp>

#include <exception>
#include <string>
#include <variant>

namespace XFER_NAMESPACE::engine {

XFER_DECL std::error_code outgoing::open() {
    const auto& body = transfer_.request.body();
    present_ = !body.empty();
    length_ = body.known_length();
    if (const auto* text = std::get_if<std::string>(&body.from())) {
        length_ = text->size();
    } else if (const auto* origin = std::get_if<source::file_origin>(&body.from())) {
        std::error_code cause;
        file_ = detail::file::open_to_read(origin->path, cause);
        if (cause) {
            return transfer_.fail(
                error::source_failed,
                "the body file '" + origin->path +
                    "' cannot be read: " + cause.message(),
                cause
            );
        }
        length_ = file_.size();
    }
    return {};
}

XFER_DECL std::optional<std::string_view> outgoing::whole() const noexcept {
    const auto* text = std::get_if<std::string>(&transfer_.request.body().from());
    return text != nullptr && !read_ ? std::optional<std::string_view>(*text)
                                     : std::nullopt;
}

XFER_DECL net::task<std::error_code> outgoing::next(
    transfer& t, std::string_view& piece
) {
    piece = {};
    const auto& from = t.request.body().from();
    if (auto all = whole()) {
        read_ = true;
        at_end_ = true;
        given_ = all->size();
        piece = *all;
        co_return std::error_code();
    }
    read_ = true;
    std::error_code ec;
    filled_ = 0;
    if (!at_end_) {
        if (file_.is_open()) {
            ec = read_file();
        } else if (const auto* f = std::get_if<source::function>(&from)) {
            ec = read_function(*f);
        } else if (const auto* g = std::get_if<source::awaitable_function>(&from)) {
            ec = co_await read_awaitable(t, *g);
        }
    }
    if (ec) {
        co_return ec;
    }
    co_return account(piece);
}

inline std::span<char> outgoing::space() {
    if (!space_) {
        space_ = std::make_unique_for_overwrite<char[]>(piece_size);
    }
    return {space_.get(), piece_size};
}

inline std::error_code outgoing::read_file() {
    std::error_code cause;
    filled_ = file_.read(space(), cause);
    if (cause) {
        return transfer_.fail(
            error::source_failed,
            "reading the body file failed: " + cause.message(),
            cause
        );
    }
    return {};
}

inline std::error_code outgoing::read_function(const source::function& f) {
    return transfer_.call_user(error::source_failed, [&]() -> std::error_code {
        filled_ = f(space());
        return {};
    });
}

inline net::task<std::error_code> outgoing::read_awaitable(
    transfer& t, const source::awaitable_function& f
) {
    auto call = std::make_shared<user_call>();
    call->count = t.engine().calls();
    call->space.resize(piece_size);
    call_ = call;
    if (!awaitable_) {
        // Shared with its calls, which may outlive this.
        awaitable_ = std::make_shared<const source::awaitable_function>(f);
    }
    call->callable = awaitable_;
    user_call_guard guard(call, t);
    call->done = true;  // until it has begun
    auto ec = t.call_user(error::source_failed, [&]() -> std::error_code {
        auto work = (*awaitable_)(call->space);
        call->done = false;
        start(call, t.owner(), std::move(work));
        return {};
    });
    t.watch.suspend(watch::reason::user_at_work, true, t.owner().now());
    while (!ec && !call->done) {
        ec = co_await t.park();
    }
    t.watch.suspend(watch::reason::user_at_work, false, t.owner().now());
    if (!ec && call->thrown) {
        ec = t.fail_with_exception(error::source_failed, call->thrown);
    }
    filled_ = call->value;
    co_return ec;
}

/// Compares what the source gave with what it announced.
inline std::error_code outgoing::account(std::string_view& piece) {
    if (filled_ > piece_size) {
        return transfer_.fail(
            error::source_failed,
            "the body source says that it filled more than the space it was given"
        );
    }
    at_end_ = filled_ == 0;
    given_ += filled_;
    if (length_ && (given_ > *length_ || (at_end_ && given_ < *length_))) {
        return transfer_.fail(
            error::source_failed,
            "the body source gave " + std::string(at_end_ ? "only " : "at least ") +
                std::to_string(given_) + " bytes where " + std::to_string(*length_) +
                " were announced"
        );
    }
    piece = {call_ ? call_->space.data() : space_.get(), filled_};
    return {};
}

XFER_DECL bool outgoing::rewind() {
    if (!read_ || !present_) {
        return true;
    }
    const auto& body = transfer_.request.body();
    if (file_.is_open()) {
        if (!file_.rewind()) {
            return false;
        }
    } else if (!std::holds_alternative<std::string>(body.from())) {
        if (!body.rewinder()) {
            return false;
        }
        const auto ec =
            transfer_.call_user(error::source_failed, [&]() -> std::error_code {
                body.rewinder()();
                return {};
            });
        if (ec) {
            return false;
        }
    }
    read_ = false;
    at_end_ = false;
    given_ = 0;
    return true;
}

}  // namespace XFER_NAMESPACE::engine
