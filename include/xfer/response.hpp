// A received response, and the message that tells of a completed transfer.
#pragma once

#include <xfer/failure.hpp>
#include <xfer/fields.hpp>
#include <xfer/info.hpp>
#include <xfer/transfer_id.hpp>
#include <xfer/url.hpp>

#include <any>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

namespace XFER_NAMESPACE {

namespace engine {
struct response_access;
}

/// A response owns all it shows: it may be copied, moved and kept after the multi is
/// gone. Of a failed transfer it holds what had arrived.
class response {
 public:
    /// The status code (RFC 9110 15), 100 to 999; 0 when no head has arrived, and in
    /// HTTP/0.9.
    [[nodiscard]] int status() const noexcept { return status_; }
    /// The reason phrase of the status line; may be empty.
    [[nodiscard]] std::string_view reason() const noexcept {
        const auto head = fields_.block();
        return reason_offset_ < head.size() ? head.substr(reason_offset_, reason_size_)
                                            : std::string_view();
    }
    /// 9 for HTTP/0.9, 10 for HTTP/1.0, 11 for HTTP/1.1; 0 when no head has arrived.
    [[nodiscard]] int version() const noexcept { return version_; }
    /// The header fields in their order.
    [[nodiscard]] const xfer::fields& fields() const noexcept { return fields_; }
    /// The value of the first field of that name, or an empty text.
    [[nodiscard]] std::string_view header(std::string_view name) const noexcept {
        return fields_.find(name).value_or(std::string_view());
    }
    /// Fields that came after a chunked body (RFC 9110 6.5).
    [[nodiscard]] const xfer::fields& trailers() const noexcept;
    /// The body, unless it went to a sink of the request's.
    [[nodiscard]] const std::string& body() const& noexcept { return body_; }
    /// Moves the body out of a response that is not needed any more.
    [[nodiscard]] std::string body() && noexcept { return std::move(body_); }
    /// The URL that was fetched, normalised, without credentials; empty if it could not
    /// be parsed. Valid as long as the response.
    [[nodiscard]] std::string_view url() const noexcept { return url_.str(); }
    /// Times, sizes, addresses, TLS.
    [[nodiscard]] const xfer::info& info() const noexcept { return info_; }
    /// What is known about the error; all empty when there was none.
    [[nodiscard]] const xfer::failure& failure() const noexcept;

 private:
    friend struct engine::response_access;
    int status_ = 0;
    int version_ = 0;
    std::uint32_t reason_offset_ = 0;
    std::uint32_t reason_size_ = 0;
    xfer::fields fields_;
    std::string body_;
    xfer::url url_;
    xfer::info info_;
    std::shared_ptr<const xfer::fields> trailers_;
    std::shared_ptr<const xfer::failure> failure_;
};

/// A completion: a value that outlives the transfer and the multi.
struct message {
    /// Which transfer has ended.
    transfer_id id;
    /// None, a value of xfer::error, or asio::error::operation_aborted.
    std::error_code ec;
    /// What came, as far as it did.
    xfer::response response;
    /// What the request carried (CURLOPT_PRIVATE).
    std::any tag;

    /// What is known about the error; all empty when there was none.
    [[nodiscard]] const xfer::failure& failure() const noexcept {
        return response.failure();
    }
};

}  // namespace XFER_NAMESPACE

#ifndef XFER_SEPARATE_COMPILATION
#include <xfer/impl/response.ipp>
#endif
