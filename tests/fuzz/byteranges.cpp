// multipart/byteranges: its boundary, and a body cut in any way.
#include "fuzz/input.hpp"
#include "fuzz/targets.hpp"
#include <xfer/proto/byteranges.hpp>
#include <xfer/proto/octets.hpp>

#include <optional>
#include <string>

namespace fuzz {
namespace {

using namespace xfer::proto;

/// Reads the parts; a part's data has the length that its range says.
class reader {
 public:
    reader(std::string_view boundary, const byteranges_limits& limits)
        : decoder_(boundary, limits), limits_(limits) {}

    bool feed(std::string_view piece) {
        while (!piece.empty()) {
            const auto step = decoder_.feed(piece);
            require(step.consumed <= piece.size(), "no more is consumed than there is");
            piece.remove_prefix(step.consumed);
            switch (step.status) {
                case part_status::more:
                    require(piece.empty(), "all was consumed");
                    break;
                case part_status::part:
                    begin_part();
                    break;
                case part_status::data:
                    require(step.data.size() <= left_, "a part is not longer");
                    left_ -= step.data.size();
                    log_.append(step.data.begin(), step.data.end());
                    break;
                case part_status::complete:
                    require(left_ == 0 && parts_ > 0, "whole parts, and one at least");
                    end_ = "complete";
                    return false;
                case part_status::failed:
                    require(!decoder_.failure().why.empty(), "a sentence");
                    end_ = decoder_.failure().why;
                    return false;
            }
            require(step.consumed > 0, "a step consumes something");
        }
        return true;
    }

    [[nodiscard]] std::string result() const { return log_ + "|" + end_; }

 private:
    void begin_part() {
        require(left_ == 0, "the part before is whole");
        require(++parts_ <= limits_.parts, "not too many parts");
        const auto& range = decoder_.range();
        require(range.first && range.last && *range.first <= *range.last, "a range");
        require(!range.complete || *range.last < *range.complete, "within the whole");
        left_ = *range.last - *range.first + 1;
        log_ +=
            "\n(" + std::to_string(*range.first) + "-" + std::to_string(*range.last);
        for (const auto [name, value] : decoder_.part_fields()) {
            require(is_token(name) && is_field_value(value), "a field");
            log_.append(" ").append(name).append("=").append(value);
        }
        log_ += ")";
    }

    byteranges_decoder decoder_;
    byteranges_limits limits_;
    std::size_t parts_ = 0;
    std::uint64_t left_ = 0;
    std::string log_;
    std::string end_;
};

}  // namespace

void byteranges(std::string_view given) {
    input in(given);
    byteranges_limits limits;
    if (in.choose()) {
        limits = {
            .parts = 3,
            .ignored_bytes = 20,
            .head = {.bytes = 100, .fields = 3, .field_bytes = 60}};
    }
    const octets type = in.line();
    const auto boundary = byteranges_boundary(type.view());
    if (boundary) {
        require(is_byteranges(type.view()), "a boundary of what has parts");
        require(!boundary->empty() && boundary->size() <= 70, "RFC 2046 5.1.1");
        require(is_field_value(*boundary), "no control octets");
    }
    const octets body = in.rest();
    same_however_cut(in, body.view(), [&](std::string_view all, const cuts& ends) {
        reader r(boundary.value_or("THIS"), limits);
        each_piece(all, ends, [&](std::string_view piece) { return r.feed(piece); });
        return r.result();
    });
}

}  // namespace fuzz
