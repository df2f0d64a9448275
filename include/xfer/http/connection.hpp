// A connection as the pool keeps it and an exchange uses it.
#pragma once

#include <xfer/detail/intrusive_list.hpp>
#include <xfer/info.hpp>
#include <xfer/net/transport.hpp>
#include <xfer/time_source.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

namespace XFER_NAMESPACE::http {

/// An open stream to one endpoint.
struct connection {
    connection(
        std::unique_ptr<net::transport> s, std::shared_ptr<const connection_facts> f
    )
        : stream(std::move(s)), facts(std::move(f)) {}

    std::unique_ptr<net::transport> stream;
    std::shared_ptr<const connection_facts> facts;
    /// How many requests it has carried before the present one.
    std::uint64_t requests = 0;
    /// Its server answered in HTTP/1.0: it may not know chunks (RFC 9112 6.1).
    bool http_1_0 = false;
    time_point opened_at{};
    time_point idle_since{};
};

}  // namespace XFER_NAMESPACE::http
