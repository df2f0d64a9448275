// TLS sessions of one configuration, kept to be resumed.
#pragma once

#include <xfer/config.hpp>
#include <xfer/net/openssl_ptr.hpp>

#include <cstddef>
#include <cstdint>
#include <ctime>
#include <list>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace XFER_NAMESPACE::net {

/// What the peer of a TLS connection is to the transfer. Their sessions never mix.
enum class tls_role : std::uint8_t { origin, proxy };

/// Sessions by peer, each in a copy of the cache's own. Holds what it is given: that a
/// session's peer was verified is for the caller to know. A mutex guards it because
/// several multis may share a configuration; on one strand it is never contended.
class tls_session_cache {
 public:
    /// At most `peers` peers are remembered; the one longest unused goes first. Each
    /// has at most `per_peer` sessions.
    explicit tls_session_cache(std::size_t peers = 256, std::size_t per_peer = 4)
        : max_peers_(peers), max_per_peer_(per_peer) {}

    /// The key of a peer.
    [[nodiscard]] XFER_DECL static std::string key(
        std::string_view host, std::uint16_t port, tls_role role
    );

    /// Keeps a session; one that has expired by `now` or cannot be resumed is dropped.
    XFER_DECL void put(
        const std::string& key, ssl_session_ptr session, std::time_t now
    );

    /// The newest session of the peer that has not expired, or null. One of TLS 1.3 is
    /// handed out once (RFC 8446 C.4); one of TLS 1.2 stays, and a copy is returned.
    [[nodiscard]] XFER_DECL ssl_session_ptr
    take(const std::string& key, std::time_t now);

    /// Drops the peer's sessions: resuming failed.
    XFER_DECL void forget(const std::string& key);

    /// How many sessions are held.
    [[nodiscard]] XFER_DECL std::size_t size() const;

 private:
    struct peer {
        std::string key;
        std::vector<ssl_session_ptr> sessions;  // newest last
    };

    std::size_t max_peers_;
    std::size_t max_per_peer_;
    mutable std::mutex mutex_;
    std::list<peer> peers_;  // most recently used first
    std::unordered_map<std::string, std::list<peer>::iterator> index_;
};

}  // namespace XFER_NAMESPACE::net

#ifndef XFER_SEPARATE_COMPILATION
#include <xfer/net/impl/tls_sessions.ipp>
#endif
