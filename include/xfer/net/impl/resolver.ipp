// The cache, the lookups in flight, and getaddrinfo.
#pragma once

#include <xfer/error.hpp>
#include <xfer/net/detail/socket_address.hpp>
#include <xfer/net/resolver.hpp>

#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <exception>
#include <list>
#include <mutex>
#include <new>
#include <system_error>
#include <unordered_map>
#include <utility>

namespace XFER_NAMESPACE::net {
namespace detail {

inline std::string lower_case(std::string_view text) {
    std::string out(text);
    for (char& c : out) {
        if (c >= 'A' && c <= 'Z') {
            c = static_cast<char>(c - 'A' + 'a');
        }
    }
    return out;
}

inline resolver::answer failed_answer(error e, int code, std::string message) {
    resolver::answer a;
    a.ec = e;
    a.system_code = code;
    a.message = std::move(message);
    return a;
}

/// EMFILE or ENFILE when no descriptor can be had now, otherwise 0.
inline int descriptor_shortage() noexcept {
#ifdef SOCK_CLOEXEC
    const int probe = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
#else
    const int probe = ::socket(AF_INET, SOCK_DGRAM, 0);
#endif
    if (probe >= 0) {
        ::close(probe);
        return 0;
    }
    return errno == EMFILE || errno == ENFILE ? errno : 0;
}

inline resolver::answer failed_lookup(int code, int system_error) {
    if (code != EAI_SYSTEM || (system_error != EMFILE && system_error != ENFILE)) {
        const int shortage = descriptor_shortage();
        if (shortage == 0) {
            if (code == EAI_MEMORY) {
                return failed_answer(error::out_of_memory, code, ::gai_strerror(code));
            }
            if (code != EAI_SYSTEM) {
                return failed_answer(error::resolve_failed, code, ::gai_strerror(code));
            }
            return failed_answer(
                error::resolve_failed,
                system_error,
                std::generic_category().message(system_error)
            );
        }
        system_error = shortage;
    }
    return failed_answer(
        error::no_descriptors,
        system_error,
        std::generic_category().message(system_error)
    );
}

}  // namespace detail

/// One lookup under way, and who waits for it.
struct resolver::flight {
    std::string host;
    std::uint64_t generation = 0;
    worker_pool::ticket ticket = 0;
    std::vector<std::shared_ptr<listener>> waiting;
    /// Made before the lookup begins, so that it can end without memory.
    std::shared_ptr<answer> found = std::make_shared<answer>();
};

/// What the worker threads share with the resolver, and keep beyond its end. It knows
/// nothing of the pool: the pool's jobs own it.
struct resolver::state {
    struct entry {
        std::string host;
        answer_ptr found;
        time_point expires;
    };
    using flight_ptr = std::shared_ptr<flight>;

    explicit state(settings&& s) : options(std::move(s)) {}

    answer_ptr cached(const std::string& host, time_point now);
    void keep(const std::string& host, const answer_ptr& found, time_point now);
    void erase(std::list<entry>::iterator at) {
        by_host.erase(at->host);
        entries.erase(at);
    }
    flight_ptr joinable(const std::string& host) const;
    void take_out(const flight_ptr& which) noexcept;
    /// On a worker thread: asks the system, keeps the answer, tells who waits.
    void fly(const flight_ptr& which) noexcept;
    answer ask(const std::string& host) const noexcept;

    const settings options;
    std::mutex mutex;
    bool closed = false;
    std::uint64_t generation = 0;
    std::list<entry> entries;  // the most recently used first
    std::unordered_map<std::string, std::list<entry>::iterator> by_host;
    // Several of one name when clear() came between.
    std::unordered_multimap<std::string, flight_ptr> flights;
};

XFER_DECL auto resolver::state::cached(const std::string& host, time_point now)
    -> answer_ptr {
    const auto found = by_host.find(host);
    if (found == by_host.end()) {
        return nullptr;
    }
    if (now >= found->second->expires) {
        erase(found->second);
        return nullptr;
    }
    entries.splice(entries.begin(), entries, found->second);
    return found->second->found;
}

XFER_DECL void resolver::state::keep(
    const std::string& host, const answer_ptr& found, time_point now
) {
    const bool about_this_process =
        found->ec == error::no_descriptors || found->ec == error::out_of_memory;
    const auto how_long = found->ec ? options.keep_failure : options.keep;
    if (options.max_names == 0 || about_this_process || how_long.count() <= 0) {
        return;
    }
    const auto old = by_host.find(host);
    if (old != by_host.end()) {
        // The late failure of a lookup that was given up says less than an answer.
        if (found->ec && !old->second->found->ec) {
            return;
        }
        erase(old->second);
    }
    while (entries.size() >= options.max_names) {
        erase(std::prev(entries.end()));
    }
    std::list<entry> made;
    made.push_back({host, found, now + how_long});
    by_host.emplace(host, made.begin());
    entries.splice(entries.begin(), made);
}

XFER_DECL auto resolver::state::joinable(const std::string& host) const -> flight_ptr {
    const auto [first, last] = flights.equal_range(host);
    for (auto i = first; i != last; ++i) {
        if (i->second->generation == generation) {
            return i->second;
        }
    }
    return nullptr;
}

XFER_DECL void resolver::state::take_out(const flight_ptr& which) noexcept {
    const auto [first, last] = flights.equal_range(which->host);
    for (auto i = first; i != last; ++i) {
        if (i->second == which) {
            flights.erase(i);
            return;
        }
    }
}

XFER_DECL auto resolver::state::ask(const std::string& host) const noexcept -> answer {
    try {
        try {
            answer a = options.system ? options.system(host) : system_lookup(host);
            if (!a.ec && a.addresses.empty()) {
                return detail::failed_answer(
                    error::resolve_failed, a.system_code, "the name has no address"
                );
            }
            return a;
        } catch (const std::bad_alloc&) {
            return detail::failed_answer(error::out_of_memory, ENOMEM, {});
        } catch (const std::exception& e) {
            return detail::failed_answer(error::resolve_failed, 0, e.what());
        }
    } catch (...) {
        return detail::failed_answer(error::resolve_failed, 0, {});
    }
}

XFER_DECL void resolver::state::fly(const flight_ptr& which) noexcept {
    *which->found = ask(which->host);
    const answer_ptr found = which->found;
    const time_point now =
        options.clock ? options.clock() : std::chrono::steady_clock::now();
    std::vector<std::shared_ptr<listener>> waiting;
    {
        std::lock_guard lock(mutex);
        if (closed) {
            return;
        }
        take_out(which);
        waiting.swap(which->waiting);
        for (const auto& w : waiting) {
            w->awaited_.reset();
        }
        if (which->generation == generation) {
            try {
                keep(which->host, found, now);
            } catch (const std::bad_alloc&) {  // NOLINT(bugprone-empty-catch)
                // It is asked for again.
            }
        }
    }
    for (const auto& w : waiting) {
        w->resolved(found);
    }
}

XFER_DECL resolver::resolver(std::shared_ptr<worker_pool> pool, settings s)
    : pool_(std::move(pool)), state_(std::make_shared<state>(std::move(s))) {}

XFER_DECL resolver::~resolver() {
    std::unordered_multimap<std::string, state::flight_ptr> dropped;
    {
        std::lock_guard lock(state_->mutex);
        state_->closed = true;
        dropped.swap(state_->flights);
        for (const auto& [host, f] : dropped) {
            for (const auto& w : f->waiting) {
                w->awaited_.reset();
            }
        }
    }
    for (const auto& [host, f] : dropped) {
        f->waiting.clear();  // nobody else looks at it any more
        pool_->write_off(f->ticket);
    }
}

XFER_DECL auto resolver::lookup(
    std::string_view host, time_point now, std::shared_ptr<listener> who
) -> answer_ptr {
    if (const auto address = literal(host)) {
        return std::make_shared<const answer>(answer{{}, 0, {}, {*address}});
    }
    if (is_localhost(host)) {
        return std::make_shared<const answer>(answer{
            {},
            0,
            {},
            {asio::ip::address_v6::loopback(), asio::ip::address_v4::loopback()}});
    }
    if (host.empty() || host.find('\0') != host.npos) {
        return std::make_shared<const answer>(
            detail::failed_answer(error::resolve_failed, 0, "this is not a host name")
        );
    }
    const std::string name = detail::lower_case(host);
    std::lock_guard lock(state_->mutex);
    if (auto found = state_->cached(name, now)) {
        return found;
    }
    if (const auto under_way = state_->joinable(name)) {
        under_way->waiting.push_back(std::move(who));
        under_way->waiting.back()->awaited_ = under_way;
        return nullptr;
    }
    const auto started = std::make_shared<flight>();
    started->host = name;
    started->generation = state_->generation;
    // The worker needs the mutex to find out who waits.
    worker_pool::job flying = [shared = state_, started] { shared->fly(started); };
    started->waiting.push_back(std::move(who));
    state_->flights.emplace(name, started);
    std::error_code ec;
    started->ticket = pool_->submit(std::move(flying), ec);
    if (ec) {
        state_->take_out(started);
        const bool exhausted = ec == std::errc::not_enough_memory;
        return std::make_shared<const answer>(detail::failed_answer(
            exhausted ? error::out_of_memory : error::resolve_failed,
            ec.value(),
            "no thread for the lookup: " + ec.message()
        ));
    }
    started->waiting.front()->awaited_ = started;
    return nullptr;
}

XFER_DECL void resolver::abandon(listener& who) noexcept {
    std::shared_ptr<listener> released;  // outlives the lock
    worker_pool::ticket given_up = 0;
    {
        std::lock_guard lock(state_->mutex);
        const auto awaited = std::exchange(who.awaited_, nullptr);
        if (!awaited) {
            return;
        }
        auto& waiting = awaited->waiting;
        const auto at =
            std::find_if(waiting.begin(), waiting.end(), [&who](const auto& w) {
                return w.get() == &who;
            });
        released = std::move(*at);
        waiting.erase(at);
        if (waiting.empty()) {
            given_up = awaited->ticket;
            state_->take_out(awaited);
        }
    }
    if (given_up != 0) {
        pool_->write_off(given_up);
    }
}

XFER_DECL void resolver::clear() noexcept {
    std::lock_guard lock(state_->mutex);
    ++state_->generation;
    state_->by_host.clear();
    state_->entries.clear();
}

XFER_DECL std::optional<asio::ip::address> resolver::literal(std::string_view host) {
    // No address is longer, zone included; a NUL would end the C string inside Asio.
    constexpr std::size_t longest = 64;
    if (host.empty() || host.size() > longest || host.find('\0') != host.npos) {
        return std::nullopt;
    }
    const bool may_be_v4 = host.back() >= '0' && host.back() <= '9';
    if (!may_be_v4 && host.find(':') == host.npos) {
        return std::nullopt;
    }
    std::error_code ec;
    const auto address = asio::ip::make_address(std::string(host), ec);
    return ec ? std::nullopt : std::optional(address);
}

XFER_DECL bool resolver::is_localhost(std::string_view host) noexcept {
    constexpr std::string_view name = "localhost";
    if (host.ends_with('.')) {
        host.remove_suffix(1);
    }
    if (host.size() < name.size()) {
        return false;
    }
    const auto tail = host.substr(host.size() - name.size());
    for (std::size_t i = 0; i < name.size(); ++i) {
        if ((tail[i] | 0x20) != name[i]) {
            return false;
        }
    }
    // ".localhost" has an empty label and is no name.
    return host.size() == name.size() || (host.size() > name.size() + 1 &&
                                          host[host.size() - name.size() - 1] == '.');
}

XFER_DECL auto resolver::system_lookup(const std::string& host) -> answer {
    // No AI_ADDRCONFIG: on a machine with nothing but a loopback it finds nothing.
    ::addrinfo hints{};
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    ::addrinfo* list = nullptr;
    errno = 0;
    const int code = ::getaddrinfo(host.c_str(), nullptr, &hints, &list);
    if (code != 0) {
        return detail::failed_lookup(code, errno);
    }
    const std::unique_ptr<::addrinfo, void (*)(::addrinfo*)> owned(
        list, &::freeaddrinfo
    );
    answer a;
    for (const auto* i = list; i != nullptr; i = i->ai_next) {
        if (const auto address = detail::address_of(i->ai_addr)) {
            a.addresses.push_back(*address);
        }
    }
    return a;
}

}  // namespace XFER_NAMESPACE::net
