// Opening, binding and connecting a socket without blocking.
#pragma once

#include <xfer/net/connect_attempt.hpp>
#include <xfer/net/detail/socket_state.hpp>
#include <xfer/net/local_end.hpp>

#include <asio/error.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/local/stream_protocol.hpp>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <utility>

namespace XFER_NAMESPACE::net {
namespace detail {

/// A stream socket that a program started by fork and exec does not inherit; -1 and
/// errno when there is none.
inline int stream_socket(int family) noexcept {
#ifdef SOCK_CLOEXEC
    return ::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
#else
    const int descriptor = ::socket(family, SOCK_STREAM, 0);
    if (descriptor >= 0) {
        ::fcntl(descriptor, F_SETFD, FD_CLOEXEC);
    }
    return descriptor;
#endif
}

/// A socket works without any of these: what the system refuses is left as it is.
inline void set_tcp_options(int descriptor, const connect_options& options) noexcept {
    const auto set = [descriptor](int level, int name, int value) {
        static_cast<void>(::setsockopt(descriptor, level, name, &value, sizeof value));
    };
    if (options.tcp_nodelay) {
        set(IPPROTO_TCP, TCP_NODELAY, 1);
    }
    if (options.keepalive) {
        set(SOL_SOCKET, SO_KEEPALIVE, 1);
#if defined(TCP_KEEPIDLE) && defined(TCP_KEEPINTVL)
        set(IPPROTO_TCP, TCP_KEEPIDLE, static_cast<int>(options.keepalive_idle.count())
        );
        set(IPPROTO_TCP,
            TCP_KEEPINTVL,
            static_cast<int>(options.keepalive_interval.count()));
#endif
    }
}

}  // namespace detail

XFER_DECL connect_attempt::connect_attempt(const asio::any_io_executor& executor) {
    try {
        state_ = new detail::socket_state(executor);
    } catch (const std::system_error& e) {
        // The first socket of a loop has Asio open descriptors of its own.
        early_ = detail::system_code(e.code());
    }
}

XFER_DECL std::error_code connect_attempt::open(int family) {
    const int descriptor = detail::stream_socket(family);
    if (descriptor < 0) {
        return {errno, std::system_category()};
    }
    std::error_code ec;
    state_->socket.assign({family, 0}, descriptor, ec);
    if (ec) {
        ::close(descriptor);
    } else {
        state_->socket.non_blocking(true, ec);
    }
    return detail::system_code(ec);
}

XFER_DECL void connect_attempt::show(const connect_options& options) {
    if (!early_ && options.on_socket) {
        step_ = connect_step::hook;
        early_ = options.on_socket(state_->socket.native_handle());
    }
}

XFER_DECL connect_attempt::connect_attempt(
    const asio::any_io_executor& executor,
    const asio::ip::address& address,
    std::uint16_t port,
    const connect_options& options,
    waiter& who
)
    : connect_attempt(executor) {
    if (!early_) {
        early_ = open(address.is_v6() ? AF_INET6 : AF_INET);
    }
    if (!early_) {
        detail::set_tcp_options(state_->socket.native_handle(), options);
    }
    show(options);
    if (!early_) {
        step_ = connect_step::bind;
        early_ = bind_local_end(state_->socket.native_handle(), address, options);
    }
    if (!early_) {
        step_ = connect_step::connect;
        state_->connect(asio::ip::tcp::endpoint(address, port), who);
    }
}

XFER_DECL auto connect_attempt::to_unix(
    const asio::any_io_executor& executor,
    std::string_view path,
    const connect_options& options,
    waiter& who
) -> connect_attempt {
    connect_attempt attempt(executor);
    if (path.empty()) {
        attempt.early_ = std::make_error_code(std::errc::invalid_argument);
    } else if (path.size() >= sizeof(::sockaddr_un::sun_path)) {
        attempt.early_ = std::make_error_code(std::errc::filename_too_long);
    }
    if (!attempt.early_) {
        attempt.early_ = attempt.open(AF_UNIX);
    }
    attempt.show(options);
    if (!attempt.early_) {
        attempt.step_ = connect_step::connect;
        const asio::local::stream_protocol::endpoint to{std::string(path)};
        attempt.state_->connect(to, who);
    }
    return attempt;
}

XFER_DECL connect_attempt::~connect_attempt() {
    const detail::socket_owner last(state_);
}

XFER_DECL connect_attempt::connect_attempt(connect_attempt&& other) noexcept
    : state_(std::exchange(other.state_, nullptr)),
      early_(other.early_),
      step_(other.step_) {}

XFER_DECL connect_attempt& connect_attempt::operator=(connect_attempt&& other
) noexcept {
    std::swap(state_, other.state_);
    std::swap(early_, other.early_);
    std::swap(step_, other.step_);
    return *this;
}

XFER_DECL bool connect_attempt::done() const noexcept {
    return early_ || !state_->connecting();
}

XFER_DECL std::error_code connect_attempt::error() const noexcept {
    return early_ ? early_ : state_->connect_result;
}

XFER_DECL std::unique_ptr<socket_transport> connect_attempt::release() {
    return std::make_unique<socket_transport>(
        detail::socket_owner(std::exchange(state_, nullptr))
    );
}

}  // namespace XFER_NAMESPACE::net
