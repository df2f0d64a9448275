// Telling traces of a transfer's steps.
#pragma once

#include <xfer/engine/state.hpp>
#include <xfer/engine/transfer.hpp>
#include <xfer/proto/redaction.hpp>

#include <string>
#include <string_view>
#include <type_traits>
#include <variant>
#include <vector>

namespace XFER_NAMESPACE::engine {

/// Whether the step comes before there is a connection, whatever was used before.
inline bool is_without_connection(const trace_event::step& what) noexcept {
    return std::holds_alternative<trace::queued>(what) ||
           std::holds_alternative<trace::started>(what) ||
           std::holds_alternative<trace::resolving>(what) ||
           std::holds_alternative<trace::resolved>(what) ||
           std::holds_alternative<trace::connecting>(what) ||
           std::holds_alternative<trace::connect_failed>(what);
}

/// The names of the fields that the user has for one origin alone: they are secrets.
inline std::vector<std::string_view> names_of_bound(const request& r) {
    std::vector<std::string_view> names;
    if (const auto* extra = r.extra()) {
        for (const auto& bound : extra->bound) {
            for (const auto& f : bound.fields) {
                names.push_back(f.name);
            }
        }
    }
    return names;
}

/// Calls f with the event as it may be shown.
template <class F>
void show(trace_event e, const trace_detail& detail, const request& r, const F& f) {
    const bool is_wire = e.as<trace::wire_sent>() || e.as<trace::wire_received>();
    if (is_wire && !detail.wire) {
        return;
    }
    std::string safe;
    const auto redact = [&](auto& step) {
        if constexpr (requires { step.text; }) {
            safe = proto::redacted(step.text, names_of_bound(r));
            step.text = safe;
        }
    };
    if (!detail.secrets) {
        std::visit(redact, e.what);
    }
    f(e);
}

XFER_DECL bool transfer::is_tapped() const noexcept {
    const auto* extra = request.extra();
    return (engine_.traces() && engine_.trace_detail().wire) ||
           (extra != nullptr && extra->on_trace && extra->trace.wire);
}

/// Calls `call(f, event)` for each of those who are told, f being a function that takes
/// the event.
template <class Call>
void transfer::for_each_trace(const trace_event::step& what, const Call& call) {
    trace_event e{id, 0, owner().now(), what};
    const auto& connection = response.info().connection;
    if (connection && !is_without_connection(what)) {
        e.connection = connection->id;
    }
    if (engine_.traces()) {
        const auto f = [&](const trace_event& shown) {
            engine_.trace()(shown);
            return std::error_code();
        };
        show(e, engine_.trace_detail(), request, [&](const trace_event& shown) {
            call(f, shown);
        });
    }
    const auto* extra = request.extra();
    if (extra != nullptr && extra->on_trace && !engine_.closing()) {
        show(e, extra->trace, request, [&](const trace_event& shown) {
            call(extra->on_trace, shown);
        });
    }
}

XFER_DECL void transfer::tell(const trace_event::step& what) {
    if (engine_.closing()) {
        return;
    }
    for_each_trace(what, [this](const auto& f, const trace_event& e) {
        // Where a step is told of nothing can fail: the transfer ends at its next wait.
        const auto refused = call_user(error::aborted_by_callback, f, e);
        if (refused && !interrupted()) {
            interrupt(refused);
        }
    });
}

XFER_DECL void transfer::tell_stage() {
    if (stage == stage::queued) {
        tell(trace::queued());
    } else if (stage == stage::waiting) {
        tell(trace::request_sent());
    }
}

XFER_DECL void transfer::tell_started() {
    tell(trace::started{request.method().name(), target().str_without_fragment()});
}

XFER_DECL void transfer::tell_response_head(const http::h1_exchange& x) {
    tell(trace::response_head{x.head().status, x.head_text()});
}

XFER_DECL void transfer::tell_request_body(std::string_view bytes) {
    if (!bytes.empty()) {
        tell(trace::request_body{bytes});
    }
}

XFER_DECL void transfer::tell_response_body(std::string_view bytes) {
    tell(trace::response_body{bytes});
}

XFER_DECL std::exception_ptr transfer::tell_end(std::string_view message) {
    std::exception_ptr thrown;
    const trace::done over{ec, message, response.info()};
    for_each_trace(over, [&](const auto& f, const trace_event& e) {
        try {
            static_cast<void>(f(e));  // there is nothing left to be ended
        } catch (...) {
            thrown = std::current_exception();
        }
    });
    return thrown;
}

}  // namespace XFER_NAMESPACE::engine
