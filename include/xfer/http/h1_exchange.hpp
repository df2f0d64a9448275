// One HTTP/1 request and its response on one connection. It never waits: it says when
// it would, and its caller does the waiting.
#pragma once

#include <xfer/config.hpp>
#include <xfer/net/loop.hpp>
#include <xfer/net/transport.hpp>
#include <xfer/proto/chunked.hpp>
#include <xfer/proto/framing.hpp>
#include <xfer/proto/head_parser.hpp>
#include <xfer/proto/limits.hpp>
#include <xfer/proto/refusal.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

namespace XFER_NAMESPACE::http {

/// Bytes that moved, and when the last of them did; shared with the timeouts.
struct activity {
    std::uint64_t sent = 0;
    std::uint64_t written = 0;  ///< heads and framing, too, and what is under way
    std::uint64_t received = 0;
    time_point last{};
};

/// Parsers that rest between heads, with the capacity they have grown.
class parser_shelf {
 public:
    parser_shelf() { resting_.reserve(most); }
    [[nodiscard]] std::unique_ptr<proto::response_head_parser> take(
        const proto::head_limits& limits, proto::profile p
    );
    void put_back(
        std::unique_ptr<proto::response_head_parser> parser, proto::profile p
    );

 private:
    static constexpr std::size_t most = 64;
    std::vector<std::unique_ptr<proto::response_head_parser>> resting_;  // of `most`
};

/// What came of an attempt to move bytes, or of looking at those that came.
enum class step : std::uint8_t {
    done,     ///< it is there: the head, a piece of the body
    blocked,  ///< nothing to be had now: wait until the stream is ready
    ended,    ///< the body is complete
    interim,  ///< the head of an interim response is there, and is to be shown
    failed,   ///< see failure()
};

class h1_exchange {
 public:
    h1_exchange(
        net::loop& loop,
        net::transport& stream,
        activity& moved,
        parser_shelf& shelf,
        const proto::message_limits& limits,
        proto::profile profile
    ) noexcept
        : loop_(loop),
          stream_(stream),
          moved_(moved),
          shelf_(shelf),
          limits_(limits),
          profile_(profile) {}
    h1_exchange(const h1_exchange&) = delete;
    h1_exchange& operator=(const h1_exchange&) = delete;
    XFER_DECL ~h1_exchange();

    /// The request is in that version, 10 or 11.
    void speak(std::uint8_t version) noexcept { request_version_ = version; }
    /// Transfer codings were asked for, and the body comes with them.
    void accept_codings() noexcept { codings_asked_for_ = true; }
    /// A chunked body is handed on in its chunks.
    void keep_chunks() noexcept { keeps_chunks_ = true; }
    /// A reply may be one of HTTP/0.9: no other came on this connection.
    void allow_simple() noexcept { simple_allowed_ = true; }

    /// Writes what it can of the pieces, taking what was written off their fronts.
    /// done: all is written. An error is kept: the response may have come all the same.
    [[nodiscard]] XFER_DECL step write(std::span<std::string_view> pieces);

    /// Reads once, at most `most` bytes. Only when nothing that came is left unread, or
    /// the head is incomplete. done: something came, or the end of the stream.
    [[nodiscard]] XFER_DECL step read(std::size_t most = ~std::size_t(0));

    /// Looks for a whole head in what came; blocked: read more. Interim responses are
    /// passed over, but for 100 while `until_continue` is set: then done, and
    /// got_continue() tells. 101 is never asked for, so it is a weird reply.
    /// `show_interim`: each of them is to be looked at, and then to be passed.
    [[nodiscard]] XFER_DECL step
    parse_head(bool until_continue = false, bool show_interim = false);
    /// Goes on after step::interim.
    XFER_DECL void pass_interim();
    /// Makes the bytes that are not parsed yet survive a suspension.
    XFER_DECL void keep_window();
    [[nodiscard]] bool got_continue() const noexcept { return got_continue_; }
    /// The final head, valid until begin_body(); or one that is to be shown.
    [[nodiscard]] const proto::response_head& head() const noexcept {
        return parser_->head();
    }
    [[nodiscard]] std::string_view head_text() const noexcept {
        return {window_.data(), parser_->head().size};
    }
    [[nodiscard]] std::span<const field_entry> head_entries() const noexcept {
        return parser_->entries();
    }

    /// Decides the framing of the body and steps over the head.
    [[nodiscard]] XFER_DECL step
    begin_body(std::string_view method, bool through_proxy = false);
    /// How long the body is, where the head says it.
    [[nodiscard]] std::optional<std::uint64_t> body_length() const noexcept;
    /// The next piece of the body, in place: valid until the next read, and over a
    /// suspension only through hold(). blocked: read more.
    [[nodiscard]] XFER_DECL step next_piece(std::string_view& piece);

    /// Makes a piece survive a suspension; returns where it is then.
    [[nodiscard]] XFER_DECL std::string_view hold(std::string_view piece);
    /// Memory that an abandoned user of a held piece may still look at.
    struct memory {
        std::unique_ptr<char[]> block;
        std::string text;
    };
    [[nodiscard]] XFER_DECL memory give_up_held() noexcept;

    /// Whether the connection may carry another request.
    [[nodiscard]] bool reusable() const noexcept {
        return complete_ && keep_alive_ && !spoiled_ && window_.empty();
    }
    /// Whether it may once the body has ended; after begin_body().
    [[nodiscard]] bool may_become_reusable() const noexcept {
        return keep_alive_ && !spoiled_;
    }
    [[nodiscard]] bool complete() const noexcept { return complete_; }
    /// What an upload that was cut short does to the connection.
    void never_reuse() noexcept { spoiled_ = true; }
    /// Whether any byte of a response came.
    [[nodiscard]] bool response_begun() const noexcept { return received_ > 0; }
    /// Whether bytes came that belong to no interim response; before begin_body().
    [[nodiscard]] bool answer_begun() const noexcept { return received_ > head_bytes_; }
    /// Whether the last read took all that was asked for: more may be there, and no
    /// readiness will tell of it. (TLS keeps what it decrypted.)
    [[nodiscard]] bool may_have_more() const noexcept { return may_have_more_; }
    [[nodiscard]] std::uint64_t received() const noexcept { return received_; }
    [[nodiscard]] std::uint64_t written() const noexcept { return written_; }
    [[nodiscard]] std::uint64_t head_bytes() const noexcept { return head_bytes_; }
    [[nodiscard]] const proto::refusal& failure() const noexcept { return failure_; }
    /// Whether what came is no response of HTTP/1 from its first octets on.
    [[nodiscard]] bool is_not_http() const noexcept {
        return parser_ && parser_->failure() && parser_->head().version == 0;
    }
    /// What the stream itself says of a failure; empty when it says nothing.
    [[nodiscard]] std::string_view stream_reason() const noexcept {
        return stream_.reason();
    }
    /// What came of a head that is not complete; valid until the next step of the loop.
    [[nodiscard]] std::string_view incomplete_head() const noexcept {
        return head_ready_ ? std::string_view()
                           : std::string_view(window_.data(), window_.size());
    }
    /// The system's word on failure(), if it had one.
    [[nodiscard]] const std::error_code& cause() const noexcept { return cause_; }
    [[nodiscard]] bool write_failed() const noexcept { return bool(write_cause_); }
    [[nodiscard]] const std::error_code& write_cause() const noexcept {
        return write_cause_;
    }
    /// What followed a chunked body, as it came, the empty line included; once
    /// complete.
    [[nodiscard]] std::string_view trailer_text() const noexcept {
        return chunked_ ? chunked_->trailer_text() : std::string_view();
    }
    /// Trailers of a chunked body; null when there were none.
    [[nodiscard]] XFER_DECL std::shared_ptr<const fields> trailers() const;

 private:
    enum class framing_state : std::uint8_t { none, length, chunked, until_close };

    XFER_DECL step fail(error e, std::string_view why) noexcept;
    bool takes_simple_reply() noexcept;
    XFER_DECL step end_of_stream_in_body() noexcept;
    void release_held() noexcept;

    net::loop& loop_;
    net::transport& stream_;
    activity& moved_;
    parser_shelf& shelf_;
    const proto::message_limits& limits_;
    proto::profile profile_;
    std::unique_ptr<proto::response_head_parser> parser_;
    std::unique_ptr<proto::chunked_decoder> chunked_;
    std::unique_ptr<char[]> held_;
    /// Bytes of an incomplete head, or held ones that were copied.
    std::string kept_;
    /// What came and is not consumed; in the loop's block, in held_, or in kept_.
    std::span<char> window_;
    std::uint64_t remaining_ = 0;
    std::uint64_t written_ = 0;
    std::uint64_t received_ = 0;
    std::uint64_t head_bytes_ = 0;
    unsigned interim_ = 0;
    framing_state framing_ = framing_state::none;
    std::uint8_t request_version_ = 11;
    bool simple_allowed_ = false;
    bool codings_asked_for_ = false;
    bool keeps_chunks_ = false;
    bool got_continue_ = false;
    bool may_have_more_ = false;
    bool interim_lf_only_ = false;
    bool head_ready_ = false;
    bool end_of_stream_ = false;
    bool keep_alive_ = false;
    bool spoiled_ = false;
    bool complete_ = false;
    proto::refusal failure_;
    std::error_code cause_;
    std::error_code write_cause_;
};

}  // namespace XFER_NAMESPACE::http

#ifndef XFER_SEPARATE_COMPILATION
#include <xfer/http/impl/h1_exchange.ipp>
#endif
