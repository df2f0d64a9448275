// A proxy on the loopback interface for tests: it forwards, makes tunnels and speaks
// SOCKS, breaks where it is told to, and remembers what it was told in clear.
#pragma once

#include <xfer/testing/certificate.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace support {

/// What a proxy does about a request's head.
struct proxy_answer {
    enum class then : std::uint8_t {
        serve,   ///< forwards the request, or makes the tunnel
        next,    ///< reads the next request
        close,   ///< closes the connection
        reset,   ///< resets it
        silent,  ///< says nothing more until the client closes
    };
    std::string say;             ///< sent first
    then goes_on = then::serve;  ///< then this
    std::string behind_reply;    ///< octets behind the 200 of a tunnel, in one write
    std::string established = "HTTP/1.1 200 Connection established\r\n\r\n";
};

/// One request as the proxy saw it.
struct proxy_request_seen {
    std::string head;            ///< with the empty line
    std::size_t connection = 0;  ///< from 1
    std::size_t number = 0;      ///< of that connection, from 1
    /// The value of the first field of that name, or "".
    [[nodiscard]] std::string field(std::string_view name) const;
    [[nodiscard]] std::string line() const { return head.substr(0, head.find('\r')); }
};

struct proxy_options {
    bool socks = false;                   ///< SOCKS of any version, or else HTTP
    xfer::testing::identity certificate;  ///< with one, TLS comes first
    std::string client_ca_pem;            ///< and asks for a certificate of this CA
    std::string user;                     ///< SOCKS5: asks for this user, if not empty
    std::string password;
    bool reads_proxy_line = false;  ///< a line of the PROXY protocol comes first
    std::size_t piece = 0;          ///< size of its writes before a tunnel; 0: whole
    std::string unix_path;          ///< listens there, not at a port
    /// What to do about a request; absent: serve. On the proxy's threads.
    std::function<proxy_answer(const proxy_request_seen&)> answer;
    /// What to say in place of a reply of SOCKS (step 1: the method, 2: the login, 3:
    /// the connection); another one is followed by the end of the connection, an
    /// empty one by silence. On the proxy's threads.
    std::function<std::string(int step, std::string usual)> socks_reply;
};

/// One connection of the proxy.
struct proxy_connection_seen {
    std::string proxy_line;   ///< of the PROXY protocol
    std::string clear;        ///< what the proxy could read, before a tunnel began
    std::string tunnelled;    ///< what went through it to the origin
    std::string destination;  ///< "a.test:80", as it was asked for
    std::string server_name;  ///< of TLS
    bool secure = false;      ///< the TLS handshake succeeded
    bool resumed = false;     ///< an earlier session was
    bool open = true;
};

/// Connects to 127.0.0.1 at the port that is asked for, whatever the host: a test's
/// names need not exist. Requests with a body need a Content-Length. Starts in its
/// constructor, stops in its destructor.
class test_proxy {
 public:
    explicit test_proxy(proxy_options o = {});
    test_proxy(const test_proxy&) = delete;
    test_proxy& operator=(const test_proxy&) = delete;
    ~test_proxy();

    [[nodiscard]] std::uint16_t port() const;
    /// "127.0.0.1:port" behind `scheme`://, with `user` if there is one ("u:p").
    [[nodiscard]] std::string url(std::string_view scheme, std::string_view user = {})
        const;

    [[nodiscard]] std::vector<proxy_connection_seen> log() const;
    [[nodiscard]] std::vector<proxy_request_seen> requests() const;
    [[nodiscard]] std::size_t connections() const;
    /// Waits until no connection is open any more; false after ten seconds.
    [[nodiscard]] bool wait_until_closed() const;

 private:
    struct impl;
    std::unique_ptr<impl> impl_;
};

/// An answer with a body that is counted.
[[nodiscard]] inline std::string proxy_reply(
    int status, std::string_view fields = {}, std::string_view body = "no"
) {
    return "HTTP/1.1 " + std::to_string(status) + " Said by the proxy\r\n" +
           std::string(fields) + "Content-Length: " + std::to_string(body.size()) +
           "\r\n\r\n" + std::string(body);
}

}  // namespace support

#include "support/test_proxy.ipp"
