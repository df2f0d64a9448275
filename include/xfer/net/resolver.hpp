// Host names to addresses: one lookup per name, cached, never blocking the caller.
#pragma once

#include <xfer/net/worker_pool.hpp>
#include <xfer/time_source.hpp>

#include <asio/ip/address.hpp>

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

namespace XFER_NAMESPACE::net {

/// Looks names up on the threads of a worker_pool. However many ask for a name, one
/// lookup runs; a name that hangs delays no other; and nobody ever waits for a thread:
/// not abandon(), not the destructor. Thread-safe; share it with std::shared_ptr.
class resolver {
    struct flight;

 public:
    /// What a lookup found.
    struct answer {
        /// None, or error::resolve_failed, no_descriptors or out_of_memory.
        std::error_code ec;
        /// What getaddrinfo returned (EAI_*), or an errno; 0 for success.
        int system_code = 0;
        /// The system's words for it; empty for success.
        std::string message;
        /// In the system's order of preference (RFC 6724); see address_order().
        std::vector<asio::ip::address> addresses;
    };
    using answer_ptr = std::shared_ptr<const answer>;

    /// Asks the system, blocking. Called on a worker thread, several at once. May
    /// throw (resolve_failed); no error but no address either is resolve_failed too.
    using system_function = std::function<answer(const std::string& host)>;

    struct settings {
        system_function system;  ///< empty: system_lookup()
        /// How long an answer is kept. getaddrinfo tells no time to live; 60 s is
        /// curl's default too.
        std::chrono::milliseconds keep = std::chrono::seconds(60);
        /// How long a failure is kept: enough to spare a dead name the requests of one
        /// burst, too short to be noticed once it comes to life. no_descriptors and
        /// out_of_memory are about this process, and are never kept.
        std::chrono::milliseconds keep_failure = std::chrono::seconds(1);
        /// Names kept at most; the least recently used goes first. 0 keeps nothing.
        std::size_t max_names = 1024;
        /// Stamps answers. Called on worker threads; must not throw. Empty: the steady
        /// clock.
        std::function<time_point()> clock;
    };

    /// Who waits for an answer.
    class listener {
     public:
        listener() = default;
        listener(const listener&) = delete;
        listener& operator=(const listener&) = delete;
        virtual ~listener() = default;
        /// Called once on a worker thread, never from inside lookup(), without a lock
        /// held. After abandon() or ~resolver returned, a call that had begun before
        /// may still be running: the listener's own memory is kept by the shared_ptr,
        /// what it refers to must be guarded by itself.
        virtual void resolved(answer_ptr found) noexcept = 0;

     private:
        friend class resolver;
        std::shared_ptr<flight> awaited_;  ///< guarded by the resolver's mutex
    };

    XFER_DECL resolver(std::shared_ptr<worker_pool> pool, settings s);
    explicit resolver(std::shared_ptr<worker_pool> pool)
        : resolver(std::move(pool), settings()) {}
    /// Does not wait. Listeners that were not called yet are released uncalled.
    XFER_DECL ~resolver();
    resolver(const resolver&) = delete;
    resolver& operator=(const resolver&) = delete;

    /// The answer, when it needs no waiting: an address, localhost, or a name in the
    /// cache; also the failure to begin (a host that is empty or holds a NUL; no thread
    /// to be had). Otherwise null, and `who` is called exactly once, unless abandoned
    /// or the resolver is destroyed. One listener waits for one lookup at a time. Names
    /// compare without regard to ASCII case.
    [[nodiscard]] XFER_DECL answer_ptr
    lookup(std::string_view host, time_point now, std::shared_ptr<listener> who);

    /// Takes back the lookup() that the listener waits for; harmless when there is
    /// none. When nobody is left waiting for the name, its lookup leaves the queue or
    /// is written off in the pool; the next one starts afresh. A late answer goes to
    /// the cache.
    XFER_DECL void abandon(listener& who) noexcept;

    /// Forgets all answers (the network has changed). Lookups under way still answer
    /// who waits, but are neither joined nor kept.
    XFER_DECL void clear() noexcept;

    /// The host itself, if it is an IPv4 address (four decimal parts) or an IPv6
    /// address without brackets, maybe with a zone ("fe80::1%eth0").
    [[nodiscard]] XFER_DECL static std::optional<asio::ip::address> literal(
        std::string_view host
    );

    /// Whether the host is localhost or below it, with or without a final dot: answered
    /// as ::1 and 127.0.0.1 without asking anyone (RFC 6761 section 6.3).
    [[nodiscard]] XFER_DECL static bool is_localhost(std::string_view host) noexcept;

    /// getaddrinfo, both families. Failing while no descriptor is left it says
    /// no_descriptors, which getaddrinfo itself reports as an unknown host.
    [[nodiscard]] XFER_DECL static answer system_lookup(const std::string& host);

 private:
    struct state;
    std::shared_ptr<worker_pool> pool_;
    std::shared_ptr<state> state_;
};

}  // namespace XFER_NAMESPACE::net

#ifndef XFER_SEPARATE_COMPILATION
#include <xfer/net/impl/resolver.ipp>
#endif
