// A blocking byte stream to a loopback server, plain or TLS: what tests of servers talk
// with, independent of the library.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

namespace support {

/// Client side of TLS that verifies nothing.
class client_tls {
 public:
    client_tls() : context_(SSL_CTX_new(TLS_client_method()), SSL_CTX_free) {}
    SSL_CTX* get() const { return context_.get(); }

 private:
    std::shared_ptr<SSL_CTX> context_;
};

/// Connects in its constructor, throws std::system_error if it cannot. Reads give up
/// after ten seconds, so that a broken server fails a test instead of hanging it.
class blocking_client {
 public:
    explicit blocking_client(std::uint16_t port, bool v6 = false) {
        if (v6) {
            sockaddr_in6 to{};
            to.sin6_family = AF_INET6;
            to.sin6_port = htons(port);
            to.sin6_addr = in6addr_loopback;
            connect_to(AF_INET6, &to, sizeof to);
        } else {
            sockaddr_in to{};
            to.sin_family = AF_INET;
            to.sin_port = htons(port);
            to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
            connect_to(AF_INET, &to, sizeof to);
        }
    }

    explicit blocking_client(const std::string& unix_path) {
        sockaddr_un to{};
        to.sun_family = AF_UNIX;
        std::strncpy(to.sun_path, unix_path.c_str(), sizeof to.sun_path - 1);
        connect_to(AF_UNIX, &to, sizeof to);
    }

    blocking_client(
        std::uint16_t port, const client_tls& tls, SSL_SESSION* session = {}
    )
        : blocking_client(port) {
        ssl_.reset(SSL_new(tls.get()));
        SSL_set_fd(ssl_.get(), fd_);
        SSL_set_tlsext_host_name(ssl_.get(), "localhost");
        if (session) SSL_set_session(ssl_.get(), session);
        secure_ = SSL_connect(ssl_.get()) == 1;
    }

    blocking_client(const blocking_client&) = delete;
    blocking_client& operator=(const blocking_client&) = delete;
    ~blocking_client() {
        // OpenSSL does not resume a session whose connection sent no close_notify.
        if (ssl_)
            SSL_set_shutdown(ssl_.get(), SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
        ssl_.reset();
        if (fd_ >= 0) ::close(fd_);
    }

    /// Whether the TLS handshake succeeded.
    bool secure() const { return secure_; }
    SSL* session() const { return ssl_.get(); }
    /// Whether the last read was ended by a reset.
    bool was_reset() const { return was_reset_; }
    /// Whether the last read was ended by a close_notify (TLS only).
    bool was_notified() const {
        return (SSL_get_shutdown(ssl_.get()) & SSL_RECEIVED_SHUTDOWN) != 0;
    }

    /// Sends as much as the peer takes; how much that was.
    std::size_t send(std::string_view bytes) {
        std::size_t done = 0;
        while (done < bytes.size()) {
            std::size_t n = send_some(bytes.substr(done));
            if (n == 0) break;
            done += n;
        }
        return done;
    }

    /// One read; empty at the end of the stream.
    std::string receive_some() {
        std::array<char, 65536> block;
        auto n = ssl_ ? SSL_read(ssl_.get(), block.data(), int(block.size()))
                      : int(::recv(fd_, block.data(), block.size(), 0));
        was_reset_ = n < 0 && errno == ECONNRESET;
        return n > 0 ? std::string(block.data(), std::size_t(n)) : std::string();
    }

    /// Everything until the end of the stream.
    std::string receive_all() {
        std::string all;
        for (std::string part = receive_some(); !part.empty(); part = receive_some()) {
            all += part;
        }
        return all;
    }

    /// At least n bytes, or what came before the end.
    std::string receive(std::size_t n) {
        std::string all;
        while (all.size() < n) {
            std::string part = receive_some();
            if (part.empty()) break;
            all += part;
        }
        return all;
    }

    /// Until these bytes have come, or the end.
    std::string receive_until(std::string_view last) {
        std::string all;
        while (!all.ends_with(last)) {
            std::string part = receive_some();
            if (part.empty()) break;
            all += part;
        }
        return all;
    }

    /// Ends the sending side.
    void shut_down() { ::shutdown(fd_, SHUT_WR); }
    /// Waits at most this long for sends, too.
    void send_timeout(long milliseconds) { set_timeout(SO_SNDTIMEO, milliseconds); }
    void receive_timeout(long milliseconds) { set_timeout(SO_RCVTIMEO, milliseconds); }

 private:
    struct ssl_free {
        void operator()(SSL* s) const { SSL_free(s); }
    };

    void connect_to(int family, const void* address, socklen_t size) {
        fd_ = ::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
        receive_timeout(10000);
        if (::connect(fd_, static_cast<const sockaddr*>(address), size) != 0) {
            int code = errno;
            ::close(std::exchange(fd_, -1));
            throw std::system_error(code, std::system_category(), "connect");
        }
    }

    void set_timeout(int option, long milliseconds) {
        timeval t{};
        t.tv_sec = milliseconds / 1000;
        t.tv_usec = milliseconds % 1000 * 1000;
        ::setsockopt(fd_, SOL_SOCKET, option, &t, sizeof t);
    }

    std::size_t send_some(std::string_view bytes) {
        auto n = ssl_ ? long(SSL_write(ssl_.get(), bytes.data(), int(bytes.size())))
                      : ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        return n > 0 ? std::size_t(n) : 0;
    }

    int fd_ = -1;
    std::unique_ptr<SSL, ssl_free> ssl_;
    bool secure_ = false;
    bool was_reset_ = false;
};

/// A request head without a body, keep-alive.
inline std::string get(std::string_view target) {
    return "GET " + std::string(target) + " HTTP/1.1\r\nHost: localhost\r\n\r\n";
}

/// The same, asking for the connection to be closed after the reply.
inline std::string last_get(std::string_view target) {
    return "GET " + std::string(target) +
           " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
}

/// What follows the head of a response.
inline std::string body_of(const std::string& response) {
    auto end = response.find("\r\n\r\n");
    return end == response.npos ? std::string() : response.substr(end + 4);
}

}  // namespace support
