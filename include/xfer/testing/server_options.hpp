// What the loopback server of xfer/testing/server.hpp is told at its start and what it
// can tell afterwards: plain values.
#pragma once

#include <xfer/config.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace XFER_NAMESPACE::testing {

/// Where and how a server listens. Every default serves plain http on a free port of
/// 127.0.0.1.
struct server_options {
    std::string address = "127.0.0.1";  ///< a literal address of this machine, or "::1"
    std::uint16_t port = 0;             ///< 0: a free one
    std::string unix_path;  ///< if not empty, listens there instead; removed at the end
    int backlog = 4096;     ///< of listen(2)
    bool accept = true;     ///< false: the kernel queues connections, nobody takes them

    std::string certificate_pem;  ///< if not empty: https. Leaf first, then its chain
    std::string key_pem;          ///< the leaf's private key, unencrypted
    std::string client_ca_pem;    ///< if not empty: asks for a client certificate of it
    bool client_certificate_required = true;    ///< without one the handshake fails
    std::vector<std::string> alpn{"http/1.1"};  ///< in order of preference; empty: none
    int tls_min_version = 0;  ///< 0x0303 is TLS 1.2, 0x0304 is 1.3; 0: no limit
    int tls_max_version = 0;  ///< likewise

    std::size_t max_requests_per_connection = 0;  ///< then closes; 0: no limit
    std::chrono::nanoseconds idle_timeout{0};  ///< closes a connection that waits for a
                                               ///< request this long; 0: never
    std::size_t head_limit = std::size_t(1) << 20;   ///< longer request heads get 431
    std::size_t body_limit = std::size_t(16) << 20;  ///< bytes of a body that are kept
    std::size_t log_limit = std::size_t(4) << 20;    ///< raw bytes kept of a connection
    std::size_t request_log_limit = 10000;  ///< requests kept; further ones are counted
};

/// One connection as the server saw it.
struct seen_connection {
    std::size_t number = 0;      ///< from 1, in the order of acceptance
    std::string raw;             ///< received (decrypted), up to log_limit
    std::uint64_t received = 0;  ///< bytes received (decrypted), kept or not
    std::uint64_t sent = 0;      ///< bytes sent (before encryption)
    std::size_t requests = 0;    ///< requests received
    bool open = false;           ///< not closed yet by either side
    bool secure = false;         ///< the TLS handshake succeeded
    bool resumed = false;        ///< it resumed an earlier session
    std::string server_name;     ///< SNI, or ""
    std::string alpn;            ///< the protocol agreed upon, or ""
    std::string tls_version;     ///< "TLSv1.3", or ""
    std::string client_subject;  ///< of the client's certificate, "CN=...", or ""
};

/// How often what has happened.
struct server_counts {
    std::size_t accepted = 0;    ///< connections
    std::size_t open = 0;        ///< of those, the ones still open
    std::size_t requests = 0;    ///< complete requests (heads, if answered early)
    std::size_t handshakes = 0;  ///< TLS handshakes that succeeded
    std::size_t resumed = 0;     ///< of those, the ones that resumed a session
    std::size_t failed_handshakes = 0;  ///< TLS handshakes that did not succeed
    std::uint64_t received = 0;         ///< bytes, decrypted
    std::uint64_t sent = 0;             ///< bytes, before encryption
};

}  // namespace XFER_NAMESPACE::testing
