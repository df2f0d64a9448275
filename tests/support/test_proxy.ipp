// The bodies of tests/support/test_proxy.hpp: blocking sockets, a thread for each
// connection.
#pragma once

#include "support/test_proxy.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <signal.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <condition_variable>
#include <cstring>
#include <list>
#include <mutex>
#include <optional>
#include <set>
#include <system_error>
#include <thread>

namespace support {
namespace proxy_detail {

struct ssl_free {
    void operator()(SSL* s) const { SSL_free(s); }
    void operator()(SSL_CTX* c) const { SSL_CTX_free(c); }
    void operator()(BIO* b) const { BIO_free(b); }
    void operator()(X509* x) const { X509_free(x); }
    void operator()(EVP_PKEY* k) const { EVP_PKEY_free(k); }
};
template <class T>
using ssl_owned = std::unique_ptr<T, ssl_free>;

template <auto Read>
auto read_pem(const std::string& pem) {
    const ssl_owned<BIO> bio(BIO_new_mem_buf(pem.data(), int(pem.size())));
    auto* made = Read(bio.get(), nullptr, nullptr, nullptr);
    return ssl_owned<std::remove_pointer_t<decltype(made)>>(made);
}

inline ssl_owned<SSL_CTX> make_context(const proxy_options& o) {
    if (o.certificate.certificate_pem.empty()) return nullptr;
    ssl_owned<SSL_CTX> c(SSL_CTX_new(TLS_server_method()));
    // Weak certificates are to be shown, too.
    SSL_CTX_set_security_level(c.get(), 0);
    const auto& pem = o.certificate.certificate_pem;
    const ssl_owned<BIO> chain(BIO_new_mem_buf(pem.data(), int(pem.size())));
    const ssl_owned<X509> leaf(PEM_read_bio_X509(chain.get(), nullptr, nullptr, nullptr)
    );
    while (auto* next = PEM_read_bio_X509(chain.get(), nullptr, nullptr, nullptr)) {
        SSL_CTX_add_extra_chain_cert(c.get(), next);
    }
    ERR_clear_error();  // the end of it
    const auto key = read_pem<PEM_read_bio_PrivateKey>(o.certificate.key_pem);
    SSL_CTX_use_certificate(c.get(), leaf.get());
    SSL_CTX_use_PrivateKey(c.get(), key.get());
    if (!o.client_ca_pem.empty()) {
        const auto ca = read_pem<PEM_read_bio_X509>(o.client_ca_pem);
        X509_STORE_add_cert(SSL_CTX_get_cert_store(c.get()), ca.get());
        const int mode = SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT;
        SSL_CTX_set_verify(c.get(), mode, nullptr);
    }
    const std::array<unsigned char, 5> id{'p', 'r', 'o', 'x', 'y'};
    SSL_CTX_set_session_id_context(c.get(), id.data(), id.size());
    return c;
}

inline std::string field_of(std::string_view head, std::string_view name) {
    for (auto at = head.find("\r\n"); at != head.npos; at = head.find("\r\n", at)) {
        at += 2;
        const auto line = head.substr(at, head.find("\r\n", at) - at);
        const auto colon = line.find(':');
        if (colon == name.size() &&
            ::strncasecmp(line.data(), name.data(), colon) == 0) {
            const auto from = line.find_first_not_of(' ', colon + 1);
            return std::string(from == line.npos ? "" : line.substr(from));
        }
    }
    return {};
}

/// The lines of a head but those whose names begin so.
inline std::string without_fields(std::string_view head, std::string_view prefix) {
    std::string kept;
    while (!head.empty()) {
        const auto line = head.substr(0, head.find("\r\n") + 2);
        head.remove_prefix(line.size());
        const bool named =
            line.size() > prefix.size() &&
            ::strncasecmp(line.data(), prefix.data(), prefix.size()) == 0;
        if (!named) kept += line;
    }
    return kept;
}

inline std::uint16_t number_of(std::string_view text) {
    std::uint16_t n = 0;
    std::from_chars(text.data(), text.data() + text.size(), n);
    return n;
}

inline int connect_to(std::uint16_t port) {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(fd, reinterpret_cast<sockaddr*>(&to), sizeof to) != 0) {
        ::close(fd);
        return -1;
    }
    return fd;
}

/// One side of a connection, in TLS or not.
struct side {
    int fd = -1;
    ssl_owned<SSL> tls;

    /// Empty at the end, or on an error.
    std::string receive() {
        std::array<char, 16384> block;
        const auto n = tls ? SSL_read(tls.get(), block.data(), int(block.size()))
                           : int(::recv(fd, block.data(), block.size(), 0));
        return n > 0 ? std::string(block.data(), std::size_t(n)) : std::string();
    }
    bool send(std::string_view text, std::size_t piece = 0) {
        while (!text.empty()) {
            const auto part = text.substr(0, piece == 0 ? text.npos : piece);
            const auto n =
                tls ? SSL_write(tls.get(), part.data(), int(part.size()))
                    : int(::send(fd, part.data(), part.size(), MSG_NOSIGNAL));
            if (n <= 0) return false;
            text.remove_prefix(std::size_t(n));
        }
        return true;
    }
    [[nodiscard]] bool has_more() const { return tls && SSL_pending(tls.get()) > 0; }
};

}  // namespace proxy_detail

inline std::string proxy_request_seen::field(std::string_view name) const {
    return proxy_detail::field_of(head, name);
}

struct test_proxy::impl {
    explicit impl(proxy_options o)
        : options(std::move(o)), context(proxy_detail::make_context(options)) {
        listen();
        accepting = std::thread([this] { accept(); });
    }
    ~impl() {
        {
            const std::lock_guard lock(mutex);
            stopped = true;
            for (const int fd : open_fds) ::shutdown(fd, SHUT_RDWR);
        }
        ::shutdown(listener, SHUT_RDWR);
        accepting.join();
        for (auto& t : serving) t.join();
        ::close(listener);
        if (!options.unix_path.empty()) ::unlink(options.unix_path.c_str());
    }

    void listen() {
        const bool local = !options.unix_path.empty();
        listener = ::socket(local ? AF_UNIX : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_un path{};
        path.sun_family = AF_UNIX;
        std::strncpy(
            path.sun_path, options.unix_path.c_str(), sizeof path.sun_path - 1
        );
        sockaddr_in at{};
        at.sin_family = AF_INET;
        at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        auto* address = local ? reinterpret_cast<sockaddr*>(&path)
                              : reinterpret_cast<sockaddr*>(&at);
        socklen_t size = local ? sizeof path : sizeof at;
        if (::bind(listener, address, size) != 0 || ::listen(listener, 64) != 0) {
            throw std::system_error(errno, std::system_category(), "test_proxy");
        }
        if (!local) {
            ::getsockname(listener, address, &size);
            port = ntohs(at.sin_port);
        }
    }

    /// Threads that write to TLS must not die of a client that has gone.
    static void ignore_sigpipe() {
        sigset_t set;
        sigemptyset(&set);
        sigaddset(&set, SIGPIPE);
        ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
    }

    void accept() {
        ignore_sigpipe();
        for (;;) {
            const int fd = ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
            if (fd < 0) return;
            const int on = 1;
            ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
            const std::lock_guard lock(mutex);
            if (stopped) {
                ::close(fd);
                return;
            }
            open_fds.insert(fd);
            connections.emplace_back();
            auto& seen = connections.back();
            serving.emplace_back([this, fd, &seen, number = connections.size()] {
                serve(fd, seen, number);
            });
        }
    }

    /// What a connection's thread works with.
    struct line {
        proxy_detail::side client;
        proxy_connection_seen& seen;
        std::size_t number;
        std::string buffered;
        std::size_t requests = 0;
        bool resets = false;
    };

    void serve(int fd, proxy_connection_seen& seen, std::size_t number) {
        ignore_sigpipe();
        line l{{fd, nullptr}, seen, number, {}, 0, false};
        const bool lined = !options.reads_proxy_line || take_proxy_line(l);
        if (lined && (!context || handshake(l))) {
            options.socks ? serve_socks(l) : serve_http(l);
        }
        l.client.tls.reset();
        if (l.resets) {
            const linger now{1, 0};
            ::setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
        }
        const std::lock_guard lock(mutex);
        open_fds.erase(fd);
        ::close(fd);
        seen.open = false;
        changed.notify_all();
    }

    /// Octet by octet: what follows is TLS's.
    bool take_proxy_line(line& l) {
        std::string text;
        char c = 0;
        while (!text.ends_with("\r\n")) {
            if (::recv(l.client.fd, &c, 1, 0) != 1) return false;
            text += c;
        }
        const std::lock_guard lock(mutex);
        l.seen.proxy_line = text;
        return true;
    }

    bool handshake(line& l) {
        auto& tls = l.client.tls;
        tls.reset(SSL_new(context.get()));
        SSL_set_fd(tls.get(), l.client.fd);
        const bool done = SSL_accept(tls.get()) == 1;
        const auto* name = SSL_get_servername(tls.get(), TLSEXT_NAMETYPE_host_name);
        const std::lock_guard lock(mutex);
        l.seen.secure = done;
        l.seen.resumed = done && SSL_session_reused(tls.get()) == 1;
        if (name != nullptr) l.seen.server_name = name;
        return done;
    }

    /// More octets into the buffer, and into the log.
    bool receive(line& l) {
        const auto part = l.client.receive();
        l.buffered += part;
        const std::lock_guard lock(mutex);
        l.seen.clear += part;
        return !part.empty();
    }
    /// The next n octets, taken out of the buffer; fewer at the end.
    std::string take(line& l, std::size_t n) {
        while (l.buffered.size() < n && receive(l)) {
        }
        auto taken = l.buffered.substr(0, n);
        l.buffered.erase(0, n);
        return taken;
    }
    std::string take_until(line& l, std::string_view mark) {
        while (l.buffered.find(mark) == std::string::npos) {
            if (!receive(l)) return {};
        }
        return take(l, l.buffered.find(mark) + mark.size());
    }
    bool say(line& l, std::string_view text) {
        return l.client.send(text, options.piece);
    }
    void wait_for_end(line& l) {
        while (receive(l)) {
        }
    }

    void serve_http(line& l) {
        using then = proxy_answer::then;
        for (;;) {
            proxy_request_seen r;
            r.head = take_until(l, "\r\n\r\n");
            if (r.head.empty()) return;
            r.connection = l.number;
            r.number = ++l.requests;
            {
                const std::lock_guard lock(mutex);
                requests.push_back(r);
            }
            auto a = options.answer ? options.answer(r) : proxy_answer();
            if (!say(l, a.say)) return;
            if (a.goes_on == then::silent) return wait_for_end(l);
            if (a.goes_on == then::reset) l.resets = true;
            if (a.goes_on == then::close || a.goes_on == then::reset) return;
            if (a.goes_on == then::next) {
                take(l, proxy_detail::number_of(r.field("Content-Length")));
                continue;
            }
            if (r.head.starts_with("CONNECT ")) {
                const auto target = r.head.substr(8, r.head.find(' ', 8) - 8);
                return make_tunnel(l, target, a);
            }
            if (!forward(l, r)) return;
        }
    }

    void make_tunnel(line& l, const std::string& target, const proxy_answer& a) {
        note_destination(l, target);
        const auto port_of = target.substr(target.rfind(':') + 1);
        const int fd = proxy_detail::connect_to(proxy_detail::number_of(port_of));
        if (fd < 0) {
            say(l, proxy_reply(502));
            return;
        }
        const bool apart = options.piece != 0;
        if (say(l, a.established + (apart ? "" : a.behind_reply))) relay(l, fd);
        ::close(fd);
    }

    void note_destination(line& l, const std::string& target) {
        const std::lock_guard lock(mutex);
        l.seen.destination = target;
    }

    /// Both directions until one of them ends.
    void relay(line& l, int fd) {
        proxy_detail::side origin{fd, nullptr};
        std::string first = std::move(l.buffered);
        {
            const std::lock_guard lock(mutex);
            l.seen.tunnelled += first;
            open_fds.insert(fd);
        }
        bool on = origin.send(first);
        while (on) {
            std::array<pollfd, 2> both{
                pollfd{l.client.fd, POLLIN, 0}, pollfd{fd, POLLIN, 0}};
            if (!l.client.has_more() && ::poll(both.data(), 2, -1) < 0) break;
            if (l.client.has_more() || both[0].revents != 0) {
                const auto part = l.client.receive();
                {
                    const std::lock_guard lock(mutex);
                    l.seen.tunnelled += part;
                }
                on = !part.empty() && origin.send(part);
            }
            if (on && both[1].revents != 0) {
                const auto part = origin.receive();
                on = !part.empty() && l.client.send(part);
            }
        }
        const std::lock_guard lock(mutex);
        open_fds.erase(fd);
    }

    /// One request in absolute form, to a connection of its own.
    bool forward(line& l, const proxy_request_seen& r) {
        const auto begin = r.head.find("http://");
        const auto path = r.head.find('/', begin + 7);
        if (begin == r.head.npos || path == r.head.npos) {
            return say(l, proxy_reply(400));
        }
        const auto authority = r.head.substr(begin + 7, path - begin - 7);
        note_destination(l, authority);
        const auto body = take(l, proxy_detail::number_of(r.field("Content-Length")));
        const auto colon = authority.rfind(':');
        const auto fd = proxy_detail::connect_to(
            colon == authority.npos
                ? std::uint16_t(80)
                : proxy_detail::number_of(authority.substr(colon + 1))
        );
        if (fd < 0) return say(l, proxy_reply(502));
        auto head = r.head.substr(0, begin) + r.head.substr(path);
        // What is for the next hop alone goes no further (RFC 9110 7.6.1).
        for (const auto* name : {"Proxy-", "Connection:", "TE:"}) {
            head = proxy_detail::without_fields(head, name);
        }
        head.insert(head.size() - 2, "Connection: close\r\n");
        {
            const std::lock_guard lock(mutex);
            open_fds.insert(fd);
        }
        proxy_detail::side origin{fd, nullptr};
        std::string all;
        if (origin.send(head + body)) {
            for (auto part = origin.receive(); !part.empty(); part = origin.receive()) {
                all += part;
            }
        }
        {
            const std::lock_guard lock(mutex);
            open_fds.erase(fd);
        }
        ::close(fd);
        const auto end = all.find("\r\n\r\n");
        if (end == all.npos) return say(l, proxy_reply(502));
        // The client's connection stays open.
        const auto reply_head =
            proxy_detail::without_fields(all.substr(0, end + 2), "Connection:");
        return say(l, reply_head + "\r\n" + all.substr(end + 4));
    }

    /// False: that was the last word.
    bool say_socks(line& l, int step, const std::string& usual) {
        const auto text =
            options.socks_reply ? options.socks_reply(step, usual) : usual;
        if (text.empty()) {
            wait_for_end(l);
            return false;
        }
        return say(l, text) && text == usual;
    }

    void serve_socks(line& l) {
        const auto version = take(l, 1);
        if (version == "\x04") {
            serve_socks4(l);
        } else if (version == "\x05") {
            serve_socks5(l);
        }
    }

    void serve_socks4(line& l) {
        const auto fixed = take(l, 7);  // command, port, address
        auto user = take_until(l, std::string_view("\0", 1));
        if (fixed.size() != 7 || user.empty()) return;
        auto host = address_of(fixed.substr(3));
        if (host.starts_with("0.0.0.")) {
            host = take_until(l, std::string_view("\0", 1));
            host.pop_back();
        }
        connect_for(l, host, port_of(fixed.substr(1, 2)), [](bool connected) {
            return std::string("\0", 1) + (connected ? '\x5a' : '\x5b') +
                   std::string(6, '\0');
        });
    }

    void serve_socks5(line& l) {
        const auto count = take(l, 1);
        if (count.empty()) return;
        const auto methods = take(l, std::uint8_t(count[0]));
        const char wanted = options.user.empty() ? '\0' : '\x02';
        const bool offered = methods.find(wanted) != methods.npos;
        if (!say_socks(l, 1, std::string("\x05") + (offered ? wanted : '\xff')) ||
            !offered) {
            return;
        }
        if (!options.user.empty() && !take_login(l)) return;
        const auto fixed = take(l, 4);  // version, command, reserved, kind
        if (fixed.size() != 4) return;
        std::string host;
        if (fixed[3] == '\x03') {
            const auto size = take(l, 1);
            host = take(l, size.empty() ? 0 : std::uint8_t(size[0]));
        } else {
            host = address_of(take(l, fixed[3] == '\x01' ? 4 : 16));
        }
        const auto port_octets = take(l, 2);
        if (port_octets.size() != 2) return;
        connect_for(l, host, port_of(port_octets), [](bool connected) {
            return std::string("\x05") + (connected ? '\0' : '\x05') +
                   std::string("\0\x01", 2) + std::string(6, '\0');
        });
    }

    bool take_login(line& l) {
        const auto version = take(l, 1);
        const auto user_size = take(l, 1);
        const auto user = take(l, user_size.empty() ? 0 : std::uint8_t(user_size[0]));
        const auto size = take(l, 1);
        const auto password = take(l, size.empty() ? 0 : std::uint8_t(size[0]));
        const bool right = user == options.user && password == options.password;
        return say_socks(l, 2, std::string("\x01") + (right ? '\0' : '\x01')) && right;
    }

    template <class Reply>
    void connect_for(line& l, const std::string& host, std::uint16_t to, Reply reply) {
        note_destination(l, host + ":" + std::to_string(to));
        const int fd = proxy_detail::connect_to(to);
        if (say_socks(l, 3, reply(fd >= 0)) && fd >= 0) relay(l, fd);
        if (fd >= 0) ::close(fd);
    }

    static std::string address_of(const std::string& octets) {
        std::array<char, INET6_ADDRSTRLEN> text{};
        ::inet_ntop(
            octets.size() == 4 ? AF_INET : AF_INET6,
            octets.data(),
            text.data(),
            text.size()
        );
        return text.data();
    }
    static std::uint16_t port_of(const std::string& octets) {
        return std::uint16_t(std::uint8_t(octets[0]) << 8 | std::uint8_t(octets[1]));
    }

    const proxy_options options;
    const proxy_detail::ssl_owned<SSL_CTX> context;
    int listener = -1;
    std::uint16_t port = 0;
    std::thread accepting;
    std::list<std::thread> serving;

    mutable std::mutex mutex;
    mutable std::condition_variable changed;
    bool stopped = false;
    std::set<int> open_fds;
    std::list<proxy_connection_seen> connections;
    std::vector<proxy_request_seen> requests;
};

inline test_proxy::test_proxy(proxy_options o)
    : impl_(std::make_unique<impl>(std::move(o))) {}
inline test_proxy::~test_proxy() = default;

inline std::uint16_t test_proxy::port() const { return impl_->port; }

inline std::string test_proxy::url(std::string_view scheme, std::string_view user)
    const {
    std::string text(scheme);
    text += "://";
    if (!user.empty()) text.append(user).append("@");
    return text + "127.0.0.1:" + std::to_string(port());
}

inline std::vector<proxy_connection_seen> test_proxy::log() const {
    const std::lock_guard lock(impl_->mutex);
    return {impl_->connections.begin(), impl_->connections.end()};
}

inline std::vector<proxy_request_seen> test_proxy::requests() const {
    const std::lock_guard lock(impl_->mutex);
    return impl_->requests;
}

inline std::size_t test_proxy::connections() const {
    const std::lock_guard lock(impl_->mutex);
    return impl_->connections.size();
}

inline bool test_proxy::wait_until_closed() const {
    std::unique_lock lock(impl_->mutex);
    return impl_->changed.wait_for(lock, std::chrono::seconds(10), [this] {
        return std::none_of(
            impl_->connections.begin(),
            impl_->connections.end(),
            [](const auto& c) { return c.open; }
        );
    });
}

}  // namespace support
