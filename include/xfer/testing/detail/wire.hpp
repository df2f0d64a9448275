// One accepted socket of the loopback server, plain or under TLS.
#pragma once

#include <xfer/config.hpp>

#include <asio/awaitable.hpp>
#include <asio/generic/stream_protocol.hpp>
#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>
#include <openssl/ssl.h>

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <system_error>

namespace XFER_NAMESPACE::testing::detail {

/// Lets one coroutine sleep until a time or until another one rings. A ring that
/// nobody waits for is lost: the waiter checks its condition before it waits.
class bell {
 public:
    using time_point = std::chrono::steady_clock::time_point;

    explicit bell(asio::io_context& loop) : timer_(loop) {}

    [[nodiscard]] XFER_DECL asio::awaitable<void> wait(
        time_point until = time_point::max()
    );
    void ring() { timer_.cancel(); }

 private:
    asio::steady_timer timer_;
};

/// A byte stream with one reader and one writer at a time. TLS runs in memory, so that
/// it is known which bytes have gone to the kernel when a fault is due.
class wire {
 public:
    using socket = asio::generic::stream_protocol::socket;

    /// The scratch block is shared by the connections of one loop: nothing is kept in
    /// it while a coroutine waits.
    XFER_DECL wire(socket s, std::span<char> scratch);

    /// Accepts a TLS session; from now on all bytes go through it.
    [[nodiscard]] XFER_DECL asio::awaitable<void> handshake(
        SSL_CTX& context, std::error_code& ec
    );
    /// The session, or null.
    [[nodiscard]] const SSL* session() const noexcept { return session_.get(); }

    /// Waits until something can be read and appends it. At the end of the stream
    /// (FIN, close_notify or reset): an error.
    [[nodiscard]] XFER_DECL asio::awaitable<void> read(
        std::string& to, std::error_code& ec
    );
    /// Sends all of it. The bytes are in the kernel when it returns.
    [[nodiscard]] XFER_DECL asio::awaitable<void> write(
        std::string_view bytes, std::error_code& ec
    );

    /// Whether read() waits before it takes anything from the socket.
    std::function<bool()> may_read;
    /// Rings when may_read has changed.
    bell resume;

    /// Ends the sending side: close_notify if TLS, then FIN.
    [[nodiscard]] XFER_DECL asio::awaitable<void> shut_down();
    /// Closes at once: FIN, or RST if something was received and not read.
    XFER_DECL void close() noexcept;
    /// Closes with a RST.
    XFER_DECL void reset() noexcept;

 private:
    struct session_free {
        void operator()(SSL* s) const noexcept { SSL_free(s); }
    };

    [[nodiscard]] asio::awaitable<void> receive(std::error_code& ec, std::size_t& n);
    [[nodiscard]] asio::awaitable<void> flush(std::error_code& ec);
    /// Appends what can be decrypted; false at the end of the session.
    [[nodiscard]] bool decrypt(std::string& to);

    socket socket_;
    std::span<char> scratch_;
    std::unique_ptr<SSL, session_free> session_;
    BIO* incoming_ = nullptr;  // ciphertext from the peer; the session owns it
    BIO* outgoing_ = nullptr;  // ciphertext to the peer; the session owns it
    std::string encrypted_;    // what is being sent
    bool flushing_ = false;
};

}  // namespace XFER_NAMESPACE::testing::detail

#ifndef XFER_SEPARATE_COMPILATION
#include <xfer/testing/detail/impl/wire.ipp>
#endif
