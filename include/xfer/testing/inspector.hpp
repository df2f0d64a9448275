// What a test may see of a multi that users need not: whether everything has ended.
#pragma once

#include <xfer/engine/hub.hpp>
#include <xfer/multi.hpp>

#include <cstddef>
#include <memory>

namespace XFER_NAMESPACE::testing {

/// Looks into a multi; for xfer's own tests.
struct inspector {
    /// Coroutine frames and transfers that are alive. 0 once every transfer has ended
    /// and its completion was read.
    [[nodiscard]] static std::size_t live_blocks(const multi& m) {
        return m.state_->engine().frames().live();
    }
    /// Deadlines that are scheduled.
    [[nodiscard]] static bool any_deadline(const multi& m) {
        return m.state_->engine().timers().earliest().has_value();
    }
    /// Connection configurations that the multi remembers.
    [[nodiscard]] static std::size_t endpoints(const multi& m) {
        return m.state_->engine().scheduler().endpoints();
    }
    /// Hosts, with their ports, that the multi remembers.
    [[nodiscard]] static std::size_t hosts(const multi& m) {
        return m.state_->engine().scheduler().hosts();
    }
    /// TLS configurations that the multi remembers.
    [[nodiscard]] static std::size_t tls_configurations(const multi& m) {
        return m.state_->engine().tls_slots();
    }
    /// Expires when the multi's engine was freed, which is some time after the multi
    /// was destroyed: handlers of the loop may share it.
    [[nodiscard]] static std::weak_ptr<const void> engine(const multi& m) {
        return m.state_->shared_engine();
    }
};

}  // namespace XFER_NAMESPACE::testing
