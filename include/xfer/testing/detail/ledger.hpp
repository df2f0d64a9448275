// What the loopback server has seen: written on its thread, read and waited for by the
// test's.
#pragma once

#include <xfer/config.hpp>
#include <xfer/testing/script.hpp>
#include <xfer/testing/server_options.hpp>

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace XFER_NAMESPACE::testing::detail {

/// Counts and logs under one mutex; whatever changes them wakes those who wait.
class ledger {
 public:
    ledger(std::size_t log_limit, std::size_t request_limit)
        : log_limit_(log_limit), request_limit_(request_limit) {}

    /// A connection was accepted; its number.
    [[nodiscard]] XFER_DECL std::size_t opened();
    XFER_DECL void closed(std::size_t connection);
    XFER_DECL void received(std::size_t connection, std::string_view bytes);
    XFER_DECL void sent(std::size_t connection, std::uint64_t bytes);
    /// A handshake ended; on success `tls` says what was agreed upon.
    XFER_DECL void handshake(
        std::size_t connection, bool good, seen_connection tls = {}
    );
    /// Counts the request and gives it its numbers; returns the releases so far.
    [[nodiscard]] XFER_DECL std::uint64_t request(seen_request& r);
    /// One more release; the number of all.
    XFER_DECL void release();
    [[nodiscard]] XFER_DECL std::uint64_t releases() const;

    [[nodiscard]] XFER_DECL server_counts counts() const;
    [[nodiscard]] XFER_DECL std::vector<seen_connection> connections() const;
    [[nodiscard]] XFER_DECL std::vector<seen_request> requests() const;
    [[nodiscard]] XFER_DECL bool wait(
        const std::function<bool(const server_counts&)>& enough,
        std::chrono::nanoseconds timeout
    ) const;

 private:
    const std::size_t log_limit_;
    const std::size_t request_limit_;
    mutable std::mutex mutex_;
    mutable std::condition_variable changed_;
    server_counts counts_;
    std::vector<seen_connection> connections_;
    std::vector<seen_request> requests_;
    std::uint64_t releases_ = 0;
};

}  // namespace XFER_NAMESPACE::testing::detail

#ifndef XFER_SEPARATE_COMPILATION
#include <xfer/testing/detail/impl/ledger.ipp>
#endif
