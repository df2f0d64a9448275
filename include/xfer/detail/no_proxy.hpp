// The list of hosts that are reached without a proxy (NO_PROXY, CURLOPT_NOPROXY).
#pragma once

#include <xfer/config.hpp>

#include <memory>
#include <string_view>

namespace XFER_NAMESPACE {
class url;
}

namespace XFER_NAMESPACE::detail {

/// Entries are separated by commas and blanks. Each is one of
/// - `*`: every host;
/// - `example.com` or `.example.com`: that name and all below it, as curl has it;
/// - `*.example.com`: the names below it alone;
/// - an IPv4 or IPv6 address, with or without brackets, and `/n` for a whole network;
/// - any of these but a network with `:port` (IPv6 in brackets): for that port alone.
///   curl knows no ports here.
/// One dot at the end of a name says nothing, on either side. What is none of these
/// matches nothing. Names match names and addresses match addresses, each as it is
/// written in the URL: nothing is looked up, and ::ffff:192.0.2.1 is not 192.0.2.1. The
/// zone of an address is not looked at, whatever it holds.
class no_proxy {
 public:
    no_proxy() = default;
    XFER_DECL explicit no_proxy(std::string_view list);

    /// False for a URL without a host.
    [[nodiscard]] XFER_DECL bool matches(const url& target) const;

    [[nodiscard]] bool empty() const noexcept { return list_ == nullptr; }

    [[nodiscard]] XFER_DECL bool operator==(const no_proxy& other) const;

 private:
    struct entries;
    std::shared_ptr<const entries> list_;  // null: no entry
};

}  // namespace XFER_NAMESPACE::detail

#ifndef XFER_SEPARATE_COMPILATION
#include <xfer/detail/impl/no_proxy.ipp>
#endif
