// Telling answers to a request for ranges apart, and reading them.
#pragma once

#include <xfer/detail/only_value.hpp>
#include <xfer/proto/byteranges.hpp>
#include <xfer/proto/checked.hpp>
#include <xfer/proto/range.hpp>
#include <xfer/ranges.hpp>

#include <utility>

namespace XFER_NAMESPACE {

XFER_DECL range_reader::range_reader(const response& head) {
    part_.content_type =
        detail::only_value(head.fields(), "Content-Type").value_or(std::string_view());
    switch (head.status()) {
        case 200:
        case 203:
            kind_ = ranges_kind::whole;
            // A body that is decoded is not as long as what was sent.
            if (head.fields().count("Content-Encoding") == 0) {
                part_.size = proto::parse_decimal(head.header("Content-Length"));
                part_.complete_size = part_.size;
            }
            break;
        case 206:
            judge_partial(head);
            break;
        case 416:
            if (const auto range =
                    proto::parse_content_range(head.header("Content-Range"))) {
                part_.complete_size = range->complete;
            }
            failure_ = {error::http_status, "nothing of the ranges is there"};
            break;
        default:
            failure_ = {error::http_status, "the response is no success"};
            break;
    }
}

XFER_DECL range_reader::range_reader(range_reader&&) noexcept = default;
XFER_DECL range_reader& range_reader::operator=(range_reader&&) noexcept = default;
XFER_DECL range_reader::~range_reader() = default;

/// Of one part a Content-Range tells, whatever its type: the whole itself may be of
/// multipart/byteranges.
XFER_DECL void range_reader::judge_partial(const response& head) {
    if (const auto count = head.fields().count("Content-Range"); count > 0) {
        const auto range = proto::parse_content_range(head.header("Content-Range"));
        if (count > 1 || !range || !range->first) {
            failure_ = {error::weird_reply, "the Content-Range is malformed"};
            return;
        }
        kind_ = ranges_kind::one;
        at_ = *range->first;
        end_ = *range->last + 1;
        part_.offset = at_;
        part_.size = *end_ - at_;
        part_.complete_size = range->complete;
        return;
    }
    const auto type = detail::only_value(head.fields(), "Content-Type");
    if (!type) {
        failure_ = {error::weird_reply, "a 206 has several Content-Types that differ"};
        return;
    }
    if (!proto::is_byteranges(*type)) {
        failure_ = {error::weird_reply, "a 206 has no Content-Range"};
        return;
    }
    const auto boundary = proto::byteranges_boundary(*type);
    if (!boundary) {
        failure_ = {error::weird_reply, "multipart/byteranges has no boundary"};
        return;
    }
    kind_ = ranges_kind::several;
    part_.content_type.clear();
    decoder_ = std::make_unique<proto::byteranges_decoder>(*boundary);
}

inline range_reader::step range_reader::fail(
    xfer::error e, std::string_view why
) noexcept {
    failure_ = {e, why};
    return {range_event::failed, 0, {}, 0};
}

XFER_DECL range_reader::step range_reader::feed(std::string_view in) {
    if (failure_) {
        return {range_event::failed, 0, {}, 0};
    }
    return decoder_ ? feed_several(in) : feed_one(in);
}

inline range_reader::step range_reader::feed_several(std::string_view in) {
    const auto found = decoder_->feed(in);
    switch (found.status) {
        case proto::part_status::more:
            return {range_event::more, found.consumed, {}, at_};
        case proto::part_status::part: {
            const auto& range = decoder_->range();
            at_ = *range.first;
            const auto type = decoder_->part_fields().find("Content-Type");
            part_ = {
                at_,
                *range.last - at_ + 1,
                range.complete,
                std::string(type.value_or(std::string_view()))};
            return {range_event::part, found.consumed, {}, at_};
        }
        case proto::part_status::data: {
            const auto offset = std::exchange(at_, at_ + found.data.size());
            return {
                range_event::data,
                found.consumed,
                {found.data.data(), found.data.size()},
                offset};
        }
        case proto::part_status::complete:
            return {range_event::complete, found.consumed, {}, at_};
        case proto::part_status::failed:
            break;
    }
    failure_ = decoder_->failure();
    return {range_event::failed, found.consumed, {}, at_};
}

inline range_reader::step range_reader::feed_one(std::string_view in) {
    if (!std::exchange(begun_, true)) {
        return {range_event::part, 0, {}, at_};
    }
    if (in.empty()) {
        return {range_event::more, 0, {}, at_};
    }
    if (end_ && in.size() > *end_ - at_) {
        return fail(error::weird_reply, "the body is longer than its Content-Range");
    }
    const auto offset = std::exchange(at_, at_ + in.size());
    return {range_event::data, in.size(), in, offset};
}

XFER_DECL std::error_code range_reader::end() const {
    if (failure_) {
        return failure_.ec;
    }
    const bool complete = decoder_ ? decoder_->complete() : !end_ || at_ == *end_;
    return complete ? std::error_code() : error::partial_body;
}

XFER_DECL std::vector<range_content> read_ranges(
    const response& r, std::error_code& ec
) {
    std::vector<range_content> parts;
    range_reader reader(r);
    std::string_view in = r.body();
    range_event event{};
    do {
        const auto step = reader.feed(in);
        in.remove_prefix(step.consumed);
        event = step.event;
        if (event == range_event::part) {
            parts.push_back({reader.part(), {}});
        } else if (event == range_event::data) {
            // All of a part is one piece of a body that is in one piece.
            parts.back().data = step.data;
        }
    } while (event == range_event::part || event == range_event::data);
    ec = reader.end();
    if (ec) {
        parts.clear();
    }
    return parts;
}

}  // namespace XFER_NAMESPACE
