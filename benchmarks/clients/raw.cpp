// The bound: an epoll loop written by hand, with just as much HTTP/1.1 as nginx's
// answers need, and no library but OpenSSL. It has no timeouts, no redirects, no limits
// and no mercy with a server that speaks otherwise.
#include "common.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace {

struct connection {
    int fd = -1;
    bool connected = false;
    bool in_body = false;
    bool closes = false;
    int status = 0;
    std::uint64_t body_size = 0;
    std::uint64_t body_read = 0;
    SSL* ssl = nullptr;
    std::string head;  // only while one is incomplete
};

class client {
 public:
    explicit client(const bench::job& j)
        : job_(j),
          request_(
              "GET " + j.path + " HTTP/1.1\r\nHost: " + j.host + ":" + j.port +
              "\r\n\r\n"
          ),
          block_(std::make_unique<char[]>(block_size)) {
        address_.sin_family = AF_INET;
        address_.sin_port = htons(static_cast<std::uint16_t>(bench::number(j.port)));
        if (::inet_pton(AF_INET, j.host.c_str(), &address_.sin_addr) != 1) {
            bench::fail("not an IPv4 address", j.host);
        }
        if (j.https) trust();
        if (j.what == bench::workload::save) {
            file_ = ::open("saved", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
            if (file_ < 0) bench::fail("cannot write \"saved\"");
        }
    }
    client(const client&) = delete;
    client& operator=(const client&) = delete;

    void transfer() {
        bench::tally tally(job_);
        tally_ = &tally;
        connections_.resize(job_.parallel);
        for (auto& c : connections_) {
            if (tally.start_one()) open(c);
        }
        while (!tally.done()) turn(-1);
        tally.print();
    }

    void idle() {
        connections_.reserve(bench::idle_warm_up + job_.total);
        bench::run_idle(
            job_,
            [&](std::size_t n) {
                while (n-- > 0) open(connections_.emplace_back());
            },
            [&] {
                while (turn(50)) {
                }
            },
            [&] { turn(0); }
        );
    }

 private:
    static constexpr std::size_t block_size = std::size_t{256} * 1024;

    void trust() {
        tls_ = SSL_CTX_new(TLS_client_method());
        SSL_CTX_set_verify(tls_, SSL_VERIFY_PEER, nullptr);
        SSL_CTX_set_mode(tls_, SSL_MODE_RELEASE_BUFFERS);
        // One recv for as many records as there are.
        SSL_CTX_set_read_ahead(tls_, 1);
        if (job_.what != bench::workload::idle && job_.parallel == 1) {
            SSL_CTX_set_default_read_buffer_len(tls_, block_size);
        }
        SSL_CTX_load_verify_locations(tls_, job_.ca_file.c_str(), nullptr);
        X509_VERIFY_PARAM_set1_ip_asc(SSL_CTX_get0_param(tls_), job_.host.c_str());
        // The newest session, for the next connection.
        SSL_CTX_set_session_cache_mode(
            tls_, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL
        );
        SSL_CTX_set_app_data(tls_, this);
        SSL_CTX_sess_set_new_cb(tls_, [](SSL* ssl, SSL_SESSION* session) {
            auto* self =
                static_cast<client*>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl)));
            SSL_SESSION_free(self->session_);
            self->session_ = session;
            return 1;
        });
    }

    void open(connection& c) {
        c.fd = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        if (c.fd < 0) bench::fail("socket", std::strerror(errno));
        const int on = 1;
        ::setsockopt(c.fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        const auto* a = reinterpret_cast<const sockaddr*>(&address_);
        if (::connect(c.fd, a, sizeof address_) != 0 && errno != EINPROGRESS) {
            bench::fail("connect", std::strerror(errno));
        }
        if (tls_) {
            c.ssl = SSL_new(tls_);
            SSL_set_fd(c.ssl, c.fd);
            if (session_) SSL_set_session(c.ssl, session_);
        }
        // Registered once, for all edges: no epoll_ctl afterwards.
        epoll_event e{};
        e.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
        e.data.u64 = static_cast<std::uint64_t>(&c - connections_.data());
        if (::epoll_ctl(epoll_, EPOLL_CTL_ADD, c.fd, &e) != 0) {
            bench::fail("epoll_ctl", std::strerror(errno));
        }
    }

    static void close(connection& c) {
        if (c.ssl) {
            SSL_shutdown(c.ssl);
            SSL_free(c.ssl);
        }
        ::close(c.fd);
        c = connection();
    }

    /// Waits so long (-1: for ever), then does what is ready. False: nothing was.
    bool turn(int milliseconds) {
        const int n = ::epoll_wait(
            epoll_, events_.data(), static_cast<int>(events_.size()), milliseconds
        );
        if (n < 0) bench::fail("epoll_wait", std::strerror(errno));
        for (int i = 0; i < n; ++i) {
            auto& c = connections_[events_[static_cast<std::size_t>(i)].data.u64];
            if (c.connected || connect(c)) read(c);
        }
        return n > 0;
    }

    bool connect(connection& c) {
        if (!c.ssl) {
            int error = 0;
            socklen_t size = sizeof error;
            ::getsockopt(c.fd, SOL_SOCKET, SO_ERROR, &error, &size);
            if (error != 0) bench::fail("connect", std::strerror(error));
        } else if (const int r = SSL_connect(c.ssl); r != 1) {
            const int why = SSL_get_error(c.ssl, r);
            if (why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE) return false;
            bench::fail("TLS", ERR_reason_error_string(ERR_get_error()));
        }
        c.connected = true;
        send(c);
        return true;
    }

    void send(connection& c) const {
        const auto size = request_.size();
        const auto sent =
            c.ssl ? SSL_write(c.ssl, request_.data(), static_cast<int>(size))
                  : ::send(c.fd, request_.data(), size, MSG_NOSIGNAL);
        if (sent != static_cast<ssize_t>(size)) bench::fail("the request was not sent");
    }

    /// At most a block; 0 at the end, -1 if there is nothing now.
    ssize_t receive(connection& c) const {
        if (c.ssl) return receive_tls(c);
        const auto n = ::recv(c.fd, block_.get(), block_size, 0);
        if (n < 0 && errno != EAGAIN) bench::fail("recv", std::strerror(errno));
        return n;
    }

    /// The same, of as many records as were read ahead.
    ssize_t receive_tls(connection& c) const {
        std::size_t have = 0;
        do {
            std::size_t n = 0;
            if (SSL_read_ex(c.ssl, block_.get() + have, block_size - have, &n) == 1) {
                have += n;
                continue;
            }
            const int why = SSL_get_error(c.ssl, 0);
            if (why != SSL_ERROR_WANT_READ && why != SSL_ERROR_ZERO_RETURN) {
                bench::fail("TLS", ERR_reason_error_string(ERR_get_error()));
            }
            if (have == 0) return why == SSL_ERROR_ZERO_RETURN ? 0 : -1;
            break;
        } while (have < block_size && SSL_has_pending(c.ssl));
        return static_cast<ssize_t>(have);
    }

    /// Reads until the socket is empty: an edge comes only once.
    void read(connection& c) {
        for (;;) {
            const auto n = receive(c);
            if (n < 0) return;
            if (n == 0) bench::fail("the server closed early");
            const auto size = static_cast<std::size_t>(n);
            take(c, std::string_view(block_.get(), size));
            if (c.in_body && c.body_read == c.body_size) {
                finish(c);
                return;
            }
            // A short read emptied the socket, unless TLS stood in between.
            if (!c.ssl && size < block_size) return;
        }
    }

    void take(connection& c, std::string_view data) {
        if (!c.in_body) {
            if (!c.head.empty()) {
                c.head += data;
                data = c.head;
            }
            const auto end = data.find("\r\n\r\n");
            if (end == data.npos) {
                if (c.head.empty()) c.head = data;
                return;
            }
            parse(c, data.substr(0, end + 2));
            data.remove_prefix(end + 4);
            c.in_body = true;
            c.body_read = data.size();
        } else {
            c.body_read += data.size();
        }
        if (file_ >= 0) save(data);
        c.head.clear();
    }

    static void parse(connection& c, std::string_view head) {
        constexpr std::string_view length = "\r\nContent-Length: ";
        const auto at = head.find(length);
        if (!head.starts_with("HTTP/1.1 ") || head.size() < 12 || at == head.npos) {
            bench::fail("not a head that this client understands", head);
        }
        c.status = (head[9] - '0') * 100 + (head[10] - '0') * 10 + (head[11] - '0');
        c.body_size = 0;
        for (auto i = at + length.size(); head[i] != '\r'; ++i) {
            c.body_size = c.body_size * 10 + static_cast<unsigned>(head[i] - '0');
        }
        c.closes = head.find("\r\nConnection: close") != head.npos;
    }

    void save(std::string_view data) const {
        while (!data.empty()) {
            const auto n = ::write(file_, data.data(), data.size());
            if (n < 0) bench::fail("write", std::strerror(errno));
            data.remove_prefix(static_cast<std::size_t>(n));
        }
    }

    void finish(connection& c) {
        tally_->finish_one(c.status, c.body_read);
        const bool more = tally_->start_one();
        if (c.closes) {
            close(c);
            if (more) open(c);
        } else if (more) {
            c.in_body = false;
            send(c);
        }
    }

    const bench::job& job_;
    const std::string request_;
    const std::unique_ptr<char[]> block_;
    sockaddr_in address_{};
    const int epoll_ = ::epoll_create1(EPOLL_CLOEXEC);
    std::array<epoll_event, 256> events_;
    std::vector<connection> connections_;
    bench::tally* tally_ = nullptr;
    SSL_CTX* tls_ = nullptr;
    SSL_SESSION* session_ = nullptr;
    int file_ = -1;
};

}  // namespace

int main(int argc, char** argv) {
    return bench::run_client(
        argc,
        argv,
        OpenSSL_version(OPENSSL_VERSION),
        [](const bench::job& j) { client(j).transfer(); },
        [](const bench::job& j) { client(j).idle(); }
    );
}
