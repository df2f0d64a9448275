// A transport that tells a transfer's trace of all that goes through it.
#pragma once

#include <xfer/engine/transfer.hpp>
#include <xfer/net/transport.hpp>

#include <memory>
#include <utility>

namespace XFER_NAMESPACE::engine {

/// Stands in the place of a connection's stream while a transfer uses it that is traced
/// to the octet; nothing of the kind is there for any other.
class wire_tap final : public net::transport {
 public:
    wire_tap(transfer& t, std::unique_ptr<net::transport> stream) noexcept
        : transfer_(t), stream_(std::move(stream)) {}

    /// Puts one in the place of the stream.
    static void put(transfer& t, std::unique_ptr<net::transport>& stream) {
        stream = std::make_unique<wire_tap>(t, std::move(stream));
    }
    /// Takes it out again, which is what put() put there.
    static void take(std::unique_ptr<net::transport>& stream) noexcept {
        stream = std::move(static_cast<wire_tap&>(*stream).stream_);
    }

    [[nodiscard]] std::size_t try_read(std::span<char> to, std::error_code& ec)
        override {
        const auto n = stream_->try_read(to, ec);
        tell<trace::wire_received>({to.data(), n});
        return n;
    }
    [[nodiscard]] std::size_t try_write(
        std::span<const std::string_view> from, std::error_code& ec
    ) override {
        const auto n = stream_->try_write(from, ec);
        auto left = n;
        for (const auto& piece : from) {
            const auto bytes = piece.substr(0, left);
            left -= bytes.size();
            tell<trace::wire_sent>(bytes);
        }
        return n;
    }
    void arm(net::direction d, net::waiter& w) override { stream_->arm(d, w); }
    void disarm() noexcept override { stream_->disarm(); }
    [[nodiscard]] net::direction wants(net::direction d) const noexcept override {
        return stream_->wants(d);
    }
    [[nodiscard]] bool truncated() const noexcept override {
        return stream_->truncated();
    }
    [[nodiscard]] std::string_view reason() const noexcept override {
        return stream_->reason();
    }
    [[nodiscard]] bool reusable() override { return stream_->reusable(); }
    void shutdown() noexcept override { stream_->shutdown(); }
    void close() noexcept override { stream_->close(); }

 private:
    template <class Step>
    void tell(std::string_view bytes) {
        if (!bytes.empty()) {
            transfer_.tell(Step{bytes});
        }
    }

    transfer& transfer_;
    std::unique_ptr<net::transport> stream_;
};

}  // namespace XFER_NAMESPACE::engine
