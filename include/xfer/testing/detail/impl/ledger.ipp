// The bodies of xfer/testing/detail/ledger.hpp.
#pragma once

#include <xfer/testing/detail/ledger.hpp>

#include <algorithm>
#include <utility>

namespace XFER_NAMESPACE::testing::detail {

XFER_DECL std::size_t ledger::opened() {
    std::lock_guard lock(mutex_);
    ++counts_.accepted;
    ++counts_.open;
    seen_connection& c = connections_.emplace_back();
    c.number = connections_.size();
    c.open = true;
    changed_.notify_all();
    return c.number;
}

XFER_DECL void ledger::closed(std::size_t connection) {
    std::lock_guard lock(mutex_);
    seen_connection& c = connections_[connection - 1];
    if (std::exchange(c.open, false)) --counts_.open;
    changed_.notify_all();
}

XFER_DECL void ledger::received(std::size_t connection, std::string_view bytes) {
    std::lock_guard lock(mutex_);
    seen_connection& c = connections_[connection - 1];
    c.received += bytes.size();
    counts_.received += bytes.size();
    std::size_t room = log_limit_ - std::min(log_limit_, c.raw.size());
    c.raw.append(bytes.substr(0, room));
    changed_.notify_all();
}

XFER_DECL void ledger::sent(std::size_t connection, std::uint64_t bytes) {
    std::lock_guard lock(mutex_);
    connections_[connection - 1].sent += bytes;
    counts_.sent += bytes;
    changed_.notify_all();
}

XFER_DECL void ledger::handshake(
    std::size_t connection, bool good, seen_connection tls
) {
    std::lock_guard lock(mutex_);
    seen_connection& c = connections_[connection - 1];
    if (good) {
        ++counts_.handshakes;
        if (tls.resumed) ++counts_.resumed;
        c.secure = true;
        c.resumed = tls.resumed;
        c.server_name = std::move(tls.server_name);
        c.alpn = std::move(tls.alpn);
        c.tls_version = std::move(tls.tls_version);
        c.client_subject = std::move(tls.client_subject);
    } else {
        ++counts_.failed_handshakes;
    }
    changed_.notify_all();
}

XFER_DECL std::uint64_t ledger::request(seen_request& r) {
    std::lock_guard lock(mutex_);
    ++counts_.requests;
    r.number = ++connections_[r.connection - 1].requests;
    if (requests_.size() < request_limit_) requests_.push_back(r);
    changed_.notify_all();
    return releases_;
}

XFER_DECL void ledger::release() {
    std::lock_guard lock(mutex_);
    ++releases_;
}

XFER_DECL std::uint64_t ledger::releases() const {
    std::lock_guard lock(mutex_);
    return releases_;
}

XFER_DECL server_counts ledger::counts() const {
    std::lock_guard lock(mutex_);
    return counts_;
}

XFER_DECL std::vector<seen_connection> ledger::connections() const {
    std::lock_guard lock(mutex_);
    return connections_;
}

XFER_DECL std::vector<seen_request> ledger::requests() const {
    std::lock_guard lock(mutex_);
    return requests_;
}

XFER_DECL bool ledger::wait(
    const std::function<bool(const server_counts&)>& enough,
    std::chrono::nanoseconds timeout
) const {
    auto until = std::chrono::steady_clock::now() + timeout;
    std::unique_lock lock(mutex_);
    return changed_.wait_until(lock, until, [&] { return enough(counts_); });
}

}  // namespace XFER_NAMESPACE::testing::detail
