// Counters of a multi.
#pragma once

#include <xfer/config.hpp>

#include <cstddef>
#include <cstdint>

namespace XFER_NAMESPACE {

/// A snapshot; see multi::stats().
struct stats {
    // Now.
    std::size_t running = 0;      ///< transfers in progress, queued ones included
    std::size_t queued = 0;       ///< of those, in stage::queued
    std::size_t paused = 0;       ///< of those, paused by pause()
    std::size_t unread = 0;       ///< completions that wait for info_read or async_next
    std::size_t connections = 0;  ///< open or being opened, idle ones included
    std::size_t idle_connections = 0;  ///< of those, kept and without a transfer

    // Since the multi was made.
    std::uint64_t added = 0;      ///< transfers, by add() and by async_*
    std::uint64_t succeeded = 0;  ///< completed without an error
    std::uint64_t failed = 0;     ///< completed with one, cancelled ones included
    std::uint64_t removed = 0;    ///< taken out by remove() before they completed
    std::uint64_t connections_opened = 0;  ///< that were connected, TLS apart
    std::uint64_t connections_reused = 0;  ///< requests sent on a used connection
    std::uint64_t resent = 0;  ///< requests sent again after an idle connection died
    std::uint64_t steps = 0;   ///< steps of transfers that were run
    std::uint64_t bytes_sent = 0;      ///< of request bodies, by transfers that ended
    std::uint64_t bytes_received = 0;  ///< of response bodies, likewise
};

}  // namespace XFER_NAMESPACE
