// Who may transfer, who may connect, and which connection is used again.
#pragma once

#include <xfer/config.hpp>
#include <xfer/engine/endpoint.hpp>
#include <xfer/net/fiber.hpp>
#include <xfer/time_source.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <utility>

namespace XFER_NAMESPACE::engine {

struct admission_tag;

/// A transfer's place in the queue for a turn under max_transfers.
class admission : public detail::list_hook<admission_tag> {
 public:
    explicit admission(net::fiber& who) noexcept : who_(who) {}
    [[nodiscard]] net::fiber& who() noexcept { return who_; }
    bool granted = false;

 private:
    net::fiber& who_;
};

/// The limits that the scheduler keeps; 0 is no limit.
struct limits {
    std::size_t transfers = 0;
    std::size_t connections = 0;
    std::size_t connections_per_host = 0;
    std::size_t idle_connections = 0;
    duration idle_time{};
    duration connection_age{};
};

/// Queues and pool of one multi. Every hand-over is O(1): first come first served
/// within a host, in turns between hosts. Lowering a limit ends nothing that is in
/// progress.
class scheduler {
 public:
    explicit scheduler(const limits& l) : limits_(l) {}
    ~scheduler() { drop_idle(); }
    scheduler(const scheduler&) = delete;
    scheduler& operator=(const scheduler&) = delete;

    [[nodiscard]] XFER_DECL endpoint& intern(const connection_config_view& config);
    /// Forgets the endpoints and hosts that nobody uses and no connection rests at.
    XFER_DECL void forget_unused() noexcept;

    /// Grants a turn at once, or queues the admission, whose fiber is woken then.
    XFER_DECL void ask(admission& a);
    /// Gives a turn back, granted or not.
    XFER_DECL void leave(admission& a) noexcept;

    /// Grants an idle connection or the permission to open one at once, or queues the
    /// place, whose fiber is woken then.
    XFER_DECL void ask(endpoint& e, waiting_place& p, time_point now);
    /// Takes the place out of the queue, and back what it was granted and did not take.
    XFER_DECL void leave(endpoint& e, waiting_place& p) noexcept;

    /// A connection that ended well is used by the next, or kept.
    XFER_DECL void release(
        std::unique_ptr<pooled_connection> c, time_point now
    ) noexcept;
    /// A connection, or an attempt at one, is no more.
    XFER_DECL void closed(endpoint& e) noexcept;

    XFER_DECL void set_limits(const limits& l) noexcept;
    /// Closes every idle connection.
    XFER_DECL void drop_idle() noexcept;
    /// The connections that are busy now are not kept when they end.
    void drop_busy() noexcept { ++generation_; }
    [[nodiscard]] std::uint64_t generation() const noexcept { return generation_; }

    [[nodiscard]] std::size_t active() const noexcept { return active_; }
    [[nodiscard]] std::size_t connections() const noexcept { return connections_; }
    [[nodiscard]] std::size_t idle() const noexcept { return idle_count_; }
    [[nodiscard]] std::size_t waiting() const noexcept {
        return waiting_count_ + admissions_waiting_;
    }
    /// Configurations and hosts that are remembered.
    [[nodiscard]] std::size_t endpoints() const noexcept { return endpoints_.size(); }
    [[nodiscard]] std::size_t hosts() const noexcept { return hosts_.size(); }

 private:
    [[nodiscard]] bool has_room(endpoint& e) noexcept;
    [[nodiscard]] bool host_has_room(endpoint& e) noexcept;
    [[nodiscard]] bool total_has_room() noexcept;
    [[nodiscard]] std::unique_ptr<pooled_connection> reuse(
        endpoint& e, time_point now
    ) noexcept;
    [[nodiscard]] bool is_too_old(const pooled_connection& c, time_point now)
        const noexcept;
    void count_opened(endpoint& e) noexcept;
    void count_closed(endpoint& e) noexcept;
    void drop(pooled_connection& c) noexcept;
    std::unique_ptr<pooled_connection> unlist(pooled_connection& c) noexcept;
    void serve_admissions() noexcept;
    void serve_hosts() noexcept;
    /// Whether a host that the total limit keeps waiting has so much less than this one
    /// that a connection should change hands.
    [[nodiscard]] bool owes_another(const endpoint& e) noexcept;

    limits limits_;
    std::map<std::pair<std::string, std::uint16_t>, host_state> hosts_;
    std::unordered_map<
        connection_config,
        std::unique_ptr<endpoint>,
        connection_config_hash,
        connection_config_equal>
        endpoints_;
    endpoint* last_ = nullptr;
    /// So many endpoints make it look for those that nobody uses any more.
    std::size_t forget_at_ = 256;
    detail::intrusive_list<admission, admission_tag> admissions_;
    /// Endpoints with someone waiting, the one to be served next in front.
    detail::intrusive_list<endpoint, hosts_tag> hosts_waiting_;
    /// All idle connections, the one that rests longest in front.
    detail::intrusive_list<pooled_connection, idle_in_pool> idle_;
    std::size_t active_ = 0;
    std::size_t admissions_waiting_ = 0;
    std::size_t connections_ = 0;
    std::size_t idle_count_ = 0;
    std::size_t waiting_count_ = 0;
    std::uint64_t generation_ = 0;
};

}  // namespace XFER_NAMESPACE::engine

#ifndef XFER_SEPARATE_COMPILATION
#include <xfer/engine/impl/scheduler.ipp>
#endif
