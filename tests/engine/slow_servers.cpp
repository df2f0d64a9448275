// HAZARDS S18: every kind of slowness against every timeout that may end it, on a clock
// that moves by the second: it ends when it must, and not a second before.
#include "support/rig.hpp"

#include <chrono>
#include <functional>
#include <iostream>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

using namespace std::chrono_literals;
using support::both_ways;
using support::rig;
using xfer::error;
using xfer::options;
using xfer::stage;
using xfer::testing::memory_peer;

namespace {

/// What the server does: at the connection, and after so many seconds.
struct slowness {
    const char* name;
    std::function<void(rig&)> prepared;
    std::function<void(memory_peer&, int second)> does;
    bool uploads = false;
    const char* url = "http://a.test/";
};

void nothing(memory_peer&, int) {}

/// One octet of the text every five seconds, as long as there are any; then `again`.
std::function<void(memory_peer&, int)> drips(std::string text, std::string again = {}) {
    return [text = std::move(text), again = std::move(again)](memory_peer& p, int s) {
        if (s % 5 != 0) return;
        const auto n = static_cast<std::size_t>(s / 5 - 1);
        if (n < text.size()) {
            p.provide(text.substr(n, 1));
        } else if (!again.empty()) {
            p.provide(again.substr((n - text.size()) % again.size(), 1));
        }
    };
}

/// The text at once, at the first second.
std::function<void(memory_peer&, int)> says(
    std::string text, std::function<void(memory_peer&, int)> then
) {
    return [text = std::move(text), then = std::move(then)](memory_peer& p, int s) {
        if (s == 1) p.provide(text);
        then(p, s);
    };
}

const std::string head = "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n";

void accepts_all(rig& r) { support::listen_silently(r, "a.test"); }

slowness silent() { return {"says nothing", accepts_all, nothing}; }
slowness slow_head() {
    return {"drips its head", accepts_all, drips("HTTP/1.1 200 OK\r\n", "A: b\r\n")};
}
slowness endless_line() {
    return {
        "drips a line without end", accepts_all, drips("HTTP/1.1 200 OK\r\nA:", "x")};
}
slowness slow_body() {
    return {"drips its body", accepts_all, says(head, drips("", "x"))};
}
slowness stalled_body() {
    return {"stalls in its body", accepts_all, says(head + "12345", nothing)};
}
slowness slow_chunks() {
    const std::string chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    return {"drips chunks", accepts_all, says(chunked, drips("", "1\r\nx\r\n"))};
}
slowness slow_interim() {
    return {
        "drips interim replies",
        accepts_all,
        drips("", "HTTP/1.1 103 Early Hints\r\n\r\n")};
}
slowness reads_nothing() {
    return {
        "never reads our upload",
        [](rig& r) {
            accepts_all(r);
            r.network->on_connect("a.test", [](const auto& p) { p->accept(1000); });
        },
        nothing,
        true};
}
slowness reads_little() {
    auto s = reads_nothing();
    s.name = "reads our upload octet by octet";
    s.does = [](memory_peer& p, int second) {
        if (second % 5 == 0) p.accept(1);
    };
    return s;
}
slowness hangs_in_lookup() {
    return {
        "is never found",
        [](rig& r) {
            accepts_all(r);
            r.network->hang_resolving("a.test");
        },
        {}};
}
slowness hangs_in_connect() {
    return {
        "never accepts",
        [](rig& r) {
            accepts_all(r);
            r.network->hang_connecting("a.test");
        },
        {}};
}
slowness hangs_in_handshake() {
    return {
        "says nothing to a ClientHello",
        [](rig& r) { r.network->listen("a.test", 443, [](const auto&) {}); },
        nothing,
        false,
        "https://a.test/"};
}

/// No limit but those that a row sets.
constexpr options endless = [] {
    options o;
    o.resolve_timeout = {};
    o.connect_timeout = {};
    o.tls_timeout = {};
    o.first_byte_timeout = {};
    o.idle_timeout = {};
    return o;
}();

template <class T>
options with(T options::*member, T value) {
    options o = endless;
    o.*member = value;
    return o;
}
options slow_limit(xfer::duration time) {
    auto o = with(&options::low_speed_limit, std::uint64_t{10});
    o.low_speed_time = time;
    return o;
}

struct row {
    slowness server;
    options limits;
    error expected;
    stage at;
    std::chrono::seconds after;
};

std::vector<row> rows() {
    using enum stage;
    const auto idle = [](xfer::duration d) { return with(&options::idle_timeout, d); };
    const auto first = with(&options::first_byte_timeout, xfer::duration(20s));
    const auto total = with(&options::total_timeout, xfer::duration(63s));
    const auto resolve = with(&options::resolve_timeout, xfer::duration(20s));
    const auto connect = with(&options::connect_timeout, xfer::duration(20s));
    const auto tls = with(&options::tls_timeout, xfer::duration(20s));
    const auto setup = with(&options::setup_timeout, xfer::duration(20s));
    constexpr auto by_idle = error::timeout_idle;
    constexpr auto by_speed = error::timeout_low_speed;
    constexpr auto by_total = error::timeout_total;
    std::vector<row> all{
        {silent(), first, error::timeout_first_byte, waiting, 20s},
        {hangs_in_lookup(), resolve, error::timeout_resolve, resolving, 20s},
        {hangs_in_connect(), connect, error::timeout_connect, connecting, 20s},
        {hangs_in_handshake(), tls, error::timeout_tls, securing, 20s},
        {hangs_in_lookup(), setup, error::timeout_resolve, resolving, 20s},
        {hangs_in_connect(), setup, error::timeout_connect, connecting, 20s},
        {hangs_in_handshake(), setup, error::timeout_tls, securing, 20s},
        // The last thing that moves is in the first second, or in the fifth.
        {slow_head(), idle(4s), by_idle, receiving, 9s},
        {endless_line(), idle(4s), by_idle, receiving, 9s},
        {slow_body(), idle(3s), by_idle, receiving, 4s},
        {slow_chunks(), idle(3s), by_idle, receiving, 4s},
        {stalled_body(), idle(20s), by_idle, receiving, 21s},
        {reads_nothing(), idle(20s), by_idle, sending, 20s},
        {reads_little(), idle(3s), by_idle, sending, 3s},
        // The window begins when something is to move.
        {slow_head(), slow_limit(30s), by_speed, receiving, 35s},
        {endless_line(), slow_limit(30s), by_speed, receiving, 35s},
    };
    for (const auto& server :
         {silent(),
          slow_head(),
          endless_line(),
          slow_body(),
          slow_chunks(),
          slow_interim(),
          stalled_body(),
          reads_nothing(),
          reads_little(),
          hangs_in_lookup(),
          hangs_in_connect(),
          hangs_in_handshake()}) {
        const std::string name = server.name;
        const auto at = name == silent().name               ? waiting
                        : server.uploads                    ? sending
                        : name == hangs_in_lookup().name    ? resolving
                        : name == hangs_in_connect().name   ? connecting
                        : name == hangs_in_handshake().name ? securing
                                                            : receiving;
        all.push_back({server, total, by_total, at, 63s});
    }
    return all;
}

/// Runs for so many seconds; the message, if there is one by then.
std::optional<xfer::message> run_for(
    rig& r, const slowness& server, std::chrono::seconds time, int& second
) {
    for (const auto end = static_cast<int>(time.count()); second < end;) {
        ++second;
        r.advance(1s);
        if (auto done = r.m->info_read()) return done;
        if (server.does && r.network->connections() == 1) {
            server.does(*r.network->peer(0), second);
        }
        r.run();
        if (auto done = r.m->info_read()) return done;
    }
    return std::nullopt;
}

void start(rig& r, const slowness& server, const options& limits) {
    server.prepared(r);
    auto q = xfer::get(server.url, limits);
    if (server.uploads) q = xfer::put(server.url, std::string(100'000, 'u'), limits);
    r.m->add(q.insecure());
    r.run();
    // Another thread makes ready for TLS, which takes none of the clock's time.
    const auto limit = std::chrono::steady_clock::now() + 20s;
    while (r.network->dials() == 0 && std::chrono::steady_clock::now() < limit) {
        std::this_thread::yield();
        r.run();
    }
}

}  // namespace

TEST_CASE(
    "S18: each timeout ends its kind of slowness in its second", "[engine][S18]"
) {
    const auto how = GENERATE(both_ways());
    std::size_t cells = 0;
    for (const auto& each : rows()) {
        INFO(each.server.name << ": " << make_error_code(each.expected).message());
        rig r(how);
        start(r, each.server, each.limits);
        int second = 0;
        const auto early = run_for(r, each.server, each.after - 1s, second);
        INFO("after " << second << " s");
        REQUIRE_FALSE(early);
        CHECK(r.m->stats().running == 1);
        const auto done = run_for(r, each.server, each.after, second);
        REQUIRE(done);
        INFO(done->ec.message() << ": " << done->failure().message);
        CHECK(done->ec == each.expected);
        CHECK(done->ec == xfer::condition::operation_timedout);
        CHECK(done->failure().stage == each.at);
        CHECK_FALSE(done->failure().message.empty());
        CHECK(r.network->open_connections() == 0);
        CHECK(r.at_rest());
        ++cells;
    }
    std::cout << "S18: " << cells << " cells\n";
}

TEST_CASE("S18: an upload counts by what has left, not by its parts", "[engine][S18]") {
    rig r(GENERATE(both_ways()));
    const auto server = reads_nothing();
    auto limits = with(&options::low_speed_limit, std::uint64_t{1000});
    limits.low_speed_time = 5s;
    server.prepared(r);
    r.m->add(xfer::put("http://a.test/", std::string(200'000, 'u'), limits));
    r.run();
    const auto peer = r.network->peer(0);
    for (int second = 1; second <= 60; ++second) {
        peer->accept(2000);
        r.advance(1s);
    }
    REQUIRE(r.m->stats().running == 1);
    int second = 0;
    const auto done = run_for(r, server, 20s, second);
    REQUIRE(done);
    CHECK(done->ec == error::timeout_low_speed);
    CHECK(second <= 10);
    // All that was accepted but the head.
    CHECK(done->failure().bytes_sent > 120'000);
    CHECK(done->failure().bytes_sent < 121'000);
}

TEST_CASE("S18: setup_timeout counts lookup and handshake together", "[engine][S18]") {
    rig r(GENERATE(both_ways()));
    auto server = hangs_in_handshake();
    server.prepared = [](rig& with) {
        hangs_in_handshake().prepared(with);
        with.network->hang_resolving("a.test");
    };
    start(r, server, with(&options::setup_timeout, xfer::duration(20s)));
    int second = 0;
    REQUIRE_FALSE(run_for(r, server, 15s, second));
    r.network->release("a.test");
    r.run();
    const auto done = run_for(r, server, 40s, second);
    REQUIRE(done);
    CHECK(second == 20);
    CHECK(done->ec == error::timeout_tls);
    CHECK(done->failure().stage == stage::securing);
}

TEST_CASE("S18: slowness within the limits is waited for", "[engine][S18]") {
    rig r(GENERATE(both_ways()));
    auto limits = with(&options::idle_timeout, xfer::duration(6s));
    limits.first_byte_timeout = 6s;
    const auto server = GENERATE(0, 1, 2);
    const std::string reply = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc";
    const slowness kind =
        server == 0 ? slowness{"head and body", accepts_all, drips(reply)}
        : server == 1
            ? slowness{"body", accepts_all, says(reply.substr(0, 39), drips("bc"))}
            : reads_little();
    INFO(kind.name);
    start(r, kind, limits);
    int second = 0;
    const auto time = kind.uploads ? 3600s : 5s * static_cast<int>(reply.size()) + 5s;
    const auto done = run_for(r, kind, time, second);
    if (kind.uploads) {
        CHECK_FALSE(done);  // an hour later it is still at it
        CHECK(r.m->stats().running == 1);
        return;
    }
    REQUIRE(done);
    CHECK_FALSE(done->ec);
    CHECK(done->response.body() == "abc");
}

TEST_CASE("S18: a line without end is cut off at a limit", "[engine][S18][F1.1]") {
    rig r(GENERATE(both_ways()), {.max_header_bytes = 10'000});
    const slowness server{
        "a hundred octets a second", accepts_all, [](memory_peer& p, int s) {
            p.provide(s == 1 ? "HTTP/1.1 200 OK\r\nA:" : std::string(100, 'x'));
        }};
    start(r, server, endless);
    int second = 0;
    const auto done = run_for(r, server, 200s, second);
    REQUIRE(done);
    CHECK(done->ec == error::header_too_large);
    CHECK(second <= 102);
    CHECK(second >= 90);
    CHECK(r.network->open_connections() == 0);
}
