// A network in memory, for settings.dialer: fake hosts, and what can go wrong on the
// way to them.
#pragma once

#include <xfer/config.hpp>
#include <xfer/detail/intrusive_list.hpp>
#include <xfer/error.hpp>
#include <xfer/net/dialer.hpp>
#include <xfer/testing/memory_transport.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace XFER_NAMESPACE::testing {

namespace detail {
struct dialing_tag;
class dialing;
}  // namespace detail

/// Hosts that exist only in a test: no sockets, no resolver, no time that passes. Give
/// it to a multi, or to several on one thread, as settings.dialer:
///
///     auto network = std::make_shared<testing::memory_network>();
///     testing::memory_server server(*network, "a.test", 80, "hello");
///     xfer::multi m({.dialer = network});
///     m.add("http://a.test/");
///
/// A dial passes the same points as one over sockets: the transfer goes through its
/// stages (resolving, connecting), its timeouts count, and an interrupt ends it at once
/// wherever it hangs. What a host was told to do holds for all its ports, from the next
/// dial on. A name that nobody listens at does not resolve; a port that nobody listens
/// at refuses. Only plain connections: an https URL needs a peer that speaks TLS.
///
/// Of xfer::network it knows connect_to(), resolve() (the first address is the host's
/// name here) and address_filter() (for hosts that are addresses); there are no sockets
/// that the rest would be about. An abstract unix socket has an '@' in front.
///
/// Not thread-safe; everything on the multi's thread.
class memory_network final : public net::dialer {
 public:
    /// Gets the other end of each new connection, before the transfer goes on. May
    /// throw nothing.
    using acceptor = std::function<void(const std::shared_ptr<memory_peer>&)>;

    /// Without any host.
    XFER_DECL memory_network();
    /// Connections that are open go on; dials must have ended, which a multi sees to.
    XFER_DECL ~memory_network() override;

    /// Accepts connections to a host (as the URL has it, in lower case; an IPv6 literal
    /// without brackets) and a port. Replaces what listened there before.
    XFER_DECL void listen(std::string host, std::uint16_t port, acceptor a);
    /// From now on the port refuses; open connections go on.
    XFER_DECL void stop_listening(const std::string& host, std::uint16_t port);

    // What happens to those who dial a host.

    /// The lookup of the name does not end before release().
    XFER_DECL void hang_resolving(const std::string& host);
    /// The connection does not come about before release().
    XFER_DECL void hang_connecting(const std::string& host);
    /// Whoever hangs goes on, and nobody hangs there any more.
    XFER_DECL void release(const std::string& host);
    /// The name has no address. An empty code: it has one again.
    XFER_DECL void fail_resolving(
        const std::string& host, std::error_code ec = error::resolve_failed
    );
    /// The host refuses with this cause. An empty code: it no longer does.
    XFER_DECL void refuse(
        const std::string& host,
        std::error_code cause = std::make_error_code(std::errc::connection_refused)
    );
    /// Called with each new connection to the host before its acceptor, whoever that
    /// is: to choke it, for instance. An empty function: no longer.
    XFER_DECL void on_connect(const std::string& host, acceptor f);
    /// How connections to the host move their bytes.
    XFER_DECL void shape(const std::string& host, memory_options o);

    // What has happened.

    /// Dials that were begun, in all.
    [[nodiscard]] std::size_t dials() const noexcept { return dials_; }
    /// Of one host; 0 for a name that nobody dialled.
    [[nodiscard]] XFER_DECL std::size_t dials(const std::string& host) const;
    /// Connections that came about, in all.
    [[nodiscard]] std::size_t connections() const noexcept { return peers_.size(); }
    /// To one host; 0 for a name that nobody dialled.
    [[nodiscard]] XFER_DECL std::size_t connections(const std::string& host) const;
    /// Those that the other side has not closed.
    [[nodiscard]] XFER_DECL std::size_t open_connections() const;
    /// Dials that hang at this moment.
    [[nodiscard]] std::size_t hanging() const noexcept { return hanging_; }
    /// The n-th connection, from 0, in the order in which they came about.
    [[nodiscard]] const std::shared_ptr<memory_peer>& peer(std::size_t n) const {
        return peers_.at(n);
    }
    /// The latest connection; there must be one.
    [[nodiscard]] const std::shared_ptr<memory_peer>& last_peer() const {
        return peers_.back();
    }

    /// Called by the multi for each connection that it opens.
    [[nodiscard]] XFER_DECL net::task<void> dial(
        net::fiber& f,
        const net::dial_target& target,
        net::dial_observer& observer,
        net::dial_result& result
    ) override;

 private:
    friend class detail::dialing;
    struct host_state {
        bool hangs_resolving = false;
        bool hangs_connecting = false;
        std::error_code resolve_error;
        std::error_code connect_error;
        memory_options options;
        acceptor before_accepting;
        std::size_t dials = 0;
        std::size_t connections = 0;
        xfer::detail::intrusive_list<detail::dialing, detail::dialing_tag> hanging;
    };
    [[nodiscard]] host_state& at(const std::string& host) { return hosts_[host]; }
    [[nodiscard]] bool exists(const std::string& host) const;
    void connect(
        net::fiber& f,
        const net::dial_target& target,
        host_state& host,
        net::dial_result& result
    );

    std::map<std::string, host_state> hosts_;
    std::map<std::pair<std::string, std::uint16_t>, acceptor> listening_;
    std::vector<std::shared_ptr<memory_peer>> peers_;
    std::size_t dials_ = 0;
    std::size_t hanging_ = 0;
};

}  // namespace XFER_NAMESPACE::testing

#ifndef XFER_SEPARATE_COMPILATION
#include <xfer/testing/impl/memory_network.ipp>
#endif
