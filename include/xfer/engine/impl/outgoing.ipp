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
    const auto& body = transfer_.request.body();
    present_ = !body.empty();
    length_ = body.known_length();
    if (const auto* text = std::get_if<std::string>(&body.from())) {
        length_ = text->size();
    } else if (const auto* origin = std::get_if<source::file_origin>(&body.from())) {
        const auto ec = open_file(origin->path, file_);
        if (ec) {
            return ec;
        }
        length_ = file_.size();
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
                special_files_.resize(all.size());
                special_files_[i] = std::move(f);
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
    part_ = index;
    part_given_ = 0;
    awaitable_.reset();
    const auto& part = parts()[index];
    file_.close();
    const auto* origin = std::get_if<source::file_origin>(&part.from());
    return origin != nullptr && !is_special(index) ? open_file(origin->path, file_)
                                                   : std::error_code();
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
    read_ = true;
    const auto all = parts();
    std::error_code ec;
    while (!ec && !at_end_ && piece.empty()) {
        piece_ = {};
        if (const auto* g = waits_in(all)) {
            ec = co_await read_awaitable(t, *g);
        } else if (!all.empty()) {
            ec = read_now(all[part_]);
        }
        piece = piece_;
        given_ += piece.size();
        part_given_ += piece.size();
        const bool part_ended = piece.empty();
        at_end_ = part_ended && part_ + 1 >= all.size();
        if (!ec && all.size() > 1 && is_called(all[part_])) {
            ec = check_amount(part_given_, all[part_].known_length(), part_ended);
        }
        if (!ec) {
            ec = check_amount(given_, length_, at_end_);
        }
        if (!ec && part_ended && !at_end_) {
            ec = begin_part(part_ + 1);
        }
    }
    co_return ec;
}

/// The coroutine that the part being read is, if it is one.
inline const source::awaitable_function* outgoing::waits_in(std::span<const source> all
) const noexcept {
    return all.empty() ? nullptr
                       : std::get_if<source::awaitable_function>(&all[part_].from());
}

/// Reads once; piece_ is empty at the end of the part.
inline std::error_code outgoing::read_now(const source& part) {
    if (const auto* text = std::get_if<std::string>(&part.from())) {
        piece_ = part_given_ == 0 ? std::string_view(*text) : std::string_view();
    } else if (std::holds_alternative<source::file_origin>(part.from())) {
        return read_file(is_special(part_) ? special_files_[part_] : file_);
    } else if (const auto* f = std::get_if<source::function>(&part.from())) {
        return read_function(*f);
    }
    return {};
}

inline std::span<char> outgoing::space() {
    if (!space_) {
        space_ = std::make_unique_for_overwrite<char[]>(piece_size);
    }
    return {space_.get(), piece_size};
}

inline std::error_code outgoing::read_file(detail::file& f) {
    std::error_code cause;
    piece_ = {space().data(), f.read(space(), cause)};
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
    std::size_t size = 0;
    const auto ec = transfer_.call_user(error::source_failed, [&]() -> std::error_code {
        size = f(space());
        return {};
    });
    return ec ? ec : filled(space(), size);
}

/// Takes what a user's function filled.
inline std::error_code outgoing::filled(std::span<char> space, std::size_t size) {
    if (size > space.size()) {
        return transfer_.fail(
            error::source_failed,
            "the body source says that it filled more than the space it was given"
        );
    }
    piece_ = {space.data(), size};
    return {};
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
    for (std::size_t i = 0; i <= part_ && i < parts().size(); ++i) {
        if (!rewind_part(i)) {
            return false;
        }
    }
    read_ = false;
    at_end_ = false;
    given_ = 0;
    part_given_ = 0;
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
        if (is_special(index)) {
            return special_files_[index].rewind();
        }
        return index != part_ || file_.rewind();  // others are opened again
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
