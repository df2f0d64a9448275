// The memory of a cookie jar: its cookies by domain, and the rules of who makes room.
#pragma once

#include <xfer/cookie_jar.hpp>
#include <xfer/detail/cookie_time.hpp>
#include <xfer/detail/ip_text.hpp>
#include <xfer/detail/public_suffix.hpp>
#include <xfer/proto/octets.hpp>
#include <xfer/proto/set_cookie.hpp>

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace XFER_NAMESPACE::detail {

[[nodiscard]] inline bool is_address(std::string_view host) noexcept {
    return host.find(':') != std::string_view::npos || is_dotted_quad(host);
}

/// Whether nobody on the way can read or change what is exchanged with that URL.
[[nodiscard]] inline bool is_secure_origin(const url& u) noexcept {
    const std::string_view host = u.server_name();
    return u.scheme() == "https" || u.scheme() == "wss" || host == "localhost" ||
           host == "127.0.0.1" || host == "::1";
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

/// Cookies under the rules of a cookie_jar, which guards it with its mutex.
class cookie_store {
 public:
    using seconds = std::chrono::sys_seconds;

    explicit cookie_store(const cookie_limits& limits) : limits_(limits) {}

    /// The one way in, with all rules: false for a cookie that must not be kept.
    XFER_DECL bool insert(cookie c, bool secure_origin, seconds now);
    /// The cookies that a request to that URL takes along, in the order in which it
    /// names them. They may be changed in all that says nothing of where they belong.
    [[nodiscard]] XFER_DECL std::vector<cookie*> matching(const url& to, seconds now);
    /// Copies of all cookies, in the order in which they were first set.
    [[nodiscard]] XFER_DECL std::vector<cookie> in_order() const;
    /// Removes what the predicate says; answers how many there were.
    template <class Predicate>
    std::size_t erase_if(Predicate predicate);
    void clear() noexcept {
        domains_.clear();
        size_ = 0;
    }
    [[nodiscard]] std::size_t size() const noexcept { return size_; }

 private:
    struct entry {
        cookie value;
        std::uint64_t serial;  // in the order of creation, where times are equal
    };
    // By domain, compared from the end: the names below a domain follow it.
    struct by_suffix {
        using is_transparent = void;
        [[nodiscard]] bool operator()(std::string_view a, std::string_view b)
            const noexcept {
            return std::lexicographical_compare(
                a.rbegin(), a.rend(), b.rbegin(), b.rend()
            );
        }
    };
    using entries = std::vector<entry>;
    using domains = std::map<std::string, entries, by_suffix>;

    [[nodiscard]] static bool is_older(const entry& a, const entry& b) noexcept {
        return std::pair(a.value.creation, a.serial) <
               std::pair(b.value.creation, b.serial);
    }
    [[nodiscard]] XFER_DECL bool would_shadow_secure(const cookie& c) const noexcept;
    XFER_DECL void make_room(domains::iterator used, seconds now);
    XFER_DECL void evict_from(domains::iterator domain, bool insecure_first);
    XFER_DECL void evict_one();

    const cookie_limits limits_;
    domains domains_;
    std::size_t size_ = 0;
    std::uint64_t next_serial_ = 0;
};

XFER_DECL bool cookie_store::insert(cookie c, bool secure_origin, seconds now) {
    if (!is_well_formed(c) ||
        !proto::cookie_prefix_holds(c.name, c.value, c.secure, c.host_only, c.path)) {
        return false;
    }
    if (!c.host_only && (is_address(c.domain) || is_public_suffix(c.domain))) {
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
            if (!is_expired(c.expires, now)) {
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
    if (is_expired(c.expires, now)) return true;
    if (list == nullptr) place = domains_.emplace(c.domain, entries()).first;
    place->second.push_back({std::move(c), next_serial_++});
    ++size_;
    make_room(place, now);
    return true;
}

/// Whether a secure cookie of that name might go to a request that this one goes to.
/// RFC 6265bis lets a cookie for "/" pass beside a secure one for "/x": a server that
/// takes the last of two would then take what anyone on the way has set.
XFER_DECL bool cookie_store::would_shadow_secure(const cookie& c) const noexcept {
    const std::string_view name = name_seen(c);
    const auto collides = [&](const entry& e) {
        return e.value.secure && name_seen(e.value) == name &&
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
XFER_DECL void cookie_store::make_room(domains::iterator used, seconds now) {
    if (used->second.size() <= limits_.per_domain && size_ <= limits_.total) return;
    // The new one has not expired, so its domain stays.
    erase_if([now](const cookie& c) { return is_expired(c.expires, now); });
    if (used->second.size() > limits_.per_domain) evict_from(used, true);
    if (size_ > limits_.total) evict_one();
}

/// Removes the cookie of the domain that was not used for longest.
XFER_DECL void cookie_store::evict_from(domains::iterator domain, bool insecure_first) {
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
XFER_DECL void cookie_store::evict_one() {
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

XFER_DECL std::vector<cookie*> cookie_store::matching(const url& to, seconds now) {
    std::vector<entry*> found;
    const std::string_view host = to.server_name();
    const bool secure = is_secure_origin(to);
    const bool address = to.host_kind() != host_kind::name;
    for (std::string_view domain = host;;) {
        if (const auto place = domains_.find(domain); place != domains_.end()) {
            for (entry& e : place->second) {
                const cookie& c = e.value;
                if ((!c.host_only || domain.size() == host.size()) &&
                    (!c.secure || secure) && !is_expired(c.expires, now) &&
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
    std::vector<cookie*> cookies;
    cookies.reserve(found.size());
    for (entry* const e : found) cookies.push_back(&e->value);
    return cookies;
}

XFER_DECL std::vector<cookie> cookie_store::in_order() const {
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

template <class Predicate>
std::size_t cookie_store::erase_if(Predicate predicate) {
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

}  // namespace XFER_NAMESPACE::detail
