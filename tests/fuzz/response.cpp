// The octets of a connection as the answer to one request: heads, framing, body.
#include "fuzz/input.hpp"
#include "fuzz/targets.hpp"
#include <xfer/proto/chunked.hpp>
#include <xfer/proto/content_coding.hpp>
#include <xfer/proto/framing.hpp>
#include <xfer/proto/head_parser.hpp>
#include <xfer/proto/octets.hpp>
#include <xfer/proto/redaction.hpp>

#include <algorithm>
#include <optional>

namespace fuzz {
namespace {

using namespace xfer::proto;

constexpr std::string_view methods[] = {"GET", "HEAD", "POST", "CONNECT"};

struct way {
    framing_facts facts;
    message_limits limits;
};

/// Reads as a connection does. What came of it is text, to be compared.
class reader {
 public:
    explicit reader(const way& how)
        : how_(how),
          parser_(how.limits.head, how.facts.strictness),
          chunks_(how.limits) {}

    /// False once nothing more is wanted.
    bool feed(std::string_view piece) {
        if (framing_) return feed_body(piece);
        std::string grown(buffer_.view());
        grown += piece;
        buffer_ = octets(grown);
        while (!framing_) {
            const auto status = parser_.parse(buffer_.block());
            if (status == parse_status::partial) return true;
            if (status == parse_status::failed) return fail(parser_.failure());
            take_head();
        }
        if (framing_->failure) return fail(framing_->failure);
        const octets behind(rest_);
        return feed_body(behind.view());
    }

    /// What was read, then how it ended.
    [[nodiscard]] std::string result() const {
        return log_ + "[" + body_ + "]" + (end_.empty() ? "partial" : end_);
    }
    [[nodiscard]] bool has_failed_in_head() const noexcept {
        return !framing_ && !end_.empty();
    }

 private:
    bool fail(const refusal& why) {
        require(
            bool(why.ec) && !why.why.empty(), "a failure has a code and a sentence"
        );
        end_ = why.ec.message() + ": " + std::string(why.why);
        return false;
    }

    void take_head() {
        const response_head& head = parser_.head();
        const std::string_view all = buffer_.view();
        require(head.size <= all.size(), "a head lies in what was received");
        const std::string_view block = all.substr(0, head.size);
        require(block.ends_with('\n'), "a head ends with a line");
        require(head.status >= 100 && head.status <= 999, "a status has three digits");
        require(head.version == 10 || head.version == 11, "HTTP/1.0 or HTTP/1.1");
        log_ += std::to_string(head.version) + " " + std::to_string(head.status) + " " +
                std::string(block.substr(head.reason, head.reason_size)) + "\n";
        const auto fields = parser_.fields(block);
        require(fields.size() <= how_.limits.head.fields, "not too many fields");
        for (const auto [name, value] : fields) {
            require(
                name.data() >= block.data() &&
                    value.data() + value.size() <= block.data() + block.size(),
                "a field lies in its head"
            );
            require(is_token(name), "a name is a token");
            require(is_field_value(value), "a value has no control octets");
            require(trimmed(value) == value, "a value has no blanks around it");
            log_.append(name).append("=").append(value).append("\n");
        }
        require(parse_content_codings(fields).count <= max_codings, "bounded codings");
        require_same(redacted(redacted(block)), redacted(block), "redacted once");
        const bool interim = head.status / 100 == 1 && head.status != 101;
        rest_ = all.substr(head.size);
        if (!interim) return frame(head, fields);
        const octets behind(rest_);
        buffer_ = behind;
        parser_.reset();
    }

    void frame(const response_head& head, xfer::fields_view fields) {
        framing_facts facts = how_.facts;
        facts.status = head.status;
        facts.version = head.version;
        facts.lf_only = head.lf_only;
        framing_ = decide_framing(facts, fields);
        require(!(framing_->failure && framing_->reusable()), "closed after a failure");
        require(!(head.lf_only && framing_->reusable()), "closed after a bare LF");
        require(framing_->length < std::uint64_t{1} << 63, "a length below 2^63");
        require(
            framing_->kind != body_kind::until_close || !framing_->reusable(),
            "a body that the end of the connection ends"
        );
        left_ = framing_->length;
    }

    bool feed_body(std::string_view piece) {
        if (!end_.empty()) return over(piece);
        switch (framing_->kind) {
            case body_kind::none:
                return over(piece);
            case body_kind::length: {
                const auto size = std::min<std::uint64_t>(left_, piece.size());
                body_ += piece.substr(0, static_cast<std::size_t>(size));
                left_ -= size;
                return left_ > 0 || over(piece.substr(static_cast<std::size_t>(size)));
            }
            case body_kind::chunked:
                return feed_chunks(piece);
            case body_kind::until_close:
                body_ += piece;
                break;
        }
        return true;
    }

    bool feed_chunks(std::string_view piece) {
        while (!piece.empty()) {
            const auto step = chunks_.feed(piece);
            require(step.consumed <= piece.size(), "no more is consumed than there is");
            require(
                step.data.empty() || (step.status == chunk_status::data &&
                                      step.data.data() >= piece.data() &&
                                      step.data.data() + step.data.size() ==
                                          piece.data() + step.consumed),
                "data is the end of what was consumed"
            );
            body_.append(step.data.begin(), step.data.end());
            piece.remove_prefix(step.consumed);
            if (step.status == chunk_status::failed) return fail(chunks_.failure());
            if (step.status == chunk_status::complete) return take_trailers(piece);
            require(step.consumed > 0, "a step consumes something");
        }
        return true;
    }

    bool take_trailers(std::string_view behind) {
        for (const auto [name, value] : chunks_.trailers()) {
            require(is_allowed_in_trailers(name), "a trailer that is allowed");
            log_.append(name).append("~").append(value).append("\n");
        }
        require(chunks_.trailer_text().ends_with('\n'), "trailers end with a line");
        return over(behind);
    }

    /// Octets behind the response are nobody's, and how many have come depends on how
    /// they were cut.
    bool over(std::string_view behind) {
        end_ = behind.empty() ? "complete" : "complete and more";
        return behind.empty();
    }

    way how_;
    response_head_parser parser_;
    chunked_decoder chunks_;
    octets buffer_;
    std::string rest_;
    std::optional<body_framing> framing_;
    std::uint64_t left_ = 0;
    std::string log_;
    std::string body_;
    std::string end_;
};

way choose_way(input& in) {
    way how;
    how.facts.method = methods[in.choose(std::size(methods))];
    how.facts.request_version = in.choose() ? 10 : 11;
    how.facts.strictness = in.choose() ? profile::strict : profile::interoperable;
    how.facts.through_proxy = in.choose();
    how.facts.codings_asked_for = in.choose();
    if (in.choose()) {
        how.limits.head = {.bytes = 200, .fields = 5, .field_bytes = 50};
        how.limits.trailers = {.bytes = 60, .fields = 3, .field_bytes = 30};
        how.limits.chunk_extension_bytes = 20;
    }
    return how;
}

}  // namespace

void response(std::string_view given) {
    input in(given);
    const way how = choose_way(in);
    const octets text = in.rest();
    bool failed_in_head = false;
    same_however_cut(in, text.view(), [&](std::string_view all, const cuts& ends) {
        reader r(how);
        each_piece(all, ends, [&](std::string_view piece) { return r.feed(piece); });
        failed_in_head = r.has_failed_in_head();
        return r.result();
    });
    if (is_simple(text.view(), false)) {
        require(failed_in_head, "a reply of HTTP/0.9 has no head");
    }
    const octets begin(text.view().substr(0, text.view().size() / 2));
    require(
        !is_simple(begin.view(), false) || is_simple(text.view(), false),
        "what begins a reply of HTTP/0.9 goes on as one"
    );
}

}  // namespace fuzz
