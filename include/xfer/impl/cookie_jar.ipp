// Which cookies are kept, and which are sent.
#pragma once

#include <xfer/cookie_jar.hpp>
#include <xfer/detail/cookie_time.hpp>
#include <xfer/detail/ip_text.hpp>
#include <xfer/detail/public_suffix.hpp>
#include <xfer/impl/cookie_store.ipp>
#include <xfer/proto/octets.hpp>
#include <xfer/proto/set_cookie.hpp>

#include <algorithm>
#include <mutex>
#include <optional>
#include <utility>

namespace XFER_NAMESPACE {
namespace detail {

[[nodiscard]] inline bool has_cookies(const url& u) noexcept {
    const std::string_view scheme = u.scheme();
    return u.host_kind() != host_kind::none && u.zone().empty() &&
           (scheme == "http" || scheme == "https" || scheme == "ws" || scheme == "wss");
}

/// Writes a domain as url::server_name() would; false when it is not a host.
[[nodiscard]] inline bool normalise_domain(std::string& domain) {
    if (domain.starts_with('.')) domain.erase(0, 1);
    if (domain.size() > cookie_jar::max_domain_size) return false;
    if (domain.find(':') != std::string::npos) {
        ipv6_groups groups;
        if (!parse_ipv6(domain, groups)) return false;
        domain.clear();
        append_ipv6(domain, groups);
        return true;
    }
    parsed_url parsed;
    // What the URL reads as more than a host, or writes in another way, was none.
    if (url::parse("http://" + domain + '/', parsed) ||
        !proto::iequals(parsed.target.host(), domain)) {
        return false;
    }
    domain = parsed.target.server_name();
    return true;
}

/// The cookie that a response from that URL wants; nullopt if it is not for this host
/// to set.
[[nodiscard]] inline std::optional<cookie> cookie_from(
    const proto::set_cookie& set, const url& from, std::chrono::sys_seconds now
) {
    const std::string_view host = from.server_name();
    const bool address = from.host_kind() != host_kind::name;
    cookie c;
    c.domain = host;
    if (!set.domain.empty()) {
        std::string domain(set.domain);
        std::transform(domain.begin(), domain.end(), domain.begin(), proto::to_lower);
        const bool same = domain == host;
        if (!same && (address || !proto::cookie_domain_matches(host, domain))) {
            return std::nullopt;
        }
        c.host_only = address || (same && is_public_suffix(domain));
        c.domain = std::move(domain);
    }
    c.name = set.name;
    c.value = set.value;
    c.path = set.path.empty() ? proto::default_cookie_path(from.path()) : set.path;
    c.expires = set.expires;
    c.same_site = set.same_site;
    c.secure = set.secure;
    c.http_only = set.http_only;
    c.creation = now;
    return c;
}

}  // namespace detail

struct cookie_jar::state {
    explicit state(const cookie_limits& limits) : cookies(limits) {}

    mutable std::mutex mutex;  // of the cookies
    detail::cookie_store cookies;
};

XFER_DECL cookie_jar::cookie_jar(cookie_limits limits)
    : state_(std::make_unique<state>(limits)) {}
XFER_DECL cookie_jar::~cookie_jar() = default;

XFER_DECL std::size_t cookie_jar::store(
    const url& from, fields_view response, time_point now
) {
    if (!detail::has_cookies(from)) return 0;
    const auto time = detail::whole_seconds(now);
    const bool secure_origin = detail::is_secure_origin(from);
    std::size_t seen = 0;
    std::size_t taken = 0;
    std::unique_lock lock(state_->mutex, std::defer_lock);
    for (const field line : response.all("Set-Cookie")) {
        if (++seen > max_per_response) break;
        const auto set = proto::parse_set_cookie(line.value, time);
        if (!set) continue;
        auto c = detail::cookie_from(*set, from, time);
        if (!c) continue;
        if (!lock) lock.lock();
        if (state_->cookies.insert(std::move(*c), secure_origin, time)) ++taken;
    }
    return taken;
}

XFER_DECL bool cookie_jar::add(cookie c, time_point now) {
    if (!detail::normalise_domain(c.domain)) return false;
    if (detail::is_address(c.domain)) c.host_only = true;
    const auto time = detail::whole_seconds(now);
    if (c.creation == std::chrono::sys_seconds{}) c.creation = time;
    const std::lock_guard lock(state_->mutex);
    return state_->cookies.insert(std::move(c), true, time);
}

XFER_DECL std::string cookie_jar::header(const url& to, time_point now) {
    std::string out;
    const std::string_view host = to.server_name();
    if (!detail::has_cookies(to) || host.size() > max_domain_size) return out;
    const auto time = detail::whole_seconds(now);
    const std::lock_guard lock(state_->mutex);
    std::size_t sent = 0;
    for (cookie* const found : state_->cookies.matching(to, time)) {
        cookie& c = *found;
        const std::size_t more = (out.empty() ? 0 : 2) + c.name.size() +
                                 (c.name.empty() ? 0 : 1) + c.value.size();
        if (sent == max_sent || out.size() + more > max_header_size) break;
        ++sent;
        if (!out.empty()) out += "; ";
        if (!c.name.empty()) out.append(c.name).append("=");
        out += c.value;
        c.last_access = time;
    }
    return out;
}

XFER_DECL std::vector<cookie> cookie_jar::cookies() const {
    const std::lock_guard lock(state_->mutex);
    return state_->cookies.in_order();
}

XFER_DECL std::size_t cookie_jar::remove(
    std::string_view domain, std::string_view path, std::string_view name
) {
    std::string host(domain);
    if (!detail::normalise_domain(host)) return 0;
    const std::lock_guard lock(state_->mutex);
    return state_->cookies.erase_if([&](const cookie& c) {
        return c.domain == host && c.path == path && c.name == name;
    });
}

XFER_DECL void cookie_jar::clear() noexcept {
    const std::lock_guard lock(state_->mutex);
    state_->cookies.clear();
}

XFER_DECL std::size_t cookie_jar::clear_session() {
    const std::lock_guard lock(state_->mutex);
    return state_->cookies.erase_if([](const cookie& c) { return !c.expires; });
}

XFER_DECL std::size_t cookie_jar::drop_expired(time_point now) {
    const auto time = detail::whole_seconds(now);
    const std::lock_guard lock(state_->mutex);
    return state_->cookies.erase_if([time](const cookie& c) {
        return detail::is_expired(c.expires, time);
    });
}

XFER_DECL std::size_t cookie_jar::size() const {
    const std::lock_guard lock(state_->mutex);
    return state_->cookies.size();
}

XFER_DECL bool cookie::operator==(const cookie&) const = default;

}  // namespace XFER_NAMESPACE
