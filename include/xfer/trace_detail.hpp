// How much a trace shows.
#pragma once

#include <xfer/config.hpp>

namespace XFER_NAMESPACE {

// Defined in trace.hpp: for those who are told of it.
struct trace_event;

/// What a trace holds beside what may be shown to anyone.
struct trace_detail {
    /// Heads as they are. Without it the values of Authorization, Proxy-Authorization,
    /// Cookie, Set-Cookie and of the fields that have a name of header_for(), and user
    /// and password in the URLs of Location, Content-Location and Referer, are replaced
    /// by "[redacted]". Queries, other fields and bodies are shown in any case.
    bool secrets = false;
    /// wire_sent and wire_received as well (CURLOPT_DEBUGFUNCTION's data): all octets,
    /// of proxies too, with all secrets in them.
    bool wire = false;
};

}  // namespace XFER_NAMESPACE
