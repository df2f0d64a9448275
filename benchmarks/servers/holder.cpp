// A server that accepts, reads and never answers, so that transfers wait.
//
// Usage: holder [CERTIFICATE KEY]   with these it speaks TLS
// Prints its port, on 127.0.0.1. Answers each line on standard input with the number of
// requests (connections that have sent something) since the line before. Ends with the
// end of its input.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <unordered_map>

namespace {

[[noreturn]] void fail(const char* what) {
    std::perror(what);
    std::exit(1);
}

struct guest {
    SSL* ssl = nullptr;
    bool has_sent = false;
};

class holder {
 public:
    holder(const char* certificate, const char* key) {
        if (certificate) {
            tls_ = SSL_CTX_new(TLS_server_method());
            SSL_CTX_set_mode(tls_, SSL_MODE_RELEASE_BUFFERS);
            if (SSL_CTX_use_certificate_chain_file(tls_, certificate) != 1 ||
                SSL_CTX_use_PrivateKey_file(tls_, key, SSL_FILETYPE_PEM) != 1) {
                fail("certificate");
            }
        }
        sockaddr_in at{};
        at.sin_family = AF_INET;
        at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof at;
        auto* address = reinterpret_cast<sockaddr*>(&at);
        if (::bind(listener_, address, size) != 0 || ::listen(listener_, 4096) != 0) {
            fail("listen");
        }
        ::getsockname(listener_, address, &size);
        watch(listener_);
        watch(STDIN_FILENO);
        print(ntohs(at.sin_port));
    }

    void serve() {
        std::array<epoll_event, 256> events;
        for (;;) {
            const int n = ::epoll_wait(epoll_, events.data(), events.size(), -1);
            for (int i = 0; i < n; ++i) {
                const int fd = events[static_cast<std::size_t>(i)].data.fd;
                if (fd == listener_) {
                    accept();
                } else if (fd == STDIN_FILENO) {
                    if (!answer()) return;
                } else if (!hold(guests_[fd], fd)) {
                    SSL_free(guests_[fd].ssl);
                    guests_.erase(fd);
                    ::close(fd);
                }
            }
        }
    }

 private:
    static void print(unsigned n) {
        std::printf("%u\n", n);
        std::fflush(stdout);
    }

    void watch(int fd) const {
        epoll_event e{};
        e.events = EPOLLIN;
        e.data.fd = fd;
        if (::epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &e) != 0) fail("epoll_ctl");
    }

    void accept() {
        const int fd =
            ::accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0) fail("accept");
        auto& g = guests_[fd];
        if (tls_) {
            g.ssl = SSL_new(tls_);
            SSL_set_fd(g.ssl, fd);
            SSL_set_accept_state(g.ssl);
        }
        watch(fd);
    }

    /// Reads what there is. False: the guest has gone.
    bool hold(guest& g, int fd) {
        for (;;) {
            const auto n =
                g.ssl ? SSL_read(g.ssl, block_.data(), static_cast<int>(block_.size()))
                      : ::recv(fd, block_.data(), block_.size(), 0);
            if (n > 0) {
                requests_ += g.has_sent ? 0U : 1U;
                g.has_sent = true;
            } else if (g.ssl) {
                return SSL_get_error(g.ssl, static_cast<int>(n)) == SSL_ERROR_WANT_READ;
            } else {
                return n < 0;
            }
        }
    }

    /// False at the end of the input.
    bool answer() {
        if (::read(STDIN_FILENO, block_.data(), block_.size()) <= 0) return false;
        print(requests_);
        requests_ = 0;
        return true;
    }

    const int epoll_ = ::epoll_create1(EPOLL_CLOEXEC);
    const int listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    SSL_CTX* tls_ = nullptr;
    std::unordered_map<int, guest> guests_;
    std::array<char, 4096> block_;
    unsigned requests_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
    rlimit limit{};
    ::getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);
    holder(argc == 3 ? argv[1] : nullptr, argc == 3 ? argv[2] : nullptr).serve();
}
