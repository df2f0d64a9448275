// Attempts through the readiness set, and through Asio.
#pragma once

#include <xfer/net/attempt.hpp>
#include <xfer/net/impl/epoll_attempt.ipp>

#include <utility>

namespace XFER_NAMESPACE::net {

/// A connect by Asio.
class asio_attempt final : public attempt {
 public:
    explicit asio_attempt(connect_attempt a) : attempt_(std::move(a)) {}
    [[nodiscard]] bool done() override { return attempt_.done(); }
    [[nodiscard]] std::error_code error() const override { return attempt_.error(); }
    [[nodiscard]] connect_step step() const override { return attempt_.step(); }
    [[nodiscard]] std::unique_ptr<transport> release() override {
        take();
        return std::move(connected_);
    }
    [[nodiscard]] socket_name peer() const override {
        const_cast<asio_attempt*>(this)->take();
        return connected_->peer();
    }
    [[nodiscard]] socket_name local() const override {
        const_cast<asio_attempt*>(this)->take();
        return connected_->local();
    }

 private:
    void take() {
        if (!connected_) {
            connected_ = attempt_.release();
        }
    }
    connect_attempt attempt_;
    std::unique_ptr<socket_transport> connected_;
};

XFER_DECL std::unique_ptr<attempt> begin_attempt(
    loop& owner,
    const asio::ip::address& address,
    std::uint16_t port,
    const connect_options& options,
    waiter& who
) {
    if (auto best = begin_system_attempt(owner, address, port, options, who)) {
        return best;
    }
    return std::make_unique<asio_attempt>(
        connect_attempt(owner.executor(), address, port, options, who)
    );
}

XFER_DECL std::unique_ptr<attempt> begin_attempt(
    loop& owner, std::string_view unix_path, const connect_options& options, waiter& who
) {
    if (auto best = begin_system_attempt(owner, unix_path, options, who)) {
        return best;
    }
    return std::make_unique<asio_attempt>(
        connect_attempt::to_unix(owner.executor(), unix_path, options, who)
    );
}

}  // namespace XFER_NAMESPACE::net
