// HAZARDS F1.1 and S18: peers that never come to an end, as servers, as proxies that
// forward, as proxies that are asked for a tunnel, and behind one. Each is cut off at
// its limit, in bounded memory.
#include "support/breaker.hpp"
#include "support/resident_memory.hpp"
#include "support/through_proxy.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <iostream>
#include <string>
#include <thread>
#include <vector>

using support::test_proxy;
using xfer::error;

namespace {

/// Answers whoever connects with a beginning and then the same over and over, until it
/// is hung up on.
class flood {
 public:
    flood(std::string begin, std::string unit) : said_(std::move(begin)) {
        listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_in at{};
        at.sin_family = AF_INET;
        at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        auto* address = reinterpret_cast<sockaddr*>(&at);
        socklen_t size = sizeof at;
        REQUIRE(::bind(listener_, address, size) == 0);
        REQUIRE(::listen(listener_, 8) == 0);
        ::getsockname(listener_, address, &size);
        port_ = ntohs(at.sin_port);
        while (unit_.size() < 16'384) unit_ += unit;
        thread_ = std::thread([this] { serve(); });
    }
    flood(const flood&) = delete;
    flood& operator=(const flood&) = delete;
    ~flood() {
        ::shutdown(listener_, SHUT_RDWR);
        thread_.join();
        ::close(listener_);
    }
    std::string host_port() const { return "127.0.0.1:" + std::to_string(port_); }
    /// How often it was connected to.
    std::size_t connections() const { return connections_; }

 private:
    void serve() {
        for (;;) {
            const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
            if (fd < 0) return;
            ++connections_;
            std::string request;
            std::array<char, 4096> block{};
            while (request.find("\r\n\r\n") == std::string::npos) {
                const auto n = ::recv(fd, block.data(), block.size(), 0);
                if (n <= 0) break;
                request.append(block.data(), std::size_t(n));
            }
            if (send(fd, said_)) {
                while (send(fd, unit_)) {
                }
            }
            ::close(fd);
        }
    }
    static bool send(int fd, std::string_view text) {
        while (!text.empty()) {
            const auto n = ::send(fd, text.data(), text.size(), MSG_NOSIGNAL);
            if (n <= 0) return false;
            text.remove_prefix(std::size_t(n));
        }
        return true;
    }

    const std::string said_;
    std::string unit_;
    int listener_ = -1;
    std::uint16_t port_ = 0;
    std::atomic<std::size_t> connections_{0};
    std::thread thread_;
};

struct row {
    const char* name;
    std::string begin;
    std::string unit;
    error expected;
    bool in_head = true;  ///< of a response, whatever its status
};

std::vector<row> rows() {
    const std::string ok = "HTTP/1.1 200 OK\r\n";
    const std::string chunked = ok + "Transfer-Encoding: chunked\r\n\r\n";
    return {
        {"fields", ok, "A: b\r\n", error::header_too_large},
        {"a field's value", ok + "A: ", "x", error::header_too_large},
        {"a field's name", ok, "x", error::header_too_large},
        {"folded lines", ok + "A: b\r\n", " c\r\n", error::header_too_large},
        {"blanks behind a colon", ok + "A:", " ", error::header_too_large},
        {"a reason", "HTTP/1.1 200 ", "x", error::header_too_large},
        {"interim responses", "", "HTTP/1.1 103 Hints\r\n\r\n", error::weird_reply},
        {"large interim responses",
         "",
         "HTTP/1.1 103 Hints\r\nA: " + std::string(90'000, 'x') + "\r\n\r\n",
         error::header_too_large},
        {"empty lines", "", "\r\n", error::weird_reply},
        {"a chunk's extension", chunked + "1;a=", "x", error::weird_reply, false},
        {"chunks with extensions",
         chunked,
         "1;" + std::string(1000, 'e') + "\r\nx\r\n",
         error::weird_reply,
         false},
        {"zeros of a size", chunked, "0", error::weird_reply, false},
        {"trailers", chunked + "0\r\n", "A: b\r\n", error::header_too_large, false},
        {"a trailer's value",
         chunked + "0\r\nA: ",
         "x",
         error::header_too_large,
         false},
        {"chunks", chunked, "1\r\nx\r\n", error::body_too_large, false},
        {"a body without length",
         ok + "Connection: close\r\n\r\n",
         "body",
         error::body_too_large,
         false},
    };
}

/// Runs it to its end. The most that was in use meanwhile, in kilobytes above before.
long run_bounded(xfer::multi& m, xfer::message& done) {
    const auto before = test::kilobytes_in_use();
    long most = before;
    REQUIRE(support::drive_until(m, [&] {
        most = std::max(most, test::kilobytes_in_use());
        if (auto one = m.info_read()) {
            done = std::move(*one);
            return true;
        }
        return m.stats().running == 0;
    }));
    return most - before;
}

xfer::request without_body(xfer::request r) {
    r.sink(xfer::to_function([](std::string_view) {}));
    return r;
}

/// One transfer from a peer that floods, by this way. The most that was in use
/// meanwhile, in kilobytes above before.
long run_flooded(const row& r, const std::string& way) {
    xfer::options o;
    o.max_body_size = 1 << 20;
    const flood peer(r.begin, r.unit);
    test_proxy proxy;
    auto request = xfer::get("http://" + peer.host_port() + "/", o);
    if (way == "forwards") {
        request = xfer::get("http://a.test/", o);
        request.proxy("http://" + peer.host_port());
    } else if (way == "tunnel") {
        request = xfer::get("https://a.test/", o);
        // The system's authorities would be some megabytes.
        request.tls(support::trusting_tls());
        request.proxy("http://" + peer.host_port());
    } else if (way == "behind") {
        auto tunnelled = o;
        tunnelled.proxy_tunnel = true;
        request.options(tunnelled).proxy(proxy.url("http"));
    }
    xfer::multi m;
    m.add(without_body(std::move(request)));
    xfer::message done;
    const auto more = run_bounded(m, done);
    INFO(done.ec.message() << ": " << done.failure().message);
    CHECK(done.ec == r.expected);
    // No message repeats what a peer can make long.
    CHECK(done.failure().message.size() < 1000);
    CHECK(m.stats().connections == 0);
    CHECK(peer.connections() == 1);
    return more;
}

}  // namespace

TEST_CASE(
    "F1.1: whoever answers without end is cut off at a limit, in bounded memory",
    "[integration][proxy][F1][F1.1][S18]"
) {
    const auto all = rows();
    const std::string ways[] = {"server", "forwards", "tunnel", "behind"};
    // The first transfers of a process bring its code into memory.
    for (const auto& way : ways) run_flooded(all.front(), way);
    std::size_t cells = 0;
    for (const auto& r : all) {
        for (const auto& way : ways) {
            // What is behind the head of an answer to CONNECT is S20's affair.
            if (way == "tunnel" && !r.in_head) continue;
            INFO(r.name << ", " << way);
            CHECK(run_flooded(r, way) < 2048);
            ++cells;
        }
    }
    std::cout << "F1.1: " << cells << " cells\n";
    CHECK(cells == 16 * 3 + 9);
}

TEST_CASE(
    "F1.1: a redirect to itself ends at the limit, over a proxy too",
    "[integration][proxy][redirect][F1][F1.1]"
) {
    xfer::testing::server s;
    s.route("/", xfer::testing::reply(302, "again").with_field("Location", "/"));
    test_proxy p;
    xfer::options o;
    o.max_redirects = 30;
    auto r = xfer::get(s.url("/"), o);
    const std::string way = GENERATE("", "forwarded", "tunnel");
    if (!way.empty()) r.proxy(p.url("http"));
    if (way == "tunnel") {
        o.proxy_tunnel = true;
        r.options(o);
    }
    xfer::multi m;
    const auto done = support::transfer_one(m, std::move(r));
    CHECK(done.ec == error::too_many_redirects);
    CHECK(done.response.info().redirects.size() == 30);
    CHECK(s.counts().requests == 31);
    CHECK(done.response.info().connections_opened == 1);
}

TEST_CASE(
    "F1.1: interim heads are bounded together, whatever their number",
    "[integration][F1][F1.1]"
) {
    const std::size_t size = GENERATE(100U, 300U, 900U, 1000U);
    const std::string begin = "HTTP/1.1 103 Hints\r\nA: ";
    const std::string end = "\r\n\r\n";
    const auto hints = begin + std::string(size - begin.size() - end.size(), 'x') + end;
    const unsigned fitting = static_cast<unsigned>(1000 / size);
    const bool one_more = GENERATE(false, true);
    xfer::testing::server s;
    std::string text;
    for (unsigned i = 0; i < fitting + (one_more ? 1 : 0); ++i) text += hints;
    // The final head is one of its own.
    std::string last = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nA: ";
    last += std::string(1000 - last.size() - end.size(), 'x') + end;
    s.route("/", xfer::testing::reply::exactly(text + last + "ok"));
    const bool shown = GENERATE(false, true);
    xfer::multi m({.max_header_bytes = 1000});
    auto r = xfer::get(s.url("/"));
    std::size_t heads = 0;
    if (shown) r.on_each_head([&](const xfer::received_head&) { ++heads; });
    const auto done = support::transfer_one(m, std::move(r));
    INFO(size << ": " << done.failure().message);
    CHECK(done.ec == (one_more ? error::header_too_large : std::error_code()));
    CHECK(done.response.body() == (one_more ? "" : "ok"));
    if (shown) CHECK(heads == fitting + (one_more ? 0 : 1));
}

TEST_CASE(
    "F1.1: the heads of a chain of redirects are bounded together",
    "[integration][redirect][F1][F1.1]"
) {
    xfer::testing::server s;
    const auto again = xfer::testing::reply(302)
                           .with_field("Location", "/")
                           .with_field("A", std::string(800, 'x'));
    s.route("/", again);
    xfer::options o;
    o.max_redirects = 65535;
    xfer::multi m({.max_header_bytes = 1000});
    const auto done = support::transfer_one(m, xfer::get(s.url("/"), o));
    INFO(done.failure().message);
    CHECK(done.ec == error::header_too_large);
    const auto& info = done.response.info();
    // Twenty times as large as one may be, and the one that was too much.
    CHECK(info.header_size > 20 * 1000);
    CHECK(info.header_size <= 21 * 1000);
    CHECK(s.counts().requests == info.redirects.size() + 1);
    // Each transfer has all of it.
    s.route(
        "/",
        xfer::testing::in_turn({again, again, again, xfer::testing::reply(200, "in")})
    );
    CHECK(support::transfer_one(m, xfer::get(s.url("/"), o)).response.body() == "in");
}
