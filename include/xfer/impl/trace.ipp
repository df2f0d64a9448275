// The names of a trace's steps.
#pragma once

#include <xfer/trace.hpp>

#include <iterator>

namespace XFER_NAMESPACE {

XFER_DECL std::string_view to_string(const trace_event& e) noexcept {
    constexpr std::string_view names[] = {
        "queued",        "started",        "resolving",     "resolved",
        "connecting",    "connect_failed", "connected",     "proxy",
        "secured",       "reused",         "request_head",  "request_body",
        "request_sent",  "interim_head",   "response_head", "response_body",
        "login",         "redirected",     "retried",       "wire_sent",
        "wire_received", "done",
    };
    static_assert(std::size(names) == std::variant_size_v<trace_event::step>);
    return names[e.what.index()];
}

}  // namespace XFER_NAMESPACE
