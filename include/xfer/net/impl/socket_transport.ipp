// Non-blocking reads and writes, and the names of a socket's ends.
#pragma once

#include <xfer/net/detail/socket_state.hpp>
#include <xfer/net/socket_transport.hpp>

#include <asio/buffer.hpp>
#include <asio/error.hpp>
#include <asio/ip/address.hpp>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstring>

namespace XFER_NAMESPACE::net {
namespace detail {

/// As std::errc::operation_would_block, or what it is.
inline std::error_code stream_error(const std::error_code& ec) noexcept {
    return ec == asio::error::would_block || ec == asio::error::try_again
               ? std::make_error_code(std::errc::operation_would_block)
               : system_code(ec);
}

inline socket_name unix_name(const ::sockaddr_storage& from, std::size_t size) {
    constexpr std::size_t start = offsetof(::sockaddr_un, sun_path);
    if (size <= start) {
        return {};
    }
    std::string path(reinterpret_cast<const char*>(&from) + start, size - start);
    if (path.front() == '\0') {
        path.front() = '@';  // Linux's abstract names, as ss(8) writes them
    } else {
        path.resize(std::min(path.size(), path.find('\0')));
    }
    return {std::move(path), 0};
}

/// The name that getsockname or getpeername fills in.
template <typename Query>
socket_name name_of(int descriptor, Query query) {
    ::sockaddr_storage raw{};
    ::socklen_t size = sizeof raw;
    if (query(descriptor, reinterpret_cast<::sockaddr*>(&raw), &size) != 0) {
        return {};
    }
    if (raw.ss_family == AF_UNIX) {
        return unix_name(raw, size);
    }
    if (raw.ss_family == AF_INET) {
        ::sockaddr_in in;
        std::memcpy(&in, &raw, sizeof in);
        const asio::ip::address_v4 address(ntohl(in.sin_addr.s_addr));
        return {address.to_string(), ntohs(in.sin_port)};
    }
    if (raw.ss_family == AF_INET6) {
        ::sockaddr_in6 in;
        std::memcpy(&in, &raw, sizeof in);
        asio::ip::address_v6::bytes_type bytes;
        std::memcpy(bytes.data(), &in.sin6_addr, bytes.size());
        const asio::ip::address_v6 address(bytes, in.sin6_scope_id);
        return {address.to_string(), ntohs(in.sin6_port)};
    }
    return {};
}

}  // namespace detail

XFER_DECL std::string socket_name::text() const {
    if (port == 0) {
        return address;
    }
    const bool is_v6 = address.find(':') != std::string::npos;
    return (is_v6 ? '[' + address + ']' : address) + ':' + std::to_string(port);
}

XFER_DECL socket_transport::socket_transport(detail::socket_owner&& connected) noexcept
    : state_(connected.give()) {}

XFER_DECL socket_transport::~socket_transport() {
    const detail::socket_owner last(state_);
}

XFER_DECL auto socket_transport::adopt(
    const asio::any_io_executor& executor, int descriptor, std::error_code& ec
) -> std::unique_ptr<socket_transport> {
    detail::socket_owner owner(nullptr);
    try {
        owner = detail::socket_owner(new detail::socket_state(executor));
    } catch (const std::system_error& e) {
        // The first socket of a loop has Asio open descriptors of its own.
        ec = detail::system_code(e.code());
        ::close(descriptor);
        return nullptr;
    } catch (...) {
        ::close(descriptor);
        throw;
    }
    ::sockaddr_storage raw{};
    ::socklen_t size = sizeof raw;
    if (::getsockname(descriptor, reinterpret_cast<::sockaddr*>(&raw), &size) != 0) {
        ec = std::error_code(errno, std::system_category());
        ::close(descriptor);
        return nullptr;
    }
    owner->socket.assign({raw.ss_family, 0}, descriptor, ec);
    if (ec) {
        ::close(descriptor);
    } else {
        owner->socket.non_blocking(true, ec);
    }
    ec = detail::system_code(ec);
    return ec ? nullptr : std::make_unique<socket_transport>(std::move(owner));
}

XFER_DECL std::size_t socket_transport::try_read(
    std::span<char> to, std::error_code& ec
) {
    const std::size_t size =
        state_->socket.read_some(asio::mutable_buffer(to.data(), to.size()), ec);
    if (ec) {
        ec = ec == asio::error::eof ? std::error_code() : detail::stream_error(ec);
        return 0;
    }
    return size;
}

XFER_DECL std::size_t socket_transport::try_write(
    std::span<const std::string_view> from, std::error_code& ec
) {
    std::size_t size = 0;
    if (from.size() == 1) {
        size = state_->socket.write_some(
            asio::const_buffer(from[0].data(), from[0].size()), ec
        );
    } else {
        std::array<asio::const_buffer, 16> pieces;
        const std::size_t count = std::min(from.size(), pieces.size());
        for (std::size_t i = 0; i < count; ++i) {
            pieces[i] = asio::const_buffer(from[i].data(), from[i].size());
        }
        const std::span<const asio::const_buffer> used(pieces.data(), count);
        size = state_->socket.write_some(used, ec);
    }
    if (ec) {
        ec = detail::stream_error(ec);
    }
    return size;
}

XFER_DECL void socket_transport::arm(direction d, waiter& w) { state_->arm(d, w); }

XFER_DECL void socket_transport::disarm() noexcept { state_->disarm(); }

XFER_DECL bool socket_transport::reusable() {
    char byte;
    std::error_code ec;
    state_->socket.receive(
        asio::mutable_buffer(&byte, 1), asio::socket_base::message_peek, ec
    );
    return ec == asio::error::would_block || ec == asio::error::try_again;
}

XFER_DECL void socket_transport::shutdown() noexcept {
    std::error_code ignored;
    state_->socket.shutdown(asio::socket_base::shutdown_send, ignored);
}

XFER_DECL void socket_transport::close() noexcept { state_->close(); }

XFER_DECL socket_name socket_transport::peer() const {
    return detail::name_of(native_handle(), &::getpeername);
}

XFER_DECL socket_name socket_transport::local() const {
    return detail::name_of(native_handle(), &::getsockname);
}

XFER_DECL int socket_transport::native_handle() const noexcept {
    return state_->socket.native_handle();
}

XFER_DECL std::uint64_t socket_transport::cancelled_waits() const noexcept {
    return state_->cancelled();
}

}  // namespace XFER_NAMESPACE::net
