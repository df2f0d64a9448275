// One HTTP/1 exchange: bytes in and out of the sans-io parsers.
#pragma once

#include <xfer/http/h1_exchange.hpp>

#include <algorithm>
#include <utility>

namespace XFER_NAMESPACE::http {

// A string of this capacity keeps its characters on the heap, where views of them stay
// valid when the string is moved.
inline constexpr std::size_t never_in_place = 256;

inline std::unique_ptr<proto::response_head_parser> parser_shelf::take(
    const proto::head_limits& limits, proto::profile p
) {
    if (resting_.empty() || p == proto::profile::strict) {
        return std::make_unique<proto::response_head_parser>(limits, p);
    }
    auto parser = std::move(resting_.back());
    resting_.pop_back();
    return parser;
}

inline void parser_shelf::put_back(
    std::unique_ptr<proto::response_head_parser> parser, proto::profile p
) {
    if (p != proto::profile::strict && resting_.size() < most) {
        parser->reset();
        resting_.push_back(std::move(parser));
    }
}

XFER_DECL h1_exchange::~h1_exchange() {
    release_held();
    if (parser_) {
        shelf_.put_back(std::move(parser_), profile_);
    }
}

inline step h1_exchange::fail(error e, std::string_view why) noexcept {
    failure_ = {e, why};
    return step::failed;
}

XFER_DECL step h1_exchange::write(std::span<std::string_view> pieces) {
    constexpr std::size_t most = 4;
    std::string_view left[most];
    for (;;) {
        std::size_t count = 0;
        for (const auto& piece : pieces) {
            if (!piece.empty() && count < most) {
                left[count++] = piece;
            }
        }
        if (count == 0) {
            return step::done;
        }
        std::error_code ec;
        auto n = stream_.try_write({left, count}, ec);
        written_ += n;
        moved_.written += n;
        if (n > 0) {
            moved_.last = loop_.now();
        }
        for (auto& piece : pieces) {
            const auto taken = std::min(n, piece.size());
            piece.remove_prefix(taken);
            n -= taken;
        }
        if (ec) {
            if (ec == std::errc::operation_would_block) {
                return step::blocked;
            }
            write_cause_ = ec;
            return step::failed;
        }
    }
}

inline void h1_exchange::release_held() noexcept {
    if (held_) {
        loop_.give_block(std::move(held_));
    }
}

XFER_DECL step h1_exchange::read(std::size_t most) {
    const bool head_incomplete = !window_.empty();
    if (!head_incomplete) {
        release_held();
        kept_.clear();
    }
    auto block = loop_.read_block();
    block = block.first(std::min(most, block.size()));
    std::error_code ec;
    const auto n = stream_.try_read(block, ec);
    may_have_more_ = n == block.size();
    if (ec) {
        if (ec == std::errc::operation_would_block) {
            return step::blocked;
        }
        cause_ = ec;
        return fail(error::receive_failed, "reading from the connection failed");
    }
    if (n == 0) {
        end_of_stream_ = true;
        return step::done;
    }
    received_ += n;
    moved_.last = loop_.now();
    if (head_incomplete) {
        kept_.append(block.data(), n);
        window_ = kept_;
    } else {
        window_ = block.first(n);
    }
    return step::done;
}

XFER_DECL void h1_exchange::keep_window() {
    if (!window_.empty() && window_.data() != kept_.data()) {
        kept_.reserve(never_in_place);
        kept_.assign(window_.data(), window_.size());
        window_ = kept_;
    }
}

/// What is no reply of HTTP/1 may be one of HTTP/0.9, if that is allowed.
inline bool h1_exchange::takes_simple_reply() noexcept {
    if (!simple_allowed_ || interim_ > 0 ||
        !proto::is_simple({window_.data(), window_.size()}, end_of_stream_)) {
        return false;
    }
    parser_->take_as_simple();
    head_ready_ = true;
    return true;
}

XFER_DECL void h1_exchange::pass_interim() {
    const auto& head = parser_->head();
    head_bytes_ += head.size;
    interim_lf_only_ = interim_lf_only_ || head.lf_only;
    got_continue_ = got_continue_ || head.status == 100;
    window_ = window_.subspan(head.size);
    parser_->reset();
}

XFER_DECL step h1_exchange::parse_head(bool until_continue, bool show_interim) {
    if (head_ready_) {
        return step::done;
    }
    if (failure_) {
        return step::failed;  // of a read
    }
    if (!parser_ && !window_.empty()) {
        parser_ = shelf_.take(limits_.head, profile_);
    }
    while (!window_.empty()) {
        switch (parser_->parse(window_)) {
            case proto::parse_status::failed:
                if (takes_simple_reply()) {
                    return step::done;
                }
                failure_ = parser_->failure();
                return step::failed;
            case proto::parse_status::partial:
                if (end_of_stream_ && takes_simple_reply()) {
                    return step::done;
                }
                if (end_of_stream_) {
                    return fail(
                        error::weird_reply,
                        "the connection ended in the response's head"
                    );
                }
                keep_window();
                return step::blocked;
            case proto::parse_status::complete:
                break;
        }
        const auto& head = parser_->head();
        if (head.status >= 200) {
            head_ready_ = true;
            return step::done;
        }
        if (head.status == 101) {
            return fail(error::weird_reply, "the server switched protocols unasked");
        }
        if (++interim_ > limits_.interim_responses) {
            return fail(error::weird_reply, "too many interim (1xx) responses");
        }
        if (head.size > limits_.head.bytes - head_bytes_) {
            return fail(
                error::header_too_large,
                "the interim (1xx) responses are too large together"
            );
        }
        if (show_interim) {
            return step::interim;
        }
        pass_interim();
        if (until_continue && got_continue_) {
            keep_window();
            return step::done;
        }
    }
    if (end_of_stream_) {
        return received_ == 0
                   ? fail(error::got_nothing, "the server closed without a response")
                   : fail(
                         error::weird_reply, "the connection ended without a response"
                     );
    }
    return step::blocked;
}

XFER_DECL step h1_exchange::begin_body(std::string_view method, bool through_proxy) {
    const auto& head = parser_->head();
    proto::framing_facts facts;
    facts.method = method;
    facts.status = head.status;
    facts.version = head.version;
    facts.request_version = request_version_;
    facts.codings_asked_for = codings_asked_for_;
    facts.lf_only = head.lf_only || interim_lf_only_;
    facts.strictness = profile_;
    facts.through_proxy = through_proxy;
    const auto decided = proto::decide_framing(facts, parser_->fields(head_text()));
    if (decided.failure) {
        failure_ = decided.failure;
        return step::failed;
    }
    keep_alive_ = decided.reusable();
    head_bytes_ += head.size;
    window_ = window_.subspan(head.size);
    switch (decided.kind) {
        case proto::body_kind::none:
            framing_ = framing_state::none;
            break;
        case proto::body_kind::length:
            framing_ = framing_state::length;
            remaining_ = decided.length;
            break;
        case proto::body_kind::chunked:
            framing_ = framing_state::chunked;
            chunked_ = std::make_unique<proto::chunked_decoder>(limits_);
            break;
        case proto::body_kind::until_close:
            framing_ = framing_state::until_close;
            keep_alive_ = false;
            break;
    }
    return step::done;
}

XFER_DECL std::optional<std::uint64_t> h1_exchange::body_length() const noexcept {
    switch (framing_) {
        case framing_state::none:
            return 0;
        case framing_state::length:
            return remaining_;
        default:
            return std::nullopt;
    }
}

XFER_DECL step h1_exchange::next_piece(std::string_view& piece) {
    piece = {};
    if (complete_) {
        return step::ended;
    }
    if (framing_ == framing_state::none ||
        (framing_ == framing_state::length && remaining_ == 0)) {
        complete_ = true;
        return step::ended;
    }
    if (window_.empty()) {
        return end_of_stream_ ? end_of_stream_in_body() : step::blocked;
    }
    if (framing_ == framing_state::chunked) {
        const auto fed = chunked_->feed(window_);
        const auto given = keeps_chunks_ ? window_.first(fed.consumed) : fed.data;
        window_ = window_.subspan(fed.consumed);
        if (chunked_->failure()) {
            failure_ = chunked_->failure();
            return step::failed;
        }
        piece = {given.data(), given.size()};
        complete_ = chunked_->complete();
        if (!piece.empty()) {
            return step::done;
        }
        if (complete_) {
            return step::ended;
        }
        return end_of_stream_ ? end_of_stream_in_body() : step::blocked;
    }
    auto size = window_.size();
    if (framing_ == framing_state::length) {
        size = static_cast<std::size_t>(std::min<std::uint64_t>(size, remaining_));
        remaining_ -= size;
    }
    piece = {window_.data(), size};
    window_ = window_.subspan(size);
    return step::done;
}

XFER_DECL step h1_exchange::end_of_stream_in_body() noexcept {
    if (framing_ == framing_state::until_close && !stream_.truncated()) {
        complete_ = true;
        return step::ended;
    }
    return fail(
        error::partial_body, "the connection ended before the body was complete"
    );
}

XFER_DECL std::string_view h1_exchange::hold(std::string_view piece) {
    if (!loop_.in_block(piece.data())) {
        return piece;
    }
    const auto* end =
        window_.empty() ? piece.data() + piece.size() : window_.data() + window_.size();
    const auto total = static_cast<std::size_t>(end - piece.data());
    if (total > net::loop::small_read_size) {
        held_ = loop_.take_block();
        return piece;
    }
    const auto skipped = window_.empty()
                             ? total
                             : static_cast<std::size_t>(window_.data() - piece.data());
    kept_.reserve(never_in_place);
    kept_.assign(piece.data(), total);
    window_ = std::span(kept_).subspan(skipped);
    return std::string_view(kept_).substr(0, piece.size());
}

XFER_DECL h1_exchange::memory h1_exchange::give_up_held() noexcept {
    window_ = {};
    keep_alive_ = false;
    if (held_) {
        loop_.give_block(nullptr);
    }
    return {std::move(held_), std::move(kept_)};
}

XFER_DECL std::shared_ptr<const fields> h1_exchange::trailers() const {
    if (!chunked_ || chunked_->trailers().empty()) {
        return nullptr;
    }
    return std::make_shared<const fields>(chunked_->trailers());
}

}  // namespace XFER_NAMESPACE::http
