// Which fields of what a user sets differ, and whether two requests that differ so
// share a connection: for the tests that flip every field (HAZARDS B1.1).
#pragma once

#include "support/scratch.hpp"
#include "support/through_proxy.hpp"
#include <xfer/cookie_jar.hpp>
#include <xfer/network.hpp>
#include <xfer/proxy.hpp>
#include <xfer/tls.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <functional>
#include <iostream>
#include <memory>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace support {

// Tripwires: a new field does not compile before it is named here, and then fails its
// test before it has a row there.

inline auto members(const xfer::options& o) {
    const auto& [queue, resolve, connect, proxy, tls, setup, first_byte, idle, total, total_queue, low_speed, low_time, receive_rate, send_rate, body_size, as_is, redirects, to_http, elsewhere, post_301, post_302, post_303, referer, everywhere, decode, ratio, codings, raw, http, simple, fail, expects, expect_time, fresh, forbid, ip, tunnel, haproxy, keepalive, strict] =
        o;
    return std::tie(
        queue,
        resolve,
        connect,
        proxy,
        tls,
        setup,
        first_byte,
        idle,
        total,
        total_queue,
        low_speed,
        low_time,
        receive_rate,
        send_rate,
        body_size,
        as_is,
        redirects,
        to_http,
        elsewhere,
        post_301,
        post_302,
        post_303,
        referer,
        everywhere,
        decode,
        ratio,
        codings,
        raw,
        http,
        simple,
        fail,
        expects,
        expect_time,
        fresh,
        forbid,
        ip,
        tunnel,
        haproxy,
        keepalive,
        strict
    );
}

inline auto members(const xfer::tls& t) {
    const auto& [ca_file, ca_directory, ca_pem, ca_native, partial_chain, crl_file, crl_pem, client_certificate, min_version, max_version, ciphers, tls13_ciphers, groups, signature_algorithms, pinned_keys, verify_peer, verify_host, key_log_file] =
        t.settings();
    return std::tie(
        ca_file,
        ca_directory,
        ca_pem,
        ca_native,
        partial_chain,
        crl_file,
        crl_pem,
        client_certificate,
        min_version,
        max_version,
        ciphers,
        tls13_ciphers,
        groups,
        signature_algorithms,
        pinned_keys,
        verify_peer,
        verify_host,
        key_log_file
    );
}

inline auto members(const xfer::network& n) {
    const auto& [known, detours, local_address, interface, client, first_port, ports, nodelay, probes, idle, interval, on_socket, filter, first_error] =
        n.settings();
    return std::tie(
        known,
        detours,
        local_address,
        interface,
        client,
        first_port,
        ports,
        nodelay,
        probes,
        idle,
        interval,
        on_socket,
        filter,
        first_error
    );
}

inline auto members(const xfer::request::extras& e) {
    const auto& [trailers, unix_socket, abstract, network, target, range, modified, unmodified, bound, who, proxies, before, wrong_proxy, proxy_auth, proxy_tls, netrc, netrc_path, cookies, on_head, on_each_head, on_progress, on_stage, on_resolve, on_trace, trace] =
        e;
    return std::tie(
        trailers,
        unix_socket,
        abstract,
        network,
        target,
        range,
        modified,
        unmodified,
        bound,
        who,
        proxies,
        before,
        wrong_proxy,
        proxy_auth,
        proxy_tls,
        netrc,
        netrc_path,
        cookies,
        on_head,
        on_each_head,
        on_progress,
        on_stage,
        on_resolve,
        on_trace,
        trace
    );
}

// A proxy's are private. What has no accessor shows in its size.
static_assert(
    sizeof(xfer::proxy) ==
    3 * sizeof(std::string) + 2 * sizeof(std::optional<std::string>) + 8
);
inline auto members(const xfer::proxy& p) {
    return std::tuple(
        p.kind(),
        p.host(),
        p.host_kind(),
        p.zone(),
        p.port(),
        p.unix_path(),
        p.user(),
        p.password()
    );
}

template <class T>
bool differ(const T& a, const T& b) {
    return !(a == b);
}
template <class Result, class... Arguments>
bool differ(
    const std::function<Result(Arguments...)>& a,
    const std::function<Result(Arguments...)>& b
) {
    return bool(a) != bool(b);
}
template <class T>
bool differ(const std::shared_ptr<T>& a, const std::shared_ptr<T>& b) {
    return bool(a) != bool(b);
}
inline bool differ(
    const std::vector<xfer::request::extras::bound_fields>& a,
    const std::vector<xfer::request::extras::bound_fields>& b
) {
    return a.size() != b.size();
}

inline bool differ(
    const std::vector<xfer::request::extras::trailer_field>& a,
    const std::vector<xfer::request::extras::trailer_field>& b
) {
    return a.size() != b.size();
}
inline bool differ(const xfer::trace_detail& a, const xfer::trace_detail& b) {
    return a.secrets != b.secrets || a.wire != b.wire;
}

/// The numbers of the members in which they differ.
template <class T>
std::set<std::size_t> differences(const T& a, const T& b) {
    std::set<std::size_t> found;
    const auto all_a = members(a);
    const auto all_b = members(b);
    [&]<std::size_t... I>(std::index_sequence<I...>) {
        ((differ(std::get<I>(all_a), std::get<I>(all_b)) ? void(found.insert(I))
                                                         : void()),
         ...);
    }
    (std::make_index_sequence<std::tuple_size_v<decltype(all_a)>>());
    return found;
}

/// Sees to it that each row flips its own field, and that each field has a row.
template <class T>
class field_coverage {
 public:
    void flipped(const T& a, const T& b, std::size_t at_most = 1) {
        const auto found = differences(a, b);
        CHECK(found.size() >= 1);
        CHECK(found.size() <= at_most);
        seen_.insert(found.begin(), found.end());
    }
    void check_complete() const {
        CHECK(seen_.size() == std::tuple_size_v<decltype(members(std::declval<T>()))>);
    }

 private:
    std::set<std::size_t> seen_;
};

/// What becomes of the connection of the first request in a second one.
enum class shares : std::uint8_t {
    yes,      ///< it is used
    no,       ///< another one is opened, and each finds its own again
    fails,    ///< likewise, but nobody there can be talked to like that
    fresh,    ///< another one is opened each time
    last,     ///< it is used, and then closed
    refused,  ///< the request fails before any traffic
};

/// Servers and proxies of all kinds, and how often something connected to them.
class places {
 public:
    places() {
        for (auto* s : {&plain, &other, &secure, &local}) s->route("/", "x");
        write_file(files / "root.pem", tls_support::test_authority().certificate_pem());
    }

    std::string url(
        const std::string& scheme = "http", const std::string& host = "a.test"
    ) const {
        const auto& s = scheme == "https" ? secure : plain;
        return scheme + "://" + host + ":" + std::to_string(s.port()) + "/";
    }
    std::size_t arrivals() const {
        std::size_t n = 0;
        for (const auto* s : {&plain, &other, &secure, &local}) {
            n += s->counts().accepted;
        }
        for (const auto* p : {&http, &another, &https, &socks, &local_socks}) {
            n += p->connections();
            // What it forwards it sends over connections of its own.
            for (const auto& r : p->requests())
                n -= r.head.starts_with("CONNECT ") ? 0 : 1;
        }
        return n;
    }
    /// Every name leads here.
    static xfer::network here() {
        xfer::network n;
        n.resolve("", 0, "127.0.0.1");
        return n;
    }

    scratch files;
    xfer::testing::server plain;
    xfer::testing::server other;
    xfer::testing::server secure{https_options()};
    xfer::testing::server local{at_path(files / "server")};
    test_proxy http;
    test_proxy another;
    test_proxy https{https_proxy_options()};
    test_proxy socks{socks_options()};
    test_proxy local_socks{socks_at_path(files / "socks")};

 private:
    static xfer::testing::server_options at_path(std::string path) {
        xfer::testing::server_options o;
        o.unix_path = std::move(path);
        return o;
    }
    static proxy_options socks_at_path(std::string path) {
        auto o = socks_options();
        o.unix_path = std::move(path);
        return o;
    }
};

/// Both requests on one multi, twice.
inline void check_sharing(
    const places& p, const xfer::request& first, const xfer::request& second, shares how
) {
    xfer::multi m({.network = places::here()});
    const auto go = [&](xfer::request r, bool may_fail = false) {
        if (may_fail) {
            auto soon = r.options();
            soon.proxy_timeout = soon.tls_timeout = std::chrono::milliseconds(50);
            r.options(soon);
        }
        const auto done = transfer_one(m, std::move(r));
        INFO(done.ec.message() << ": " << done.failure().message);
        if (!may_fail) REQUIRE_FALSE(done.ec);
        return done.response.info().connection_reused;
    };
    CHECK_FALSE(go(first));
    const auto before = p.arrivals();
    if (how == shares::refused) {
        CHECK(transfer_one(m, second).ec);
        CHECK(p.arrivals() == before);
        return;
    }
    const bool used = go(second, how == shares::fails);
    CHECK(used == (how == shares::yes || how == shares::last));
    const auto after = p.arrivals();
    CHECK((after == before) == used);
    if (how == shares::fresh) {
        CHECK_FALSE(go(second));
    } else if (how == shares::last) {
        CHECK_FALSE(go(first));
    } else {
        CHECK(go(first));
        if (how != shares::fails) CHECK(go(second));
        if (how != shares::fails) CHECK(p.arrivals() == after);
    }
}

/// One field, and what makes it another one.
template <class T>
struct row {
    const char* name;
    std::function<void(T&)> flip;
    std::function<void(T&)> before = [](T&) {};  ///< what both have
};

/// A way from us to a server: makes a request of it.
struct way {
    const char* name;
    std::function<xfer::request(const places&)> make;
};

inline xfer::request trusting(xfer::request r) {
    r.tls(trusting_tls()).proxy_tls(trusting_tls());
    return r;
}

inline std::vector<way> plain_ways() {
    return {
        {"direct", [](const places& p) { return trusting(xfer::get(p.url())); }},
        {"forwarded",
         [](const places& p) {
             auto r = trusting(xfer::get(p.url()));
             return r.proxy(p.http.url("http", "u:p"));
         }},
        {"SOCKS",
         [](const places& p) {
             auto r = trusting(xfer::get(p.url()));
             return r.proxy(p.socks.url("socks5h", "u:p"));
         }},
    };
}

inline std::vector<way> secure_ways() {
    return {
        {"https", [](const places& p) { return trusting(xfer::get(p.url("https"))); }},
        {"https in a tunnel",
         [](const places& p) {
             auto r = trusting(xfer::get(p.url("https")));
             return r.proxy(p.http.url("http", "u:p"));
         }},
    };
}

inline std::vector<way> all_ways() {
    auto all = plain_ways();
    for (auto& w : secure_ways()) all.push_back(std::move(w));
    return all;
}

inline std::vector<way> ways_over_an_https_proxy() {
    const auto over = [](const char* name, const char* scheme) {
        return way{name, [scheme](const places& p) {
                       auto r = trusting(xfer::get(p.url(scheme)));
                       return r.proxy(p.https.url("https"));
                   }};
    };
    return {
        over("forwarded by an https proxy", "http"),
        over("TLS in TLS", "https"),
    };
}

inline void say_cells(const char* what, std::size_t cells) {
    std::cout << "B1.1, " << what << ": " << cells << " cells\n";
}

}  // namespace support
