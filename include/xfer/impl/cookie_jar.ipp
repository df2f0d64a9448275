// Which cookies are kept, and which are sent.
#pragma once

#include <xfer/cookie_jar.hpp>
#include <xfer/detail/cookie_time.hpp>
#include <xfer/detail/ip_text.hpp>
#include <xfer/detail/public_suffix.hpp>
#include <xfer/proto/octets.hpp>
#include <xfer/proto/set_cookie.hpp>

#include <algorithm>
#include <optional>
#include <utility>

namespace XFER_NAMESPACE {
namespace detail {

[[nodiscard]] inline bool has_cookies(const url& u) noexcept {
    const std::string_view scheme = u.scheme();
    return u.host_kind() != host_kind::none && u.zone().empty() &&
           (scheme == "http" || scheme == "https" || scheme == "ws" || scheme == "wss");
}

/// Whether nobody on the way can read or change what is exchanged with that URL.
[[nodiscard]] inline bool is_secure_origin(const url& u) noexcept {
    const std::string_view host = u.server_name();
    return u.scheme() == "https" || u.scheme() == "wss" || host == "localhost" ||
           host == "127.0.0.1" || host == "::1";
}

[[nodiscard]] inline bool is_address(std::string_view host) noexcept {
    return host.find(':') != std::string_view::npos || is_dotted_quad(host);
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

/// Whether the cookie can go into a Cookie field without becoming something else.
[[nodiscard]] inline bool is_well_formed(const cookie& c) noexcept {
    const auto clean = [](std::string_view text) {
        return proto::is_field_value(text) &&
               text.find(';') == std::string_view::npos &&
               proto::trimmed(text).size() == text.size();
    };
    const std::size_t size = c.name.size() + c.value.size();
    return size > 0 && size <= proto::max_cookie_size && clean(c.name) &&
           clean(c.value) && c.name.find('=') == std::string::npos &&
           proto::is_field_value(c.path) && c.path.starts_with('/') &&
           c.path.size() <= cookie_jar::max_path_size &&
           c.domain.size() <= cookie_jar::max_domain_size;
}

/// What a server takes for the cookie's name: one without a name is its value alone.
[[nodiscard]] inline std::string_view name_seen(const cookie& c) noexcept {
    const std::string_view value = c.value;
    return c.name.empty() ? value.substr(0, value.find('=')) : std::string_view(c.name);
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

XFER_DECL bool cookie_jar::by_suffix::operator()(std::string_view a, std::string_view b)
    const noexcept {
    return std::lexicographical_compare(a.rbegin(), a.rend(), b.rbegin(), b.rend());
}

XFER_DECL bool cookie_jar::is_older(const entry& a, const entry& b) noexcept {
    return std::pair(a.value.creation, a.serial) <
           std::pair(b.value.creation, b.serial);
}

XFER_DECL std::size_t cookie_jar::store(
    const url& from, fields_view response, time_point now
) {
    if (!detail::has_cookies(from)) return 0;
    const seconds time = detail::whole_seconds(now);
    const bool secure_origin = detail::is_secure_origin(from);
    std::size_t seen = 0;
    std::size_t taken = 0;
    std::unique_lock lock(mutex_, std::defer_lock);
    for (const field line : response.all("Set-Cookie")) {
        if (++seen > max_per_response) break;
        const auto set = proto::parse_set_cookie(line.value, time);
        if (!set) continue;
        auto c = detail::cookie_from(*set, from, time);
        if (!c) continue;
        if (!lock) lock.lock();
        if (insert(std::move(*c), secure_origin, time)) ++taken;
    }
    return taken;
}

XFER_DECL bool cookie_jar::add(cookie c, time_point now) {
    if (!detail::normalise_domain(c.domain)) return false;
    if (detail::is_address(c.domain)) c.host_only = true;
    const seconds time = detail::whole_seconds(now);
    if (c.creation == seconds{}) c.creation = time;
    const std::lock_guard lock(mutex_);
    return insert(std::move(c), true, time);
}

/// The one way into the jar, with all of its rules.
XFER_DECL bool cookie_jar::insert(cookie c, bool secure_origin, seconds now) {
    if (!detail::is_well_formed(c) ||
        !proto::cookie_prefix_holds(c.name, c.value, c.secure, c.host_only, c.path)) {
        return false;
    }
    if (!c.host_only &&
        (detail::is_address(c.domain) || detail::is_public_suffix(c.domain))) {
        return false;
    }
    if (!secure_origin && (c.secure || would_shadow_secure(c))) return false;
    if (c.expires) c.expires = proto::limited_cookie_expiry(*c.expires, now);
    c.last_access = now;

    auto place = domains_.find(std::string_view(c.domain));
    entries* const list = place == domains_.end() ? nullptr : &place->second;
    const auto is_same = [&c](const entry& e) {
        return e.value.name == c.name && e.value.path == c.path &&
               e.value.host_only == c.host_only;
    };
    if (list != nullptr) {
        const auto old = std::find_if(list->begin(), list->end(), is_same);
        if (old != list->end()) {
            if (!detail::is_expired(c.expires, now)) {
                c.creation = old->value.creation;
                old->value = std::move(c);
                return true;
            }
            list->erase(old);
            --size_;
            if (list->empty()) domains_.erase(place);
            return true;
        }
    }
    if (detail::is_expired(c.expires, now)) return true;
    if (list == nullptr) place = domains_.emplace(c.domain, entries()).first;
    place->second.push_back({std::move(c), next_serial_++});
    ++size_;
    make_room(place, now);
    return true;
}

/// Whether a secure cookie of that name might go to a request that this one goes to.
/// RFC 6265bis lets a cookie for "/" pass beside a secure one for "/x": a server that
/// takes the last of two would then take what anyone on the way has set.
XFER_DECL bool cookie_jar::would_shadow_secure(const cookie& c) const noexcept {
    const std::string_view name = detail::name_seen(c);
    const auto collides = [&](const entry& e) {
        return e.value.secure && detail::name_seen(e.value) == name &&
               (proto::cookie_path_matches(c.path, e.value.path) ||
                proto::cookie_path_matches(e.value.path, c.path));
    };
    const auto any_in = [&](const entries& list) {
        return std::any_of(list.begin(), list.end(), collides);
    };
    for (std::string_view above = c.domain;;) {
        const std::size_t dot = above.find('.');
        if (dot == std::string_view::npos) break;
        above.remove_prefix(dot + 1);
        const auto found = domains_.find(above);
        if (found != domains_.end() && any_in(found->second)) return true;
    }
    for (auto at = domains_.lower_bound(std::string_view(c.domain));
         at != domains_.end() && at->first.ends_with(c.domain);
         ++at) {
        if (proto::cookie_domain_matches(at->first, c.domain) && any_in(at->second)) {
            return true;
        }
    }
    return false;
}

/// Brings the jar back under its limits after one cookie was added.
XFER_DECL void cookie_jar::make_room(domains::iterator used, seconds now) {
    if (used->second.size() <= limits_.per_domain && size_ <= limits_.total) return;
    // The new one has not expired, so its domain stays.
    erase_if([now](const cookie& c) { return detail::is_expired(c.expires, now); });
    if (used->second.size() > limits_.per_domain) evict_from(used, true);
    if (size_ > limits_.total) evict_one();
}

/// Removes the cookie of the domain that was not used for longest.
XFER_DECL void cookie_jar::evict_from(domains::iterator domain, bool insecure_first) {
    entries& list = domain->second;
    const auto victim = std::min_element(
        list.begin(),
        list.end(),
        [insecure_first](const entry& a, const entry& b) {
            if (insecure_first && a.value.secure != b.value.secure)
                return b.value.secure;
            return std::pair(a.value.last_access, a.serial) <
                   std::pair(b.value.last_access, b.serial);
        }
    );
    list.erase(victim);
    --size_;
    if (list.empty()) domains_.erase(domain);
}

/// Removes the cookie of all that was not used for longest.
XFER_DECL void cookie_jar::evict_one() {
    auto victim = domains_.end();
    std::pair<seconds, std::uint64_t> longest;
    for (auto at = domains_.begin(); at != domains_.end(); ++at) {
        for (const entry& e : at->second) {
            const std::pair unused(e.value.last_access, e.serial);
            if (victim == domains_.end() || unused < longest) {
                victim = at;
                longest = unused;
            }
        }
    }
    if (victim != domains_.end()) evict_from(victim, false);
}

XFER_DECL std::vector<cookie_jar::entry*> cookie_jar::matching(
    const url& to, std::string_view host, seconds now
) {
    std::vector<entry*> found;
    const bool secure = detail::is_secure_origin(to);
    const bool address = to.host_kind() != host_kind::name;
    for (std::string_view domain = host;;) {
        if (const auto place = domains_.find(domain); place != domains_.end()) {
            for (entry& e : place->second) {
                const cookie& c = e.value;
                if ((!c.host_only || domain.size() == host.size()) &&
                    (!c.secure || secure) && !detail::is_expired(c.expires, now) &&
                    proto::cookie_path_matches(to.path(), c.path)) {
                    found.push_back(&e);
                }
            }
        }
        const std::size_t dot = domain.find('.');
        if (address || dot == std::string_view::npos) break;
        domain.remove_prefix(dot + 1);
    }
    std::sort(found.begin(), found.end(), [](const entry* a, const entry* b) {
        if (a->value.path.size() != b->value.path.size()) {
            return a->value.path.size() > b->value.path.size();
        }
        return is_older(*a, *b);
    });
    return found;
}

XFER_DECL std::string cookie_jar::header(const url& to, time_point now) {
    std::string out;
    const std::string_view host = to.server_name();
    if (!detail::has_cookies(to) || host.size() > max_domain_size) return out;
    const seconds time = detail::whole_seconds(now);
    const std::lock_guard lock(mutex_);
    std::size_t sent = 0;
    for (entry* const e : matching(to, host, time)) {
        cookie& c = e->value;
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

template <class Predicate>
std::size_t cookie_jar::erase_if(Predicate predicate) {
    std::size_t removed = 0;
    for (auto at = domains_.begin(); at != domains_.end();) {
        removed += std::erase_if(at->second, [&](const entry& e) {
            return predicate(e.value);
        });
        at = at->second.empty() ? domains_.erase(at) : std::next(at);
    }
    size_ -= removed;
    return removed;
}

XFER_DECL std::vector<cookie> cookie_jar::cookies() const {
    const std::lock_guard lock(mutex_);
    std::vector<const entry*> all;
    all.reserve(size_);
    for (const auto& [domain, list] : domains_) {
        for (const entry& e : list) all.push_back(&e);
    }
    std::sort(all.begin(), all.end(), [](const entry* a, const entry* b) {
        return is_older(*a, *b);
    });
    std::vector<cookie> copies;
    copies.reserve(all.size());
    for (const entry* const e : all) copies.push_back(e->value);
    return copies;
}

XFER_DECL std::size_t cookie_jar::remove(
    std::string_view domain, std::string_view path, std::string_view name
) {
    std::string host(domain);
    if (!detail::normalise_domain(host)) return 0;
    const std::lock_guard lock(mutex_);
    return erase_if([&](const cookie& c) {
        return c.domain == host && c.path == path && c.name == name;
    });
}

XFER_DECL void cookie_jar::clear() noexcept {
    const std::lock_guard lock(mutex_);
    domains_.clear();
    size_ = 0;
}

XFER_DECL std::size_t cookie_jar::clear_session() {
    const std::lock_guard lock(mutex_);
    return erase_if([](const cookie& c) { return !c.expires; });
}

XFER_DECL std::size_t cookie_jar::drop_expired(time_point now) {
    const seconds time = detail::whole_seconds(now);
    const std::lock_guard lock(mutex_);
    return erase_if([time](const cookie& c) {
        return detail::is_expired(c.expires, time);
    });
}

XFER_DECL std::size_t cookie_jar::size() const {
    const std::lock_guard lock(mutex_);
    return size_;
}

}  // namespace XFER_NAMESPACE
