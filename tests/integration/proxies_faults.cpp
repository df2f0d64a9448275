// Proxies that refuse, lie, hang and close (HAZARDS S20, F3.2, N1 to N10), and
// transfers that are cancelled on the way through them.
#include "support/names.hpp"
#include "support/through_proxy.hpp"
#include <xfer/cookie_jar.hpp>
#include <xfer/testing/manual_clock.hpp>

#include <catch2/catch.hpp>

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

using namespace std::chrono_literals;
using support::answering;
using support::drive_until;
using support::get_through;
using support::https_options;
using support::make_names;
using support::proxy_answer;
using support::proxy_reply;
using support::socks_options;
using support::test_proxy;
using support::transfer_one;
using support::tunnelled;
using xfer::error;
using xfer::stage;
using xfer::testing::server;

namespace {

std::string at(const char* scheme, const char* host, const server& s) {
    return std::string(scheme) + "://" + host + ":" + std::to_string(s.port()) + "/";
}

/// A proxy that answers CONNECT with the text and makes the tunnel.
support::proxy_options establishing(std::string text, std::string behind = {}) {
    support::proxy_options o;
    o.answer = [=](const support::proxy_request_seen&) {
        proxy_answer a;
        a.established = text;
        a.behind_reply = behind;
        return a;
    };
    return o;
}

}  // namespace

TEST_CASE("S20: answers to CONNECT that make a tunnel", "[proxy][S20]") {
    const std::string text = GENERATE(
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: gzip\r\n\r\n",
        "HTTP/1.0 200 OK\r\n\r\n",
        "HTTP/1.1 204 None\r\nConnection: close\r\n\r\n",
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Hints\r\n\r\nHTTP/1.1 200 "
        "OK\r\n\r\n",
        "HTTP/1.1 200 OK\nX: y\n\n",
        "HTTP/1.1 200 OK\r\nSet-Cookie: evil=1\r\nLocation: http://b.test/\r\n\r\n"
    );
    server s(https_options());
    s.route("/", "good");
    auto o = establishing(text);
    o.piece = GENERATE(std::size_t(0), std::size_t(1));
    test_proxy p(o);
    auto jar = std::make_shared<xfer::cookie_jar>();
    xfer::multi m({.cookies = jar});
    auto q = get_through(p.url("http"), at("https", "a.test", s));
    const auto done = transfer_one(m, std::move(q));
    INFO(text << done.failure().message);
    REQUIRE_FALSE(done.ec);
    CHECK(done.response.body() == "good");
    CHECK(jar->size() == 0);
    // The fields of the proxy's answer are not those of the response.
    CHECK(done.response.header("Location").empty());
}

TEST_CASE("S20: answers to CONNECT that must not be trusted", "[proxy][S20]") {
    struct row {
        const char* name;
        std::string text;
        std::string behind;
        error expected;
    };
    const std::string evil = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil";
    const std::string ok = "HTTP/1.1 200 OK\r\n\r\n";
    std::string many;
    for (int i = 0; i < 100; ++i) many += "HTTP/1.1 102 Wait\r\n\r\n";
    const std::vector<row> rows{
        {"octets behind it", ok, "x", error::proxy_handshake_failed},
        {"a response behind it", ok, evil, error::proxy_handshake_failed},
        {"a body",
         "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil",
         "",
         error::proxy_handshake_failed},
        {"a head of 1 MB",
         "HTTP/1.1 200 OK\r\nX: " + std::string(1 << 20, 'x') + "\r\n\r\n",
         "",
         error::header_too_large},
        {"101", "HTTP/1.1 101 Switch\r\n\r\n", "", error::weird_reply},
        {"endless 1xx", many + ok, "", error::weird_reply},
        {"NUL",
         "HTTP/1.1 200 OK\r\nA: b" + std::string(1, '\0') + "\r\n\r\n",
         "",
         error::weird_reply},
        {"no HTTP", "SSH-2.0-OpenSSH_9.2\r\n\r\n", "", error::weird_reply},
    };
    for (const auto& r : rows) {
        INFO(r.name);
        server s;
        s.route("/", "good");
        test_proxy p(establishing(r.text, r.behind));
        xfer::multi m;
        const auto done = transfer_one(
            m, get_through(p.url("http"), at("http", "a.test", s), tunnelled)
        );
        CHECK(done.ec == r.expected);
        CHECK(done.response.body().empty());
        CHECK(s.counts().requests == 0);
        CHECK_FALSE(done.failure().message.empty());
        CHECK(m.stats().connections == 0);
    }
}

TEST_CASE("S20: a refusal is never the origin's response", "[proxy][S20]") {
    struct row {
        int status;
        const char* fields;
    };
    const std::vector<row> rows{
        {302, "Location: https://b.test/\r\n"},
        {403, ""},
        {404, ""},
        {407, "Proxy-Authenticate: Basic realm=\"r\"\r\n"},
        {500, ""},
        {502, ""},
        {999, ""},
    };
    for (const auto& r : rows) {
        INFO(r.status);
        test_proxy p(answering(proxy_reply(r.status, r.fields, "evil")));
        xfer::multi m;
        xfer::options o;
        o.max_redirects = 5;
        const auto done =
            transfer_one(m, get_through(p.url("http"), "https://a.test/", o));
        CHECK(done.ec == error::proxy_denied);
        CHECK(done.ec == xfer::condition::recv_error);
        CHECK(done.response.status() == 0);
        CHECK(done.response.body().empty());
        CHECK(done.response.info().proxy_status == r.status);
        CHECK(done.failure().stage == stage::proxying);
        CHECK(
            done.failure().message.find(std::to_string(r.status)) != std::string::npos
        );
        CHECK_FALSE(done.failure().request_may_have_been_processed);
        CHECK(p.requests().size() == 1);
        CHECK(m.stats().connections == 0);
    }
}

TEST_CASE("F3.2: a proxy that refuses, for every scheme and kind", "[proxy][F3.2]") {
    const std::string scheme = GENERATE("http", "https");
    const std::string kind = GENERATE("http", "https", "socks4a", "socks5h");
    const auto then = GENERATE(
        proxy_answer::then::next, proxy_answer::then::close, proxy_answer::then::reset
    );
    auto o = answering(proxy_reply(403), then);
    if (kind == "https") o.certificate = tls_support::good_identity();
    o.socks = kind.starts_with("socks");
    o.socks_reply = [](int step, std::string usual) {
        if (step == 3) usual[1] = '\x5b';
        return usual;
    };
    test_proxy p(o);
    xfer::multi m;
    // Twice: what the first one left must not harm the second.
    for (int i = 0; i < 2; ++i) {
        const auto done = transfer_one(
            m, get_through(p.url(kind, "u:p"), scheme + "://a.test:1/", tunnelled)
        );
        INFO(kind << ' ' << scheme << ": " << done.failure().message);
        // A reset may overtake the answer.
        CHECK(
            (done.ec == error::proxy_denied || done.ec == error::proxy_handshake_failed)
        );
        CHECK(m.stats().connections == 0);
    }
}

TEST_CASE("N10: a proxy that closes, instead or in the middle", "[proxy][N10]") {
    const std::string said =
        GENERATE("", "HTTP/1.1 200 O", "HTTP/1.1 200 OK\r\nX: y\r\n");
    const auto then = GENERATE(proxy_answer::then::close, proxy_answer::then::reset);
    test_proxy p(answering(said, then));
    xfer::multi m;
    const auto done = transfer_one(m, get_through(p.url("http"), "https://a.test/"));
    CHECK(done.ec == error::proxy_handshake_failed);
    CHECK(p.connections() == 1);
}

TEST_CASE("N1: nobody listens where the proxy should", "[proxy][N1]") {
    const std::string kind = GENERATE("http", "https", "socks4a", "socks5h");
    std::uint16_t port = 0;
    {
        const server gone;
        port = gone.port();
    }
    xfer::multi m;
    const auto done = transfer_one(
        m, get_through(kind + "://127.0.0.1:" + std::to_string(port), "https://a.test/")
    );
    CHECK(done.ec == error::connect_failed);
    CHECK(done.failure().cause == std::errc::connection_refused);
    CHECK(done.failure().addresses_tried.size() == 1);
}

TEST_CASE("N5: the proxy's name has no address", "[proxy][N5]") {
    const std::string kind = GENERATE("http", "https", "socks4", "socks5h");
    const std::string scheme = GENERATE("http", "https");
    const auto table = make_names({{"a.test", {"127.0.0.1"}}});
    xfer::multi m({.resolver = table->resolver()});
    const auto done =
        transfer_one(m, get_through(kind + "://proxy.test:1", scheme + "://a.test/"));
    CHECK(done.ec == error::proxy_resolve_failed);
    CHECK(done.ec == xfer::condition::couldnt_resolve_proxy);
    CHECK(done.failure().message.find("proxy.test") != std::string::npos);
    CHECK(table->asked() == 1);
}

TEST_CASE("proxy: the origin's name is not looked up here", "[proxy][N4]") {
    const std::string kind = GENERATE("http", "socks4a", "socks5h");
    const auto table = make_names({{"a.test", {"127.0.0.1"}}});
    auto o = answering(proxy_reply(403));
    o.socks = kind != "http";
    o.socks_reply = [](int step, std::string usual) {
        return step == 3 ? usual + "x" : usual;
    };
    test_proxy p(o);
    xfer::multi m({.resolver = table->resolver()});
    static_cast<void>(transfer_one(m, get_through(p.url(kind), "https://a.test:1/")));
    CHECK(table->asked() == 0);
}

namespace {

/// What a way through proxies needs, and whether the transfer has come to its halt.
struct way {
    std::shared_ptr<void> kept;
    std::shared_ptr<std::atomic<bool>> there = std::make_shared<std::atomic<bool>>();
};

/// Somewhere on the way through proxies, where it goes no further.
struct halt {
    const char* name;
    stage where;
    error timeout;
    std::function<void(xfer::request&, way&)> prepare;
};

struct hanging_names {
    hanging_names() { table->hang(); }
    ~hanging_names() { table->release(); }
    std::shared_ptr<support::names> table =
        make_names({{"proxy.test", {"127.0.0.1"}}, {"a.test", {"127.0.0.1"}}});
};

std::shared_ptr<test_proxy> make_proxy(support::proxy_options o) {
    return std::make_shared<test_proxy>(std::move(o));
}

support::proxy_options silent_at(int step, const way& w, const char* user = "") {
    auto o = socks_options();
    o.user = user;
    o.password = user;
    o.socks_reply = [step, there = w.there](int now, std::string usual) {
        if (now != step) return usual;
        *there = true;
        return std::string();
    };
    return o;
}

/// An HTTP proxy that says this and no more.
support::proxy_options silent_after(std::string said, const way& w) {
    support::proxy_options o;
    o.answer = [said = std::move(said), there = w.there](const auto&) {
        *there = true;
        proxy_answer a;
        a.say = said;
        a.goes_on = proxy_answer::then::silent;
        return a;
    };
    return o;
}

std::vector<halt> halts() {
    const auto tunnel_halt = [](const char* name, std::string said) {
        const auto prepare = [said = std::move(said)](xfer::request& r, way& w) {
            const auto p = make_proxy(silent_after(said, w));
            r.proxy(p->url("http", "u:p")).proxy_auth(xfer::auth::digest);
            w.kept = p;
        };
        return halt{name, stage::proxying, error::timeout_proxy, prepare};
    };
    const auto socks_halt = [](const char* name, std::string kind, int step) {
        const auto prepare = [kind = std::move(kind), step](xfer::request& r, way& w) {
            const bool login = step == 2;
            const auto p = make_proxy(silent_at(step, w, login ? "u" : ""));
            r.proxy(p->url(kind, login ? "u:u" : ""));
            w.kept = p;
        };
        return halt{name, stage::proxying, error::timeout_proxy, prepare};
    };
    const auto proxys_name = [](xfer::request& r, way& w) {
        r.proxy("http://proxy.test:1");
        *w.there = true;
    };
    const auto connection = [](xfer::request& r, way& w) {
        const auto hole = std::make_shared<support::black_hole>(false);
        r.proxy("http://127.0.0.1:" + std::to_string(hole->port()));
        w.kept = hole;
        *w.there = true;
    };
    const auto tls = [](xfer::request& r, way& w) {
        // It waits for the end of a head.
        const auto p = make_proxy(silent_after("", w));
        r.proxy(p->url("https"));
        w.kept = p;
        *w.there = true;
    };
    const auto lookup = [](xfer::request& r, way& w) {
        const auto p = make_proxy(silent_at(1, w));
        r.proxy(p->url("socks5"));
        w.kept = p;
        *w.there = true;
    };
    const auto before = [](xfer::request& r, way& w) {
        const auto p = make_proxy(silent_at(1, w));
        r.proxy("http://proxy.test:1").pre_proxy(p->url("socks5h"));
        w.kept = p;
    };
    std::vector<halt> all;
    const auto add = [&all](halt h) { all.push_back(std::move(h)); };
    add({"its name", stage::resolving, error::timeout_resolve, proxys_name});
    add({"the connection", stage::connecting, error::timeout_connect, connection});
    add({"TLS to it", stage::securing, error::timeout_tls, tls});
    add(tunnel_halt("the answer to CONNECT", ""));
    add(tunnel_halt("the rest of the answer", "HTTP/1.1 200 OK\r\nX:"));
    add(tunnel_halt(
        "the body of a 407",
        "HTTP/1.1 407 Who\r\nContent-Length: 9\r\n"
        "Proxy-Authenticate: Digest realm=\"r\", nonce=\"n\", qop=\"auth\"\r\n\r\nbody"
    ));
    add(socks_halt("the method of SOCKS5", "socks5h", 1));
    add(socks_halt("the login of SOCKS5", "socks5h", 2));
    add(socks_halt("the reply of SOCKS5", "socks5h", 3));
    add(socks_halt("the reply of SOCKS4", "socks4a", 3));
    add({"a lookup for SOCKS", stage::resolving, error::timeout_resolve, lookup});
    add({"the one before it", stage::proxying, error::timeout_proxy, before});
    return all;
}

}  // namespace

TEST_CASE("N10, N14: each phase on the way has its timeout", "[proxy][N10][N14]") {
    const bool total = GENERATE(false, true);
    const hanging_names names;
    for (const auto& h : halts()) {
        INFO(h.name);
        xfer::options o;
        o.resolve_timeout = o.connect_timeout = o.tls_timeout = o.proxy_timeout = 30s;
        if (total) o.total_timeout = 20s;
        const auto clock = std::make_shared<xfer::testing::manual_clock>();
        xfer::multi m({.resolver = names.table->resolver(), .clock = clock});
        auto r = xfer::get("https://a.test:1/", o);
        way w;
        h.prepare(r, w);
        const auto id = m.add(std::move(r));
        REQUIRE(drive_until(m, [&] { return *w.there && m.stage_of(id) == h.where; }));
        clock->advance(total ? 19s : 29s);
        m.perform();
        CHECK_FALSE(m.info_read());
        clock->advance(2s);
        m.perform();
        const auto done = m.info_read();
        REQUIRE(done);
        CHECK(done->ec == (total ? error::timeout_total : h.timeout));
        CHECK(done->ec == xfer::condition::operation_timedout);
        CHECK(done->failure().stage == h.where);
        CHECK(m.stats().connections == 0);
    }
}

TEST_CASE("proxy: cancelled, removed and destroyed in each phase", "[proxy]") {
    enum class how { cancel, remove, destroy };
    const auto event = GENERATE(how::cancel, how::remove, how::destroy);
    const hanging_names names;
    for (const auto& h : halts()) {
        INFO(h.name);
        std::optional<xfer::multi> m;
        m.emplace(xfer::settings{.resolver = names.table->resolver()});
        auto r = xfer::get("https://a.test:1/");
        way w;
        h.prepare(r, w);
        const auto id = m->add(std::move(r));
        REQUIRE(drive_until(*m, [&] { return *w.there && m->stage_of(id) == h.where; })
        );
        // Into the wait, as far as it goes.
        m->perform();
        if (event == how::destroy) {
            m.reset();
            continue;
        }
        CHECK((event == how::cancel ? m->cancel(id) : m->remove(id)));
        const auto all = support::run(*m);
        REQUIRE(all.size() == (event == how::cancel ? 1 : 0));
        if (event == how::cancel) {
            CHECK(all[0].ec == asio::error::operation_aborted);
            CHECK(all[0].failure().message == "the transfer was cancelled");
        }
        CHECK(m->stats().connections == 0);
    }
}

TEST_CASE("proxy: octets that come do not prolong proxy_timeout", "[proxy][N10]") {
    test_proxy p(answering("HTTP/1.1 102 Wait\r\n\r\n"));
    xfer::options wait;
    wait.proxy_timeout = 30s;
    const auto clock = std::make_shared<xfer::testing::manual_clock>();
    xfer::multi m({.clock = clock});
    const auto id = m.add(get_through(p.url("http"), "https://a.test/", wait));
    REQUIRE(drive_until(m, [&] { return !p.requests().empty(); }));
    clock->advance(29s);
    // The interim answer is on its way, or was read: nothing ends by it.
    REQUIRE(drive_until(m, [&] { return m.stage_of(id) == stage::proxying; }));
    clock->advance(2s);
    m.perform();
    const auto done = m.info_read();
    REQUIRE(done);
    CHECK(done->ec == error::timeout_proxy);
}

TEST_CASE("I2: no descriptor is left behind by proxies that refuse", "[proxy][I2]") {
    xfer::multi m;
    test_proxy denies(answering(proxy_reply(403)));
    const auto socks = make_proxy(silent_at(99, way()));
    const auto go = [&] {
        static_cast<void>(
            transfer_one(m, get_through(denies.url("http"), "https://a.test/"))
        );
        static_cast<void>(
            transfer_one(m, get_through(socks->url("socks5h"), "https://a.test:1/"))
        );
        REQUIRE(denies.wait_until_closed());
        REQUIRE(socks->wait_until_closed());
    };
    go();
    const auto before = support::open_descriptors();
    for (int i = 0; i < 5; ++i) go();
    CHECK(support::open_descriptors() == before);
}
