// The session cache: a list in order of use and an index into it.
#pragma once

#include <xfer/net/tls_sessions.hpp>

#include <utility>

namespace XFER_NAMESPACE::net {
namespace tls_detail {

inline bool resumable(const SSL_SESSION* session, std::time_t now) noexcept {
    return SSL_SESSION_is_resumable(session) == 1 &&
           now < static_cast<std::time_t>(SSL_SESSION_get_time(session)) +
                     static_cast<std::time_t>(SSL_SESSION_get_timeout(session));
}

}  // namespace tls_detail

XFER_DECL std::string tls_session_cache::key(
    std::string_view host, std::uint16_t port, tls_role role
) {
    std::string text = role == tls_role::proxy ? "proxy " : "origin ";
    text += std::to_string(port);
    text += ' ';
    text += host;
    return text;
}

XFER_DECL void tls_session_cache::put(
    const std::string& key, ssl_session_ptr session, std::time_t now
) {
    if (!session || !tls_detail::resumable(session.get(), now) || max_peers_ == 0 ||
        max_per_peer_ == 0) {
        return;
    }
    std::lock_guard lock(mutex_);
    auto found = index_.find(key);
    if (found == index_.end()) {
        if (peers_.size() == max_peers_) {
            index_.erase(peers_.back().key);
            peers_.pop_back();
        }
        peers_.push_front(peer{key, {}});
        found = index_.emplace(key, peers_.begin()).first;
    }
    peers_.splice(peers_.begin(), peers_, found->second);
    auto& sessions = found->second->sessions;
    if (sessions.size() == max_per_peer_) sessions.erase(sessions.begin());
    sessions.push_back(std::move(session));
}

XFER_DECL ssl_session_ptr
tls_session_cache::take(const std::string& key, std::time_t now) {
    std::lock_guard lock(mutex_);
    auto found = index_.find(key);
    if (found == index_.end()) return nullptr;
    auto place = found->second;
    ssl_session_ptr taken;
    while (!taken && !place->sessions.empty()) {
        auto& newest = place->sessions.back();
        bool usable = tls_detail::resumable(newest.get(), now);
        if (usable && SSL_SESSION_get_protocol_version(newest.get()) < TLS1_3_VERSION) {
            taken.reset(SSL_SESSION_dup(newest.get()));
            break;
        }
        if (usable) taken = std::move(newest);
        place->sessions.pop_back();
    }
    if (place->sessions.empty()) {
        index_.erase(found);
        peers_.erase(place);
    } else {
        peers_.splice(peers_.begin(), peers_, place);
    }
    return taken;
}

XFER_DECL void tls_session_cache::forget(const std::string& key) {
    std::lock_guard lock(mutex_);
    auto found = index_.find(key);
    if (found == index_.end()) return;
    peers_.erase(found->second);
    index_.erase(found);
}

XFER_DECL std::size_t tls_session_cache::size() const {
    std::lock_guard lock(mutex_);
    std::size_t count = 0;
    for (const auto& each : peers_) count += each.sessions.size();
    return count;
}

}  // namespace XFER_NAMESPACE::net
