// connect(2) without blocking, and who is told of its end.
#pragma once

#include <xfer/net/attempt.hpp>
#include <xfer/net/epoll_transport.hpp>
#include <xfer/net/impl/connect_attempt.ipp>
#include <xfer/net/impl/socket_transport.ipp>
#include <xfer/net/local_end.hpp>

#include <asio/generic/stream_protocol.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/local/stream_protocol.hpp>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <utility>

namespace XFER_NAMESPACE::net {

#ifdef __linux__

/// The transport itself, from before it is connected.
class epoll_attempt final : public attempt {
 public:
    /// `address`: that of `to`, null for a unix socket.
    epoll_attempt(
        std::shared_ptr<readiness_set> set,
        const asio::generic::stream_protocol::endpoint& to,
        const asio::ip::address* address,
        const connect_options& options,
        waiter& who
    ) {
        const int descriptor = detail::stream_socket(to.protocol().family());
        if (descriptor < 0) {
            error_ = last_error();
            return;
        }
        stream_ = epoll_transport::begin(std::move(set), descriptor, error_);
        if (!error_ && address != nullptr) {
            detail::set_tcp_options(descriptor, options);
        }
        if (!error_ && options.on_socket) {
            step_ = connect_step::hook;
            error_ = options.on_socket(descriptor);
        }
        if (!error_ && address != nullptr) {
            step_ = connect_step::bind;
            error_ = bind_local_end(descriptor, *address, options);
        }
        if (!error_) {
            step_ = connect_step::connect;
            connect(to, who);
        }
    }

    [[nodiscard]] bool done() override {
        if (connecting_ && stream_->connect_ended(error_)) {
            connecting_ = false;
        }
        return !connecting_;
    }
    [[nodiscard]] std::error_code error() const override { return error_; }
    [[nodiscard]] connect_step step() const override { return step_; }
    [[nodiscard]] std::unique_ptr<transport> release() override {
        return std::move(stream_);
    }
    [[nodiscard]] socket_name peer() const override {
        return detail::name_of(stream_->native_handle(), ::getpeername);
    }
    [[nodiscard]] socket_name local() const override {
        return detail::name_of(stream_->native_handle(), ::getsockname);
    }

 private:
    static std::error_code last_error() noexcept {
        return {errno, std::system_category()};
    }
    void connect(const asio::generic::stream_protocol::endpoint& to, waiter& who) {
        const int result = ::connect(
            stream_->native_handle(), to.data(), static_cast<::socklen_t>(to.size())
        );
        if (result == 0) {
            return;
        }
        // A unix socket whose queue is full says EAGAIN, and nobody is ever told when
        // there is room: it is refused, as it is for curl.
        if (errno != EINPROGRESS) {
            error_ = last_error();
            return;
        }
        connecting_ = true;
        stream_->wait_for_connect(who);
    }

    std::unique_ptr<epoll_transport> stream_;
    std::error_code error_;
    connect_step step_ = connect_step::open;
    bool connecting_ = false;
};

/// The set of the loop, made when it is first needed.
inline std::shared_ptr<readiness_set> readiness_of(loop& owner) {
    if (!owner.turn_end_hook()) {
        std::error_code ec;
        auto set = std::make_shared<readiness_set>(owner, ec);
        if (ec) {
            return nullptr;
        }
        owner.at_turn_end(std::move(set));
    }
    return std::static_pointer_cast<readiness_set>(owner.turn_end_hook());
}

XFER_DECL std::unique_ptr<attempt> begin_system_attempt(
    loop& owner,
    const asio::ip::address& address,
    std::uint16_t port,
    const connect_options& options,
    waiter& who
) {
    auto set = readiness_of(owner);
    if (!set) {
        return nullptr;
    }
    return std::make_unique<epoll_attempt>(
        std::move(set), asio::ip::tcp::endpoint(address, port), &address, options, who
    );
}

XFER_DECL std::unique_ptr<attempt> begin_system_attempt(
    loop& owner, std::string_view unix_path, const connect_options& options, waiter& who
) {
    auto set = readiness_of(owner);
    if (!set || unix_path.empty() ||
        unix_path.size() >= sizeof(::sockaddr_un::sun_path)) {
        return nullptr;  // Asio's attempt says what is wrong with the path
    }
    return std::make_unique<epoll_attempt>(
        std::move(set),
        asio::local::stream_protocol::endpoint(std::string(unix_path)),
        nullptr,
        options,
        who
    );
}

#else

XFER_DECL std::unique_ptr<attempt>
begin_system_attempt(loop&, const asio::ip::address&, std::uint16_t, const connect_options&, waiter&) {
    return nullptr;
}
XFER_DECL std::unique_ptr<attempt>
begin_system_attempt(loop&, std::string_view, const connect_options&, waiter&) {
    return nullptr;
}

#endif

}  // namespace XFER_NAMESPACE::net
