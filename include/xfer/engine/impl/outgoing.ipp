// Reading the body of a request from wherever the user keeps it.
#pragma once

#include <xfer/engine/outgoing.hpp>
#include <xfer/engine/state.hpp>
#include <xfer/proto/checked.hpp>

#include <exception>
#include <string>
#include <variant>

namespace XFER_NAMESPACE::engine {

inline std::span<const source> outgoing::parts() const noexcept {
    const auto& body = transfer_.request.body();
    if (const auto* all = std::get_if<source::sequence_origin>(&body.from())) {
        return all->parts;
    }
    return {&body, 1};
}

inline std::error_code outgoing::open_file(const std::string& path, detail::file& f) {
    if (path.find('\0') != std::string::npos) {
        return transfer_.fail(
            error::source_failed, "the path of the body file contains a NUL"
        );
    }
    std::error_code cause;
    f = detail::file::open_to_read(path, cause);
    if (cause) {
        return transfer_.fail(
            error::source_failed,
            "the body file '" + path + "' cannot be read: " + cause.message(),
            cause
        );
    }
    return {};
}

XFER_DECL std::error_code outgoing::open() {
    const auto* body = transfer_.request.own_body();
    if (body == nullptr || body->empty()) {
        return {};
    }
    present_ = true;
    const auto ec = open_body();
    transfer_.send_total = length_.value_or(0);
    return ec;
}

inline std::error_code outgoing::open_body() {
    const auto& body = transfer_.request.body();
    length_ = body.known_length();
    if (const auto* text = std::get_if<std::string>(&body.from())) {
        length_ = text->size();
        return {};
    }
    reading_ = std::make_unique<reading>();
    if (const auto* origin = std::get_if<source::file_origin>(&body.from())) {
        const auto ec = open_file(origin->path, reading_->file);
        if (ec) {
            return ec;
        }
        length_ = reading_->file.size();
    } else if (std::holds_alternative<source::sequence_origin>(body.from())) {
        return open_parts();
    }
    return {};
}

/// Adds up the lengths. A file that is missing has to fail now, but thousands must not
/// be open at once.
inline std::error_code outgoing::open_parts() {
    std::optional<std::uint64_t> total = 0;
    const auto all = parts();
    for (std::size_t i = 0; i < all.size(); ++i) {
        auto length = detail::length_of(all[i]);
        if (const auto* origin = std::get_if<source::file_origin>(&all[i].from())) {
            detail::file f;
            if (const auto ec = open_file(origin->path, f)) {
                return ec;
            }
            length = f.size();
            if (!length) {
                reading_->special_files.resize(all.size());
                reading_->special_files[i] = std::move(f);
            }
        }
        total = total && length ? proto::checked_add(*total, *length) : std::nullopt;
    }
    length_ = total;
    return all.empty() ? std::error_code() : begin_part(0);
}

/// Whether a user's function gives it, which may not be as long as it was said to be.
inline bool is_called(const source& part) noexcept {
    return std::holds_alternative<source::function>(part.from()) ||
           std::holds_alternative<source::awaitable_function>(part.from());
}

/// Goes on to a part; the one before it is done with.
inline std::error_code outgoing::begin_part(std::size_t index) {
    reading_->part = index;
    reading_->part_given = 0;
    reading_->awaitable.reset();
    const auto& part = parts()[index];
    reading_->file.close();
    const auto* origin = std::get_if<source::file_origin>(&part.from());
    return origin != nullptr && !reading_->is_special(index)
               ? open_file(origin->path, reading_->file)
               : std::error_code();
}

XFER_DECL bool outgoing::chunked() const noexcept {
    const auto* extra = transfer_.request.extra();
    return present_ && (!length_ || (extra != nullptr && !extra->trailers.empty()));
}

XFER_DECL std::optional<std::string_view> outgoing::whole() const noexcept {
    if (!present_) {
        return std::nullopt;
    }
    const auto* text = std::get_if<std::string>(&transfer_.request.body().from());
    return text != nullptr ? std::optional<std::string_view>(*text) : std::nullopt;
}

XFER_DECL net::task<std::error_code> outgoing::next(
    transfer& t, std::string_view& piece
) {
    piece = {};
    read_ = true;
    if (!reading_) {
        reading_ = std::make_unique<reading>();
    }
    const auto all = parts();
    std::error_code ec;
    while (!ec && !reading_->at_end && piece.empty()) {
        reading_->piece = {};
        if (const auto* g = waits_in(all)) {
            ec = co_await read_awaitable(t, *g);
        } else if (!all.empty()) {
            ec = read_now(all[reading_->part]);
        }
        piece = reading_->piece;
        reading_->given += piece.size();
        reading_->part_given += piece.size();
        const bool part_ended = piece.empty();
        reading_->at_end = part_ended && reading_->part + 1 >= all.size();
        if (!ec && all.size() > 1 && is_called(all[reading_->part])) {
            ec = check_amount(
                reading_->part_given, all[reading_->part].known_length(), part_ended
            );
        }
        if (!ec) {
            ec = check_amount(reading_->given, length_, reading_->at_end);
        }
        if (!ec && part_ended && !reading_->at_end) {
            ec = begin_part(reading_->part + 1);
        }
    }
    co_return ec;
}

/// The coroutine that the part being read is, if it is one.
inline const source::awaitable_function* outgoing::waits_in(std::span<const source> all
) const noexcept {
    return all.empty()
               ? nullptr
               : std::get_if<source::awaitable_function>(&all[reading_->part].from());
}

/// Reads once; the piece is empty at the end of the part.
inline std::error_code outgoing::read_now(const source& part) {
    if (const auto* text = std::get_if<std::string>(&part.from())) {
        reading_->piece =
            reading_->part_given == 0 ? std::string_view(*text) : std::string_view();
    } else if (std::holds_alternative<source::file_origin>(part.from())) {
        return read_file(
            reading_->is_special(reading_->part)
                ? reading_->special_files[reading_->part]
                : reading_->file
        );
    } else if (const auto* f = std::get_if<source::function>(&part.from())) {
        return read_function(*f);
    }
    return {};
}

inline std::span<char> outgoing::space() {
    if (!reading_->space) {
        reading_->space = std::make_unique_for_overwrite<char[]>(piece_size);
    }
    return {reading_->space.get(), piece_size};
}

inline std::error_code outgoing::read_file(detail::file& f) {
    std::error_code cause;
    reading_->piece = {space().data(), f.read(space(), cause)};
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
    const auto room = space();  // made before: its failure is not the function's
    std::size_t size = 0;
    const auto ec = transfer_.call_user(error::source_failed, [&]() -> std::error_code {
        size = f(room);
        return {};
    });
    return ec ? ec : filled(room, size);
}

/// Takes what a user's function filled.
inline std::error_code outgoing::filled(std::span<char> space, std::size_t size) {
    if (size > space.size()) {
        return transfer_.fail(
            error::source_failed,
            "the body source says that it filled more than the space it was given"
        );
    }
    reading_->piece = {space.data(), size};
    return {};
}

inline net::task<std::error_code> outgoing::read_awaitable(
    transfer& t, const source::awaitable_function& f
) {
    auto call = std::make_shared<user_call>();
    call->count = t.engine().calls();
    call->space.resize(piece_size);
    reading_->call = call;
    if (!reading_->awaitable) {
        // Shared with its calls, which may outlive this.
        reading_->awaitable = std::make_shared<const source::awaitable_function>(f);
    }
    call->callable = reading_->awaitable;
    user_call_guard guard(call, t);
    asio::awaitable<std::size_t> work;
    auto ec = t.call_user(error::source_failed, [&]() -> std::error_code {
        work = (*reading_->awaitable)(call->space);
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
        ec = t.fail_with_exception(error::source_failed, call->thrown);
    }
    co_return ec ? ec : filled(call->space, call->value);
}

inline std::error_code outgoing::check_amount(
    std::uint64_t given, std::optional<std::uint64_t> announced, bool ended
) {
    if (!announced || (given <= *announced && (!ended || given == *announced))) {
        return {};
    }
    return transfer_.fail(
        error::source_failed,
        "the body source gave " +
            std::string(given < *announced ? "only " : "at least ") +
            std::to_string(given) + " bytes where " + std::to_string(*announced) +
            " were announced"
    );
}

XFER_DECL bool outgoing::rewind() {
    if (!read_ || !present_) {
        return true;
    }
    for (std::size_t i = 0; i <= reading_->part && i < parts().size(); ++i) {
        if (!rewind_part(i)) {
            return false;
        }
    }
    read_ = false;
    reading_->at_end = false;
    reading_->given = 0;
    reading_->part_given = 0;
    const bool several = parts().size() > 1;
    return !several || !begin_part(0);
}

/// What was begun of a part is to be had again.
inline bool outgoing::rewind_part(std::size_t index) {
    const auto& part = parts()[index];
    if (std::holds_alternative<std::string>(part.from())) {
        return true;
    }
    if (std::holds_alternative<source::file_origin>(part.from())) {
        if (reading_->is_special(index)) {
            return reading_->special_files[index].rewind();
        }
        return index != reading_->part ||
               reading_->file.rewind();  // others are opened again
    }
    if (!part.rewinder()) {
        return false;
    }
    const auto ec = transfer_.call_user(error::source_failed, [&]() -> std::error_code {
        part.rewinder()();
        return {};
    });
    return !ec;
}

}  // namespace XFER_NAMESPACE::engine
