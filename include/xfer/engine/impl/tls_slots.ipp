// TLS contexts, made off the loop.
#pragma once

#include <xfer/engine/state.hpp>
#include <xfer/net/tls_context.hpp>

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

namespace XFER_NAMESPACE::engine {

XFER_DECL tls_slot& state::tls_for(const tls& configuration) {
    for (auto& slot : tls_slots_) {
        if (slot.configuration == configuration) {
            return slot;
        }
    }
    if (tls_slots_.size() >= forget_tls_at_) {
        forget_unused_tls();
    }
    tls_slots_.emplace_back();
    tls_slots_.back().configuration = configuration;
    return tls_slots_.back();
}

/// Certificates are large: whoever changes them again and again is to hold those that
/// are in use. The next look is due when there are twice as many as are left now.
inline void state::forget_unused_tls() {
    scheduler_.forget_unused();
    std::erase_if(tls_slots_, [](const tls_slot& slot) {
        return !slot.loading && slot.context.use_count() <= 1;
    });
    forget_tls_at_ = std::max(2 * tls_slots_.size(), fewest_tls_slots);
}

XFER_DECL void state::load(tls_slot& slot) {
    if (slot.loading) {
        return;
    }
    struct loaded {
        std::shared_ptr<net::tls_context> context;
        std::error_code ec;
        std::string why;
    };
    const auto result = std::make_shared<loaded>();
    const auto configuration = slot.configuration;
    // The slot is found again by its configuration: this may all be gone by then.
    const std::weak_ptr<net::loop> weak = weak_from_this();
    auto arrival = net::write_letter([weak, configuration, result] {
        if (auto self = std::static_pointer_cast<state>(weak.lock())) {
            auto& s = self->tls_for(configuration);
            s.context = std::move(result->context);
            s.ec = result->ec;
            s.why = std::move(result->why);
            self->tls_loaded(s);
            self->turn(steps_per_turn);
        }
    });
    // The environment belongs to the user's threads, which may change it.
    auto job = [mail = mail(),
                arrival,
                configuration,
                result,
                named = net::named_authorities::from_environment()] {
        try {
            result->context =
                net::tls_context::make(configuration, result->ec, result->why, named);
        } catch (...) {  // nothing else is thrown there
            result->ec = error::out_of_memory;
        }
        net::tls_context::leave_thread();
        mail->deliver_at_last(arrival);
    };
    std::error_code ec;
    slot.loading = workers_->submit(std::move(job), ec) != 0;
    if (!slot.loading) {
        slot.ec = ec == std::errc::not_enough_memory ? error::out_of_memory
                                                     : error::tls_config_invalid;
        slot.why =
            "no thread could be started to read the certificates: " + ec.message();
        tls_loaded(slot);
    }
}

inline void state::tls_loaded(tls_slot& slot) {
    slot.loading = false;
    for (const auto id : std::exchange(slot.waiting, {})) {
        if (auto* t = find(id)) {
            t->wake_later();
        }
    }
}

}  // namespace XFER_NAMESPACE::engine
