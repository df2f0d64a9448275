// The bodies of xfer/testing/detail/wire.hpp.
#pragma once

#include <xfer/testing/detail/wire.hpp>

#include <asio/buffer.hpp>
#include <asio/error.hpp>
#include <asio/redirect_error.hpp>
#include <asio/use_awaitable.hpp>
#include <asio/write.hpp>
#include <netinet/tcp.h>
#include <openssl/err.h>

#include <utility>

namespace XFER_NAMESPACE::testing::detail {

XFER_DECL asio::awaitable<void> bell::wait(time_point until) {
    timer_.expires_at(until);
    std::error_code ignored;
    co_await timer_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
}

XFER_DECL wire::wire(socket s, std::span<char> scratch)
    : resume(static_cast<asio::io_context&>(s.get_executor().context())),
      socket_(std::move(s)),
      scratch_(scratch) {
    std::error_code ignored;
    socket_.non_blocking(true, ignored);
    // Each piece of a reply is to leave by itself. A unix socket refuses, rightly.
    int on = 1;
    ::setsockopt(socket_.native_handle(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

/// Waits for bytes and reads them into the scratch block, once reading is allowed.
XFER_DECL asio::awaitable<void> wire::receive(std::error_code& ec, std::size_t& n) {
    for (;;) {
        while (socket_.is_open() && may_read && !may_read()) co_await resume.wait();
        co_await socket_.async_wait(
            socket::wait_read, asio::redirect_error(asio::use_awaitable, ec)
        );
        if (ec) co_return;
        if (may_read && !may_read()) continue;
        n = socket_.read_some(asio::buffer(scratch_.data(), scratch_.size()), ec);
        if (ec != asio::error::would_block) co_return;
    }
}

XFER_DECL bool wire::decrypt(std::string& to) {
    for (;;) {
        ERR_clear_error();
        int room = static_cast<int>(scratch_.size());
        int got = SSL_read(session_.get(), scratch_.data(), room);
        if (got <= 0) return SSL_get_error(session_.get(), got) == SSL_ERROR_WANT_READ;
        to.append(scratch_.data(), static_cast<std::size_t>(got));
    }
}

XFER_DECL asio::awaitable<void> wire::read(std::string& to, std::error_code& ec) {
    std::size_t before = to.size();
    for (;;) {
        if (session_) {
            // The first request may have come along with the end of the handshake.
            bool open = decrypt(to);
            // Answers to key updates, and alerts.
            if (BIO_ctrl_pending(outgoing_) > 0) co_await flush(ec);
            if (!open && to.size() == before) ec = asio::error::eof;
            if (ec || to.size() > before) co_return;
        }
        std::size_t n = 0;
        co_await receive(ec, n);
        if (ec) co_return;
        if (!session_) {
            to.append(scratch_.data(), n);
            co_return;
        }
        BIO_write(incoming_, scratch_.data(), static_cast<int>(n));
    }
}

/// Sends the ciphertext that is there. While one coroutine does so, another one's
/// ciphertext is taken along.
XFER_DECL asio::awaitable<void> wire::flush(std::error_code& ec) {
    if (flushing_) co_return;
    flushing_ = true;
    while (!ec && BIO_ctrl_pending(outgoing_) > 0) {
        encrypted_.resize(BIO_ctrl_pending(outgoing_));
        BIO_read(outgoing_, encrypted_.data(), static_cast<int>(encrypted_.size()));
        co_await asio::async_write(
            socket_,
            asio::buffer(encrypted_),
            asio::redirect_error(asio::use_awaitable, ec)
        );
    }
    if (encrypted_.size() < 4096) encrypted_.shrink_to_fit();
    flushing_ = false;
}

XFER_DECL asio::awaitable<void> wire::write(
    std::string_view bytes, std::error_code& ec
) {
    if (!session_) {
        co_await asio::async_write(
            socket_,
            asio::buffer(bytes.data(), bytes.size()),
            asio::redirect_error(asio::use_awaitable, ec)
        );
        co_return;
    }
    ERR_clear_error();
    std::size_t written = 0;
    if (SSL_write_ex(session_.get(), bytes.data(), bytes.size(), &written) != 1) {
        ec = asio::error::broken_pipe;
        co_return;
    }
    co_await flush(ec);
}

XFER_DECL asio::awaitable<void> wire::handshake(SSL_CTX& context, std::error_code& ec) {
    session_.reset(SSL_new(&context));
    incoming_ = BIO_new(BIO_s_mem());
    outgoing_ = BIO_new(BIO_s_mem());
    SSL_set_bio(session_.get(), incoming_, outgoing_);
    SSL_set_accept_state(session_.get());
    for (;;) {
        ERR_clear_error();
        int done = SSL_do_handshake(session_.get());
        int why = SSL_get_error(session_.get(), done);
        co_await flush(ec);  // alerts too
        if (ec || done == 1) co_return;
        if (why != SSL_ERROR_WANT_READ) {
            ec = asio::error::invalid_argument;
            co_return;
        }
        std::size_t n = 0;
        co_await receive(ec, n);
        if (ec) co_return;
        BIO_write(incoming_, scratch_.data(), static_cast<int>(n));
    }
}

XFER_DECL asio::awaitable<void> wire::shut_down() {
    std::error_code ignored;
    if (session_ && SSL_is_init_finished(session_.get())) {
        ERR_clear_error();
        SSL_shutdown(session_.get());
        co_await flush(ignored);
    }
    socket_.shutdown(socket::shutdown_send, ignored);
}

XFER_DECL void wire::close() noexcept {
    std::error_code ignored;
    socket_.close(ignored);
}

XFER_DECL void wire::reset() noexcept {
    std::error_code ignored;
    socket_.set_option(asio::socket_base::linger(true, 0), ignored);
    socket_.close(ignored);
}

}  // namespace XFER_NAMESPACE::testing::detail
