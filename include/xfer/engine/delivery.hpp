// The body of a response on its way to the user's sink.
#pragma once

#include <xfer/config.hpp>
#include <xfer/detail/file.hpp>
#include <xfer/engine/resumption.hpp>
#include <xfer/engine/transfer.hpp>
#include <xfer/http/h1_exchange.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <system_error>

namespace XFER_NAMESPACE::engine {

/// Whether the body is for a file that may be gone on with.
[[nodiscard]] XFER_DECL bool resumes_file(const request& r) noexcept;

/// Opened from the request's sink before anything is sent.
class delivery {
 public:
    explicit delivery(transfer& t) noexcept : transfer_(t) {}

    [[nodiscard]] XFER_DECL std::error_code open();
    /// Of a file that may be gone on with; null for any other sink.
    [[nodiscard]] const engine::resumption* resumption() const noexcept {
        return resumption_.get();
    }
    /// What the head of the answer means for such a file.
    [[nodiscard]] resume_verdict judge() {
        return resumption_->judge(
            transfer_.response.status(), transfer_.response.fields()
        );
    }
    /// The head is here and nobody has said no to it; perhaps it says how long the body
    /// is.
    [[nodiscard]] std::error_code begin(std::optional<std::uint64_t> length) {
        expect(length);
        return resumption_ ? begin_file() : std::error_code();
    }
    /// Whether give() may have to wait.
    [[nodiscard]] XFER_DECL bool may_wait() const noexcept;
    /// Delivers a piece to a sink that never waits.
    [[nodiscard]] XFER_DECL std::error_code give_now(std::string_view piece);
    /// Delivers a piece, to any sink. The piece is in the exchange's memory, which is
    /// held while the sink takes its time, or in the owner's.
    [[nodiscard]] XFER_DECL net::task<std::error_code> give(
        transfer& t,
        http::h1_exchange& x,
        std::string_view piece,
        std::shared_ptr<const void> owner
    );
    /// The body is complete.
    [[nodiscard]] std::error_code finish() {
        return file_.is_open() ? finish_file() : std::error_code();
    }
    /// Whether nobody wants the rest of the body.
    [[nodiscard]] bool dropped() const noexcept {
        return transfer_.channel && transfer_.channel->dropped;
    }

 private:
    [[nodiscard]] bool is_in_response() const noexcept;
    [[nodiscard]] net::task<std::error_code> give_awaitable(
        transfer& t,
        http::h1_exchange& x,
        std::string_view piece,
        std::shared_ptr<const void> owner
    );
    [[nodiscard]] net::task<std::error_code> give_stream(
        transfer& t, http::h1_exchange& x, std::string_view piece
    );
    XFER_DECL void expect(std::optional<std::uint64_t> length);
    [[nodiscard]] XFER_DECL std::error_code begin_file();
    [[nodiscard]] XFER_DECL std::error_code finish_file();
    [[nodiscard]] std::error_code write_failed(const std::error_code& cause);

    transfer& transfer_;
    detail::file file_;
    std::unique_ptr<engine::resumption> resumption_;
    std::shared_ptr<const sink::awaitable_function> awaitable_;
    std::size_t filled_ = 0;
};

}  // namespace XFER_NAMESPACE::engine

#ifndef XFER_SEPARATE_COMPILATION
#include <xfer/engine/impl/delivery.ipp>
#endif
