// A secret that can be had only by naming the origin it belongs to.
#pragma once

#include <xfer/auth.hpp>
#include <xfer/detail/secret.hpp>
#include <xfer/url.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace XFER_NAMESPACE::proto {

/// A value and the origin (RFC 6454: scheme, host, port) that may be shown it. Nothing
/// else leads to the value: whoever writes to a peer names that peer, and a redirect to
/// another one finds nothing. A url without a host has no origin: what is bound to it
/// is never found. Equal if origins and values are.
template <class T>
class origin_bound {
 public:
    /// Bound to nothing, and so never found.
    origin_bound() = default;
    origin_bound(const url& owner, T value)
        : origin_(owner.origin()), value_(std::move(value)) {}

    /// The value if that URL is of the origin it is bound to, else null. Valid until
    /// this is assigned to, moved from, or gone.
    [[nodiscard]] const T* for_origin(const url& asking) const noexcept {
        return !origin_.empty() && asking.origin() == origin_ ? &value_ : nullptr;
    }
    /// Which origin that is, as url::origin() says it.
    [[nodiscard]] std::string_view origin() const noexcept { return origin_; }

    [[nodiscard]] friend bool operator==(
        const origin_bound& a, const origin_bound& b
    ) noexcept {
        return a.value_ == b.value_ && a.origin_ == b.origin_;
    }

 private:
    std::string origin_;
    T value_;
};

/// Octets, such as the value of an Authorization or Cookie field that a user set, bound
/// to the origin of the request they were set on. Overwritten when it goes, compared in
/// constant time, not printable.
class bound_secret {
 public:
    bound_secret() = default;
    bound_secret(const url& owner, std::string_view octets)
        : bound_(owner, detail::secret(octets)) {}

    /// The octets if that URL is of the origin they are bound to. Valid until this is
    /// assigned to, moved from, or gone.
    [[nodiscard]] std::optional<std::string_view> for_origin(const url& asking
    ) const noexcept {
        const detail::secret* const found = bound_.for_origin(asking);
        return found ? std::optional(found->view()) : std::nullopt;
    }
    [[nodiscard]] std::string_view origin() const noexcept { return bound_.origin(); }

    [[nodiscard]] friend bool operator==(
        const bound_secret& a, const bound_secret& b
    ) noexcept = default;

 private:
    origin_bound<detail::secret> bound_;
};

/// Credentials, bound to the origin of the request or to that of the proxy they were
/// given for.
using bound_credentials = origin_bound<credentials>;

}  // namespace XFER_NAMESPACE::proto
