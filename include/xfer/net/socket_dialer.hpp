// Connections over sockets: names are resolved, addresses raced (RFC 8305).
#pragma once

#include <xfer/config.hpp>
#include <xfer/net/dialer.hpp>
#include <xfer/net/loop.hpp>
#include <xfer/net/resolver.hpp>

#include <asio/ip/address.hpp>

#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace XFER_NAMESPACE::net {

/// The dialer that a multi has unless it is given another.
class socket_dialer final : public dialer {
 public:
    /// How long an address is given before the next one is tried beside it (RFC 8305
    /// section 5 recommends this value).
    static constexpr auto attempt_delay = std::chrono::milliseconds(250);
    /// Attempts that wait for an answer at the same time: for one more the oldest ends.
    static constexpr std::size_t most_attempts = 6;

    explicit socket_dialer(std::shared_ptr<resolver> names)
        : names_(std::move(names)) {}

    [[nodiscard]] XFER_DECL task<void> dial(
        fiber& f,
        const dial_target& target,
        dial_observer& observer,
        dial_result& result
    ) override;
    [[nodiscard]] XFER_DECL task<std::error_code> look_up(
        fiber& f, std::string host, std::vector<std::string>& addresses
    ) override;

 private:
    [[nodiscard]] task<resolver::answer_ptr> resolve(
        fiber& f, std::string host, std::error_code& ec
    );
    [[nodiscard]] task<std::vector<asio::ip::address>> find(
        fiber& f, const dial_target& target, dial_result& result
    );
    [[nodiscard]] task<void> race(
        fiber& f,
        const dial_target& target,
        std::vector<asio::ip::address> addresses,
        dial_observer& observer,
        dial_result& result
    );
    [[nodiscard]] task<void> connect_unix(
        fiber& f,
        const dial_target& target,
        dial_observer& observer,
        dial_result& result
    );

    std::shared_ptr<resolver> names_;
};

}  // namespace XFER_NAMESPACE::net

#ifndef XFER_SEPARATE_COMPILATION
#include <xfer/net/impl/socket_dialer.ipp>
#endif
